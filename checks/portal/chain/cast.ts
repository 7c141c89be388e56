/** Who is on the chain: people without keys, since the chain lets anybody send, and nodes with real ones. */
import { getAddress, id } from "ethers";
import type { SecretKey, SignatureParams, Tags } from "../../../src/bls/index.ts";
import {
  aggregateSignatures,
  GROUP_ORDER,
  hashToG2,
  proveProofOfPossession,
  signatureToParams,
  signHash,
} from "../../../src/bls/index.ts";
import type { TestNode } from "../../../test/helpers/TestNetwork.ts";

export const personOf = (i: number): string => getAddress(id(`portal bench person ${i}`).slice(0, 42));

/** The nodes that are in the contract, and their signature of anything: the message's hash times the sum of the secret keys. */
export class Signers {
  readonly tags: Tags;
  #sum: SecretKey = 0n;

  constructor(tags: Tags) {
    this.tags = tags;
  }

  join({ secretKey }: TestNode): void {
    this.#sum = (this.#sum + secretKey) % GROUP_ORDER;
  }

  leave({ secretKey }: TestNode): void {
    this.#sum = (this.#sum + GROUP_ORDER - secretKey) % GROUP_ORDER;
  }

  /** One signature by all for all the messages. */
  sign(messages: readonly Uint8Array[]): SignatureParams {
    const hashes = messages.map((message) => hashToG2(message, this.tags.hashToG2));
    return signatureToParams(signHash(hashes.length === 1 ? hashes[0]! : aggregateSignatures(hashes), this.#sum));
  }

  prove({ secretKey, ed25519Pubkey }: TestNode, operator: string): SignatureParams {
    return signatureToParams(proveProofOfPossession(this.tags, secretKey, operator, ed25519Pubkey));
  }
}
