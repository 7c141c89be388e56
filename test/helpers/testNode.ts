import { ethers } from "ethers";
import * as bls from "../../src/bls/index.ts";

/** A node of the tests: its keys follow from its number, so that every run signs the same. */
export interface TestNode {
  readonly secretKey: bls.SecretKey;
  readonly publicKey: bls.PublicKey;
  /** The BLS key as the contracts take it. */
  readonly key: bls.G1Params;
  /** The Ed25519 key, which the contracts only compare. */
  readonly ed25519: bigint;
}

export function testNode(index: number): TestNode {
  const secretKey = bls.importSecretKey(ethers.id(`session-staking test node ${index}`));
  const publicKey = bls.publicKeyOf(secretKey);
  const ed25519 = BigInt(ethers.id(`session-staking test node ${index}, Ed25519`));
  return { secretKey, publicKey, key: bls.publicKeyToParams(publicKey), ed25519 };
}

/** The first three arguments of every registration: BLS key, proof of possession for `operator`, Ed25519 key and fee. */
export interface Registration {
  key: bls.G1Params;
  proof: bls.SignatureParams;
  params: {
    serviceNodePubkey: bigint;
    serviceNodeSignature1: bigint;
    serviceNodeSignature2: bigint;
    fee: bigint;
  };
}

export function registration(tags: bls.Tags, node: TestNode, operator: string, fee = 0n): Registration {
  const proof = bls.proveProofOfPossession(tags, node.secretKey, operator, node.ed25519);
  return {
    key: node.key,
    proof: bls.signatureToParams(proof),
    params: { serviceNodePubkey: node.ed25519, serviceNodeSignature1: 1n, serviceNodeSignature2: 2n, fee },
  };
}

/** What all of `signers` sign together. */
export function networkSignature(tags: bls.Tags, signers: TestNode[], message: Uint8Array): bls.SignatureParams {
  const hash = bls.hashToG2(message, tags.hashToG2);
  return bls.signatureToParams(bls.aggregateSignatures(signers.map(({ secretKey }) => bls.signHash(hash, secretKey))));
}
