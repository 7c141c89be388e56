import { MAX_RECIPIENTS } from "../../collect/index.ts";
import type { ClaimOptions } from "../claiming/claim.ts";
import { claim } from "../claiming/claim.ts";
import { claimMany } from "../claiming/claimMany.ts";
import { ClaimStore } from "../claiming/claimStore.ts";
import { claimJson, claimText } from "../claiming/claimText.ts";
import { HEADINGS } from "./headings.ts";
import { seshOf } from "../terminal/amounts.ts";
import type { CommandContext } from "../terminal/command.ts";
import { defineCommand } from "../terminal/command.ts";
import { CliError } from "../terminal/errors.ts";
import { numeric, withNetwork, withSending, withSource, withState } from "../terminal/options.ts";
import type { NetworkOptions, SendingOptions, SourceOptions, StateOptions } from "../terminal/options.ts";
import { readRows } from "../claiming/recipients.ts";
import { Sender } from "../session/sending.ts";
import { withSession } from "../session/session.ts";
import type { Session } from "../session/session.ts";
import { openSource } from "../session/source.ts";

interface ClaimArgs extends NetworkOptions, SendingOptions, SourceOptions, StateOptions {
  amount: string | undefined;
  fresh: boolean | undefined;
}

/** `claim`: one's own rewards; or, with a file, the records of many recipients. */
export const claimCommand = defineCommand({
  ...HEADINGS.claim,
  calldata: true,
  builder: (yargs) =>
    withState(withSource(withSending(withNetwork(yargs))))
      .option("amount", {
        type: "string",
        describe: "Claim at most so much SESH (default: everything)",
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
      .option("fresh", {
        type: "boolean",
        describe: "Ask the nodes again, even if signatures of an interrupted claim are kept",
      })
      .example("$0 claim --nodes-file nodes.json", "what would be claimed")
      .example("$0 claim --nodes-file nodes.json --broadcast", "claim it")
      .example("$0 claim --nodes-file nodes.json --from 0x… --output calldata", "a batch for a multisig"),
  run: (args, context) =>
    withSession(args, context.io, async (session) => {
      if (args.file === undefined) return claimOwn(session, args, context);
      const recipients = (await readRows(args.file)).map(({ address }) => address);
      return claimMany(session, recipients, args, context);
    }),
});

async function claimOwn(session: Session, args: ClaimArgs, { io, out }: CommandContext): Promise<void> {
  const sender = await Sender.open(args, session, io, out);
  const recipient = sender.account;
  const source = await openSource(args, session, io);
  const store = new ClaimStore(session, [recipient], args, io.env, out);
  try {
    if (sender.broadcast) await store.settle();
    const options: ClaimOptions = {
      ...sender.options(({ hash }) => store.markSent(hash)),
      provider: session.provider,
      contract: session.rewardsAddress,
      chainId: session.chainId,
      recipient,
      nodes: source.endpoints,
      signal: io.signal,
      ...(args.amount === undefined ? {} : { amount: seshOf(args.amount, "--amount") }),
      signatures: async () => {
        const request = { kind: "reward", recipient: recipient.toLowerCase() } as const;
        const { rewards: recorded } = await session.rewards.recipients(recipient);
        const kept = args.fresh || !sender.broadcast ? undefined : await store.load(request, [recorded]);
        if (kept) return kept;
        const ask = () => source.collect(request, "signatures");
        const collected = await (sender.broadcast ? store.collect(ask) : ask());
        if (!io.signal.aborted) return collected;
        throw sender.broadcast
          ? store.interrupted()
          : new CliError("interrupted", "Interrupted before anything was sent.");
      },
    };
    const report = await claim(options);
    report.calls.forEach((call, i) =>
      sender.add({ call, ...(report.records[i] ? { record: report.records[i] } : {}) }),
    );
    if (out.mode === "calldata") sender.show({}, () => undefined);
    else
      out.result({ ...(claimJson(report) as object), broadcast: sender.broadcast }, () =>
        out.line(claimText(report, sender.broadcast, out.colors).replace(/ +$/gm, "")),
      );
    if (sender.broadcast) await store.clear();
  } finally {
    await source.close();
  }
}
