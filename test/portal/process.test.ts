/** `session-staking serve` as a process: killed at any moment, its index is whole, and it goes on. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { KINDS, openDatabase, Store } from "../../src/portal/index/index.ts";
import type { AppState } from "../../src/portal/api/index.ts";
import type { PortalWorld } from "../helpers/portal.ts";
import { emptyDatabase, openPortalWorld } from "../helpers/portal.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

describe("portal: serve as a process", function () {
  this.timeout(180_000);
  let world: PortalWorld;
  let folder: string;
  const children: ChildProcess[] = [];

  before(async function () {
    world = await openPortalWorld();
    folder = await mkdtemp(join(tmpdir(), "portal-process-"));
    await emptyDatabase(join(folder, "data"));
  });
  after(async function () {
    for (const child of children) child.kill("SIGKILL");
    await world.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function serve(): { child: ChildProcess; line: (pattern: RegExp) => Promise<string> } {
    const args = ["serve", "--rpc", world.chain.url, "--rewards-contract", world.chain.contract];
    args.push("--contribution-factory", world.factory, "--port", "0", "--data", join(folder, "data"));
    args.push("--state-dir", folder, "--poll", "0.1", "--node-urls", world.chain.nodes.map(({ url }) => url).join(","));
    const env = { ...process.env, SESSION_RPC_LOG_RANGE: "4", DATABASE_URL: "" };
    const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    children.push(child);
    let text = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => (text += chunk.toString()));
    const line = async (pattern: RegExp) => {
      for (;;) {
        const found = pattern.exec(text);
        if (found) return found[0];
        if (child.exitCode !== null) throw new Error(`serve ended (${child.exitCode}): ${text}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    return { child, line };
  }

  it("is whole after each of several kills, and serves the whole in the end", async function () {
    for (const [pattern, delay] of [
      [/this process indexes/, 0],
      [/the index begins/, 30],
      [/the index begins|this process indexes/, 250],
    ] as const) {
      const { child, line } = serve();
      await line(pattern);
      await new Promise((resolve) => setTimeout(resolve, delay));
      child.kill("SIGKILL");
      await once(child, "exit");
      await isWhole();
    }
    const { child, line } = serve();
    const url = (await line(/http:\/\/127\.0\.0\.1:\d+/)) as string;
    const newest = await world.chain.provider.getBlockNumber();
    for (let state: AppState | undefined; state?.head.block !== newest;) {
      const reply = await fetch(`${url}/app/state`);
      state = reply.ok ? ((await reply.json()) as AppState) : undefined;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { stakes } = (await (await fetch(`${url}/nodes`)).json()) as { stakes: { contract_id: number }[] };
    const { ids } = await world.chain.rewards.allServiceNodeIDs();
    expect(stakes.map(({ contract_id }) => contract_id)).to.have.members([...ids].map(Number));
    child.kill("SIGTERM");
    await once(child, "exit");
    expect(child.exitCode).to.equal(0);
    await isWhole();
  });

  it("leaves the folder to the one that has it", async function () {
    const { child, line } = serve();
    await line(/"serving"/);
    if (process.platform === "linux" && "execve" in process) {
      // What halves its memory was set by itself.
      expect(readFileSync(`/proc/${child.pid}/cmdline`, "utf8")).to.include("--liftoff-only");
      expect(readFileSync(`/proc/${child.pid}/environ`, "utf8")).to.include("MALLOC_MMAP_THRESHOLD_=32768");
    }
    const second = serve();
    await once(second.child, "exit");
    expect(second.child.exitCode).not.to.equal(0);
    child.kill("SIGTERM");
    await once(child, "exit");
  });

  /** Every event up to the head is there and none beyond it, each in a block that is known. */
  async function isWhole(): Promise<void> {
    const db = await openDatabase({ folder: join(folder, "data") });
    try {
      const store = new Store(db);
      const head = await store.head().catch(() => undefined);
      if (!head) return;
      const header = await world.chain.provider.getBlock(head.block);
      expect(`0x${head.hash}`).to.equal(header?.hash);
      const address = world.chain.contract;
      const first = Number((await store.setting("deployed")) ?? 0);
      const logs = await world.chain.provider.getLogs({ address, fromBlock: first, toBlock: head.block });
      const rows = await db.query<{ block: number }>(
        "SELECT e.block FROM events e JOIN blocks b USING (block) WHERE emitter = decode($1, 'hex')",
        [address.slice(2)],
      );
      const kept = logs.filter(({ topics }) => known.has(topics[0] as string));
      expect(rows.length).to.equal(kept.length);
    } finally {
      await db.close();
    }
  }
});

const known = new Set(KINDS.map(({ topic }) => topic));
