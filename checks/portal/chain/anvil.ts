/** anvil: the quickest local chain, and one that can be put on disk. */
import { existsSync } from "node:fs";
import { findAnvil } from "../../clients/clients.ts";
import { freePort } from "../../ports.ts";
import { start, stop, until } from "../processes.ts";

export interface Anvil {
  url: string;
  /** Ends it; a chain that is to be kept is written then. */
  stop(): Promise<void>;
}

export interface AnvilOptions {
  /** A chain from disk. */
  load?: string;
  /** Where the chain goes when it is stopped. */
  dump?: string;
  /**
   * A chain to fork. anvil hashes its whole state for each block, unless the chain is a fork: forked from an empty one it mines ten
   * times as fast.
   */
  fork?: string;
  /** Of the first block, unix seconds. */
  timestamp?: number;
}

export async function startAnvil(options: AnvilOptions): Promise<Anvil> {
  const { load, dump, fork, timestamp } = options;
  const binary = findAnvil();
  if (binary === undefined) throw new Error("@foundry-rs/anvil has no program for this system, or was not installed");
  const port = await freePort();
  const args = ["--port", String(port), "--quiet", "--auto-impersonate", "--no-mining", "--no-request-size-limit"];
  args.push("--gas-limit", "200000000", "--order", "fifo", "--prune-history");
  if (fork !== undefined) args.push("--fork-url", fork);
  if (timestamp !== undefined) args.push("--timestamp", String(timestamp));
  if (load !== undefined) args.push("--load-state", load);
  if (dump !== undefined) args.push("--dump-state", dump);
  const child = start(binary, args, { stdio: ["ignore", "ignore", "inherit"] });
  const url = `http://127.0.0.1:${port}`;
  await until(() => answers(url), child, "anvil", 180_000);
  return {
    url,
    async stop() {
      await stop(child, "SIGINT");
      if (dump !== undefined && !existsSync(dump)) throw new Error(`anvil wrote no ${dump}`);
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] });
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  return answer.ok;
}
