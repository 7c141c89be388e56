/** The steps in which nodes judge one another: one falls silent and comes back, another stays away. */
import type { StandingState } from "../src/node/index.ts";
import type { DevNode } from "./network.ts";
import * as network from "./network.ts";
import { RULES } from "./network.ts";
import type { StepResult } from "./report.ts";
import { check, checkEqual } from "./report.ts";
import { expectedFor } from "./expected.ts";
import type { Devnet } from "./run.ts";
import { ACCOUNTS } from "./run.ts";

type Progress = (text: string) => void;

/** Rounds that are judged, at most, before something must have come of it. */
const PATIENCE = 16;

/** A node falls silent, is decommissioned by certificate and earns nothing; it comes back, and so does its pay. */
export async function silentAndBack(net: Devnet, progress: Progress): Promise<StepResult> {
  const node = net.special.silent;
  const operator = net.address(ACCOUNTS.others);
  progress(`node ${node.id} falls silent`);
  await network.silence(node);
  // Longer than an announcement is good for; all others announce themselves anew.
  await net.chain.advance(RULES.proofValidity + RULES.announceSeconds);
  const away = await judgeUntil(net, node, "decommissioned", 1, progress);
  await checkFigures(net, operator);
  const unpaidFrom = net.honest[0]?.running?.standing(node.id).unpaid.at(-1)?.from ?? Number.POSITIVE_INFINITY;
  check(unpaidFrom <= (net.honest[0]?.running?.ledger.round ?? 0), `node ${node.id} is decommissioned and paid`);

  progress(`node ${node.id} comes back`);
  await net.runNodes(progress);
  // Its own turn first: who votes before he has heard where it is now holds it for silent.
  await node.running?.announce();
  const back = await judgeUntil(net, node, "active", 1, progress);
  await checkFigures(net, operator);
  return { what: `node ${node.id} fell silent: ${away}, unpaid; came back: ${back}, paid again` };
}

/** Lets rounds pass until all honest nodes hold `node` for `state`; gives the votes of the newest certificate in words. */
export async function judgeUntil(
  net: Devnet,
  node: DevNode,
  state: StandingState,
  rounds: number,
  progress: Progress,
): Promise<string> {
  for (let turn = 0; turn < PATIENCE; turn++) {
    await judge(net, node, rounds * RULES.roundSeconds, progress);
    if (allSay(net, node, state)) return votesIn(net, node);
    // What was just voted counts from a lag on: the round after it shows it.
    await net.chain.advance((RULES.lagRounds + 1) * RULES.roundSeconds);
    await network.syncAll(net.nodes);
    if (allSay(net, node, state)) return votesIn(net, node);
    // A certificate goes to a few at a time; whom it has not reached asks for it when it is his turn again.
    const others = net.honest.filter((other) => !says(other, node, state));
    if (others.length < net.honest.length / 2) await network.tickAll(others);
    if (allSay(net, node, state)) return votesIn(net, node);
  }
  throw new Error(`node ${node.id} is not ${state} after ${PATIENCE} rounds`);
}

/** Whether all honest nodes hold `node` for `state`. */
function allSay(net: Devnet, node: DevNode, state: StandingState): boolean {
  return net.honest.every((other) => says(other, node, state));
}

/** Whether `other` holds `node` for `state`; a node's opinion of itself does not count. */
function says(other: DevNode, node: DevNode, state: StandingState): boolean {
  return other === node || other.running?.peerReport().find(({ id }) => id === node.id)?.state === state;
}

/** One judged round: blocks, then everybody's turn; votes are told as they come in. */
async function judge(net: Devnet, node: DevNode, seconds: number, progress: Progress): Promise<void> {
  await net.chain.advance(seconds);
  // All see this round, and have heard of one another, before the first votes: who counts votes takes none of a round that it has
  // not seen, and who has heard nothing of most others abstains.
  await network.announceAll(net.nodes);
  await network.tickAll(net.nodes, () => {
    const polls = net.honest
      .flatMap(({ running }) => running?.polls() ?? [])
      .filter(({ worker }) => worker === node.id);
    const best = polls.sort((a, b) => b.votes - a.votes)[0];
    if (best) progress(`round ${best.round}: ${best.votes} of ${best.needed} votes to ${best.change} node ${node.id}`);
    else progress(`node ${node.id} is ${stateOf(net, node)}: ${votesIn(net, node)}`);
  });
  // A certificate that was made by the last is passed on by the first.
  await network.announceAll(net.nodes);
}

function stateOf(net: Devnet, node: DevNode): string {
  const viewer = net.honest.find((other) => other !== node);
  return viewer?.running?.peerReport().find(({ id }) => id === node.id)?.state ?? "unknown";
}

/** "14 of 25 voted to decommission it in round 91" */
function votesIn(net: Devnet, node: DevNode): string {
  const viewer = net.honest.find((other) => other !== node);
  const last = viewer?.running
    ?.certificates()
    .filter(({ worker }) => worker === node.id)
    .at(-1);
  if (last === undefined) return "no certificate yet";
  const votes = [...last.voters.slice(2)].reduce((sum, digit) => sum + bits(digit), 0);
  return `${votes} of ${net.nodes.length} voted to ${last.change} it in round ${last.round}`;
}

const bits = (digit: string): number => [1, 2, 4, 8].filter((bit) => (Number.parseInt(digit, 16) & bit) !== 0).length;

/** All honest nodes say the same of a recipient, and that is what a count round by round from the contract's state gives. */
async function checkFigures(net: Devnet, recipient: string): Promise<void> {
  await net.chain.advance(RULES.roundSeconds);
  await network.syncAll(net.nodes);
  const { number: height } = await net.newest();
  const figures = await Promise.all(
    net.honest.map(({ running }) => running?.lifetimeRewards(recipient, height) ?? Promise.resolve(0n)),
  );
  check(new Set(figures).size === 1, `honest nodes disagree on ${recipient}: ${[...new Set(figures)].join(", ")}`);
  const expected = (await expectedFor(net, height)).get(recipient) ?? 0n;
  checkEqual(figures[0] ?? 0n, expected, `lifetime rewards of ${recipient}`);
}
