import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { openJournalFile, takeLock } from "../../../src/chain/files/index.ts";
import type { ChainError } from "../../../src/chain/index.ts";

describe("chain/files: the lock", () => {
  let directory: string;
  const path = () => join(directory, "a.lock");
  const write = (owner: object) => writeFile(path(), JSON.stringify(owner));
  const failure = async (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: unknown) => error as ChainError,
    );

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "lock-"));
  });
  after(() => rm(directory, { recursive: true }));

  it("names process, host, start and file, and is let go of", async () => {
    const lock = await takeLock(path(), "the account");
    const error = await failure(takeLock(path(), "the account"));
    const { host, since } = JSON.parse(await readFile(path(), "utf8")) as { host: string; since: string };
    expect(error?.code).to.equal("locked");
    expect(error?.message).to.equal(
      `Process ${process.pid} on ${host} works with the account since ${since}; its lock is ${path()}.`,
    );
    await lock.release();
    await (await takeLock(path(), "the account")).release();
  });

  it("is taken from a process whose number another one bears by now, and from a host that is silent", async () => {
    const { host } = await takeLock(path(), "it").then(async (lock) => {
      const owner = JSON.parse(await readFile(path(), "utf8")) as { host: string };
      await lock.release();
      return owner;
    });
    await write({ pid: process.pid, host, since: "", process: "another boot/1", token: "x" });
    await (await takeLock(path(), "it")).release();
    await write({ pid: 1, host: "elsewhere", since: "", process: "", token: "x" });
    expect((await failure(takeLock(path(), "it")))?.message).to.include("Process 1 on elsewhere");
    await utimes(path(), new Date(0), new Date(0));
    await (await takeLock(path(), "it")).release();
  });

  it("of a process that is gone is taken over by one of those that want it, never by two", async () => {
    for (let round = 0; round < 60; round++) {
      await write({ pid: 999_999_999, host: hostname(), since: "", process: "", token: "x" });
      const taken = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(path(), "it")));
      const held = taken.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      const own = await Promise.allSettled(held.map((lock) => lock.check()));
      expect([held.length, own.map(({ status }) => status).join()], `round ${round}`).to.deep.equal([1, "fulfilled"]);
      for (const lock of held) await lock.release();
    }
  });

  it("of a process that is gone is left while another one takes it over, unless that is gone too", async () => {
    const gone = { pid: 999_999_999, host: hostname(), since: "", process: "", token: "x" };
    await write(gone);
    const turn = `${path()}.takeover`;
    const other = await takeLock(turn, "the turn");
    let taken = false;
    const waiting = takeLock(path(), "it").finally(() => (taken = true));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect([taken, JSON.parse(await readFile(path(), "utf8"))]).to.deep.equal([false, gone]);
    await other.check();
    await other.release();
    await (await waiting).release();

    await write(gone);
    await writeFile(turn, JSON.stringify(gone));
    const lock = await takeLock(path(), "it");
    expect(await readdir(directory)).to.deep.equal(["a.lock"]);
    await lock.release();
  });

  it("that somebody took away stops the writing", async () => {
    const store = await openJournalFile(join(directory, "taken.json"), "it");
    await writeFile(join(directory, "taken.json.lock"), JSON.stringify({ pid: 1, host: "elsewhere", token: "y" }));
    expect((await failure(store.save([])))?.code).to.equal("lock-lost");
    await store.close();
  });
});
