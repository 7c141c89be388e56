import {
  bytesFromHex,
  deriveTags,
  exitMessage,
  hexFromBytes,
  liquidateMessage,
  proofOfPossessionMessage,
  publicKeyFromHex,
  publicKeyToHex,
  rewardMessage,
  signatureFromHex,
  subtractPublicKeys,
  verify,
  verifyRegistration,
} from "../../../bls/index.ts";
import { aggregatePublicKeys } from "../../../bls/aggregate.ts";
import { PUBLIC_KEY_BYTES } from "../../../bls/constants.ts";
import { sumPublicKeyBytes } from "../../../bls/wasm/sum.ts";
import type { RegistrationCheck, Statement, SumCheck, Verdict, Work } from "./work.ts";

type Outcome = { ok: true; signersKey?: string } | { ok: false; why: (Verdict & { ok: false })["why"]; detail: string };

/** Checks one piece of work. Never throws: what is malformed is refused like what is wrong. */
export function check(work: Work): Verdict {
  const started = performance.now();
  let outcome: Outcome;
  try {
    outcome = work.kind === "registration" ? registration(work) : work.kind === "sum" ? sum(work) : statement(work);
  } catch (error) {
    outcome = { ok: false, why: "malformed", detail: error instanceof Error ? error.message : String(error) };
  }
  return { ...outcome, ms: performance.now() - started };
}

/**
 * The message is built here from what the visitor asked for, and never taken from the service; the signers' key is the contract's
 * aggregate less the keys that the contract has for the non-signers.
 */
function statement(work: Statement): Outcome {
  const tags = deriveTags({ chainId: work.chainId, contract: work.contract });
  const message =
    work.kind === "reward"
      ? rewardMessage(tags, { recipient: work.recipient, amount: work.amount })
      : (work.kind === "exit" ? exitMessage : liquidateMessage)(tags, {
          publicKey: publicKeyFromHex(work.blsKey),
          timestamp: work.timestamp,
        });
  const shown = hexFromBytes(message);
  if (work.messageToSign !== undefined && bare(work.messageToSign) !== bare(shown)) {
    return { ok: false, why: "message", detail: "the service names another message than the one that was asked for" };
  }
  const all = publicKeyFromHex(work.aggregateKey);
  const signers = subtractPublicKeys(all, work.nonSignerKeys.map(publicKeyFromHex));
  const signature = signatureFromHex(work.signature, { subgroup: false });
  if (!verify(signers, message, signature, tags.hashToG2)) {
    return { ok: false, why: "signature", detail: "the signature is not the signers' over this message" };
  }
  return { ok: true, signersKey: publicKeyToHex(signers) };
}

function registration(work: RegistrationCheck): Outcome {
  const tags = deriveTags({ chainId: work.chainId, contract: work.contract });
  const publicKey = publicKeyFromHex(work.blsKey);
  const message = proofOfPossessionMessage(tags, {
    publicKey,
    operator: work.operator,
    ed25519PublicKey: work.ed25519Key,
  });
  if (!verify(publicKey, message, signatureFromHex(work.proof), tags.hashToG2)) {
    return {
      ok: false,
      why: "proof",
      detail: "the BLS key has not signed for this operator, node, chain and contract",
    };
  }
  if (!verifyRegistration(work.ed25519Key, publicKey, work.ed25519Signature)) {
    return { ok: false, why: "identity", detail: "the node's Ed25519 key has not signed this registration" };
  }
  return { ok: true };
}

function sum(work: SumCheck): Outcome {
  const bytes = work.keys.map((key) => bytesFromHex(key, "public key", PUBLIC_KEY_BYTES));
  // The plain way names the key that is none.
  const total = sumPublicKeyBytes(bytes) ?? aggregatePublicKeys(work.keys.map(publicKeyFromHex));
  const found = publicKeyToHex(total);
  if (bare(found) !== bare(work.aggregateKey)) {
    return { ok: false, why: "sum", detail: "the keys do not add up to the contract's aggregate key" };
  }
  return { ok: true, signersKey: found };
}

function bare(hex: string): string {
  return hex.replace(/^0x/, "").toLowerCase();
}
