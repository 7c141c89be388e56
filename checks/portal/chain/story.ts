/** What happens on the chain: a year of nodes joining and leaving, and of rewards signed and claimed. */
import { personOf } from "./cast.ts";
import { plainCount } from "./count.ts";
import { claim, raise } from "./earning.ts";
import { leaveOpen, registerAlone, registerShared, seed, stir } from "./joining.ts";
import { exit, exitUnsigned, liquidate, request } from "./leaving.ts";
import type { Stage } from "./stage.ts";
import { DAY, REQUIREMENT, SESH } from "./stage.ts";

const MONTHS = 12;
/** Of those who earn, so many have their rewards signed in a month. */
const ACTIVE = 0.35;

export async function play(stage: Stage, tell: (text: string) => void): Promise<void> {
  await opening(stage);
  tell(`${stage.joined} nodes seeded`);
  for (let month = 0; month < MONTHS; month++) {
    await playMonth(stage, month, (text) => tell(`month ${month + 1} of ${MONTHS}: ${text}`));
  }
  await fill(stage, tell);
  await stage.settle();
}

async function opening(stage: Stage): Promise<void> {
  const { owner, plan } = stage;
  const { token, pool, rewards } = stage.contracts;
  await stage.act(owner, pool, "setBeneficiary", [rewards.address]);
  await stage.act(owner, token, "transfer", [pool.address, 40_000_000n * SESH]);
  await stage.act(owner, token, "transfer", [rewards.address, REQUIREMENT * BigInt(plan.seeded) + 20_000_000n * SESH]);
  await stage.act(owner, rewards, "setClaimThreshold", [5_000_000n * SESH]);
  await seed(stage);
  await stage.act(owner, rewards, "start", []);
}

async function playMonth(stage: Stage, month: number, tell: (text: string) => void): Promise<void> {
  const { plan } = stage;
  const due = (total: number): number =>
    Math.floor((total * (month + 1)) / MONTHS) - Math.floor((total * month) / MONTHS);
  const times = async (total: number, act: (stage: Stage) => Promise<unknown>): Promise<void> => {
    for (let left = due(total); left > 0; left--) await act(stage);
  };
  // Whoever leaves was there before this month.
  const counts = [plan.exits, plan.unsigned, plan.liquidations, plan.leaving].map(due);
  const drawn = stage.random.some(
    stage.staying,
    counts.reduce((sum, count) => sum + count, 0),
  );
  for (const member of drawn) stage.staying.splice(stage.staying.indexOf(member), 1);
  const [signed = [], unsigned = [], failed = [], leaving = []] = counts.map((count) => drawn.splice(0, count));

  await times(plan.shared, registerShared);
  await times(plan.alone, registerAlone);
  await times(plan.open, leaveOpen);
  tell(`${stage.joined} nodes have joined`);
  await times(plan.releases, () => stage.act(personOf(0), stage.contracts.pool, "payoutReleased", []));
  for (const member of [...signed, ...unsigned, ...leaving]) await request(stage, member);
  await raise(stage, Math.floor(stage.lifetime.size * ACTIVE));
  await claim(stage, stage.claimable.size);
  await stage.driver.mine(31 * DAY);
  for (const member of signed) await exit(stage, member);
  for (const member of unsigned) await exitUnsigned(stage, member);
  for (const member of failed) await liquidate(stage, member);
  await stir(stage);
  tell(`block ${stage.driver.height}, ${stage.lifetime.size} people earn`);
}

/** Rewards and claims until there are as many events as planned. */
async function fill(stage: Stage, tell: (text: string) => void): Promise<void> {
  const { total } = await plainCount((method, params) => stage.driver.rpc(method, params), stage.contracts);
  const missing = stage.plan.events - total;
  if (missing < 0) throw new Error(`the story has ${-missing} events more than planned`);
  tell(`${total} events, ${missing} to come`);
  const updates = Math.min(Math.floor(missing / 2), stage.lifetime.size);
  await raise(stage, updates);
  await claim(stage, missing - updates);
}
