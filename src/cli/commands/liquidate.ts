import { formatSesh, formatTime } from "../../chain/index.ts";
import { findLiquidatable, sourceUrls } from "../leaving/candidates.ts";
import { HEADINGS } from "./headings.ts";
import type { CommandContext } from "../terminal/command.ts";
import { defineCommand } from "../terminal/command.ts";
import { depart, signersLine } from "../leaving/departure.ts";
import { CliError, showError } from "../terminal/errors.ts";
import type { ExitName } from "../terminal/errors.ts";
import { findNode } from "../network/nodes.ts";
import type { NodeView } from "../network/nodes.ts";
import { withNetwork, withSending, withSource } from "../terminal/options.ts";
import type { SourceOptions } from "../terminal/options.ts";
import { shorten } from "../terminal/output.ts";
import { Sender } from "../session/sending.ts";
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
  run: (args, { io, out }) =>
    withSession(args, io, async (session) => {
      if (args.what === "list") return list(session, args, { io, out });
      const source = await openSource(args, session, io);
      try {
        const sender = await Sender.open(args, session, io, out);
        const nodes =
          args.what === "all"
            ? (await findLiquidatable(session, await sourceUrls(args, session, io), args.timeout * 1_000))
                .filter((entry) => entry.ripe)
                .map((entry) => entry.node)
            : [await findNode(session.rewards, String(args.what))];
        return await liquidate(nodes, source, sender, session, { io, out });
      } finally {
        await source.close();
      }
    }),
});

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
  error?: string;
}

async function liquidate(
  nodes: readonly NodeView[],
  source: Source,
  sender: Sender,
  session: Session,
  { io, out }: CommandContext,
): Promise<ExitName> {
  const outcomes: Outcome[] = [];
  let signers: string | undefined;
  for (const node of nodes) {
    if (io.signal.aborted) throw new CliError("interrupted", "Interrupted.", "", { outcomes });
    try {
      const { signed } = await depart("liquidate", node, source, sender, session);
      signers = signersLine(signed, out);
      outcomes.push({ id: node.id, status: sender.broadcast ? "liquidated" : "simulated" });
    } catch (error) {
      // One that the network does not sign for must not keep the others from being liquidated.
      if (nodes.length === 1 || showError(error).exit === "key") throw error;
      outcomes.push({ id: node.id, status: "failed", error: showError(error).message });
    }
  }
  sender.show({ outcomes }, () => {
    if (outcomes.length === 0) out.line("No node is liquidatable now.");
    out.fields([["signers", signers]].filter(([, value]) => value) as [string, string][]);
    for (const { id, error } of outcomes) {
      if (error !== undefined) out.line(`${out.colors.red("failed")} node ${id}: ${error}`);
    }
  });
  const failed = outcomes.filter(({ status }) => status === "failed").length;
  return failed === 0 ? "ok" : failed === outcomes.length ? "signatures" : "partial";
}
