import { z } from "zod";
import type { G1Params, SignatureParams } from "../../bls/index.ts";
import {
  BlsError,
  ed25519SignatureToParams,
  hexFromBytes,
  proofOfPossessionMessage,
  publicKeyFromHex,
  publicKeyToParams,
  signatureFromHex,
  signatureToParams,
  verify,
  verifyRegistration,
} from "../../bls/index.ts";
import { DAEMON_TIMEOUT_MS, daemonAt } from "../../collect/index.ts";
import type { Io } from "../terminal/io.ts";
import { showWait } from "../terminal/progress.ts";
import { CliError } from "../terminal/errors.ts";
import { hex } from "../../settings/hex.ts";
import { readText } from "../../settings/text.ts";
import { parseJson } from "../session/keystores.ts";
import type { Session } from "../session/session.ts";

/** What a node gives its operator for the registration: the result of `bls_registration_request`. */
const shape = z.object({
  address: hex(20, "address"),
  bls_pubkey: hex(64, "bls_pubkey"),
  proof_of_possession: hex(128, "proof_of_possession"),
  service_node_pubkey: hex(32, "service_node_pubkey"),
  service_node_signature: hex(64, "service_node_signature"),
});

/** A registration that was verified: the contract will accept its proof of possession, the network its signature. */
export interface Registration {
  /** Address of the operator that the proof is for, lower case. */
  operator: string;
  blsPubkey: string;
  key: G1Params;
  proof: SignatureParams;
  ed25519Pubkey: bigint;
  /** The two halves of the Ed25519 signature. */
  signature: readonly [bigint, bigint];
}

/** Asks a node for its registration; it signs for this operator. Over OxenMQ that is a command for the daemon's owner. */
export async function askRegistration(url: string, operator: string, io: Io): Promise<unknown> {
  const daemon = daemonAt(url);
  const options = { timeoutMs: DAEMON_TIMEOUT_MS, signal: io.signal, admin: true };
  const params = { address: operator.slice(2) };
  try {
    return await showWait(io, "the node signs its registration", DAEMON_TIMEOUT_MS / 1_000, () =>
      daemon.call("bls_registration_request", params, options),
    );
  } finally {
    await daemon.close();
  }
}

/** Reads a registration from a file: the JSON that the node printed. */
export async function readRegistration(path: string): Promise<unknown> {
  const parsed = parseJson(await readText(path), path, "usage");
  return (parsed as { result?: unknown } | null)?.result ?? parsed;
}

/**
 * Checks a registration as the contract will: keys and signature well-formed, the proof right for this operator, contract and chain.
 *
 * @throws CliError `usage` for a malformed one, `signatures` for a proof that does not verify
 */
export function checkRegistration(given: unknown, operator: string, session: Session): Registration {
  const parsed = shape.safeParse(given);
  if (!parsed.success) {
    throw new CliError(
      "usage",
      `The registration is not valid: ${parsed.error.issues[0]?.message ?? "it is no object"}.`,
      "It holds address, bls_pubkey, proof_of_possession, service_node_pubkey and service_node_signature, in hex.",
    );
  }
  const { address, bls_pubkey, proof_of_possession, service_node_pubkey, service_node_signature } = parsed.data;
  if (address !== operator.toLowerCase()) {
    throw new CliError(
      "usage",
      `The registration is for the operator ${address}, not ${operator}.`,
      "Have the node make one for this operator, or send it from that account.",
    );
  }
  const { key, proof, right } = verifyProof(bls_pubkey, proof_of_possession, operator, service_node_pubkey, session);
  if (!right) {
    throw new CliError(
      "signatures",
      "The proof of possession is not right for this operator, contract and chain.",
      "Have the node make a new one; check --network and --rewards-contract.",
    );
  }
  if (!verifyRegistration(service_node_pubkey, key, service_node_signature)) {
    throw unsignedRegistration("Have the node make a new one, with its own Ed25519 key.");
  }
  return {
    operator: address,
    blsPubkey: bls_pubkey,
    key,
    proof,
    ed25519Pubkey: BigInt(service_node_pubkey),
    signature: ed25519SignatureToParams(service_node_signature),
  };
}

/** The contract would take the stake, and no node would ever pay for it. */
export function unsignedRegistration(fix: string): CliError {
  return new CliError(
    "signatures",
    "The node's Ed25519 key has not signed this registration: the contract would take the stake, the network would pay nothing.",
    fix,
  );
}

function verifyProof(blsPubkey: string, proof: string, operator: string, ed25519PublicKey: string, session: Session) {
  try {
    const publicKey = publicKeyFromHex(blsPubkey);
    const signature = signatureFromHex(proof);
    const message = proofOfPossessionMessage(session.tags, { publicKey, operator, ed25519PublicKey });
    return {
      key: publicKeyToParams(publicKey),
      proof: signatureToParams(signature),
      right: verify(publicKey, message, signature, session.tags.hashToG2),
      message: hexFromBytes(message),
    };
  } catch (error) {
    if (!(error instanceof BlsError)) throw error;
    throw new CliError("usage", `The registration is not valid: ${error.message}.`, "Have the node make a new one.");
  }
}
