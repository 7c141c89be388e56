/**
 * Child process of the benchmark: one collection, or two, in a process that does nothing else, so that time and peak memory are the
 * collector's alone. Gets the nodes over IPC, sends the figures back.
 *
 * Arguments: the folder of the rooms (`dist` of the built package, or `src` of some commit), the extension of its files, and whether
 * it runs as the program does, with a small young generation.
 */
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import type * as bls from "../../src/bls/index.ts";
import type { NodeSet } from "../../src/chain/nodeSet.ts";
import { keepYoungGenerationSmall } from "../../src/cli/memory.ts";
import type * as collect from "../../src/collect/index.ts";
import { AMOUNT, DOMAIN, HEIGHT, RECIPIENT } from "./question.ts";
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

const [rooms = "dist", extension = "js", asProgram] = process.argv.slice(2);
const room = (name: string) => pathToFileURL(`${rooms}/${name}/index.${extension}`).href;
if (asProgram === "program") keepYoungGenerationSmall();
const { aggregatePublicKeys, publicKeyFromHex } = (await import(room("bls"))) as typeof bls;
const { Collector } = (await import(room("collect"))) as typeof collect;

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
    url.startsWith("curve:") ? { url, blsPubkey: ready.keys[i] as string } : { url },
  );
  const collector = new Collector({ ...DOMAIN }, { nodes, readSet: () => Promise.resolve(set) });
  const baseMb = process.memoryUsage.rss() / 1e6;

  const start = performance.now();
  const cpu = process.cpuUsage();
  const collected = await collector.collect({ kind: "reward", recipient: RECIPIENT, height: HEIGHT });
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const peakMb = await peakResident();

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

/**
 * Largest resident set so far, MB. Where the system tells it of this program: a process inherits what `maxRSS` counts from the one
 * that started it, and the bench is larger than what it measures.
 */
async function peakResident(): Promise<number> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const kilobytes = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS);
  return (kilobytes * 1024) / 1e6;
}
