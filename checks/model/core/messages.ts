import { solidityPackedKeccak256 } from "ethers";
import type { Address, Key } from "./world.ts";

/** The signed messages as section 2 of the protocol writes them, packed hex without 0x. */
export interface Tags {
  proofOfPossession: string;
  reward: string;
  exit: string;
  liquidate: string;
  hashToG2: string;
}

export function tagsOf(chainId: bigint, rewards: Address): Tags {
  const tag = (name: string): string =>
    solidityPackedKeccak256(["string", "uint256", "address"], [name, chainId, rewards]);
  return {
    proofOfPossession: tag("BLS_SIG_TRYANDINCREMENT_POP"),
    reward: tag("BLS_SIG_TRYANDINCREMENT_REWARD"),
    exit: tag("BLS_SIG_TRYANDINCREMENT_EXIT"),
    liquidate: tag("BLS_SIG_TRYANDINCREMENT_LIQUIDATE"),
    hashToG2: tag("BLS_SIG_HASH_TO_FIELD_TAG"),
  };
}

const word = (value: bigint): string => value.toString(16).padStart(64, "0");

export function popMessage(tags: Tags, key: Key, operator: Address, ed25519: bigint): string {
  return tags.proofOfPossession.slice(2) + word(key[0]) + word(key[1]) + operator.slice(2) + word(ed25519);
}

export function rewardMessage(tags: Tags, recipient: Address, amount: bigint): string {
  return tags.reward.slice(2) + recipient.slice(2) + word(amount);
}

export function removalMessage(tags: Tags, kind: "exit" | "liquidate", key: Key, timestamp: bigint): string {
  return tags[kind].slice(2) + word(key[0]) + word(key[1]) + word(timestamp);
}
