/** What recipients had earned when the ledger begins. */
import type { Contracts } from "./contracts.ts";
import { Refusal } from "./refusal.ts";

/** Atomic SESH of one recipient at genesis. */
export interface Opening {
  /** Earned by then. */
  readonly rewards: bigint;
  /** On the contract's record by then. */
  readonly recorded: bigint;
}

/** Openings as they are kept on disk: amounts as decimal strings. */
export interface StoredOpenings {
  /** Whether there was a contract at genesis, so that records had to be read. */
  readonly recorded: boolean;
  readonly known: Readonly<Record<string, readonly [rewards: string, recorded: string]>>;
}

export interface Openings {
  /** By lower-case address. @throws {@link Refusal} `unavailable` while the chain cannot be read */
  of(recipient: string): Promise<Opening>;
  /** What was read so far, to be written down. */
  snapshot(): StoredOpenings;
}

const CACHE_LIMIT = 20_000;

/**
 * The opening balance of a recipient is the contract's own record (`recipients(address).rewards`) at the genesis block, or what was
 * brought along from an earlier ledger where that is greater: a figure below the record would never be accepted again. A ledger that
 * begins before the contract needs neither, and asks nothing. Otherwise one read for each recipient of the ledger, and none for
 * anybody else: an asker cannot make the node read.
 *
 * @param genesis - Hash of the block that the ledger begins from: another one when the chain was begun anew, as local ones are.
 * @param stored - What an earlier run has read, of the same genesis block.
 * @param earns - Whether a recipient is the beneficiary of a node that the ledger knows.
 */
export async function createOpenings(
  contracts: Contracts,
  genesis: () => string,
  brought: Readonly<Record<string, bigint>>,
  earns: (recipient: string) => boolean,
  stored?: StoredOpenings,
): Promise<Openings> {
  let hash = genesis();
  let recorded = stored?.recorded ?? (await contracts.exists(hash));
  const known = new Map<string, Opening>(
    Object.entries(stored?.known ?? {}).map(([recipient, [rewards, before]]) => [
      recipient,
      { rewards: BigInt(rewards), recorded: BigInt(before) },
    ]),
  );
  const unreadable = (cause: unknown): never => {
    throw new Refusal("unavailable", "the chain cannot be read at the moment", { cause });
  };
  const follow = async (): Promise<void> => {
    const now = genesis();
    if (now === hash) return;
    const exists = await contracts.exists(now).catch(unreadable);
    [hash, recorded] = [now, exists];
    known.clear();
  };
  return {
    snapshot: () => ({
      recorded,
      known: Object.fromEntries(
        [...known].map(([recipient, opening]) => [recipient, [`${opening.rewards}`, `${opening.recorded}`] as const]),
      ),
    }),
    async of(recipient) {
      await follow();
      const carried = brought[recipient] ?? 0n;
      if (!recorded) return { rewards: carried, recorded: 0n };
      // Who has earned nothing and brought nothing has what is on record: there is nothing to sign, nor to read.
      if (carried === 0n && !earns(recipient)) return { rewards: 0n, recorded: 0n };
      const cached = known.get(recipient);
      if (cached !== undefined) return cached;

      const of = hash;
      const record = await contracts.recordedRewards(recipient, of).catch(unreadable);
      const opening = { rewards: carried > record ? carried : record, recorded: record };
      if (of !== hash) return opening;
      if (known.size >= CACHE_LIMIT) known.clear();
      known.set(recipient, opening);
      return opening;
    },
  };
}
