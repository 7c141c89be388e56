import type { Contract } from "ethers";
import { ContractFactory, Signature, ZeroAddress } from "ethers";
import hre from "hardhat";
import { exitAfterWaitCall, formatSesh, getContribution, PERMIT_TYPES, requestExitCall } from "../src/chain/index.ts";
import { devWallet } from "./chain.ts";
import { expectedFor } from "./expected.ts";
import * as network from "./network.ts";
import { judgeUntil } from "./standing.ts";
import { RULES } from "./network.ts";
import type { StepResult } from "./report.ts";
import { check, checkEqual } from "./report.ts";
import type { Devnet } from "./run.ts";
import { ACCOUNTS } from "./run.ts";

type Progress = (text: string) => void;

/** Amount of the pool at launch: 40,000,000 SESH. */
const POOL_FUNDS = 40_000_000n * 10n ** 9n;
const ROUNDS = 12;
const BATCH = 20;
const DAY = 86_400;

/** What the whole run claims, for the JSON object. */
export interface Outcome {
  claimed: bigint;
  expected: bigint;
}

export async function registerFour(net: Devnet, progress: Progress): Promise<StepResult> {
  let gas = 0n;
  for (const [i, operator] of [ACCOUNTS.dave, ACCOUNTS.erin, ACCOUNTS.others].entries()) {
    progress(`node ${i + 1} of 4`);
    gas += await net.register(operator, []);
  }
  progress("node 4 of 4, with three contributors");
  const part = net.requirement / 10n;
  gas += await net.register(ACCOUNTS.carol, [
    { account: ACCOUNTS.carol, amount: part * 5n },
    { account: ACCOUNTS.alice, amount: part * 3n },
    { account: ACCOUNTS.dave, amount: net.requirement - part * 8n },
  ]);
  return { what: "4 nodes registered with real proofs of possession, one with 3 contributors", gasUsed: gas };
}

export async function fundPool(net: Devnet, _progress: Progress): Promise<StepResult> {
  const pool = await net.pool.getAddress();
  await net.transact(net.as(net.token, ACCOUNTS.owner).getFunction("transfer").send(pool, POOL_FUNDS));
  const before = await net.balance(net.chain.addresses.rewards);
  await net.chain.advance(DAY);
  const { gasUsed } = await net.transact(net.as(net.pool, ACCOUNTS.owner).getFunction("payoutReleased").send());
  const paid = (await net.balance(net.chain.addresses.rewards)) - before;
  // about a day at 15.1 % a year of the balance; to the second only the contract knows the blocks' times
  const aDay = (POOL_FUNDS * 151n) / (1000n * 365n);
  check(paid >= aDay && paid < aDay + aDay / 100n, `the pool paid ${paid}, a day's payout is ${aDay}`);
  return { what: `pool funded with ${formatSesh(POOL_FUNDS)} SESH, released ${formatSesh(paid)} SESH`, gasUsed };
}

export async function bringUpNodes(net: Devnet, progress: Progress): Promise<StepResult> {
  await net.runNodes(progress);
  const { dead, liar } = net.special;
  const running = net.nodes.length - dead.length;
  const names = dead.map((node) => node.id).join(" and ");
  return { what: `${running} nodes answer over HTTP and OxenMQ; ${names} are dead, ${liar.id} signs something else` };
}

export async function accrue(net: Devnet, progress: Progress): Promise<StepResult> {
  for (let round = 1; round <= ROUNDS; round++) {
    await net.chain.advance(RULES.roundSeconds);
    progress(`round ${round} of ${ROUNDS}`);
  }
  await network.syncAll(net.nodes);
  const honest = net.nodes.filter((node) => node.running && node.behaviour === "honest");
  const figures = await Promise.all(honest.map((n) => n.running?.lifetimeRewards(net.address(ACCOUNTS.alice))));
  check(new Set(figures).size === 1, `honest nodes disagree on alice's rewards: ${[...new Set(figures)].join(", ")}`);
  return { what: `${ROUNDS} rounds; all honest nodes have alice at ${formatSesh(figures[0] ?? 0n)} SESH` };
}

/** Collects, updates, claims, and compares the balance with the independent figure plus `stakes`. */
async function claim(
  net: Devnet,
  account: number,
  stakes: bigint,
  progress: Progress,
  collector = net.collector,
): Promise<StepResult & Outcome> {
  const recipient = net.address(account);
  const { number: height } = await net.newest();
  const collected = await net.collect({ kind: "reward", recipient, height }, progress, collector);
  progress("computing the expected amount a second way");
  const earned = await expectedFor(net, height);
  const expected = stakes + (earned.get(recipient) ?? 0n);
  checkEqual(collected.rewards[0]?.amount ?? 0n, expected, "lifetime rewards that the nodes signed");

  const before = await net.balance(recipient);
  const alreadyClaimed: bigint = (await net.rewards.getFunction("recipients").staticCall(recipient)).claimed;
  const update = await net.submit(account, collected.call());
  const paid = await net.transact(net.as(net.rewards, account).getFunction("claimRewards()").send());
  const claimed = (await net.balance(recipient)) - before;
  checkEqual(claimed, expected - alreadyClaimed, "tokens that arrived");
  return {
    what: `${formatSesh(claimed)} SESH claimed, to the atom what was expected`,
    signers: net.signersOf(collected),
    gasUsed: update.gasUsed + paid.gasUsed,
    claimed,
    expected: expected - alreadyClaimed,
  };
}

export async function claimForAlice(net: Devnet, outcome: Outcome, progress: Progress): Promise<StepResult> {
  const result = await claim(net, ACCOUNTS.alice, 0n, progress);
  outcome.claimed = result.claimed;
  outcome.expected = result.expected;
  const { badNodes, nonSigners } = net.firstCollected ?? { badNodes: [], nonSigners: [] };
  const { liar, dead } = net.special;
  check(
    badNodes.length === 1 && badNodes[0]?.id === liar.id,
    `the liar is node ${liar.id}, blamed were ${badNodes.map((bad) => bad.id).join(", ") || "none"}`,
  );
  const silent = nonSigners.filter(({ id }) => id !== liar.id).map(({ id }) => id);
  check(
    silent.length === dead.length && dead.every(({ id }) => silent.includes(id)),
    `dead are ${dead.map(({ id }) => id).join(", ")}, listed were ${silent.join(", ")}`,
  );
  return result;
}

/** The same claim as of a staker on the live network: over OxenMQ, with nothing but addresses, and the liar named there too. */
export async function claimOverOmq(net: Devnet, progress: Progress): Promise<StepResult> {
  const started = performance.now();
  const result = await claim(net, ACCOUNTS.dave, 0n, progress, net.omqCollector);
  const { dead, liar } = net.special;
  const wanted = net.nodes.length - dead.length - 1;
  check(result.signers === `${wanted} / ${net.nodes.length}`, `over OxenMQ ${result.signers ?? "none"} signed`);
  check(net.omqCollector.offenders.has(liar.omqUrl), `node ${liar.id} lied over OxenMQ and was not named`);
  return {
    ...result,
    what: `over OxenMQ, from addresses alone, in ${Math.round(performance.now() - started)} ms: ${result.what}`,
  };
}

export async function exitBob(net: Devnet, progress: Progress): Promise<StepResult> {
  const node = net.special.bob;
  await net.submit(ACCOUNTS.bob, requestExitCall(net.chain.addresses.rewards, node.id));
  progress("requested, waiting for the unlock");
  const timestamp = await net.chain.advance(RULES.unlockDelay);
  const collected = await net.collect({ kind: "exit", blsPubkey: node.keys.blsPubkey, timestamp }, progress);
  const { gasUsed } = await net.submit(ACCOUNTS.liquidator, collected.call());
  check(!(await isListed(net, node.id)), `node ${node.id} is still in the list after its exit`);
  return {
    what: `node ${node.id} requested, unlocked and left by signature`,
    signers: net.signersOf(collected),
    gasUsed,
  };
}

export async function claimStakeOfBob(net: Devnet, progress: Progress): Promise<StepResult> {
  const result = await claim(net, ACCOUNTS.bob, net.requirement, progress);
  return { ...result, what: `stake of ${formatSesh(net.requirement)} SESH paid back: ${result.what}` };
}

export async function liquidate(net: Devnet, progress: Progress): Promise<StepResult> {
  const node = net.special.liquidated;
  const votes = await judgeUntil(net, node, "deregistered", RULES.maxCredit + RULES.lagRounds, progress);
  const timestamp = await net.chain.advance(RULES.liquidationDelay);

  const collected = await net.collect({ kind: "liquidate", blsPubkey: node.keys.blsPubkey, timestamp }, progress);
  const { pool, rewards } = net.chain.addresses;
  const liquidator = net.address(ACCOUNTS.liquidator);
  const accounts = [liquidator, pool, rewards] as const;
  const before = await Promise.all(accounts.map((account) => net.balance(account)));
  const { gasUsed } = await net.submit(ACCOUNTS.liquidator, collected.call());
  const after = await Promise.all(accounts.map((account) => net.balance(account)));
  const change = (i: number) => (after[i] ?? 0n) - (before[i] ?? 0n);

  // 3 / 17 / 9980 of the deposit: rounded down, rounded up, the rest
  const toLiquidator = (net.requirement * 3n) / 10_000n;
  const toPool = (net.requirement * 17n + 9_999n) / 10_000n;
  checkEqual(change(0), toLiquidator, "the liquidator's share");
  checkEqual(change(1), toPool, "the pool's share");
  checkEqual(change(2), -(toLiquidator + toPool), "what left the contract");
  check(!(await isListed(net, node.id)), `node ${node.id} is still in the list after its liquidation`);

  progress("the rest of the stake returns to its owner through rewards");
  const result = await claim(net, ACCOUNTS.dora, net.requirement - toLiquidator - toPool, progress);
  return {
    what:
      `node ${node.id} stayed away: ${votes}, deregistered, and liquidated: ${formatSesh(toLiquidator)} SESH to the liquidator, ${formatSesh(toPool)} to the ` +
      `pool, the rest back to its owner (${result.what})`,
    signers: net.signersOf(collected),
    gasUsed,
  };
}

export async function unlockUnsigned(net: Devnet, progress: Progress): Promise<StepResult> {
  const node = net.special.erin;
  const { rewards } = net.chain.addresses;
  await net.submit(ACCOUNTS.erin, requestExitCall(rewards, node.id));
  progress("requested, 30 days pass");
  await net.chain.advance(30 * DAY);
  const { gasUsed } = await net.submit(ACCOUNTS.liquidator, exitAfterWaitCall(rewards, node.id));
  check(!(await isListed(net, node.id)), `node ${node.id} is still in the list after its unsigned exit`);
  return { what: `node ${node.id} left without any signature, 30 days after its request`, gasUsed };
}

/** Four people fund one node: the operator, one with a reservation, one by permit, one more who fills it. */
export async function crowdFund(net: Devnet, progress: Progress): Promise<StepResult> {
  const people = [0, 1, 2, 3].map((i) => ACCOUNTS.crowd + i) as [number, number, number, number];
  const [operator, reserved, permitted, last] = people;
  const quarter = net.requirement / 4n;
  const { node, key, proof, params } = net.newNode(net.address(operator));
  const reservations = [operator, reserved].map((account) => ({ addr: net.address(account), amount: quarter }));
  const factory = net.as(net.factory, operator);
  const deployed = await net.transact(factory.getFunction("deploy").send(key, proof, params, reservations, false));
  const address = deployed.logs
    .map((log) => net.factory.interface.parseLog(log))
    .find((log) => log?.name === "NewServiceNodeContributionContract")?.args[0] as string;
  const contract = getContribution(address, net.chain.provider) as unknown as Contract;

  for (const account of people) await net.fund(account, quarter);
  for (const account of [operator, reserved]) {
    progress(`contribution ${account - operator + 1} of 4`);
    await net.transact(net.as(net.token, account).getFunction("approve").send(address, quarter));
    await net.transact(contribute(net, contract, account, quarter));
  }
  progress("contribution 3 of 4, by permit");
  const { v, r, s, deadline } = await signPermit(net, permitted, address, quarter);
  const pinned = await contract.getFunction("paramsHash").staticCall();
  const byPermit = net.as(contract, permitted).getFunction("contributeFundsWithPermit");
  await net.transact(byPermit.send(quarter, ZeroAddress, pinned, deadline, v, r, s));
  progress("contribution 4 of 4 fills and registers the node");
  const rest = net.requirement - 3n * quarter;
  await net.transact(net.as(net.token, last).getFunction("approve").send(address, rest));
  await net.fund(last, rest - quarter);
  await net.transact(contribute(net, contract, last, rest));
  await net.adopt(node);
  checkEqual(await net.balance(address), 0n, "left in the contribution contract");
  return {
    what: `node ${node.id} funded by four people, one by reservation, one by permit`,
    gasUsed: deployed.gasUsed,
  };
}

function contribute(net: Devnet, contract: Contract, account: number, amount: bigint) {
  return net.as(contract, account).getFunction("contributeFunds(uint256,address)").send(amount, ZeroAddress);
}

async function signPermit(net: Devnet, account: number, spender: string, value: bigint) {
  const { chainId } = await net.chain.provider.getNetwork();
  const verifyingContract = await net.token.getAddress();
  const domain = { name: "Session Token", version: "1", chainId, verifyingContract };
  const owner = net.address(account);
  const nonce: bigint = await net.token.getFunction("nonces").staticCall(owner);
  const deadline = (await net.newest()).timestamp + DAY;
  const signature = await devWallet(account).signTypedData(domain, PERMIT_TYPES, {
    owner,
    spender,
    value,
    nonce,
    deadline,
  });
  const { v, r, s } = Signature.from(signature);
  return { v, r, s, deadline };
}

/** An investor stakes tokens that are still locked. */
export async function stakeFromVesting(net: Devnet, progress: Progress): Promise<StepResult> {
  const investor = ACCOUNTS.vesting;
  const { timestamp } = await net.newest();
  progress("deploying the vesting contract");
  const { abi, bytecode } = await hre.artifacts.readArtifact("TokenVestingStaking");
  const { rewards, factory, token } = net.chain.addresses;
  const deployer = new ContractFactory(abi, bytecode, net.account(ACCOUNTS.owner));
  // a schedule may not begin in the past
  const start = timestamp + RULES.roundSeconds;
  const schedule = [start, start + 365 * DAY, false] as const;
  const parties = [net.address(investor), net.address(ACCOUNTS.owner)] as const;
  const vesting = (await deployer.deploy(...parties, ...schedule, rewards, factory, token)) as Contract;
  await vesting.waitForDeployment();
  const address = await vesting.getAddress();
  await net.fund(address, net.requirement);
  await net.chain.advance(RULES.roundSeconds);

  const { node, key, proof, params } = net.newNode(address);
  const add = net.as(vesting, investor).getFunction("addBLSPublicKey");
  const { gasUsed } = await net.transact(add.send(key, proof, params, net.address(investor)));
  await net.adopt(node);
  progress("starting the two new nodes");
  await bringUpNodes(net, progress);
  for (let round = 0; round < 5; round++) await net.chain.advance(RULES.roundSeconds);
  return { what: `node ${node.id} staked with locked tokens, rewards to the investor`, gasUsed };
}

/** Twenty recipients, one aggregate signature, one transaction. */
export async function batch(net: Devnet, progress: Progress): Promise<StepResult> {
  const { number: height } = await net.newest();
  const earned = await expectedFor(net, height);
  const recipients: string[] = [];
  for (const recipient of [...earned.keys()].sort()) {
    const { rewards: recorded } = await net.rewards.getFunction("recipients").staticCall(recipient);
    if ((earned.get(recipient) ?? 0n) > recorded && recipients.length < BATCH) recipients.push(recipient);
  }
  const collected = await net.collect({ kind: "rewards", recipients, height }, progress);
  const { gasUsed } = await net.submit(ACCOUNTS.liquidator, collected.call());
  for (const recipient of recipients) {
    const { rewards: recorded } = await net.rewards.getFunction("recipients").staticCall(recipient);
    checkEqual(recorded, earned.get(recipient) ?? 0n, `lifetime rewards of ${recipient}`);
  }
  const each = gasUsed / BigInt(recipients.length);
  return {
    what: `${recipients.length} recipients updated by one signature in one transaction, ${each} gas each`,
    signers: net.signersOf(collected),
    gasUsed,
  };
}

async function isListed(net: Devnet, id: bigint): Promise<boolean> {
  const [ids]: [bigint[]] = await net.rewards.getFunction("allServiceNodeIDs").staticCall();
  return ids.includes(id);
}
