import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import { ChainError } from "../../chain/index.ts";
import type { Lock } from "../../chain/files/index.ts";
import { takeLock } from "../../chain/files/index.ts";

/** A row as the driver gives it; the queries of this room name what they select. */
export type Row = Record<string, unknown>;

/** Postgres, embedded or a server: the same SQL for both. Integers of 64 bits come as numbers, `numeric` as text. */
export interface Database {
  readonly kind: "embedded" | "postgres";
  query<T extends object = Row>(sql: string, parameters?: readonly unknown[]): Promise<T[]>;
  /** All or nothing, whatever happens to the process meanwhile. */
  transaction<T>(work: (query: Database["query"]) => Promise<T>): Promise<T>;
  /** Several statements, for migrations. */
  script(sql: string): Promise<void>;
  /**
   * Tries to become the one that indexes; false while another process is. What it holds ends with the process or {@link close}.
   * `onLost` is called when the connection that holds it breaks.
   */
  lead(onLost: () => void): Promise<boolean>;
  close(): Promise<void>;
}

/** Where the data are. */
export interface DatabaseOptions {
  /** Folder of the embedded database. */
  folder?: string | undefined;
  /** `postgres://…`; goes before the folder. */
  url?: string | undefined;
}

/** Any number that is nobody else's: "session-staking index" of this program on a shared server. */
const LEADER = 7_368_717;

/**
 * Opens the database.
 *
 * @throws ChainError `locked` when another process has the folder; `database` when there is neither, or it cannot be opened
 */
export async function openDatabase({ folder, url }: DatabaseOptions): Promise<Database> {
  if (url !== undefined && url !== "") return openServer(url);
  if (folder === undefined) throw new ChainError("database", "Give a folder for the database, or DATABASE_URL.");
  return openFolder(folder);
}

async function openServer(url: string): Promise<Database> {
  // A path is that of a socket on this machine.
  if (!url.startsWith("/") && !URL.canParse(url)) {
    throw new ChainError("bad-url", "DATABASE_URL is no address: it begins with postgres:// and has no blanks.");
  }
  const { Pool, Client, types } = (await import("pg")).default;
  const parsers = {
    getTypeParser: (oid: number, format?: "text") => (oid === 20 ? Number : types.getTypeParser(oid, format)),
  };
  const pool = new Pool({ connectionString: url, max: 5, types: parsers as never });
  // An idle connection that breaks is replaced by the next query.
  pool.on("error", () => undefined);
  try {
    await pool.query("SELECT 1");
  } catch (cause) {
    await pool.end();
    // The address holds a password: only the driver's words are told.
    throw new ChainError("database", `DATABASE_URL cannot be used: ${(cause as Error).message}`, {}, cause);
  }
  const plain = (parameters: readonly unknown[] = []) => [...parameters];
  let leader: InstanceType<typeof Client> | undefined;
  return {
    kind: "postgres",
    query: async (sql, parameters) => (await pool.query(sql, plain(parameters))).rows as never,
    async transaction(work) {
      const client = await pool.connect();
      try {
        await client.query("BEGIN");
        const result = await work(
          async (sql, parameters) => (await client.query(sql, plain(parameters))).rows as never,
        );
        await client.query("COMMIT");
        return result;
      } catch (error) {
        await client.query("ROLLBACK").catch(() => undefined);
        throw error;
      } finally {
        client.release();
      }
    },
    script: async (sql) => void (await pool.query(sql)),
    async lead(onLost) {
      const client = new Client({ connectionString: url, keepAlive: true });
      await client.connect();
      const { rows } = await client.query<{ held: boolean }>("SELECT pg_try_advisory_lock($1) AS held", [LEADER]);
      if (rows[0]?.held !== true) {
        await client.end();
        return false;
      }
      leader = client;
      client.on("error", () => {
        leader = undefined;
        onLost();
      });
      return true;
    },
    async close() {
      await leader?.end().catch(() => undefined);
      await pool.end();
    },
  };
}

/** Small buffers: the system's own cache has the files anyway, and the memory of the module never shrinks. */
const SETTINGS = ["shared_buffers=8MB", "max_connections=4", "wal_buffers=1MB", "work_mem=4MB"];

async function openFolder(folder: string): Promise<Database> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const lock = await takeLock(join(folder, "lock"), `the database in ${folder}`);
  try {
    const data = join(folder, "postgres");
    if (!existsSync(join(data, "PG_VERSION"))) await create(data);
    // Left by a process that was killed; the lock above tells that it is gone.
    await rm(join(data, "postmaster.pid"), { force: true });
    return await embedded(data, lock);
  } catch (cause) {
    await lock.release();
    throw new ChainError(
      "database",
      `The database in ${folder} cannot be opened: ${(cause as Error).message}`,
      {},
      cause,
    );
  }
}

/** Makes the files of an empty database under a draft's name, then gives them their name. */
const CREATE = `
const { rename } = await import("node:fs/promises");
const [, module, draft, final] = process.argv;
const { PGlite } = await import(module);
await (await PGlite.create({ dataDir: draft })).close();
await rename(draft, final);
process.exit(0);
`;

/** In a process of its own: making a cluster takes memory that this one would keep. A half-made one is made anew. */
async function create(data: string): Promise<void> {
  const draft = `${data}.new`;
  await rm(draft, { recursive: true, force: true });
  await rm(data, { recursive: true, force: true });
  const module = import.meta.resolve("@electric-sql/pglite");
  await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", CREATE, module, draft, data]);
}

/**
 * Modules made meanwhile stay with V8's baseline compiler. The optimising one takes 500 MB for some seconds for Postgres's largest
 * functions, and 60 MB for good; what it would win is little of the time that the index takes.
 */
async function withPlainWasm<T>(make: () => Promise<T>): Promise<T> {
  const flags = ["wasm-tier-up", "wasm-dynamic-tiering"];
  for (const flag of flags) setFlagsFromString(`--no-${flag}`);
  try {
    return await make();
  } finally {
    for (const flag of flags) setFlagsFromString(`--${flag}`);
  }
}

async function embedded(data: string, lock: Lock): Promise<Database> {
  const { PGlite, types } = await import("@electric-sql/pglite");
  const db = await withPlainWasm(() =>
    PGlite.create({
      dataDir: data,
      startParams: [...PGlite.defaultStartParams, ...SETTINGS.flatMap((setting) => ["-c", setting])],
      parsers: { [types.INT8]: Number },
    }),
  );
  let leads = false;
  return {
    kind: "embedded",
    query: async (sql, parameters) => (await db.query(sql, [...(parameters ?? [])])).rows as never,
    transaction: (work) =>
      db.transaction((tx) =>
        work(async (sql, parameters) => (await tx.query(sql, [...(parameters ?? [])])).rows as never),
      ),
    script: async (sql) => void (await db.exec(sql)),
    // The folder's lock is held already.
    lead: () => Promise.resolve(leads ? false : (leads = true)),
    async close() {
      await db.close();
      await lock.release();
    },
  };
}
