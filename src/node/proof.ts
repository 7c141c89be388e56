/**
 * Proof of being up: a node answers a peer's random challenge with an Ed25519 signature over it, its keys and its time. The
 * contract binds the Ed25519 key to the BLS key, so one signature proves both identities.
 */
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { bytesFromHex, hexFromBytes } from "../bls/index.ts";
import type { Hex } from "../bls/index.ts";
import { verifyEd25519 } from "./keys.ts";

const DOMAIN = utf8ToBytes("session-node-uptime-proof-1");

export interface ProofSubject {
  readonly chainId: bigint;
  readonly contract: string;
  readonly ed25519Pubkey: Hex;
  readonly blsPubkey: Hex;
  /** 32 random bytes from the peer that tests. */
  readonly challenge: Hex;
  /** Unix seconds by the clock of the node that answers. */
  readonly timestamp: number;
}

export interface UptimeProof {
  readonly challenge: Hex;
  readonly timestamp: number;
  /** 64 bytes. */
  readonly signature: Hex;
}

/** `domain || chain id (32) || contract (20) || Ed25519 key (32) || BLS key (64) || challenge (32) || timestamp (32)` */
function proofMessage(subject: ProofSubject): Uint8Array {
  const word = (value: bigint): Uint8Array => bytesFromHex(`0x${value.toString(16).padStart(64, "0")}`);
  return concatBytes(
    DOMAIN,
    word(subject.chainId),
    bytesFromHex(subject.contract),
    bytesFromHex(subject.ed25519Pubkey),
    bytesFromHex(subject.blsPubkey),
    bytesFromHex(subject.challenge),
    word(BigInt(subject.timestamp)),
  );
}

export function proveUptime(subject: ProofSubject, sign: (message: Uint8Array) => Uint8Array): UptimeProof {
  const { challenge, timestamp } = subject;
  return { challenge, timestamp, signature: hexFromBytes(sign(proofMessage(subject))) };
}

export function verifyUptime(subject: ProofSubject, signature: Hex): boolean {
  return verifyEd25519(bytesFromHex(subject.ed25519Pubkey), proofMessage(subject), bytesFromHex(signature));
}
