import type { NodeSet } from "../chain/nodeSet.ts";
import { parseOmqAddress } from "../omq/index.ts";
import type { NodeEndpoint } from "./nodes.ts";
import { isOmqNode } from "./wires.ts";

/** BLS keys of the contract's nodes (0x and 128 lower-case digits) by their X25519 keys (64 digits), which follow from the Ed25519 keys. */
export type Identities = ReadonlyMap<string, string>;

/** Endpoints with the keys that the contract has for them. */
export interface Bound {
  endpoints: NodeEndpoint[];
  /** Nodes over OxenMQ that cannot be any of the contract's. */
  unknown: NodeEndpoint[];
}

/**
 * Puts the contract's BLS key to each address over OxenMQ, by the X25519 key that its owner proves in the handshake. What a list says
 * counts only for a node whose Ed25519 key the contract does not know it by, and only if the contract has the BLS key.
 */
export function bindKeys(endpoints: readonly NodeEndpoint[], set: NodeSet, identities: Identities | undefined): Bound {
  const bound: Bound = { endpoints: [], unknown: [] };
  // Nodes that answer under one X25519 key and no other: whoever lists them under another is not asked in their name.
  const identified = new Set([...(identities ?? [])].filter(([x25519]) => x25519 !== "").map(([, key]) => key));
  for (const endpoint of endpoints) {
    if (!isOmqNode(endpoint)) {
      bound.endpoints.push(endpoint);
      continue;
    }
    const address = parseOmqAddress(endpoint.url);
    const proven =
      address.kind === "curve" ? identities?.get(Buffer.from(address.serverKey).toString("hex")) : undefined;
    const claimed = endpoint.blsPubkey?.toLowerCase();
    const blsPubkey = proven ?? (claimed !== undefined && identified.has(claimed) ? undefined : claimed);
    if (blsPubkey !== undefined && set.byKey.has(blsPubkey)) bound.endpoints.push({ ...endpoint, blsPubkey });
    else bound.unknown.push(endpoint);
  }
  return bound;
}
