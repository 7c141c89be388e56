import { formatDuration, formatSesh, formatTime, parseAddress } from "../../chain/index.ts";
import type { Earned } from "../claiming/earned.ts";
import { readEarned } from "../claiming/earned.ts";
import { signersLine } from "../leaving/departure.ts";
import { minesOf, rulesOf } from "../network/mine.ts";
import type { MyNode } from "../network/mine.ts";
import { readNodes } from "../network/nodes.ts";
import { withSession } from "../session/session.ts";
import { defineCommand } from "../terminal/command.ts";
import { CliError } from "../terminal/exit.ts";
import { withNetwork, withSource } from "../terminal/options.ts";
import type { Output } from "../terminal/output.ts";
import { startProgress } from "../terminal/progress.ts";
import { HEADINGS } from "./headings.ts";

/** `mine <address>`: everything of one's own at one block, and what to do next. */
export const mineCommand = defineCommand({
  ...HEADINGS.mine,
  builder: (yargs) =>
    withSource(withNetwork(yargs))
      .positional("address", {
        type: "string",
        demandOption: true,
        describe: "Your address: operator, contributor or recipient of rewards (also a vesting contract's)",
      })
      .example("$0 mine 0x…", "your nodes, stakes and rewards, by the contract")
      .example("$0 mine 0x… --daemon-url http://127.0.0.1:22023", "and what the network says you have earned"),
  run: (args, { io, out }) =>
    withSession(args, io, async (session) => {
      const address = parseAddress(String(args.address), "address");
      const block = await session.provider.getBlock("latest");
      if (!block) throw new CliError("chain", "The endpoint does not give its newest block.");
      const { ids } = await session.rewards.allServiceNodeIDs({ blockTag: block.number });
      const progress = startProgress(io, "nodes", ids.length);
      const nodes = await readNodes(session.rewards, [...ids], block, (done) => progress.update(done)).finally(() =>
        progress.stop(),
      );
      const earned = await readEarned(session, address, args, io, block.number);
      const mine = minesOf(address, nodes, rulesOf(session.networkName), block.timestamp);
      const staked = mine.reduce((sum, { stake }) => sum + stake, 0n);
      const { state, signed, lifetime, claimable } = earned;
      const result = {
        address,
        block: block.number,
        timestamp: block.timestamp,
        wallet: state.balance,
        staked,
        recorded: state.recorded,
        claimed: state.claimed,
        ...(signed === undefined ? {} : { signed }),
        lifetime,
        claimable,
        capLeft: state.capLeft,
        nodes: mine.map(({ node, ...rest }) => ({ id: node.id, ...rest, node })),
      };
      out.result(result, () => show(address, mine, staked, earned, block.timestamp, out));
    }),
});

const STAGES = {
  earning: "earning",
  unlocking: "unlocking",
  unlocked: "unlocked",
  overdue: "overdue",
  free: "free to leave",
} as const;

function show(
  address: string,
  mine: readonly MyNode[],
  staked: bigint,
  earned: Earned,
  now: number,
  out: Output,
): void {
  const { colors } = out;
  const { state, collected, asked, claimable } = earned;
  const sesh = (amount: bigint) => `${formatSesh(amount)} SESH`;
  out.fields([
    ["address", address],
    ["wallet", sesh(state.balance)],
    ["staked", `${sesh(staked)} in ${mine.filter(({ stake }) => stake > 0n).length} of ${mine.length} nodes`],
    ["claimed so far", sesh(state.claimed)],
    ["claimable", colors.bold(sesh(claimable))],
    ["signers", collected && signersLine(collected, out)],
  ]);
  if (!asked) {
    out.line(colors.dim("  By the contract's record; --daemon-url adds what was earned since."));
  }
  out.line();
  const paint = {
    earning: colors.green,
    unlocking: colors.yellow,
    unlocked: colors.cyan,
    overdue: colors.red,
    free: colors.magenta,
  };
  out.table(
    [
      { name: "node", align: "right" },
      { name: "you are" },
      { name: "your stake (SESH)", align: "point" },
      { name: "stage" },
      { name: "until" },
      { name: "left" },
    ],
    mine.map(({ node, role, stake, stage, until }) => [
      String(node.id),
      role === "rewards" ? "paid" : role,
      stake === 0n ? "" : formatSesh(stake),
      paint[stage](STAGES[stage]),
      until === undefined ? "" : formatTime(BigInt(until)).slice(0, 10),
      until === undefined ? "" : formatDuration(until - now),
    ]),
  );
  const steps = stepsOf(mine, earned);
  if (steps.length === 0) return;
  out.line();
  out.heading("Next");
  out.fields(steps);
}

/** What can be done now, the money first. */
function stepsOf(mine: readonly MyNode[], { state, claimable }: Earned): [string, string][] {
  const steps: [string, string][] = [];
  const sesh = `${formatSesh(claimable)} SESH`;
  if (claimable > 0n) {
    const wait =
      state.capLeft < claimable
        ? `; the cap of this cycle leaves ${formatSesh(state.capLeft)} SESH until ${formatTime(state.cycleEnds)}`
        : "";
    steps.push(["rewards", state.paused ? `${sesh} wait: the contract is paused.` : `\`claim\` pays ${sesh}${wait}.`]);
  }
  for (const { node, next } of mine) if (next !== undefined) steps.push([`node ${node.id}`, next]);
  return steps;
}
