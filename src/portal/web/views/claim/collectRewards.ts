import type { Authority } from "../../lib/chain.ts";
import { chainNowOpen } from "../../lib/onchain.ts";
import type { Progress, RewardsResult } from "../../lib/schemas.ts";
import { RewardsResult as schema } from "../../lib/schemas.ts";
import { collect } from "../../lib/service.ts";
import { tiedWork } from "../../lib/tied.ts";
import type { Trouble } from "../../lib/trouble.ts";
import { verifyInWorker } from "../../verify/index.ts";

/** What the network signed, after it was checked here. */
export interface VerifiedReward {
  recipient: string;
  /** Lifetime rewards, atomic SESH. */
  amount: bigint;
  height: number;
  signature: string;
  nonSigners: readonly bigint[];
  authority: Authority;
  signersKey: string;
  /** Milliseconds that the check took. */
  ms: number;
  collectedAt: number;
}

export type Collection =
  | { at: "idle" }
  | { at: "asking"; progress: Progress | undefined }
  | { at: "checking"; progress: Progress | undefined }
  | { at: "verified"; reward: VerifiedReward }
  | { at: "failed"; trouble: Trouble };

/** One visitor's collection. */
export function rewardsCollection() {
  const { state, begin, stop } = tiedWork<Collection>({ at: "idle" });

  const start = async (recipient: string): Promise<void> => {
    const { set, signal } = begin();
    let progress: Progress | undefined;
    set({ at: "asking", progress });
    try {
      const result = await collect(`app/collect/rewards/${recipient}`, {
        schema,
        signal,
        onProgress: (at) => {
          progress = at;
          set({ at: "asking", progress });
        },
      });
      set({ at: "checking", progress });
      set({ at: "verified", reward: await verifyReward(recipient, result) });
    } catch (error) {
      const { troubleOf } = await import("../../lib/chain.ts");
      set({ at: "failed", trouble: troubleOf(error) });
    }
  };
  return { state, start, stop };
}

/**
 * Checks the service's answer against the contract, read through the visitor's wallet.
 *
 * @throws PageError `lying-service`, `old-signature`, `too-few`
 */
async function verifyReward(recipient: string, result: RewardsResult): Promise<VerifiedReward> {
  const [{ lying, readAuthority, readNonSigners }, { chain }] = await Promise.all([
    import("../../lib/chain.ts"),
    chainNowOpen(),
  ]);
  if (result.address.toLowerCase() !== recipient.toLowerCase()) throw lying("it is for another account");
  const authority = await readAuthority(chain);
  const nonSigners = result.non_signer_indices.map(BigInt);
  const nonSignerKeys = await readNonSigners(chain, authority, nonSigners);
  const verdict = await verifyInWorker({
    kind: "reward",
    chainId: chain.config.chainId,
    contract: chain.config.contracts.rewards,
    recipient,
    amount: result.amount,
    messageToSign: result.msg_to_sign,
    signature: `0x${result.signature}`,
    aggregateKey: authority.aggregateKey,
    nonSignerKeys,
  });
  if (!verdict.ok) throw lying(verdict.detail);
  const { rewards } = await chain.rewards.recipients(recipient, { blockTag: authority.block });
  if (result.amount < rewards) {
    throw lying("it is an old one, of less than the contract has on record already");
  }
  return {
    recipient,
    amount: result.amount,
    height: result.height,
    signature: result.signature,
    nonSigners,
    authority,
    signersKey: verdict.signersKey ?? "",
    ms: verdict.ms,
    collectedAt: result.collectedAt,
  };
}
