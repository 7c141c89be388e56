import type { Database } from "./database.ts";
import type { BaseBody, NodeBody, VestingBody } from "./facts.ts";
import type { StoredEvent } from "./kinds.ts";

/** A block: hash is lower-case hex without 0x. */
export interface BlockPoint {
  block: number;
  hash: string;
  /** Unix seconds. */
  timestamp: number;
}

/** Where the index stands. */
export interface Head extends BlockPoint {
  epoch: number;
  revision: number;
  /** Newest block of the endpoint, and when it told of it (unix seconds). */
  chainHead: number;
  checkedAt: number;
}

/** Blocks of which something is not known. */
export interface Gap {
  from: number;
  to: number;
  /** A sentence. */
  what: string;
}

/** What was read of a range of blocks; goes into the database as one. */
export interface Range {
  to: BlockPoint;
  events: readonly StoredEvent[];
  /** Blocks with events, and the last. */
  blocks: readonly BlockPoint[];
  details: readonly { node: number; block: number; body: NodeBody }[];
}

/** Another process has written meanwhile: what was to be written belongs to a state that is no more. */
export class Superseded extends Error {
  constructor() {
    super("another process has written to the index meanwhile");
    this.name = "Superseded";
  }
}

const EVENT_COLUMNS = `block, log_index AS "logIndex", timestamp, kind, encode(emitter, 'hex') AS emitter, node,
  encode(account, 'hex') AS account, encode(tx, 'hex') AS tx, encode(data, 'hex') AS data`;

/** The index's tables. Every change is one transaction, so that a process that ends at any moment leaves the index whole. */
export class Store {
  readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  async head(): Promise<Head | undefined> {
    const [row] = await this.db.query<Head>(
      `SELECT block, encode(hash, 'hex') AS hash, timestamp, epoch, revision, chain_head AS "chainHead",
         checked_at AS "checkedAt" FROM head`,
    );
    return row;
  }

  /** Begins: nothing up to `from` counts as known, or what `base` says. */
  async begin(from: BlockPoint, chainHead: number, base?: BaseBody): Promise<void> {
    await this.db.transaction(async (query) => {
      for (const table of ["head", "blocks", "events", "details", "base", "gaps", "vesting"])
        await query(`DELETE FROM ${table}`);
      await query("INSERT INTO head VALUES (1, $1, decode($2, 'hex'), $3, $4, 0, $5, $6)", [
        from.block,
        from.hash,
        from.timestamp,
        // Higher than any epoch before: followers begin anew.
        Date.now(),
        chainHead,
        seconds(),
      ]);
      await query("INSERT INTO blocks VALUES ($1, decode($2, 'hex'), $3)", [from.block, from.hash, from.timestamp]);
      if (base) await query("INSERT INTO base VALUES (1, $1, $2::jsonb)", [base.block, JSON.stringify(base)]);
    });
  }

  /** @param after - The head that the range follows. @throws Superseded when it is no longer the head; nothing is written then */
  async commit({ to, events, blocks, details }: Range, chainHead: number, after: Head): Promise<void> {
    await this.db.transaction(async (query) => {
      await expectHead(query, after);
      if (events.length > 0) {
        const column = <K extends keyof StoredEvent>(name: K) => events.map((event) => event[name]);
        await query(
          `INSERT INTO events SELECT b, l, t, k, decode(e, 'hex'), n, decode(a, 'hex'), decode(x, 'hex'), decode(d, 'hex')
           FROM unnest($1::bigint[], $2::int[], $3::bigint[], $4::smallint[], $5::text[], $6::bigint[], $7::text[], $8::text[],
             $9::text[]) AS u(b, l, t, k, e, n, a, x, d)`,
          [
            column("block"),
            column("logIndex"),
            column("timestamp"),
            column("kind"),
            column("emitter"),
            column("node"),
            column("account"),
            column("tx"),
            column("data"),
          ],
        );
      }
      await query(
        `INSERT INTO blocks SELECT b, decode(h, 'hex'), t FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS u(b, h, t)
         ON CONFLICT (block) DO UPDATE SET hash = excluded.hash, timestamp = excluded.timestamp`,
        [blocks.map(({ block }) => block), blocks.map(({ hash }) => hash), blocks.map(({ timestamp }) => timestamp)],
      );
      for (const { node, block, body } of details) {
        await query("INSERT INTO details VALUES ($1, $2, $3::jsonb) ON CONFLICT DO NOTHING", [
          node,
          block,
          JSON.stringify(body),
        ]);
      }
      await query(
        "UPDATE head SET block = $1, hash = decode($2, 'hex'), timestamp = $3, chain_head = $4, checked_at = $5",
        [to.block, to.hash, to.timestamp, chainHead, seconds()],
      );
    });
  }

  /** Notes that the endpoint answered, and what its newest block is. */
  async checked(chainHead: number): Promise<void> {
    await this.db.query("UPDATE head SET chain_head = $1, checked_at = $2", [chainHead, seconds()]);
  }

  /** Forgets everything after a block, which must be one that {@link blocksBelow} gave. @throws Superseded as {@link commit} */
  async rollBack(to: BlockPoint, from: Head): Promise<void> {
    await this.db.transaction(async (query) => {
      await expectHead(query, from);
      for (const table of ["events", "blocks", "details"])
        await query(`DELETE FROM ${table} WHERE block > $1`, [to.block]);
      // Looked at after that block: looked at again.
      await query("DELETE FROM vesting WHERE block > $1", [to.block]);
      await query(
        "UPDATE head SET block = $1, hash = decode($2, 'hex'), timestamp = $3, epoch = epoch + 1, checked_at = $4",
        [to.block, to.hash, to.timestamp, seconds()],
      );
    });
  }

  /** Known blocks at a height and below, the newest first. */
  blocksBelow(height: number, limit: number): Promise<BlockPoint[]> {
    return this.db.query(
      "SELECT block, encode(hash, 'hex') AS hash, timestamp FROM blocks WHERE block <= $1 ORDER BY block DESC LIMIT $2",
      [height, limit],
    );
  }

  /** Events after a position, in order. */
  events(after: { block: number; logIndex: number }, until: number, limit: number): Promise<StoredEvent[]> {
    return this.db.query(
      `SELECT ${EVENT_COLUMNS} FROM events WHERE (block, log_index) > ($1, $2) AND block <= $3
       ORDER BY block, log_index LIMIT $4`,
      [after.block, after.logIndex, until, limit],
    );
  }

  /** Updates and claims of an address, in order. */
  eventsOf(account: string, kinds: readonly number[]): Promise<StoredEvent[]> {
    return this.db.query(
      `SELECT ${EVENT_COLUMNS} FROM events WHERE account = decode($1, 'hex') AND kind = ANY($2::smallint[])
       ORDER BY block, log_index`,
      [account, [...kinds]],
    );
  }

  details(after: number): Promise<{ node: number; block: number; body: NodeBody }[]> {
    return this.db.query("SELECT node, block, body FROM details WHERE block > $1", [after]);
  }

  async base(): Promise<BaseBody | undefined> {
    return (await this.db.query<{ body: BaseBody }>("SELECT body FROM base"))[0]?.body;
  }

  gaps(): Promise<Gap[]> {
    return this.db.query('SELECT from_block AS "from", to_block AS "to", what FROM gaps ORDER BY from_block');
  }

  async addGap({ from, to, what }: Gap): Promise<void> {
    await this.db.transaction(async (query) => {
      await query(
        "INSERT INTO gaps VALUES ($1, $2, $3) ON CONFLICT (from_block) DO UPDATE SET to_block = excluded.to_block, what = excluded.what",
        [from, to, what],
      );
      await query("UPDATE head SET revision = revision + 1");
    });
  }

  async vesting(): Promise<{ address: string; block: number; body: VestingBody | null }[]> {
    return this.db.query("SELECT encode(address, 'hex') AS address, block, body FROM vesting");
  }

  async addVesting(found: readonly { address: string; block: number; body: VestingBody | null }[]): Promise<void> {
    if (found.length === 0) return;
    await this.db.transaction(async (query) => {
      for (const { address, block, body } of found) {
        await query("INSERT INTO vesting VALUES (decode($1, 'hex'), $2, $3::jsonb) ON CONFLICT (address) DO NOTHING", [
          address,
          block,
          body === null ? null : JSON.stringify(body),
        ]);
      }
      if (found.some(({ body }) => body !== null)) await query("UPDATE head SET revision = revision + 1");
    });
  }

  async setting(name: string): Promise<string | undefined> {
    return (await this.db.query<{ value: string }>("SELECT value FROM settings WHERE name = $1", [name]))[0]?.value;
  }

  async set(name: string, value: string): Promise<void> {
    await this.db.query(
      "INSERT INTO settings VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      [name, value],
    );
  }
}

/**
 * Whether the head is still where a writer believes it is, and holds it until the transaction ends: a process whose lock went with
 * a broken connection may go on for a moment beside the one that has it now.
 */
async function expectHead(query: Database["query"], { block, hash, epoch }: Head): Promise<void> {
  const held = await query(
    "SELECT 1 FROM head WHERE block = $1 AND hash = decode($2, 'hex') AND epoch = $3 FOR UPDATE",
    [block, hash, epoch],
  );
  if (held.length === 0) throw new Superseded();
}

function seconds(): number {
  return Math.floor(Date.now() / 1_000);
}
