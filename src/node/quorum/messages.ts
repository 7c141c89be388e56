/**
 * What quorums sign, and its bytes. A tag of its own, derived like the contract's five, binds a vote to one contract on one chain and
 * keeps it from ever being a message that the contract takes.
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { bytesFromHex } from "../../bls/index.ts";
import type { Hex } from "../../bls/index.ts";

/** What a certificate says of a node. */
export type Change = "decommission" | "recommission" | "ip-change";

/** All of them. */
export const CHANGES = ["decommission", "recommission", "ip-change"] as const satisfies readonly Change[];

/** One statement about one node in one round: what votes are for. */
export interface Judgement {
  readonly round: number;
  /** Id of the node in the contract. */
  readonly worker: bigint;
  readonly change: Change;
}

/** Tags of what is signed beside the contract's messages, 32 bytes each. */
export interface QuorumTags {
  readonly vote: Uint8Array;
  readonly presence: Uint8Array;
  readonly archive: Uint8Array;
  readonly announcement: Uint8Array;
}

/** `keccak256(name || uint256(chainId) || address)`, as the contract derives its own five. */
export function deriveQuorumTags({ chainId, contract }: { chainId: bigint; contract: string }): QuorumTags {
  const domain = concatBytes(word(chainId), bytesFromHex(contract, "contract", 20));
  const tag = (name: string): Uint8Array => keccak_256(concatBytes(utf8ToBytes(name), domain));
  return {
    vote: tag("BLS_SIG_TRYANDINCREMENT_STANDING_VOTE"),
    presence: tag("BLS_SIG_TRYANDINCREMENT_STANDING_PRESENCE"),
    archive: tag("BLS_SIG_TRYANDINCREMENT_STANDING_ARCHIVE"),
    announcement: tag("BLS_SIG_TRYANDINCREMENT_ANNOUNCEMENT"),
  };
}

const CHANGE_CODES: Readonly<Record<Change, number>> = { decommission: 1, recommission: 2, "ip-change": 3 };

/** `voteTag || round (32) || worker's id (32) || change (1: 1 decommission, 2 recommission, 3 change of address)`: 97 bytes. */
export function voteMessage(tags: QuorumTags, { round, worker, change }: Judgement): Uint8Array {
  return concatBytes(tags.vote, word(BigInt(round)), word(worker), new Uint8Array([CHANGE_CODES[change]]));
}

/** `presenceTag || round (32)`: 64 bytes, the same for all voters of a round, so that their signatures add up. */
export function presenceMessage(tags: QuorumTags, round: number): Uint8Array {
  return concatBytes(tags.presence, word(BigInt(round)));
}

/** `archiveTag || day (32) || digest (32)`: 96 bytes. */
export function archiveMessage(tags: QuorumTags, day: number, digest: Hex): Uint8Array {
  return concatBytes(tags.archive, word(BigInt(day)), bytesFromHex(digest, "digest", 32));
}

/** Name of a judgement in maps and digests: equal for equal judgements. */
export function judgementKey({ round, worker, change }: Judgement): string {
  return `${round}/${worker}/${CHANGE_CODES[change]}`;
}

export function word(value: bigint): Uint8Array {
  return bytesFromHex(value.toString(16).padStart(64, "0"), "integer", 32);
}
