import { arch, cpus, platform, totalmem } from "node:os";

/** All figures of a run. Times in ms, memory in MB (10^6 bytes); ratios are fractions of the time one by one takes. */
export interface Figures {
  parsed1500Ratio: number;
  wire1500Ratio: number;
  blame20Ms: number;
  wire10000Ms: number;
  collect2000Ms: number;
  peakMb10000: number;
  /** Whole collection over OxenMQ, CURVE handshakes included. */
  omq2000Ms: number;
  /** Of the HTTP collection of the same run. */
  omq2000Ratio: number;
  /** The second collection, on connections that stand, of the first. */
  omqAgainRatio: number;
  /** Processor time of the collector, of that over HTTP. */
  omqCpuRatio: number;
  omq2000Mb: number;
  omq2000Correct: boolean;
  parsed1500Ms: number;
  wire1500Ms: number;
  oneByOneParsed1500Ms: number;
  oneByOneWire1500Ms: number;
  mclOneMs: number;
  mclParse1500Ms: number;
  mclParsed1500Ms: number;
  collect2000CpuMs: number;
  /** Of the collection of another commit in the same run, with `--against`: time, and processor time. */
  collect2000Ratio?: number;
  collect2000CpuRatio?: number;
  omq2000CpuMs: number;
  collect2000Correct: boolean;
  collect10000Ms: number;
  collect10000Correct: boolean;
  baseMb: number;
  blamedRight: boolean;
  /** Processor time from wire bytes to a verified sum of 1,500, against mcl-wasm fed by its byte interface. */
  wire1500ToMcl: number;
  /** Processor time of whole processes of the built package; `docs/cli.md` has the commands. */
  versionCpuMs: number;
  helpCpuMs: number;
  /** Processor time of a cold process up to its first verified signature, against one that does nothing. */
  coldRatio: number;
}

/** Bounds that the project set itself; `must` and `stretch` in the unit of the figure. */
export const TARGETS = {
  parsed1500Ratio: { must: 1 / 100, stretch: 1 / 250 },
  wire1500Ratio: { must: 1 / 40, stretch: 1 / 100 },
  blame20Ms: { must: 3_000, stretch: 1_000 },
  wire10000Ms: { must: 3_000, stretch: 1_000 },
  collect2000Ms: { must: 5_000, stretch: 2_500 },
  collect2000Ratio: { must: 0.8, stretch: 0.6 },
  peakMb10000: { must: 250, stretch: 200 },
  omq2000Ratio: { must: 1.3, stretch: 0.8 },
  omqAgainRatio: { must: 0.4, stretch: 0.25 },
  omqCpuRatio: { must: 1, stretch: 0.6 },
  omq2000Mb: { must: 300, stretch: 220 },
  wire1500ToMcl: { must: 1.5, stretch: 1 },
  coldRatio: { must: 2.5, stretch: 1.8 },
} as const;

const NAMES: Record<keyof typeof TARGETS, string> = {
  parsed1500Ratio: "sum and verify 1,500 parsed signatures, of one by one",
  wire1500Ratio: "the same from wire bytes, of one by one",
  blame20Ms: "20 bad among 1,500: named, and the rest verified",
  wire10000Ms: "10,000 signatures, good path from bytes",
  collect2000Ms: "whole collection from 2,000 HTTP nodes",
  collect2000Ratio: "the same, of that of commit 3802486",
  peakMb10000: "peak memory of the collector at 10,000 nodes",
  omq2000Ratio: "whole collection over OxenMQ, handshakes included, of that over HTTP",
  omqAgainRatio: "the same on connections that stand, of the first",
  omqCpuRatio: "processor time of the collector over OxenMQ, of that over HTTP",
  omq2000Mb: "peak memory at 2,000 OxenMQ nodes",
  wire1500ToMcl: "1,500 from wire bytes to a verified sum, processor time, of mcl-wasm's",
  coldRatio: "cold process to the first verified signature, of an empty one",
};

export function machine(): string {
  const [cpu] = cpus();
  const gb = Math.round(totalmem() / 1e9);
  return `${cpu?.model.trim() ?? "unknown"}, ${cpus().length} cores, ${gb} GB; ${platform()} ${arch()}; Node ${process.versions.node}`;
}

/** The page for docs/. */
export function markdown(figures: Figures): string {
  const rows = (Object.keys(TARGETS) as (keyof typeof TARGETS)[]).flatMap((key) => {
    const { must, stretch } = TARGETS[key];
    const value = figures[key];
    if (value === undefined) return [];
    const verdict = value <= stretch ? "stretch" : value <= must ? "must" : "**missed**";
    return `| ${NAMES[key]} | ${show(key, value)} | ${show(key, must)} | ${show(key, stretch)} | ${verdict} |`;
  });
  const ms = (value: number) => `${value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString("en")} ms`;
  const other =
    figures.collect2000CpuRatio === undefined
      ? ""
      : ` Of the other commit's processor time, in turn in one run (\`--against\`), that is ${figures.collect2000CpuRatio.toFixed(2)}.`;
  const mclWire = figures.mclParse1500Ms + figures.mclParsed1500Ms;
  return `# Benchmark

Written by \`npm run bench\`; \`npm run bench -- --json\` prints the same figures. Times depend on the machine and on what else it does;
ratios are of one run and travel better.

Machine: ${machine()}.

| figure | measured | must | stretch | reached |
| --- | ---: | ---: | ---: | --- |
${rows.join("\n")}

## What is measured

Each time is the median of several runs in a warm process, but for the collections, each in a fresh process that runs the built
package as the program does: medians of three in turn from 2,000 nodes, one from 10,000.

* **One by one** is \`verifyHash\` of this library for each of the signatures (${ms(figures.oneByOneParsed1500Ms / 1_500)} each; the message
  hashed once for all): ${ms(figures.oneByOneParsed1500Ms)} for 1,500 parsed ones, ${ms(figures.oneByOneWire1500Ms)} from wire bytes,
  extrapolated from 150. The live aggregator's C++ takes about 4.5 ms a signature.
* **Sum and verify**: ${ms(figures.parsed1500Ms)} parsed, ${ms(figures.wire1500Ms)} from bytes (length, range and curve checked for each
  point, the subgroup once for the sum).
* **Blame** starts at the failing sum and ends with every bad signature named and the sum of the rest verified
  (${figures.blamedRight ? "all named, nobody else" : "NOT all named, or somebody else"}).
* **Collection**: 2,000 nodes on ports of their own in another process, which answer after 200 ms what they signed beforehand; 100 refuse
  connections, 20 lie. It took ${ms(figures.collect2000CpuMs)} of processor time; the outcome was ${figures.collect2000Correct ? "right" : "WRONG"}.${other}
* **OxenMQ**: the same 2,000 nodes, dead ones and liars as ROUTER sockets with CURVE, a key each, in another process: ${ms(figures.omq2000Ms)}, ${ms(figures.omq2000CpuMs)} of processor time,
  about half of it in the
  ZeroMQ library's own thread (handshakes, and guarded memory for their keys). That of HTTP is out of reach over CURVE: in one run the
  library's thread took 760 ms for the 1,900 handshakes (0.4 ms each, five products on X25519 and two key pairs made anew), the verification of
  either collection some 400 ms, and all of HTTP's 990 ms, which is 1.17 without a line of the wire's JavaScript. CurveZMQ keeps no keys
  from one connection to the next, one socket and one thread serve all already, and who refuses is not tried again. The
  outcome was ${figures.omq2000Correct ? "right" : "WRONG"}. The second collection leaves out who lied in the first.
* **Memory**: the largest resident set of a process that collects from 10,000 such nodes (500 refuse), runtime and libraries included:
  ${Math.round(figures.baseMb)} MB are there before it starts. It took ${ms(figures.collect10000Ms)}; the outcome was ${figures.collect10000Correct ? "right" : "WRONG"}.

## Is mcl-wasm worth a dependency?

| | this library | mcl-wasm |
| --- | ---: | ---: |
| verify one | ${ms(figures.oneByOneWire1500Ms / 1_500)} | ${ms(figures.mclOneMs)} |
| sum and verify 1,500 parsed | ${ms(figures.parsed1500Ms)} | ${ms(figures.mclParsed1500Ms)} |

No. Fed by its quickest interface (\`setStr(bytes, 4096)\`: affine, little-endian, real half first, checked) it takes ${ms(mclWire)} from
bytes to a verified sum where this library takes ${ms(figures.wire1500Ms)}: ${figures.wire1500ToMcl.toFixed(2)} of its processor time in one run,
since sums are taken in a small WebAssembly module of our own (src/bls/wasm). Blame, where single pairings count, needs some fifty of
them and meets its target. For what it could still save, a second implementation of the curve would have to be trusted.

## Doors

\`session-staking --version\` takes ${ms(figures.versionCpuMs)} of processor time, \`--help\` ${ms(figures.helpCpuMs)}.
`;
}

function show(key: keyof typeof TARGETS, value: number): string {
  if (["wire1500ToMcl", "coldRatio", "collect2000Ratio"].includes(key) || key.startsWith("omq")) {
    return key === "omq2000Mb" ? `${Math.round(value)} MB` : value.toFixed(2);
  }
  if (key.endsWith("Ratio")) return `1/${Math.round(1 / value)}`;
  return key.startsWith("peak") ? `${Math.round(value)} MB` : `${Math.round(value).toLocaleString("en")} ms`;
}
