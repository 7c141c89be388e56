import {
  GROUP_ORDER,
  deriveTags,
  hashToG2,
  importSecretKey,
  proveProofOfPossession,
  publicKeyOf,
  publicKeyToHex,
  publicKeyToParams,
  signHash,
  signatureToParams,
} from "../../src/bls/index.ts";
import type { PublicKey, SecretKey, SignatureParams, Tags } from "../../src/bls/index.ts";
import type { ServiceNodeRewards } from "../../types/ethers-contracts/index.js";

export interface KnownKey {
  secretKey: SecretKey;
  publicKey: PublicKey;
}

/** All secret keys of a state in one hand: signs as the network that the contract holds at the moment. */
export class Signers {
  readonly tags: Tags;
  readonly #rewards: ServiceNodeRewards;
  readonly #keys = new Map<string, KnownKey>();

  constructor(chainId: bigint, rewards: ServiceNodeRewards, contract: string, secretKeys: readonly string[]) {
    this.#rewards = rewards;
    this.tags = deriveTags({ chainId, contract });
    for (const secretKey of secretKeys) this.learn(importSecretKey(secretKey));
  }

  learn(secretKey: SecretKey): KnownKey {
    const key = { secretKey, publicKey: publicKeyOf(secretKey) };
    this.#keys.set(publicKeyToHex(key.publicKey), key);
    return key;
  }

  known(blsPubkey: { X: bigint; Y: bigint }): KnownKey | undefined {
    return this.#keys.get(hexOf(blsPubkey));
  }

  /** A known key that no node uses, if there is one. */
  async unused(): Promise<KnownKey | undefined> {
    const { pubkeys } = await this.#rewards.allServiceNodeIDs();
    const used = new Set(pubkeys.map(hexOf));
    return [...this.#keys].find(([hex]) => !used.has(hex))?.[1];
  }

  /** The aggregate of all nodes whose key is known, and the ids of the others. */
  async sign(message: Uint8Array): Promise<{ signature: SignatureParams; nonSigners: bigint[] }> {
    const { ids, pubkeys } = await this.#rewards.allServiceNodeIDs();
    let secretSum = 0n;
    const nonSigners: bigint[] = [];
    for (const [index, id] of ids.entries()) {
      const key = this.#keys.get(hexOf(pubkeys[index] ?? { X: 0n, Y: 0n }));
      // the sum of signatures of one message is its hash times the sum of the keys
      if (key === undefined) nonSigners.push(id);
      else secretSum = (secretSum + key.secretKey) % GROUP_ORDER;
    }
    const hash = hashToG2(message, this.tags.hashToG2);
    return { signature: signatureToParams(signHash(hash, secretSum)), nonSigners };
  }

  prove(key: KnownKey, operator: string, ed25519PublicKey: bigint) {
    return {
      blsPubkey: publicKeyToParams(key.publicKey),
      proof: signatureToParams(proveProofOfPossession(this.tags, key.secretKey, operator, ed25519PublicKey)),
    };
  }
}

function hexOf({ X, Y }: { X: bigint; Y: bigint }): string {
  return `0x${X.toString(16).padStart(64, "0")}${Y.toString(16).padStart(64, "0")}`;
}
