import type { World } from "./world.ts";

/** What a node prints for its operator. */
export function printed(world: World, operator: string) {
  const { node, key, proof, params } = world.net.newNode(operator);
  const hex = (value: bigint) => value.toString(16).padStart(64, "0");
  const registration = {
    address: operator.slice(2).toLowerCase(),
    bls_pubkey: hex(key.X) + hex(key.Y),
    proof_of_possession: [proof.sigs0, proof.sigs1, proof.sigs2, proof.sigs3].map(hex).join(""),
    service_node_pubkey: hex(params.serviceNodePubkey),
    service_node_signature: hex(params.serviceNodeSignature1) + hex(params.serviceNodeSignature2),
  };
  return { node, registration };
}
