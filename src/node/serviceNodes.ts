/** `get_service_nodes`: who the nodes of the network are and where they listen, as a daemon tells it. */
import { isIP, isIPv4 } from "node:net";
import { z } from "zod";
import { bytesFromHex } from "../bls/index.ts";
import type { Hex } from "../bls/index.ts";
import { isOmqUrl, OmqError, parseOmqAddress, x25519FromEd25519 } from "../omq/index.ts";
import { MAX_URLS } from "./announcements.ts";
import type { Ledger } from "./ledger.ts";
import type { LedgerNode } from "./ledgerTypes.ts";

/** What a node is asked. */
export const serviceNodesParams = z.object({
  /** Names of the fields that are wanted; all when left out. Also as a dictionary of switches. */
  fields: z.union([z.array(z.string().max(64)).max(64), z.record(z.string().max(64), z.boolean())]).optional(),
  active_only: z.boolean().default(false),
  limit: z.coerce.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER).default(0),
  poll_block_hash: z.string().max(66).default(""),
});

/** What is known of the nodes beside the ledger. */
export interface Presences {
  /** Where a node answers, as it announced, over HTTP and over OxenMQ. */
  urlsOf(node: LedgerNode): readonly string[];
  /** Whether it is neither decommissioned nor deregistered now. */
  isActive(node: LedgerNode): boolean;
}

/** The OxenMQ address that a node announces beside `urls`, if its host is an IP address and not every address of the machine. */
export function announcedOmq(urls: readonly string[], omqUrl: string): string[] {
  const [first] = urls;
  if (first === undefined || omqUrl === "" || urls.length >= MAX_URLS || !URL.canParse(first)) return [];
  const host = new URL(first).hostname.replace(/^\[|\]$/g, "");
  const address = parseOmqAddress(omqUrl);
  if (isIP(host) === 0 || host === "0.0.0.0" || host === "::" || address.kind !== "curve") return [];
  const key = Buffer.from(address.serverKey).toString("hex");
  return [parseOmqAddress(`curve://${isIPv4(host) ? host : `[${host}]`}:${address.port}/${key}`).url];
}

/** The reply of `get_service_nodes`. What is not known of a node is left out. */
export function serviceNodes(
  { fields, active_only, limit, poll_block_hash }: z.output<typeof serviceNodesParams>,
  ledger: Ledger,
  presences: Presences,
): Record<string, unknown> {
  const { height, hash } = ledger.tip;
  const tip = { height, block_hash: bare(hash) };
  if (poll_block_hash !== "" && bare(poll_block_hash).toLowerCase() === tip.block_hash) {
    return { status: "OK", unchanged: true, ...tip };
  }
  const wanted = Array.isArray(fields) ? fields : fields && Object.keys(fields).filter((name) => fields[name]);
  const isWanted =
    wanted === undefined || wanted.includes("all") ? () => true : (name: string) => wanted.includes(name);
  const states: Record<string, unknown>[] = [];
  for (const node of ledger.nodes()) {
    if (!node.signed) continue;
    const active = presences.isActive(node);
    if (active_only && !active) continue;
    if (limit > 0 && states.length === limit) break;
    const state = { ...identityOf(node), ...addressOf(node, presences), active, funded: true };
    states.push(Object.fromEntries(Object.entries(state).filter(([name]) => isWanted(name))));
  }
  return { status: "OK", service_node_states: states, ...tip };
}

function identityOf(node: LedgerNode): Record<string, unknown> {
  const identity = bare(node.ed25519Pubkey);
  const x25519 = x25519Of(node.ed25519Pubkey);
  return {
    service_node_pubkey: identity,
    pubkey_ed25519: identity,
    ...(x25519 === undefined ? {} : { pubkey_x25519: x25519 }),
    pubkey_bls: bare(node.blsPubkey),
    contract_id: node.id,
    ...(node.contributors[0] === undefined ? {} : { operator_address: node.contributors[0].staker.toLowerCase() }),
  };
}

/** Its address on OxenMQ, if it has announced one under its own key. */
function addressOf(node: LedgerNode, { urlsOf }: Presences): Record<string, unknown> {
  const omq = urlsOf(node).find(isOmqUrl);
  if (omq === undefined) return {};
  const address = parseOmqAddress(omq);
  if (address.kind !== "curve" || isIP(address.host) === 0) return {};
  if (Buffer.from(address.serverKey).toString("hex") !== x25519Of(node.ed25519Pubkey)) return {};
  return { public_ip: address.host, quorumnet_port: address.port };
}

/** X25519 keys by Ed25519 keys: a node keeps both, and to derive one takes a third of a millisecond. */
const derived = new Map<Hex, string | undefined>();

function x25519Of(ed25519Pubkey: Hex): string | undefined {
  if (derived.size > 20_000) derived.clear();
  if (!derived.has(ed25519Pubkey)) derived.set(ed25519Pubkey, derive(ed25519Pubkey));
  return derived.get(ed25519Pubkey);
}

function derive(ed25519Pubkey: Hex): string | undefined {
  try {
    return Buffer.from(x25519FromEd25519(bytesFromHex(ed25519Pubkey))).toString("hex");
  } catch (error) {
    // Registered with something that is no key.
    if (error instanceof OmqError) return undefined;
    throw error;
  }
}

const bare = (hex: string): string => hex.replace(/^0x/, "");
