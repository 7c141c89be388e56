/** `npm run bench:portal`: the figures of the portal against their targets. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import yargs from "yargs";
import { buildPackage } from "../pack/build.ts";
import { openBrowser } from "./browser/chromium.ts";
import { measurePage } from "./browser/page.ts";
import { measureVerify } from "./browser/verify.ts";
import { personOf } from "./chain/cast.ts";
import type { Chain } from "./chain/make.ts";
import { openChain } from "./chain/make.ts";
import { plan } from "./chain/plan.ts";
import type { Figures, FigureName } from "./figures.ts";
import { reached, told } from "./figures.ts";
import { differences, INDEX_FAULTS, runFaults } from "./ponder/faults.ts";
import { runPonder } from "./ponder/run.ts";
import { cleanUp, cleanUpWhenInterrupted, scratch } from "./processes.ts";
import { measureLoad } from "./service/load.ts";
import { SETTING_UP, storedEvents } from "./service/rows.ts";
import { startService } from "./service/serve.ts";

const PARTS = ["verify", "page", "index", "ponder", "load"] as const;
type Part = (typeof PARTS)[number];

/** Beside the figures: what they were computed from. */
type Details = Record<string, unknown>;

export async function main(args: readonly string[]): Promise<void> {
  const argv = await yargs([...args])
    .scriptName("npm run bench:portal --")
    .usage(
      "$0 [options]\n\nMeasures the portal: its index on a local chain of 100,000 events against Ponder on the same chain, its service under load, its page in a browser. Fetches Ponder from npm the first time; it and the chain are kept in .tmp/portal-bench. Exit code 1 when a target is missed.",
    )
    .option("json", { type: "boolean", default: false, describe: "print one JSON object" })
    .option("skip", {
      type: "string",
      array: true,
      choices: PARTS,
      default: [] as Part[],
      describe: "leave these parts out",
    })
    .option("only", { type: "string", array: true, choices: PARTS, describe: "these parts alone" })
    .option("scale", { type: "number", default: 1, describe: "so many times the events, nodes and stakers" })
    .option("seconds", { type: "number", default: 10, describe: "length of one run under load" })
    .option("patience", { type: "number", default: 2_400, describe: "seconds until an index is given up" })
    .option("ponder-addresses", {
      type: "number",
      default: 1,
      describe: "addresses of the endpoint given to Ponder, each with a rate limit of its own",
    })
    .option("ponder-faults", {
      type: "boolean",
      default: false,
      describe: "Ponder behind a bad endpoint, nothing else",
    })
    .strict()
    .parse();
  const began = performance.now();
  const tell = (text: string): void => {
    process.stderr.write(`${((performance.now() - began) / 1_000).toFixed(0).padStart(5)} s  ${text}\n`);
  };
  const chosen = (argv.only ?? PARTS).filter((part) => !argv.skip.includes(part));
  const wants = (part: Part): boolean => chosen.includes(part);
  cleanUpWhenInterrupted();
  const figures: Figures = {};
  const details: Details = {};
  let chain: Chain | undefined;
  try {
    if (argv.ponderFaults) {
      chain = await openChain(plan(argv.scale), tell);
      details["faults"] = await runFaults(chain, ["none", ...INDEX_FAULTS], argv.patience * 1_000, tell);
    } else {
      if (wants("verify") || wants("page")) await inBrowser(wants, figures, details, tell);
      if (wants("index") || wants("ponder") || wants("load")) {
        chain = await openChain(plan(argv.scale), tell);
        await onChain(chain, argv, wants, figures, details, tell);
      }
    }
    await chain?.stop();
  } finally {
    cleanUp();
  }
  if (argv.json) process.stdout.write(`${JSON.stringify({ ...figures, details })}\n`);
  else process.stdout.write(`${told(figures)}${JSON.stringify(details, null, 2)}\n`);
  const missed = (Object.keys(figures) as FigureName[]).filter(
    (name) => reached(name, figures[name] ?? NaN) === "missed",
  );
  process.exitCode = missed.length === 0 ? 0 : 1;
}

type Tell = (text: string) => void;
type Wants = (part: Part) => boolean;

async function inBrowser(wants: Wants, figures: Figures, details: Details, tell: Tell): Promise<void> {
  const browser = await openBrowser();
  try {
    if (wants("verify")) {
      tell("verifying claims in the browser");
      const verify = await measureVerify(browser, 1_500);
      figures.browserVerifyRatio = verify.oursFirstMs / verify.nobleFirstMs;
      details["verify"] = verify;
    }
    if (wants("page")) {
      tell("building and opening the page");
      const page = await measurePage(browser, resolve(scratch("page")));
      figures.jsKb = page.brotliKb;
      figures.tableRatio = page.manyMs / page.fewMs;
      details["page"] = page;
    }
  } finally {
    await browser.close();
  }
}

interface Options {
  scale: number;
  seconds: number;
  patience: number;
  ponderAddresses: number;
}

async function onChain(
  chain: Chain,
  { scale, seconds, patience, ponderAddresses }: Options,
  wants: Wants,
  figures: Figures,
  details: Details,
  tell: Tell,
): Promise<void> {
  const { url, facts } = chain;
  const { total, byName, blocks, head } = facts.counted;
  details["chain"] = {
    events: total,
    blocks: head,
    blocksWithEvents: blocks,
    contributions: facts.counted.contributions.length,
  };
  if (wants("index") || wants("load")) {
    if (!existsSync("dist/cli/main.js")) await buildPackage();
    const folder = scratch("service");
    const service = await startService({ rpc: url, facts, folder, patience: patience * 1_000, tell });
    tell(`our index took ${seconds_(service.caughtUpMs)} s`);
    const ours: Details = { seconds: seconds_(service.caughtUpMs), memoryMb: rounded(service.peakMb()) };
    if (wants("load")) {
      const people = Array.from({ length: plan(scale).stakers }, (_, i) => personOf(i));
      const load = await measureLoad(service.url, people, { seconds, folder, tell });
      figures.requestsRatio = load.service.requests / load.fixed.requests;
      figures.p99Ratio = load.service.p99 / load.fixed.p99;
      details["load"] = load;
    }
    figures.memoryMb = service.peakMb().own;
    ours["memoryUnderLoadMb"] = rounded(service.peakMb());
    await service.stop();
    const stakes = Object.fromEntries(Object.entries(byName).filter(([name]) => !SETTING_UP.includes(name)));
    ours["wrong"] = differences(stakes, await storedEvents(join(folder, "database")));
    if (Object.keys(ours["wrong"] as object).length > 0) throw new Error(`our index is wrong: ${JSON.stringify(ours)}`);
    details["index"] = ours;
  }
  if (wants("ponder")) {
    const ponder = await runPonder({ url, facts, patience: patience * 1_000, addresses: ponderAddresses, tell });
    const { ms, readyMs, memoryMb, counted, troubles } = ponder;
    details["ponder"] = {
      seconds: seconds_(ms),
      readySeconds: seconds_(readyMs),
      memoryMb: Math.round(memoryMb),
      rows: counted,
      wrong: differences(byName, ponder.byName),
      troubles: troubles.length,
    };
    const ours = details["index"] as { seconds: number } | undefined;
    if (ours !== undefined) figures.indexRatioToPonder = ours.seconds / seconds_(ms);
  }
}

const rounded = ({ own, all }: { own: number; all: number }) => ({ own: Math.round(own), all: Math.round(all) });
const seconds_ = (ms: number): number => Math.round(ms / 100) / 10;
