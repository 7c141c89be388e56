import { formatSesh, formatTime } from "../../chain/index.ts";
import type { Call, SendRecord } from "../../chain/index.ts";
import { findLiquidatable, shareOf, sourceUrls } from "../leaving/candidates.ts";
import { HEADINGS } from "./headings.ts";
import type { CommandContext } from "../terminal/command.ts";
import { defineCommand } from "../terminal/command.ts";
import { askToSign, depart } from "../leaving/departure.ts";
import type { Departure } from "../leaving/departure.ts";
import { CliError, showError } from "../terminal/errors.ts";
import type { ExitName } from "../terminal/errors.ts";
import type { Io } from "../terminal/io.ts";
import { findNode } from "../network/nodes.ts";
import type { NodeView } from "../network/nodes.ts";
import { withNetwork, withSending, withSource } from "../terminal/options.ts";
import type { SourceOptions } from "../terminal/options.ts";
import { shorten } from "../terminal/output.ts";
import type { Output } from "../terminal/output.ts";
import type { Sender } from "../session/sending.ts";
import { withSender } from "../session/sending.ts";
import { withSession } from "../session/session.ts";
import type { Session } from "../session/session.ts";
import { openSource } from "../session/source.ts";
import type { Source } from "../session/source.ts";

/** `liquidate list | all | <node>` */
export const liquidateCommand = defineCommand({
  ...HEADINGS.liquidate,
  calldata: true,
  builder: (yargs) =>
    withSource(withSending(withNetwork(yargs)))
      .positional("what", {
        type: "string",
        demandOption: true,
        describe: "`list`, `all`, or a node by id, BLS key or Ed25519 key",
      })
      .example("$0 liquidate list --nodes-file nodes.json", "who may be liquidated, and what it pays")
      .example("$0 liquidate all --nodes-file nodes.json --broadcast", "all of them, one transaction each"),
  run: (args, context) =>
    withSession(args, context.io, async (session) => {
      if (args.what === "list") return list(session, args, context);
      const what = String(args.what);
      const source = await openSource(args, session, context.io);
      try {
        return await withSender(args, session, context, `liquidate ${what.toLowerCase()}`, async (sender) => {
          if (sender.finished) return showEarlier(sender);
          const targets =
            what === "all" ? await ripeTargets(session, args, context.io) : [await oneTarget(session, what)];
          return liquidate(targets, what === "all", source, sender, session, context);
        });
      } finally {
        await source.close();
      }
    }),
});

/** A node to liquidate, and the sender's share of its stake, atomic SESH. */
interface Target {
  node: NodeView;
  share: bigint;
}

async function ripeTargets(session: Session, args: SourceOptions, io: Io): Promise<Target[]> {
  const found = await findLiquidatable(session, await sourceUrls(args, session, io), args.timeout * 1_000);
  return found.filter(({ ripe }) => ripe).map(({ node, share }) => ({ node, share }));
}

async function oneTarget(session: Session, what: string): Promise<Target> {
  const node = await findNode(session.rewards, what);
  return { node, share: await shareOf(session, node.deposit) };
}

function showEarlier(sender: Sender): ExitName {
  sender.show({ outcomes: [] });
  return "ok";
}

async function list(session: Session, args: SourceOptions, { io, out }: CommandContext): Promise<void> {
  const found = await findLiquidatable(session, await sourceUrls(args, session, io), args.timeout * 1_000);
  const result = found.map(({ node, share, ...candidate }) => ({
    id: node.id,
    type: candidate.type,
    liquidatable: candidate.ripe,
    liquidatableAt: candidate.ripeAt,
    share,
    votes: candidate.votes,
    operator: node.operator,
    blsPubkey: candidate.blsPubkey,
    ed25519Pubkey: candidate.ed25519Pubkey,
  }));
  out.result({ candidates: result }, () => {
    out.table(
      [
        { name: "id", align: "right" },
        { name: "why" },
        { name: "liquidatable" },
        { name: "pays you (SESH)", align: "point" },
        { name: "said by", align: "right" },
        { name: "operator", fit: "drop" },
        { name: "BLS key", fit: "drop" },
      ],
      result.map((entry) => [
        String(entry.id),
        entry.type === "exit" ? "unlocked" : "deregistered",
        entry.liquidatable
          ? out.colors.green("now")
          : entry.liquidatableAt === undefined
            ? "not yet"
            : formatTime(BigInt(Math.ceil(entry.liquidatableAt))),
        formatSesh(entry.share),
        String(entry.votes),
        shorten(entry.operator),
        shorten(entry.blsPubkey),
      ]),
    );
  });
}

interface Outcome {
  id: bigint;
  status: "liquidated" | "simulated" | "failed";
  /** The sender's share, atomic SESH. */
  share: bigint;
  signers?: number;
  gas?: bigint;
  hash?: string;
  validUntil?: number;
  error?: string;
}

/** One that the network has signed and the contract would take. */
interface Ready extends Target {
  departure: Departure;
  record: SendRecord;
  call: Call;
}

/**
 * All are signed and simulated first, so that the question before the first transaction is about all of them. One that the network does
 * not sign for, or the contract refuses, does not keep the others from being liquidated.
 */
async function liquidate(
  targets: readonly Target[],
  many: boolean,
  source: Source,
  sender: Sender,
  session: Session,
  { io, out }: CommandContext,
): Promise<ExitName> {
  const outcomes: Outcome[] = [];
  const ready: Ready[] = [];
  const fail = ({ node, share }: Target, error: unknown) => {
    const { exit, message } = showError(error);
    if (targets.length === 1 || ["key", "cap", "pending", "interrupted", "chain"].includes(exit)) throw error;
    outcomes.push({ id: node.id, status: "failed", share, error: message });
  };
  const stopIfAsked = () => {
    if (io.signal.aborted) throw new CliError("interrupted", "Interrupted.", "The same command goes on.", { outcomes });
  };
  for (const target of targets) {
    stopIfAsked();
    try {
      const departure = await askToSign("liquidate", target.node, source, session);
      const { record, call } = await depart(departure, { ...sender.options(), broadcast: false }, session);
      ready.push({ ...target, departure, record, call });
    } catch (error) {
      fail(target, error);
    }
  }
  sender.announce(() => showReady(ready, out));
  if (!sender.broadcast) for (const { call, record } of ready) sender.add({ call, record });
  else if (ready.length > 0) await sender.confirm(ready.map(({ record }) => record));

  for (const { node, share, departure, record, call } of ready) {
    stopIfAsked();
    const facts = { share, signers: departure.signed.signers.length, ...valid(call) };
    if (!sender.broadcast) {
      outcomes.push({ id: node.id, status: "simulated", ...facts, gas: record.gasEstimate });
      continue;
    }
    try {
      const intent = { key: `liquidate ${node.id}`, final: !many, labels: { node: String(node.id) } };
      const done = await depart(departure, sender.options(intent), session);
      sender.add(done);
      const { gasUsed = 0n, hash = "" } = done.record;
      outcomes.push({ id: node.id, status: "liquidated", ...facts, gas: gasUsed, hash });
    } catch (error) {
      fail({ node, share }, error);
    }
  }
  const order = new Map(targets.map(({ node }, i) => [node.id, i]));
  outcomes.sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
  sender.show({ outcomes, earned: earned(outcomes) }, () => showOutcomes(outcomes, out));
  if (!sender.broadcast && out.mode === "table") showFailures(outcomes, out);
  const failed = outcomes.filter(({ status }) => status === "failed").length;
  return failed === 0 ? "ok" : failed === outcomes.length ? "signatures" : "partial";
}

const valid = ({ validUntil }: Call) => (validUntil === undefined ? {} : { validUntil });

const earned = (outcomes: readonly Outcome[]): bigint =>
  outcomes.reduce((sum, { status, share }) => (status === "liquidated" ? sum + share : sum), 0n);

function showReady(ready: readonly Ready[], out: Output): void {
  if (ready.length === 0) return out.line("No node is liquidatable now.");
  out.table(
    [
      { name: "node", align: "right" },
      { name: "pays you (SESH)", align: "point" },
      { name: "gas", align: "right" },
      { name: "signers", align: "right" },
      { name: "valid until" },
      { name: "operator", fit: "drop" },
    ],
    ready.map(({ node, share, record, call, departure: { signed } }) => [
      String(node.id),
      formatSesh(share),
      record.gasEstimate.toLocaleString("en"),
      `${signed.signers.length}/${signed.set.nodes.length}`,
      call.validUntil === undefined ? "" : formatTime(BigInt(call.validUntil)),
      shorten(node.operator),
    ]),
  );
  const total = ready.reduce((sum, { share }) => sum + share, 0n);
  if (ready.length > 1) out.line(`${ready.length} nodes pay you ${formatSesh(total)} SESH in all.`);
}

function showOutcomes(outcomes: readonly Outcome[], out: Output): void {
  const done = outcomes.filter(({ status }) => status === "liquidated");
  for (const { id, share, gas } of done) {
    out.line(`node ${id}: ${formatSesh(share)} SESH for ${(gas ?? 0n).toLocaleString("en")} gas`);
  }
  if (outcomes.length === 0) out.line("No node is liquidatable now.");
  else out.line(`Liquidated ${done.length} of ${outcomes.length}: ${formatSesh(earned(outcomes))} SESH.`);
  showFailures(outcomes, out);
}

function showFailures(outcomes: readonly Outcome[], out: Output): void {
  for (const { id, error } of outcomes) {
    if (error !== undefined) out.line(`${out.colors.red("failed")} node ${id}: ${error}`);
  }
}
