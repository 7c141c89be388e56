import { parseAddress, readNodeSet } from "../../chain/index.ts";
import type { NodeSet } from "../../chain/index.ts";
import { CollectError, isOmqNode } from "../../collect/index.ts";
import { HEADINGS } from "./headings.ts";
import { defineCommand } from "../terminal/command.ts";
import { withNetwork, withSource } from "../terminal/options.ts";
import { shorten } from "../terminal/output.ts";
import type { Output } from "../terminal/output.ts";
import { histogram, pingAll, quantile } from "../network/ping.ts";
import type { Ping } from "../network/ping.ts";
import { startProgress } from "../terminal/progress.ts";
import { withSession } from "../session/session.ts";
import type { Session } from "../session/session.ts";
import { countReasons, hasNodes, openSource } from "../session/source.ts";
import type { Source } from "../session/source.ts";
import { CliError } from "../terminal/errors.ts";

/** An address without rewards: asking for its figure moves nothing, and every node can answer. */
const PROBE = "0x000000000000000000000000000000000000dEaD";

/** `network`: every node pinged, and asked for a signature. */
export const networkCommand = defineCommand({
  ...HEADINGS.network,
  builder: (yargs) =>
    withSource(withNetwork(yargs))
      .option("probe", {
        type: "string",
        default: PROBE,
        describe: "Recipient whose figure the nodes are asked to sign",
        requiresArg: true,
      })
      .option("sign", { type: "boolean", default: true, describe: "Ask for signatures too; --no-sign only pings" })
      .example("$0 network --nodes-file nodes.json", "who is up, and who would sign"),
  run: (args, { io, out }) =>
    withSession(args, io, async (session) => {
      const probe = parseAddress(args.probe, "--probe");
      if (!hasNodes(args, session, io)) {
        throw new CliError("usage", "There is no node to ping.", "Give --directory, --nodes-file or --node-urls.");
      }
      const source = await openSource(args, session, io);
      try {
        const bar = startProgress(io, "ping", source.endpoints.length);
        const limits = { timeoutMs: args.timeout * 1_000, concurrency: args.concurrency, signal: io.signal };
        const set = await readNodeSet(session.rewards);
        const keys = new Map((await source.bound(set)).map(({ url, blsPubkey }) => [url, blsPubkey]));
        const endpoints = source.endpoints.map(({ url }) => {
          const blsPubkey = keys.get(url);
          return { url, ...(blsPubkey === undefined ? {} : { blsPubkey }) };
        });
        const pings = await pingAll(endpoints, limits, (done) => bar.update(done)).finally(() => bar.stop());
        if (io.signal.aborted) throw new CliError("interrupted", "Interrupted.");
        const summary = summarise(pings, set, session);
        const signing = args.sign ? await askToSign(source, probe, set) : undefined;
        const result = { block: set.block, ...summary, ...(signing ? { signing } : {}), nodes: perNode(pings, set) };
        out.result(result, () => show(summary, signing, set, out));
        return signing && !signing.enough ? "signatures" : "ok";
      } finally {
        await source.close();
      }
    }),
});

interface Summary {
  asked: number;
  answered: number;
  failures: Record<string, number>;
  versions: Record<string, number>;
  /** Fingerprints of the consensus rules: nodes that differ cannot agree. */
  rules: Record<string, number>;
  heights: { lowest: number; highest: number } | undefined;
  latencyMs: { median: number; p95: number; slowest: number } | undefined;
  histogram: { upTo: number | undefined; count: number }[];
  /** Answers for another chain or contract. */
  elsewhere: string[];
  /** Answers with a key that the contract does not hold. */
  unregistered: string[];
  /** Ids of the contract's nodes behind none of the addresses that answered. */
  missing: bigint[];
}

function summarise(pings: readonly Ping[], set: NodeSet, session: Session): Summary {
  const up = pings.flatMap(({ url, ms, info }) => (info ? [{ url, ms, info }] : []));
  const latencies = up.map(({ ms }) => ms);
  const heights = up.flatMap(({ info }) => (typeof info.height === "number" ? [info.height] : []));
  const keys = new Set(up.map(({ info }) => info.blsPubkey));
  return {
    asked: pings.length,
    answered: up.length,
    failures: tally(pings.flatMap(({ failure }) => (failure === undefined ? [] : [failure]))),
    versions: tally(up.flatMap(({ url, info }) => (isOmqNode({ url }) ? [] : [info.version ?? "unknown"]))),
    rules: tally(up.flatMap(({ url, info }) => (isOmqNode({ url }) ? [] : [info.rules ?? "unknown"]))),
    heights: heights.length > 0 ? { lowest: Math.min(...heights), highest: Math.max(...heights) } : undefined,
    latencyMs:
      latencies.length > 0
        ? {
            median: Math.round(quantile(latencies, 0.5) as number),
            p95: Math.round(quantile(latencies, 0.95) as number),
            slowest: Math.round(Math.max(...latencies)),
          }
        : undefined,
    histogram: histogram(latencies),
    elsewhere: up
      .filter(
        ({ info }) =>
          (info.chainId !== undefined && BigInt(info.chainId) !== session.chainId) ||
          (info.contract !== undefined && info.contract.toLowerCase() !== session.rewardsAddress.toLowerCase()),
      )
      .map(({ url }) => url),
    unregistered: up.filter(({ info }) => !set.byKey.has(info.blsPubkey)).map(({ url }) => url),
    missing: set.nodes.filter(({ hex }) => !keys.has(hex)).map(({ id }) => id),
  };
}

interface Signing {
  signers: number;
  required: number;
  enough: boolean;
  nonSigners: { id: bigint; reason: string }[];
  badNodes: { id: bigint | undefined; url: string; reason: string; detail: string }[];
}

async function askToSign(source: Source, recipient: string, set: NodeSet): Promise<Signing> {
  const required = Math.max(1, set.nodes.length - set.nonSignerThreshold);
  const request = { kind: "reward", recipient } as const;
  try {
    const { signers, nonSigners, badNodes } = await source.collect(request, "signatures");
    return { signers: signers.length, required, enough: true, nonSigners: bare(nonSigners), badNodes: [...badNodes] };
  } catch (error) {
    if (!(error instanceof CollectError)) throw error;
    // They are there, and agree that an address without rewards has none to sign for.
    const agree = error.code === "nothing-to-sign";
    if (!agree && error.code !== "too-few-signers") throw error;
    const { signers, nonSigners, badNodes } = error.details as unknown as Omit<Signing, "required" | "enough">;
    const silent = nonSigners.filter(({ reason }) => reason !== "nothing-to-sign");
    // Of the addresses that agree some may be of nodes that have left.
    const refused = silent.filter(({ reason }) => reason !== "no-answer");
    const most = set.nodes.length - refused.length;
    const agreeing = agree ? Math.min(signers, most) : signers;
    return { signers: agreeing, required, enough: agree, nonSigners: bare(silent), badNodes };
  }
}

const bare = (silent: readonly { id: bigint; reason: string }[]) => silent.map(({ id, reason }) => ({ id, reason }));

function perNode(pings: readonly Ping[], set: NodeSet) {
  return pings.map(({ url, ms, info, failure }) => ({
    url,
    id: info && set.byKey.get(info.blsPubkey)?.id,
    ms: Math.round(ms),
    ...(info ? { version: info.version, height: info.height } : { failure }),
  }));
}

function show(summary: Summary, signing: Signing | undefined, set: NodeSet, out: Output): void {
  const { colors } = out;
  const { asked, answered, latencyMs, heights } = summary;
  out.heading("Nodes");
  out.fields([
    ["in the contract", `${set.nodes.length} at block ${set.block}`],
    ["answer", `${answered === asked ? colors.green(String(answered)) : colors.yellow(String(answered))} of ${asked}`],
    ["do not answer", list(summary.failures)],
    ["versions", list(summary.versions)],
    ["rules", Object.keys(summary.rules).length > 1 ? colors.red(list(summary.rules) ?? "") : undefined],
    ["heights", heights && `${heights.lowest} to ${heights.highest}`],
    ["another chain or contract", summary.elsewhere.length > 0 ? colors.red(summary.elsewhere.join(", ")) : undefined],
    ["not in the contract", summary.unregistered.length > 0 ? summary.unregistered.join(", ") : undefined],
    ["without an address", summary.missing.length > 0 ? ids(summary.missing) : undefined],
  ]);
  if (latencyMs) {
    out.heading("Latency");
    const widest = Math.max(...summary.histogram.map(({ count }) => count));
    const last = summary.histogram.findLastIndex(({ count }) => count > 0);
    for (const [i, { upTo, count }] of summary.histogram.slice(0, last + 1).entries()) {
      const from = summary.histogram[i - 1]?.upTo ?? 0;
      const label = upTo === undefined ? `≥ ${from} ms` : `< ${upTo} ms`;
      const bar = "█".repeat(Math.ceil((count / widest) * 40));
      out.line(`  ${label.padStart(10)} ${String(count).padStart(6)}  ${colors.cyan(bar)}`.trimEnd());
    }
    out.line(colors.dim(`  median ${latencyMs.median} ms, 95 % ${latencyMs.p95} ms, slowest ${latencyMs.slowest} ms`));
  }
  if (signing) showSigning(signing, out);
}

function showSigning(signing: Signing, out: Output): void {
  const { colors } = out;
  out.heading("Signatures");
  const enough = signing.enough ? colors.green(`${signing.signers}`) : colors.red(`${signing.signers}`);
  out.fields([["would sign", `${enough}, needed ${signing.required}`]]);
  if (signing.nonSigners.length === 0) return;
  out.table(
    [{ name: "would not sign" }, { name: "nodes", align: "right" }, { name: "ids" }],
    countReasons(signing.nonSigners).map(([reason, count]) => [
      reason,
      String(count),
      ids(signing.nonSigners.filter((node) => node.reason === reason).map(({ id }) => id)),
    ]),
  );
  for (const { id, url, reason, detail } of signing.badNodes) {
    out.line(
      `${colors.red("wrong")} ${id === undefined ? "" : `node ${id}, `}${url}: ${reason}, ${shorten(detail, 60)}`,
    );
  }
}

function ids(all: readonly bigint[]): string {
  return all.length > 20 ? `${all.slice(0, 20).join(", ")}, … (${all.length})` : all.join(", ");
}

function tally(words: readonly string[]): Record<string, number> {
  return Object.fromEntries(countReasons(words.map((reason) => ({ reason }))));
}

function list(counts: Record<string, number>): string | undefined {
  const entries = Object.entries(counts);
  return entries.length === 0 ? undefined : entries.map(([name, count]) => `${count} × ${name}`).join(", ");
}
