import type { ethers } from "ethers";
import { aggregatePublicKeys, publicKeyFromParams, publicKeyToParams } from "../../src/bls/index.ts";
import { getPool, getRewards, getToken } from "../../src/chain/contracts.ts";
import type { Check } from "./checks.ts";
import { Checklist, artifactOf } from "./checks.ts";
import { compareLayouts, layoutOf, readLayouts } from "./layout.ts";
import type { Layout } from "./layout.ts";
import type { Parameters } from "./parameters.ts";
import type { Addresses } from "./stages.ts";

/**
 * What can only be looked at once a system is in use: do the tokens cover what is owed, is the list of one piece, does the pool
 * pay, are the layouts those that were deployed. Reads only.
 */
export async function checkInUse(
  provider: ethers.Provider,
  parameters: Parameters,
  addresses: Addresses,
  layouts: { recorded: Record<string, Layout> | undefined; live: string },
): Promise<Check[]> {
  const checks = new Checklist();
  const { token, pool, rewards } = addresses;
  if (token === undefined || pool === undefined || rewards === undefined) return checks.list;

  const contract = getRewards(rewards, provider);
  const sesh = getToken(token, provider);
  const [total, requirement, listed] = await Promise.all([
    contract.totalNodes(),
    contract.stakingRequirement(),
    contract.allServiceNodeIDs(),
  ]);
  await checks.holds(
    "rewards.balance",
    `>= ${total} nodes * ${requirement} = ${total * requirement}`,
    () => sesh.balanceOf(rewards),
    (balance) => balance >= total * requirement,
  );
  await checks.equal("rewards.list length", total, () => Promise.resolve(listed.ids.length));
  await checks.holds(
    "rewards.aggregatePubkey",
    "the sum of the listed keys",
    async () => {
      const { X, Y } = await contract.aggregatePubkey();
      if (listed.pubkeys.length === 0) return X === 0n && Y === 0n;
      const sum = publicKeyToParams(aggregatePublicKeys(listed.pubkeys.map((key) => publicKeyFromParams(key))));
      return sum.X === X && sum.Y === Y;
    },
    (equal) => equal,
  );
  const threshold = await contract.blsNonSignerThresholdMax();
  await checks.equal("rewards.blsNonSignerThreshold", total / 3n < threshold ? total / 3n : threshold, () =>
    contract.blsNonSignerThreshold(),
  );
  const balance = await sesh.balanceOf(pool);
  await checks.holds(
    "pool.rewardRate",
    balance === 0n ? "0 (the pool is empty)" : "> 0",
    () => getPool(pool, provider).rewardRate(),
    (rate) => (balance === 0n ? rate === 0n : rate > 0n),
  );

  const live = readLayouts(layouts.live);
  for (const name of ["pool", "rewards", "factory"]) {
    if (addresses[name] === undefined) continue;
    const artifact = artifactOf(name, parameters);
    const deployed = layouts.recorded?.[artifact] ?? live[artifact.replace(/^(Testnet|Devnet)/, "")];
    if (deployed === undefined) continue;
    await checks.holds(
      `${name}.layout`,
      "that of the deployed contract",
      async () => {
        const problems = compareLayouts(artifact, deployed, await layoutOf(artifact));
        return problems.length === 0 ? "the same" : problems.join("; ");
      },
      (found) => found === "the same",
    );
  }
  return checks.list;
}
