import { formatSesh, formatTime, parseAddress } from "../../chain/index.ts";
import { HEADINGS } from "./headings.ts";
import { defineCommand } from "../terminal/command.ts";
import { CliError } from "../terminal/errors.ts";
import { EXIT_WAIT_SECONDS, findNode, NODE_STATES, readNodes } from "../network/nodes.ts";
import type { NodeState, NodeView } from "../network/nodes.ts";
import { numeric, withNetwork } from "../terminal/options.ts";
import { shorten } from "../terminal/output.ts";
import type { Output } from "../terminal/output.ts";
import { startProgress } from "../terminal/progress.ts";
import { withSession } from "../session/session.ts";

/** `nodes`: the contract's list, filtered; `nodes <node>`: one of them in full. */
export const nodesCommand = defineCommand({
  ...HEADINGS.nodes,
  builder: (yargs) =>
    withNetwork(yargs)
      .positional("node", { type: "string", describe: "Id, BLS key (128 hex digits) or Ed25519 key (64 hex digits)" })
      .option("state", { choices: NODE_STATES, describe: "Only nodes in this state" })
      .option("operator", { type: "string", describe: "Only nodes of this operator", requiresArg: true })
      .option("staker", {
        type: "string",
        describe: "Only nodes in which this address has a stake or is a beneficiary",
        requiresArg: true,
      })
      .option("limit", { ...numeric("limit", { whole: true }), describe: "At most so many rows" })
      .option("full", { type: "boolean", describe: "Keys and addresses at full length" })
      .example("$0 nodes --state leaving", "nodes whose exit was requested")
      .example("$0 nodes 42 --json", "everything the contract holds of node 42"),
  run: (args, { io, out }) =>
    withSession(args, io, async ({ rewards, provider }) => {
      if (args.node !== undefined) {
        const node = await findNode(rewards, String(args.node));
        out.result(node, () => showNode(node, out));
        return;
      }
      const block = await provider.getBlock("latest");
      if (!block) throw new CliError("chain", "The endpoint does not give its newest block.");
      const { ids } = await rewards.allServiceNodeIDs({ blockTag: block.number });
      const progress = startProgress(io, "nodes", ids.length);
      const all = await readNodes(rewards, [...ids], block, (done) => progress.update(done)).finally(() =>
        progress.stop(),
      );
      const nodes = all.filter(matcher(args.state, args.operator, args.staker)).slice(0, args.limit);

      out.result({ block: block.number, total: all.length, nodes }, () => {
        const cut = (text: string) => (args.full ? text : shorten(text, 4));
        out.table(
          [
            { name: "id", align: "right" },
            { name: "state" },
            { name: "operator", fit: "shorten" },
            { name: "Ed25519 key", fit: "shorten" },
            { name: "stake (SESH)", align: "point" },
            { name: "exit requested" },
            { name: "since", fit: "drop" },
            { name: "stakers", align: "right", fit: "drop" },
            { name: "BLS key", fit: "drop" },
          ],
          nodes.map((node) => [
            String(node.id),
            paint(node.state, out),
            cut(node.operator),
            cut(node.ed25519Pubkey),
            formatSesh(node.deposit),
            node.exitRequestedAt === 0 ? "" : day(node.exitRequestedAt),
            day(node.addedAt),
            String(node.contributors.length),
            cut(node.blsPubkey),
          ]),
        );
        out.line(out.colors.dim(`${nodes.length} of ${all.length} nodes, block ${block.number}`));
      });
    }),
});

function matcher(state: NodeState | undefined, operator: string | undefined, staker: string | undefined) {
  const operatorAddress = operator && parseAddress(operator, "--operator");
  const stakerAddress = staker && parseAddress(staker, "--staker");
  return (node: NodeView): boolean =>
    (state === undefined || node.state === state) &&
    (!operatorAddress || node.operator === operatorAddress) &&
    (!stakerAddress || node.contributors.some((c) => c.address === stakerAddress || c.beneficiary === stakerAddress));
}

function showNode(node: NodeView, out: Output): void {
  out.heading(`Node ${node.id}`);
  const free = node.exitRequestedAt + EXIT_WAIT_SECONDS;
  out.fields([
    ["state", paint(node.state, out)],
    ["operator", node.operator],
    ["BLS key", node.blsPubkey],
    ["Ed25519 key", node.ed25519Pubkey],
    ["stake", `${formatSesh(node.deposit)} SESH`],
    ["registered", formatTime(BigInt(node.addedAt))],
    ["exit requested", node.exitRequestedAt === 0 ? undefined : formatTime(BigInt(node.exitRequestedAt))],
    ["unsigned exit from", node.exitRequestedAt === 0 ? undefined : formatTime(BigInt(free))],
  ]);
  out.table(
    [
      { name: "contributor", fit: "shorten" },
      { name: "rewards to", fit: "shorten" },
      { name: "stake (SESH)", align: "point" },
    ],
    node.contributors.map((c) => [
      c.address,
      c.beneficiary === c.address ? "itself" : c.beneficiary,
      formatSesh(c.amount),
    ]),
  );
}

function paint(state: NodeState, out: Output): string {
  const color = { active: out.colors.green, leaving: out.colors.yellow, free: out.colors.magenta }[state];
  return color(state);
}

function day(timestamp: number): string {
  return formatTime(BigInt(timestamp)).slice(0, 10);
}
