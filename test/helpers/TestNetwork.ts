import { id } from "ethers";
import {
  GROUP_ORDER,
  aggregateSignatures,
  deriveTags,
  exitMessage,
  hashRoots,
  hashToG2,
  importSecretKey,
  liquidateMessage,
  proveProofOfPossession,
  publicKeyOf,
  publicKeyToParams,
  rewardMessage,
  signHash,
  signatureToParams,
} from "../../src/bls/index.ts";
import type { G1Params, PublicKey, SecretKey, SignatureParams, Tags } from "../../src/bls/index.ts";

/** A node with deterministic keys. */
export interface TestNode {
  readonly index: number;
  readonly secretKey: SecretKey;
  readonly publicKey: PublicKey;
  /** The BLS key as the contracts take it. */
  readonly blsPubkey: G1Params;
  readonly ed25519Pubkey: bigint;
}

const cache = new Map<string, TestNode>();

/** The node number `index`: the same keys in every run and every test. */
export function testNode(index: number): TestNode {
  return cachedNode(index, importSecretKey(id(`session-staking test node ${index}`)));
}

/** A node with a given secret key, and an Ed25519 key derived from its index. */
export function cachedNode(index: number, secretKey: SecretKey): TestNode {
  const name = `${index} ${secretKey}`;
  let node = cache.get(name);
  if (node === undefined) {
    const publicKey = publicKeyOf(secretKey);
    const ed25519Pubkey = BigInt(id(`session-staking test node ${index}, Ed25519`));
    node = { index, secretKey, publicKey, blsPubkey: publicKeyToParams(publicKey), ed25519Pubkey };
    cache.set(name, node);
  }
  return node;
}

/** The nodes numbered `from` to `from + count - 1`. */
export function testNodes(count: number, from = 0): TestNode[] {
  return Array.from({ length: count }, (_, i) => testNode(from + i));
}

export const NULL_SIGNATURE: SignatureParams = { sigs0: 0n, sigs1: 0n, sigs2: 0n, sigs3: 0n };

/**
 * All nodes of a test, in one hand: signs for any of them, for one contract on one chain.
 *
 * A sum of signatures of one message is the message's hash times the sum of the secret keys, and is computed that way:
 * the same point as the aggregate of single signatures, in the time of one.
 */
export class TestNetwork {
  readonly tags: Tags;

  constructor(chainId: bigint | number, contract: string) {
    this.tags = deriveTags({ chainId, contract });
  }

  /** The aggregate of the signers' signatures of any message. */
  sign(message: Uint8Array, signers: readonly TestNode[]): SignatureParams {
    return signatureToParams(signHash(hashToG2(message, this.tags.hashToG2), secretSum(signers)));
  }

  /** One signature for many messages: the sum over messages and signers. */
  signAll(messages: readonly Uint8Array[], signers: readonly TestNode[]): SignatureParams {
    const hashes = messages.map((message) => hashToG2(message, this.tags.hashToG2));
    return signatureToParams(signHash(aggregateSignatures(hashes), secretSum(signers)));
  }

  /** The square roots that the batch entries want beside a signature of many messages. */
  roots(messages: readonly Uint8Array[]): bigint[] {
    return hashRoots(messages, this.tags.hashToG2);
  }

  rewardMessages(list: readonly { recipient: string; rewards: bigint }[]): Uint8Array[] {
    return list.map(({ recipient, rewards }) => rewardMessage(this.tags, { recipient, amount: rewards }));
  }

  rewards(list: readonly { recipient: string; rewards: bigint }[], signers: readonly TestNode[]): SignatureParams {
    return this.signAll(this.rewardMessages(list), signers);
  }

  exitMessages(leaving: readonly TestNode[], timestamp: bigint | number): Uint8Array[] {
    return leaving.map(({ publicKey }) => exitMessage(this.tags, { publicKey, timestamp }));
  }

  exits(leaving: readonly TestNode[], timestamp: bigint | number, signers: readonly TestNode[]): SignatureParams {
    return this.signAll(this.exitMessages(leaving, timestamp), signers);
  }

  liquidationMessages(leaving: readonly TestNode[], timestamp: bigint | number): Uint8Array[] {
    return leaving.map(({ publicKey }) => liquidateMessage(this.tags, { publicKey, timestamp }));
  }

  liquidations(
    leaving: readonly TestNode[],
    timestamp: bigint | number,
    signers: readonly TestNode[],
  ): SignatureParams {
    return this.signAll(this.liquidationMessages(leaving, timestamp), signers);
  }

  reward(recipient: string, amount: bigint, signers: readonly TestNode[]): SignatureParams {
    return this.sign(rewardMessage(this.tags, { recipient, amount }), signers);
  }

  exit(leaving: TestNode, timestamp: bigint | number, signers: readonly TestNode[]): SignatureParams {
    return this.sign(exitMessage(this.tags, { publicKey: leaving.publicKey, timestamp }), signers);
  }

  liquidate(leaving: TestNode, timestamp: bigint | number, signers: readonly TestNode[]): SignatureParams {
    return this.sign(liquidateMessage(this.tags, { publicKey: leaving.publicKey, timestamp }), signers);
  }

  proofOfPossession(node: TestNode, operator: string, ed25519Pubkey = node.ed25519Pubkey): SignatureParams {
    return signatureToParams(proveProofOfPossession(this.tags, node.secretKey, operator, ed25519Pubkey));
  }
}

function secretSum(signers: readonly TestNode[]): bigint {
  return signers.reduce((sum, node) => (sum + node.secretKey) % GROUP_ORDER, 0n);
}
