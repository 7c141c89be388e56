import * as z from "zod/mini";
import { config } from "../../lib/config.ts";
import type { Registration } from "../../lib/schemas.ts";
import { PageError } from "../../lib/trouble.ts";
import { verifyInWorker } from "../../verify/index.ts";

/** What a node gives its operator, verified: both signatures. Hex without 0x. */
export interface NodeRegistration {
  operator: string;
  bls: string;
  proof: string;
  ed25519: string;
  ed25519Signature: string;
}

const bare = (bytes: number) =>
  z.pipe(
    z.string().check(z.regex(new RegExp(`^(0x)?[0-9a-fA-F]{${2 * bytes}}$`))),
    z.transform((text) => text.replace(/^0x/, "").toLowerCase()),
  );

/** As the node's `bls_registration_request` answers. */
const Daemon = z.object({
  address: bare(20),
  bls_pubkey: bare(64),
  proof_of_possession: bare(128),
  service_node_pubkey: bare(32),
  service_node_signature: bare(64),
});
/** As this service and the live one hand it out. */
const Stored = z.object({
  operator: bare(20),
  pubkey_bls: bare(64),
  sig_bls: bare(128),
  pubkey_ed25519: bare(32),
  sig_ed25519: bare(64),
});

/** @throws PageError for what is no registration */
export function parseRegistration(text: string): NodeRegistration {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PageError("no-json", "This is not the JSON that the node printed.", "Copy all of it, from { to }.");
  }
  const inner = (value as { result?: unknown } | null)?.result ?? value;
  const daemon = Daemon.safeParse(inner);
  if (daemon.success) {
    const { address, bls_pubkey, proof_of_possession, service_node_pubkey, service_node_signature } = daemon.data;
    return {
      operator: `0x${address}`,
      bls: bls_pubkey,
      proof: proof_of_possession,
      ed25519: service_node_pubkey,
      ed25519Signature: service_node_signature,
    };
  }
  const stored = Stored.safeParse(inner);
  if (stored.success) return fromStored({ ...stored.data, operator: `0x${stored.data.operator}` });
  const [issue] = daemon.error.issues;
  throw new PageError(
    "no-registration",
    `This is no registration${issue ? `: ${issue.path.join(".") || "its form"} is missing or malformed` : ""}.`,
    "Have the node print it again for your address.",
  );
}

export function fromStored(
  stored: Pick<Registration, "operator" | "pubkey_bls" | "sig_bls" | "pubkey_ed25519" | "sig_ed25519">,
): NodeRegistration {
  return {
    operator: stored.operator,
    bls: stored.pubkey_bls,
    proof: stored.sig_bls,
    ed25519: stored.pubkey_ed25519,
    ed25519Signature: stored.sig_ed25519,
  };
}

/**
 * Both signatures, in the worker: the contract checks one of them, the network the other.
 *
 * @throws PageError `operator`, `signatures`
 */
export async function verifyRegistration(given: NodeRegistration, operator: string): Promise<void> {
  if (given.operator.toLowerCase() !== operator.toLowerCase()) {
    throw new PageError(
      "operator",
      `The registration is for the operator ${given.operator}, and not for ${operator}.`,
      "Have the node make one for this account, or switch to that account.",
    );
  }
  const verdict = await verifyInWorker({
    kind: "registration",
    chainId: config.value?.chainId ?? 0,
    contract: config.value?.contracts.rewards ?? "",
    operator,
    blsKey: given.bls,
    ed25519Key: given.ed25519,
    proof: given.proof,
    ed25519Signature: given.ed25519Signature,
  });
  if (verdict.ok) return;
  throw new PageError(
    "signatures",
    `The registration is not right: ${verdict.detail}.`,
    verdict.why === "identity"
      ? "The contract would take the stake and the network pay nothing. Have the node make a new one, with its own key."
      : "Have the node make a new one for this operator, network and contract.",
  );
}
