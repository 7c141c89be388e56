import type { PublicKey, SecretKey, Signature } from "../../src/bls/index.ts";
import {
  deriveTags,
  hashToG2,
  hexFromBytes,
  importSecretKey,
  publicKeyOf,
  publicKeyToHex,
  rewardMessage,
  signatureToHex,
  signHash,
} from "../../src/bls/index.ts";
import { AMOUNT, DOMAIN, HEIGHT, RECIPIENT } from "./question.ts";

/** One message and N nodes that have signed it. */
export interface SignedNetwork {
  message: Uint8Array;
  hash: Signature;
  dst: Uint8Array;
  publicKeys: PublicKey[];
  keyHexes: string[];
  signatures: Signature[];
  signatureHexes: string[];
}

const FIRST_KEY: SecretKey = importSecretKey(`0x${"5e55".repeat(16)}`);

/**
 * Makes the network without N multiplications: secret keys count up from one, so each public key is the one before plus the
 * generator, and each signature the one before plus the hash.
 */
export function signedNetwork(size: number): SignedNetwork {
  const tags = deriveTags(DOMAIN);
  const message = rewardMessage(tags, { recipient: RECIPIENT, amount: AMOUNT });
  const hash = hashToG2(message, tags.hashToG2);
  const generator = publicKeyOf(1n);
  const publicKeys: PublicKey[] = [];
  const signatures: Signature[] = [];
  let key = publicKeyOf(FIRST_KEY);
  let signature = signHash(hash, FIRST_KEY);
  for (let i = 0; i < size; i++) {
    publicKeys.push(key);
    signatures.push(signature);
    key = key.add(generator);
    signature = signature.add(hash);
  }
  return {
    message,
    hash,
    dst: tags.hashToG2,
    publicKeys,
    keyHexes: publicKeys.map(publicKeyToHex),
    signatures,
    signatureHexes: signatures.map(signatureToHex),
  };
}

/** The body that node `i` answers a reward request with; a liar gives the signature of some other node. */
export function replyBody(network: SignedNetwork, i: number, lies: boolean): string {
  const signed = lies ? (i * 7 + 13) % network.signatureHexes.length : i;
  return JSON.stringify({
    recipient: RECIPIENT,
    amount: AMOUNT.toString(),
    height: HEIGHT,
    message: hexFromBytes(network.message),
    signature: network.signatureHexes[signed],
    blsPubkey: network.keyHexes[i],
    signer: network.keyHexes[i],
  });
}
