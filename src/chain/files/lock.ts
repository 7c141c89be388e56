import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { ChainError } from "../errors.ts";
import { pause } from "../transport/pause.ts";
import { unusable } from "./atomic.ts";

/** Who holds a lock, as the file says. */
export interface LockOwner {
  pid: number;
  host: string;
  /** When it took the lock; ISO 8601. */
  since: string;
  /** Tells the process from a later one with the same number; empty where the system does not say. */
  process: string;
  token: string;
}

/** A lock that is held. */
export interface Lock {
  readonly path: string;
  /** @throws ChainError `lock-lost` when somebody took it away: nothing may be written any more */
  check(): Promise<void>;
  /** Gives it up. */
  release(): Promise<void>;
}

/** The owner touches its lock this often, ms. */
const BEAT_MS = 20_000;
/** On another host nobody can be asked whether a process lives: its lock is left after so long without a touch, ms. */
const STALE_MS = 120_000;
/** How often a lock that somebody left is tried for, and the pause while another one tries, ms. */
const ATTEMPTS = 100;
const TURN_MS = 10;

/**
 * Takes a lock file. One whose process is gone is taken over: a number that another process bears by now does not deceive, nor does a
 * host (a container) that is no more.
 *
 * @param what - What is locked, for the message.
 * @throws ChainError `locked` with host, process, start and file; `state-file`
 */
export async function takeLock(path: string, what: string): Promise<Lock> {
  const own: LockOwner = {
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
    process: await identityOf(process.pid),
    token: randomUUID(),
  };
  await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw unusable("write", path, error);
  });
  // Written whole under another name first: whoever meets the lock finds an owner in it.
  const draft = `${path}.${own.token}`;
  await writeFile(draft, `${JSON.stringify(own)}\n`, { mode: 0o600 }).catch((error: unknown) => {
    throw unusable("write", path, error);
  });
  try {
    for (let attempt = 0; ; attempt++) {
      if (await place(draft, path, own)) return held(path, own);
      const owner = await readOwner(path);
      if (attempt >= ATTEMPTS || (owner !== undefined && (await isHeld(path, owner))))
        throw lockedBy(owner, path, what);
      await removeLeft(path, draft, own);
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Removes a lock that nobody holds. One at a time, and after another look: what was found to be left by somebody may be the fresh lock
 * of another who found the same.
 */
async function removeLeft(path: string, draft: string, own: LockOwner): Promise<void> {
  const turn = `${path}.takeover`;
  if (!(await place(draft, turn, own))) {
    const other = await readOwner(turn);
    if (other !== undefined && !(await isHeld(turn, other))) await rm(turn, { force: true });
    await pause(TURN_MS, undefined);
    return;
  }
  try {
    const owner = await readOwner(path);
    // Where there is none any more, the next to come is somebody's.
    const isLeft = owner === undefined ? await exists(path) : !(await isHeld(path, owner));
    if (isLeft) await rm(path, { force: true });
  } finally {
    await rm(turn, { force: true });
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Whether the lock is ours now; false when there is one already. */
async function place(draft: string, path: string, own: LockOwner): Promise<boolean> {
  try {
    await link(draft, path).catch(async (error: NodeJS.ErrnoException) => {
      // File systems without links.
      if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(error.code ?? "")) throw error;
      await writeFile(path, `${JSON.stringify(own)}\n`, { flag: "wx", mode: 0o600 });
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw unusable("write", path, error);
  }
}

function held(path: string, own: LockOwner): Lock {
  const beat = setInterval(() => {
    const now = new Date();
    // A missed beat is found out by the next check.
    utimes(path, now, now).catch(() => undefined);
  }, BEAT_MS);
  beat.unref();
  const isOwn = async () => (await readOwner(path))?.token === own.token;
  return {
    path,
    async check() {
      if (await isOwn()) return;
      throw new ChainError("lock-lost", `Another process took over ${path}.`, { path });
    },
    async release() {
      clearInterval(beat);
      if (await isOwn()) await rm(path, { force: true });
    },
  };
}

async function readOwner(path: string): Promise<LockOwner | undefined> {
  try {
    const owner = JSON.parse(await readFile(path, "utf8")) as Partial<LockOwner> | number;
    // Earlier versions wrote the bare number of the process.
    if (typeof owner === "number") return { pid: owner, host: hostname(), since: "", process: "", token: "" };
    const { pid, host } = owner;
    return typeof pid === "number" && typeof host === "string" ? (owner as LockOwner) : undefined;
  } catch {
    // Gone, or damaged: nobody's.
    return undefined;
  }
}

async function isHeld(path: string, owner: LockOwner): Promise<boolean> {
  if (owner.host === hostname()) {
    if (!isAlive(owner.pid)) return false;
    return owner.process === "" || owner.process === (await identityOf(owner.pid));
  }
  const touched = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  return Date.now() - touched < STALE_MS;
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** When a process began, in whatever form the system tells it; with its number this is a process' name for good. */
async function identityOf(pid: number): Promise<string> {
  try {
    const [boot, line] = await Promise.all([
      readFile("/proc/sys/kernel/random/boot_id", "utf8"),
      readFile(`/proc/${pid}/stat`, "utf8"),
    ]);
    // The 22nd field, counted after the name in parentheses, which may hold anything.
    return `${boot.trim()}/${line.slice(line.lastIndexOf(")") + 2).split(" ")[19] ?? ""}`;
  } catch {
    // No Linux: ps knows.
  }
  try {
    return (await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)])).stdout.trim();
  } catch {
    // No ps either (Windows): the number alone must do.
    return "";
  }
}

function lockedBy(owner: LockOwner | undefined, path: string, what: string): ChainError {
  const who = owner === undefined ? "Another process" : `Process ${owner.pid} on ${owner.host}`;
  const since = owner?.since ? ` since ${owner.since}` : "";
  return new ChainError("locked", `${who} works with ${what}${since}; its lock is ${path}.`, { ...owner, path });
}
