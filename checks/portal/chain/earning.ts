/** The network signs rewards, and people claim them. */
import { rewardMessage } from "../../../src/bls/index.ts";
import { personOf } from "./cast.ts";
import type { Stage } from "./stage.ts";
import { SESH } from "./stage.ts";

/** Recipients in one transaction. */
const BATCH = 40;

/** Raises the lifetime rewards of so many, in batches under one signature each. */
export async function raise(stage: Stage, count: number): Promise<void> {
  const who = stage.random.some([...stage.lifetime.keys()], count);
  for (let from = 0; from < who.length; from += BATCH) {
    const ascending = who.slice(from, from + BATCH).sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
    const entries = ascending.map((recipient) => ({ recipient, rewards: earn(stage, recipient) }));
    const signature = stage.signers.sign(
      entries.map(({ recipient, rewards }) => rewardMessage(stage.signers.tags, { recipient, amount: rewards })),
    );
    const args = [entries, signature, [], []];
    await stage.act(personOf(3), stage.contracts.rewards, "updateRewardsBalances", args, 28_000_000);
  }
}

/** One to sixty SESH and something odd; gives the lifetime rewards. */
function earn(stage: Stage, recipient: string): bigint {
  const more = BigInt(1 + stage.random.below(60)) * SESH + BigInt(stage.random.below(1_000_000_000));
  const lifetime = (stage.lifetime.get(recipient) ?? 0n) + more;
  stage.lifetime.set(recipient, lifetime);
  stage.claimable.set(recipient, (stage.claimable.get(recipient) ?? 0n) + more);
  return lifetime;
}

/** So many claims by those who have something to claim: of all that they have, or of parts where there are more claims than people. */
export async function claim(stage: Stage, count: number): Promise<void> {
  const who = [...stage.claimable];
  const parts = Math.ceil(count / Math.max(1, who.length));
  for (const [recipient, amount] of who) {
    for (let part = 0; part < parts && count > 0; part++, count--) {
      const last = part === parts - 1 || count === 1;
      if (last) await stage.act(recipient, stage.contracts.rewards, "claimRewards()", [], 200_000);
      else
        await stage.act(recipient, stage.contracts.rewards, "claimRewards(uint256)", [amount / BigInt(parts)], 200_000);
      if (last) stage.claimable.delete(recipient);
    }
    if (count === 0) return;
  }
  if (count > 0) throw new Error(`nobody is left for ${count} claims`);
}
