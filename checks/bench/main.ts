import { writeFile } from "node:fs/promises";
import { format, resolveConfig } from "prettier";
import yargs from "yargs";
import { measureCollection } from "./collection.ts";
import { measureDoors } from "./doors.ts";
import { mclBench } from "./mcl.ts";
import { signedNetwork } from "./network.ts";
import type { Figures } from "./report.ts";
import { machine, markdown } from "./report.ts";
import {
  blameAll,
  oneByOneParsed,
  oneByOneWire,
  parse,
  spoil,
  verifyParsed,
  verifyWire,
  wireEntries,
} from "./signatures.ts";

/** Signatures verified one by one; the rest is extrapolated, since each costs the same. */
const SAMPLE = 150;

const say = (text: string) => process.stderr.write(`${text}\n`);

function median(runs: number, work: () => void): number {
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    work();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[runs >> 1] as number;
}

/** Medians of the processor time of several pieces of work, in milliseconds, run in turn so that all see the same machine. */
function cpuInTurn(runs: number, works: readonly (() => void)[]): number[] {
  const times = works.map((): number[] => []);
  for (let i = 0; i < runs; i++) {
    works.forEach((work, at) => {
      const before = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(before);
      times[at]?.push((user + system) / 1_000);
    });
  }
  return times.map((list) => list.sort((a, b) => a - b)[runs >> 1] as number);
}

function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(`the benchmark measured something wrong: ${what}`);
}

/** Measures, and writes docs/bench.md. */
export async function main(args: readonly string[]): Promise<void> {
  const argv = await yargs([...args])
    .scriptName("npm run bench --")
    .usage("$0 [options]\n\nMeasures verification, blame and whole collections, and writes docs/bench.md.")
    .option("json", { type: "boolean", default: false, describe: "print the figures as one JSON object as well" })
    .option("write", { type: "boolean", default: true, describe: "write docs/bench.md" })
    .strict()
    .parse();

  say(machine());
  say("signing for 10,000 nodes");
  const network = signedNetwork(10_000);
  const wire = wireEntries(network, 1_500);
  const parsed = wire.map(parse);
  const all = wireEntries(network, 10_000);

  say("verifying 1,500 at once, and one by one");
  for (let i = 0; i < 5; i++) must(verifyWire(wire, network) === 1_500, "the good path");
  const parsed1500Ms = median(11, () => must(verifyParsed(parsed, network) === 1_500, "the sum of parsed ones"));
  const wire1500Ms = median(11, () => must(verifyWire(wire, network) === 1_500, "the sum from bytes"));
  const scale = 1_500 / SAMPLE;
  const sample = parsed.slice(0, SAMPLE);
  const sampleWire = wire.slice(0, SAMPLE);
  const oneByOneParsedMs = scale * median(3, () => must(oneByOneParsed(sample, network) === SAMPLE, "one by one"));
  const oneByOneWireMs =
    scale * median(3, () => must(oneByOneWire(sampleWire, network) === SAMPLE, "one by one from bytes"));

  say("naming 20 among 1,500");
  const spoilt = spoil(parsed, 20);
  let blamedRight = true;
  const blame20Ms = median(5, () => {
    blamedRight &&= blameAll(spoilt.entries, network).join() === spoilt.offenders.join();
  });

  say("verifying 10,000 from bytes");
  const wire10000Ms = median(5, () => must(verifyWire(all, network) === 10_000, "10,000 from bytes"));

  say("the same by mcl-wasm");
  const mcl = await mclBench(network);
  const mclPoints = mcl.parse(wire);
  const mclParsed1500Ms = median(5, () => must(mcl.sumAndVerify(mclPoints), "mcl-wasm's sum"));
  const mclParse1500Ms = median(3, () => void mcl.parse(wire));
  const [oursCpu, mclCpu] = cpuInTurn(11, [
    () => must(verifyWire(wire, network) === 1_500, "the sum from bytes"),
    () => must(mcl.sumAndVerify(mcl.parse(wire)), "mcl-wasm's sum from bytes"),
  ]) as [number, number];
  const mclOneMs = median(3, () => must(sampleWire.every(mcl.verifyOne), "mcl-wasm, one by one")) / SAMPLE;

  say("opening the doors of the built package");
  const doors = await measureDoors(network);

  say("collecting from 2,000 nodes");
  const collect2000 = await measureCollection({ size: 2_000, delayMs: 200, deadEvery: 20, liarEvery: 100 });
  say("collecting from 2,000 nodes over OxenMQ");
  const omq2000 = await measureCollection({ size: 2_000, delayMs: 200, deadEvery: 20, liarEvery: 100 }, "omq");
  say("collecting from 10,000 nodes");
  const collect10000 = await measureCollection({ size: 10_000, delayMs: 200, deadEvery: 20, liarEvery: 0 });

  const figures: Figures = {
    parsed1500Ratio: parsed1500Ms / oneByOneParsedMs,
    wire1500Ratio: wire1500Ms / oneByOneWireMs,
    blame20Ms,
    wire10000Ms,
    wire1500ToMcl: oursCpu / mclCpu,
    ...doors,
    collect2000Ms: collect2000.ms,
    peakMb10000: collect10000.peakMb,
    omq2000Ms: omq2000.ms,
    omq2000Ratio: omq2000.ms / collect2000.ms,
    omqAgainRatio: omq2000.againMs / omq2000.ms,
    omqCpuRatio: omq2000.cpuMs / collect2000.cpuMs,
    omq2000Mb: omq2000.peakMb,
    omq2000Correct: omq2000.correct,
    parsed1500Ms,
    wire1500Ms,
    oneByOneParsed1500Ms: oneByOneParsedMs,
    oneByOneWire1500Ms: oneByOneWireMs,
    mclOneMs,
    mclParse1500Ms,
    mclParsed1500Ms,
    collect2000CpuMs: collect2000.cpuMs,
    collect2000Correct: collect2000.correct,
    collect10000Ms: collect10000.ms,
    collect10000Correct: collect10000.correct,
    baseMb: collect10000.baseMb,
    blamedRight,
  };

  const target = new URL("../../docs/bench.md", import.meta.url);
  const page = await format(markdown(figures), { ...(await resolveConfig(target)), parser: "markdown" });
  if (argv.write) await writeFile(target, page);
  process.stdout.write(argv.json ? `${JSON.stringify({ machine: machine(), ...figures })}\n` : `\n${page}`);
  if (!blamedRight || !collect2000.correct || !omq2000.correct || !collect10000.correct) process.exitCode = 1;
}
