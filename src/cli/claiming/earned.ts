import { readClaimState } from "../../chain/index.ts";
import type { ClaimState } from "../../chain/index.ts";
import { CollectError } from "../../collect/index.ts";
import type { Session } from "../session/session.ts";
import type { Signed } from "../session/signed.ts";
import { hasSource, openSource } from "../session/source.ts";
import type { Io } from "../terminal/io.ts";
import type { SourceOptions } from "../terminal/options.ts";

/** What a recipient has earned, by the contract's record and, where somebody was asked, by the network's word. Atomic SESH. */
export interface Earned {
  state: ClaimState;
  /** Whether the network was asked. */
  asked: boolean;
  /** Undefined where it was not, or has no more than the record. */
  collected: Signed | undefined;
  /** The network's figure. */
  signed: bigint | undefined;
  lifetime: bigint;
  claimable: bigint;
}

/** @param block - Height of the contract's record; the newest when left out. */
export async function readEarned(
  session: Session,
  recipient: string,
  args: SourceOptions,
  io: Io,
  block?: number,
): Promise<Earned> {
  const state = await readClaimState(session.rewards, recipient, block);
  const source = hasSource(args, session, io) ? await openSource(args, session, io) : undefined;
  const collected = await source
    ?.collect({ kind: "reward", recipient }, "rewards")
    .catch((error: unknown) => {
      // The network has no more to give than the contract knows: then the record is the answer.
      if (error instanceof CollectError && error.code === "nothing-to-sign") return undefined;
      throw error;
    })
    .finally(() => source.close());
  const signed = collected?.rewards[0]?.amount;
  const lifetime = signed !== undefined && signed > state.recorded ? signed : state.recorded;
  return { state, asked: source !== undefined, collected, signed, lifetime, claimable: lifetime - state.claimed };
}
