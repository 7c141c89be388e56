import { exitAfterWaitCall, formatDuration, formatTime, requestExitCall } from "../../chain/index.ts";
import { HEADINGS } from "./headings.ts";
import { defineCommand } from "../terminal/command.ts";
import { askToSign, chainTime, depart, signersLine } from "../leaving/departure.ts";
import { CliError } from "../terminal/errors.ts";
import { EXIT_WAIT_SECONDS, findNode } from "../network/nodes.ts";
import type { NodeView } from "../network/nodes.ts";
import { withNetwork, withSending, withSource } from "../terminal/options.ts";
import { withSender } from "../session/sending.ts";
import { withSession } from "../session/session.ts";
import { hasSource, openSource } from "../session/source.ts";

const STEPS = ["auto", "request", "signed", "unsigned"] as const;
type ExitStep = (typeof STEPS)[number];

/** `exit <node>`: the request; then the exit, with the network's signature or, after 30 days, without. */
export const exitCommand = defineCommand({
  ...HEADINGS.exit,
  calldata: true,
  builder: (yargs) =>
    withSource(withSending(withNetwork(yargs)))
      .positional("node", { type: "string", demandOption: true, describe: "Id, BLS key or Ed25519 key" })
      .option("step", {
        choices: STEPS,
        default: "auto" as ExitStep,
        describe: "request, signed or unsigned; auto: whatever comes next for this node",
      })
      .example("$0 exit 42 --broadcast", "request the exit, or finish it when that is possible")
      .example("$0 exit 42 --nodes-file nodes.json", "whether the network would sign it now"),
  run: (args, context) =>
    withSession(args, context.io, (session) =>
      withSender(args, session, context, `exit ${String(args.node).toLowerCase()}`, async (sender) => {
        const { io, out } = context;
        if (sender.finished) return sender.show({ node: String(args.node), step: "earlier" });
        const node = await findNode(session.rewards, String(args.node));
        const now = await chainTime(session);
        const step = args.step === "auto" ? nextStep(node, now) : args.step;
        const summary = (signers?: string, validUntil?: string) => () =>
          out.fields([
            ["node", `${node.id}, operator ${node.operator}`],
            ["exit requested", node.exitRequestedAt === 0 ? "not yet" : formatTime(BigInt(node.exitRequestedAt))],
            ["step", STEP_TEXTS[step]],
            ["signers", signers],
            ["valid until", validUntil],
          ]);
        sender.announce(summary());

        let collected: object | undefined;
        if (step === "request") await sender.run(requestExitCall(session.rewardsAddress, node.id));
        else if (step === "unsigned") await sender.run(exitAfterWaitCall(session.rewardsAddress, node.id));
        else {
          if (!hasSource(args, session, io)) throw needsSource(node);
          const source = await openSource(args, session, io);
          const departure = await askToSign("exit", node, source, session).finally(() => source.close());
          const { validUntil } = departure.makeCall(departure.signed);
          sender.announce(summary(signersLine(departure.signed, out), formatTime(BigInt(validUntil ?? 0))));
          const { signed, ...done } = await depart(departure, sender.options({ key: "exit" }), session);
          sender.add(done);
          collected = signed.toJSON();
        }
        sender.show({ node: node.id, step, ...(collected ? { collected } : {}) }, () => out.line(AFTER_TEXTS[step]));
      }),
    ),
});

const STEP_TEXTS: Readonly<Record<Exclude<ExitStep, "auto">, string>> = {
  request: "request the exit; 15 days later (less on test networks) the network signs it for 7 days",
  signed: "exit with the network's signature; the stake is paid back through rewards",
  unsigned: "exit without a signature, 30 days after the request; the stake is paid back through rewards",
};

const AFTER_TEXTS: Readonly<Record<Exclude<ExitStep, "auto">, string>> = {
  request:
    "The exit is requested. The same command finishes it once the network signs it, or 30 days from now without.",
  signed: "The node is out. Its stake is paid back through rewards: `claim`, after the network's waiting time.",
  unsigned: "The node is out. Its stake is paid back through rewards: `claim`, after the network's waiting time.",
};

function nextStep(node: NodeView, now: number): Exclude<ExitStep, "auto"> {
  if (node.exitRequestedAt === 0) return "request";
  return now >= node.exitRequestedAt + EXIT_WAIT_SECONDS ? "unsigned" : "signed";
}

function needsSource(node: NodeView): CliError {
  const free = node.exitRequestedAt + EXIT_WAIT_SECONDS;
  return new CliError(
    "usage",
    `The exit of node ${node.id} was requested on ${formatTime(BigInt(node.exitRequestedAt))}; now the network must sign it.`,
    `Give --nodes-file, --node-urls or --daemon-url; without any signature it is possible from ${formatTime(BigInt(free))} (${formatDuration(EXIT_WAIT_SECONDS)} after the request).`,
  );
}
