import { keccak_256 } from "@noble/hashes/sha3.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { TAG_NAMES } from "./constants.ts";
import { addressBytes, wordFromInteger } from "./hex.ts";

/** The five domain-separation tags of one rewards contract on one chain, 32 bytes each. */
export interface Tags {
  readonly proofOfPossession: Uint8Array;
  readonly reward: Uint8Array;
  readonly exit: Uint8Array;
  readonly liquidate: Uint8Array;
  /** The dst of the hash to G2. */
  readonly hashToG2: Uint8Array;
}

/** What the tags bind a signature to. */
export interface Domain {
  readonly chainId: bigint | number;
  /** Address of the rewards contract (its proxy). */
  readonly contract: string;
}

/**
 * Derives `tag(name) = keccak256(name || uint256(chainId) || address)` for each of the five names.
 *
 * @throws {@link BlsError} `range` for a chain id out of 256 bits, `hex` or `length` for a bad address.
 */
export function deriveTags({ chainId, contract }: Domain): Tags {
  const domain = concatBytes(wordFromInteger(chainId, "chainId"), addressBytes(contract, "contract"));
  const tag = (name: string): Uint8Array => keccak_256(concatBytes(utf8ToBytes(name), domain));
  return {
    proofOfPossession: tag(TAG_NAMES.proofOfPossession),
    reward: tag(TAG_NAMES.reward),
    exit: tag(TAG_NAMES.exit),
    liquidate: tag(TAG_NAMES.liquidate),
    hashToG2: tag(TAG_NAMES.hashToG2),
  };
}
