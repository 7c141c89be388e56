/**
 * Child process of the benchmark: one collection, or two, in a process that does nothing else, so that time and peak memory are the
 * collector's alone. Gets the nodes over IPC, sends the figures back.
 */
import { publicKeyFromHex } from "../../src/bls/index.ts";
import { aggregatePublicKeys } from "../../src/bls/index.ts";
import type { NodeSet } from "../../src/chain/nodeSet.ts";
import { Collector, isOmqNode } from "../../src/collect/index.ts";
import { AMOUNT, DOMAIN, HEIGHT, RECIPIENT } from "./network.ts";
import type { NodesReady } from "./nodes.ts";

/** What comes back. */
export interface CollectFigures {
  ms: number;
  /** The same once more, on connections that stand; 0 unless asked for. */
  againMs: number;
  /** Processor time of it, all threads; more telling than `ms` when the machine is busy with other work. */
  cpuMs: number;
  /** Largest resident set of the process, MB (10^6 bytes). */
  peakMb: number;
  /** Resident before the collection: the runtime, the libraries and the node set. */
  baseMb: number;
  signers: number;
  nonSigners: number;
  bad: string[];
  correct: boolean;
}

function setOf(keys: readonly string[]): NodeSet {
  const nodes = keys.map((hex, i) => ({
    id: BigInt(i + 1),
    hex: hex as `0x${string}`,
    publicKey: publicKeyFromHex(hex),
  }));
  return {
    block: 1,
    timestamp: 1_780_000_000,
    nodes,
    byKey: new Map(nodes.map((node) => [node.hex, node])),
    aggregatePublicKey: aggregatePublicKeys(nodes.map((node) => node.publicKey)),
    nonSignerThreshold: Math.floor(nodes.length / 3),
  };
}

process.once("message", (ready: NodesReady) => {
  void run(ready).then((figures) => {
    process.send?.(figures);
    process.disconnect();
  });
});
process.send?.("up");

async function run(ready: NodesReady): Promise<CollectFigures> {
  const set = setOf(ready.keys);
  // Replies over OxenMQ do not name their signer: its key comes with the address.
  const nodes = ready.urls.map((url, i) =>
    isOmqNode({ url }) ? { url, blsPubkey: ready.keys[i] as string } : { url },
  );
  const collector = new Collector({ ...DOMAIN }, { nodes, readSet: () => Promise.resolve(set) });
  const baseMb = process.memoryUsage.rss() / 1e6;

  const start = performance.now();
  const cpu = process.cpuUsage();
  const collected = await collector.collect({ kind: "reward", recipient: RECIPIENT, height: HEIGHT });
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const peakMb = (process.resourceUsage().maxRSS * 1024) / 1e6;

  const again = performance.now();
  if (ready.again) await collector.collect({ kind: "reward", recipient: RECIPIENT, height: HEIGHT });
  const againMs = performance.now() - again;
  await collector.close();
  const bad = collected.badNodes.map((node) => node.key ?? node.url);
  return {
    ms,
    cpuMs: (user + system) / 1000,
    againMs,
    peakMb,
    baseMb,
    signers: collected.signers.length,
    nonSigners: collected.nonSigners.length,
    bad,
    correct:
      collected.rewards[0]?.amount === AMOUNT &&
      collected.signers.length === ready.keys.length - ready.dead - ready.liars.length &&
      [...bad].sort().join() === [...ready.liars].sort().join(),
  };
}
