/**
 * BLS signatures on BN254 as the Session staking contracts verify them: public keys in G1, signatures in G2, hash to G2 by
 * try-and-increment with keccak256. Pure: no I/O, no state, usable by itself.
 *
 * @packageDocumentation
 */
export * from "./constants.ts";
export { BlsError } from "./errors.ts";
export type { BlsErrorCode } from "./errors.ts";
export { bytesFromHex, hexFromBytes, normalizeHex } from "./hex.ts";
export type { Hex } from "./hex.ts";
export { isInSubgroup } from "./curve.ts";
export type { PublicKey, Signature } from "./curve.ts";
export type { Fp2Element } from "./fp2.ts";
export * from "./hashToG2.ts";
export * from "./tags.ts";
export {
  exitMessage,
  liquidateMessage,
  proofOfPossessionMessage,
  registrationMessage,
  rewardMessage,
} from "./messages.ts";
export type { Departure, Ed25519PublicKey, ProofOfPossession, Reward } from "./messages.ts";
export { ed25519SignatureToParams, signRegistration, verifyRegistration } from "./registration.ts";
export type { Ed25519Signature } from "./registration.ts";
export * from "./codec.ts";
export { generateSecretKey, importSecretKey, publicKeyOf, secretKeyToBytes } from "./keys.ts";
export type { SecretKey } from "./keys.ts";
export * from "./sign.ts";
export * from "./aggregate.ts";
export { verify, verifyBatch, verifyHash } from "./verify.ts";
export { blame } from "./blame.ts";
export type { BlameOptions, BlameResult, SignatureEntry } from "./blame.ts";
export { aggregateValid } from "./aggregateValid.ts";
export type { ValidAggregate } from "./aggregateValid.ts";
export { addSignatureBytes, aggregateWire, checkSignatureBytes } from "./wire.ts";
export type { MalformedEntry, WireAggregate, WireEntry } from "./wire.ts";
