/** What recipients had earned when the ledger begins. */
import type { Contracts } from "./contracts.ts";
import { Refusal } from "./policy.ts";

export interface Openings {
  /** Atomic SESH by lower-case address. @throws {@link Refusal} `unavailable` while the chain cannot be read */
  of(recipient: string): Promise<bigint>;
}

const CACHE_LIMIT = 20_000;

/**
 * The opening balance of a recipient is the contract's own record (`recipients(address).rewards`) at the genesis block, or what was
 * brought along from an earlier ledger where that is greater: a figure below the record would never be accepted again. A ledger that
 * begins before the contract needs neither, and asks nothing.
 */
export async function createOpenings(
  contracts: Contracts,
  genesisHash: string,
  brought: Readonly<Record<string, bigint>>,
): Promise<Openings> {
  const recorded = await contracts.exists(genesisHash);
  const known = new Map<string, bigint>();
  return {
    async of(recipient) {
      const carried = brought[recipient] ?? 0n;
      if (!recorded) return carried;
      const cached = known.get(recipient);
      if (cached !== undefined) return cached;

      const record = await contracts.recordedRewards(recipient, genesisHash).catch((cause: unknown) => {
        throw new Refusal("unavailable", "the chain cannot be read at the moment", { cause });
      });
      const opening = carried > record ? carried : record;
      if (known.size >= CACHE_LIMIT) known.clear();
      known.set(recipient, opening);
      return opening;
    },
  };
}
