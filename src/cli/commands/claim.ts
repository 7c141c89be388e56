import { formatSesh } from "../../chain/index.ts";
import { MAX_RECIPIENTS } from "../../collect/index.ts";
import type { ClaimOptions } from "../claiming/claim.ts";
import { claim, claimedBy } from "../claiming/claim.ts";
import { claimMany } from "../claiming/claimMany.ts";
import { ClaimStore } from "../claiming/claimStore.ts";
import { claimFields, claimJson, claimVerdict } from "../claiming/claimText.ts";
import { HEADINGS } from "./headings.ts";
import { seshOf } from "../terminal/amounts.ts";
import type { CommandContext } from "../terminal/command.ts";
import { defineCommand } from "../terminal/command.ts";
import { CliError } from "../terminal/errors.ts";
import { numeric, withNetwork, withSending, withSource } from "../terminal/options.ts";
import type { NetworkOptions, SendingOptions, SourceOptions } from "../terminal/options.ts";
import { readRows } from "../claiming/recipients.ts";
import { durationOf, repeat } from "../claiming/repeat.ts";
import type { Sender } from "../session/sending.ts";
import { withSender } from "../session/sending.ts";
import { withSession } from "../session/session.ts";
import type { Session } from "../session/session.ts";
import { openSource } from "../session/source.ts";
import type { Source } from "../session/source.ts";

interface ClaimArgs extends NetworkOptions, SendingOptions, SourceOptions {
  amount: string | undefined;
  minAmount: string | undefined;
  fresh: boolean | undefined;
}

/** `claim`: one's own rewards; or, with a file, the records of many recipients. */
export const claimCommand = defineCommand({
  ...HEADINGS.claim,
  calldata: true,
  builder: (yargs) =>
    withSource(withSending(withNetwork(yargs)))
      .option("amount", {
        type: "string",
        describe: "Claim at most so much SESH (default: everything)",
        requiresArg: true,
      })
      .option("min-amount", {
        type: "string",
        describe: "Send nothing for less than so much SESH; with --file: leave out who gains less",
        requiresArg: true,
      })
      .option("file", {
        type: "string",
        normalize: true,
        describe:
          "List of recipients (JSON, CSV or one a line): their lifetime rewards are recorded, in batches; each claims them then",
        conflicts: "amount",
        requiresArg: true,
      })
      .option("batch-size", {
        ...numeric("batch-size", { min: 1, max: MAX_RECIPIENTS, whole: true }),
        default: 20,
        describe: "Recipients in one transaction",
      })
      .option("every", {
        type: "string",
        describe: "As a service: again after so long (24h, 90m, 2d), until it is stopped",
        requiresArg: true,
        conflicts: ["file", "amount", "nonce"],
      })
      .option("fresh", {
        type: "boolean",
        describe: "Ask the nodes again, even if signatures of an interrupted claim are kept",
      })
      .example("$0 claim --nodes-file nodes.json", "what would be claimed")
      .example("$0 claim --nodes-file nodes.json --broadcast", "claim it")
      .example("$0 claim --nodes-file nodes.json --every 24h --min-amount 100 --broadcast", "as a service")
      .example("$0 claim --nodes-file nodes.json --from 0x… --output calldata", "a batch for a multisig"),
  run: (args, context) => {
    if (args.every !== undefined) {
      // Nobody sits there to be asked.
      const unattended = { ...args, yes: true };
      const once = () => withSession(args, context.io, (session) => claimOwn(session, unattended, context));
      return repeat(durationOf(args.every, "--every"), once, context);
    }
    return withSession(args, context.io, async (session) => {
      if (args.file === undefined) return claimOwn(session, args, context);
      const recipients = (await readRows(args.file)).map(({ address }) => address);
      return claimMany(session, recipients, { ...args, ...minimumOf(args) }, context);
    });
  },
});

function minimumOf({ minAmount }: ClaimArgs): { minimum?: bigint } {
  return minAmount === undefined ? {} : { minimum: seshOf(minAmount, "--min-amount") };
}

async function claimOwn(session: Session, args: ClaimArgs, context: CommandContext): Promise<void> {
  const source = await openSource(args, session, context.io);
  try {
    await withSender(args, session, context, undefined, (sender) => claimWith(sender, source, session, args, context));
  } finally {
    await source.close();
  }
}

async function claimWith(
  sender: Sender,
  source: Source,
  session: Session,
  args: ClaimArgs,
  { io, out }: CommandContext,
): Promise<void> {
  const recipient = sender.account;
  const { provider, chainId, rewardsAddress: contract } = session;
  const amount = args.amount === undefined ? {} : { amount: seshOf(args.amount, "--amount") };
  const minimum = minimumOf(args);
  await sender.begin(`claim ${contract.toLowerCase()} for ${recipient.toLowerCase()}`);
  const store = new ClaimStore(session, [recipient], args, io.env, out);
  if (sender.finished) {
    const { record } = sender.finished;
    const paid = await claimedBy(record.hash ?? "", { provider, contract, recipient });
    await store.clear();
    return sender.show({ status: "claimed", path: "earlier", recipient, amount: paid }, () =>
      out.line(`An earlier run claimed ${formatSesh(paid)} SESH: ${record.hash}, included in block ${record.block}.`),
    );
  }
  const signatures = async () => {
    const request = { kind: "reward", recipient: recipient.toLowerCase() } as const;
    if (sender.broadcast && !args.fresh) {
      const { rewards: recorded } = await session.rewards.recipients(recipient);
      const kept = await store.load(request, [recorded]);
      if (kept) return kept;
    }
    const ask = () => source.collect(request, "signatures");
    const collected = await (sender.broadcast ? store.collect(ask) : ask());
    if (!io.signal.aborted) return collected;
    throw sender.broadcast ? store.interrupted() : new CliError("interrupted", "Interrupted before anything was sent.");
  };
  const options: ClaimOptions = {
    ...sender.options(),
    ...amount,
    ...minimum,
    provider,
    contract,
    chainId,
    recipient,
    nodes: source.endpoints,
    signal: io.signal,
    signatures,
    async onReady(report, later) {
      sender.announce(() => out.fields(claimFields(report, out.colors)));
      for (const call of later) await sender.expect(call);
    },
    onRecord: (call, record) => sender.add({ call, record }),
  };
  const report = await claim(options);
  const nothing = report.calls.length === 0;
  if (nothing) sender.announce(() => out.fields(claimFields(report, out.colors)));
  for (const call of report.calls.slice(report.records.length)) sender.addExpected(call);
  const verdict = claimVerdict(report, minimum.minimum, out.colors);
  sender.show(claimJson(report) as object, () => (nothing ? undefined : out.line(verdict)));
  if (nothing && out.mode === "table") {
    if (sender.broadcast) out.fields(claimFields(report, out.colors));
    out.line(verdict);
  }
  if (sender.broadcast && !nothing) await store.clear();
}
