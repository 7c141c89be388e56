import { writeFile } from "node:fs/promises";
import { format, resolveConfig } from "prettier";
import yargs from "yargs";
import { buildPackage } from "../pack/build.ts";
import { measureCollection, measureInTurn } from "./collection.ts";
import type { Subject } from "./collection.ts";
import type { CollectFigures } from "./collectOnce.ts";
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

/** Runs of each whole collection. */
const COLLECTIONS = 3;

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
    .option("against", {
      type: "string",
      describe:
        "a checkout of another commit (with node_modules): its HTTP collection is measured in turn with this one",
    })
    .option("only", { choices: ["collections"] as const, describe: "measure these alone, print them, write nothing" })
    .option("write", { type: "boolean", default: true, describe: "write docs/bench.md" })
    .strict()
    .parse();

  say(machine());
  await buildPackage();
  if (argv.only) {
    process.stdout.write(`${JSON.stringify(await collections(argv.against))}\n`);
    return;
  }
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

  const collected = await collections(argv.against);

  const figures: Figures = {
    parsed1500Ratio: parsed1500Ms / oneByOneParsedMs,
    wire1500Ratio: wire1500Ms / oneByOneWireMs,
    blame20Ms,
    wire10000Ms,
    wire1500ToMcl: oursCpu / mclCpu,
    ...doors,
    ...collected,
    parsed1500Ms,
    wire1500Ms,
    oneByOneParsed1500Ms: oneByOneParsedMs,
    oneByOneWire1500Ms: oneByOneWireMs,
    mclOneMs,
    mclParse1500Ms,
    mclParsed1500Ms,
    blamedRight,
  };

  const target = new URL("../../docs/bench.md", import.meta.url);
  const page = await format(markdown(figures), { ...(await resolveConfig(target)), parser: "markdown" });
  if (argv.write) await writeFile(target, page);
  process.stdout.write(argv.json ? `${JSON.stringify({ machine: machine(), ...figures })}\n` : `\n${page}`);
  if (!blamedRight || !collected.collect2000Correct || !collected.omq2000Correct || !collected.collect10000Correct) {
    process.exitCode = 1;
  }
}

/** Whole collections, each in a process of its own, from nodes in another. */
async function collections(against: string | undefined) {
  say("collecting from 2,000 nodes, over HTTP and over OxenMQ");
  const subjects: Subject[] = [{ wire: "http" }, { wire: "omq" }, ...(against === undefined ? [] : [{ against }])];
  const options = { size: 2_000, delayMs: 200, deadEvery: 20, liarEvery: 100 };
  const [http, omq, other] = (await measureInTurn(COLLECTIONS, options, subjects)) as [
    CollectFigures,
    CollectFigures,
    CollectFigures | undefined,
  ];
  say("collecting from 10,000 nodes");
  const many = await measureCollection({ size: 10_000, delayMs: 200, deadEvery: 20, liarEvery: 0 });
  return {
    collect2000Ms: http.ms,
    collect2000CpuMs: http.cpuMs,
    collect2000Correct: http.correct,
    ...(other ? { collect2000Ratio: http.ms / other.ms, collect2000CpuRatio: http.cpuMs / other.cpuMs } : {}),
    omq2000Ms: omq.ms,
    omq2000CpuMs: omq.cpuMs,
    omq2000Ratio: omq.ms / http.ms,
    omqAgainRatio: omq.againMs / omq.ms,
    omqCpuRatio: omq.cpuMs / http.cpuMs,
    omq2000Mb: omq.peakMb,
    omq2000Correct: omq.correct,
    peakMb10000: many.peakMb,
    collect10000Ms: many.ms,
    collect10000Correct: many.correct,
    baseMb: many.baseMb,
  };
}
