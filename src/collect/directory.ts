import { BlockList, isIP } from "node:net";
import { setImmediate as breathe } from "node:timers/promises";
import { z } from "zod";
import { bytesFromHex } from "../bls/index.ts";
import { curveUrl, isOmqUrl, isX25519Of, OmqError, parseOmqAddress, x25519FromEd25519 } from "../omq/index.ts";
import type { DaemonTransport } from "./daemon/transport.ts";
import { CollectError } from "./errors.ts";
import type { NodeEndpoint } from "./nodes.ts";

/** One node of a list, as far as it can be reached: its OxenMQ address, and the BLS key that the list gives it. */
export interface DirectoryNode {
  /** `curve://IP:PORT/X25519HEX`; the key follows from the Ed25519 key where the list has that. */
  url: string;
  /** 0x and 128 lower-case hex digits; believed only as far as the contract agrees. */
  blsPubkey?: string | undefined;
}

/** A daemon that is asked for its list. */
export interface DirectoryDaemon {
  url: string;
  transport: DaemonTransport;
  timeoutMs: number;
}

/** A list of nodes from one daemon. */
export interface Listing {
  /** Whose list. */
  source: string;
  /** When it was asked, unix seconds. */
  at: number;
  /** Newest height of the daemon's chain then, and the hash of that block, where it tells. */
  height?: number | undefined;
  blockHash?: string | undefined;
  nodes: readonly DirectoryNode[];
  /** Entries without an address: no uptime proof yet, or none for long. */
  unaddressed: number;
  /** Entries that are no node's: malformed, an X25519 key that is not the Ed25519 key's, an address that nobody outside can have. */
  refused: number;
}

const FIELDS = [
  "service_node_pubkey",
  "pubkey_ed25519",
  "pubkey_x25519",
  "pubkey_bls",
  "public_ip",
  "quorumnet_port",
  "active",
  "funded",
  "height",
  "block_hash",
];

/** Far more nodes than any network has. */
const MAX_NODES = 100_000;

const hex = (bytes: number) => z.string().regex(new RegExp(`^(0x)?[0-9a-fA-F]{${2 * bytes}}$`));
const reply = z.object({
  unchanged: z.boolean().optional(),
  height: z.bigint().nonnegative().optional().catch(undefined),
  block_hash: hex(32).optional().catch(undefined),
  service_node_states: z.array(z.unknown()).max(MAX_NODES).optional(),
});
const entry = z.object({
  pubkey_ed25519: hex(32).optional(),
  pubkey_x25519: hex(32).optional(),
  pubkey_bls: hex(64).optional(),
  public_ip: z.string().optional(),
  quorumnet_port: z.bigint().optional(),
});

/**
 * Asks a daemon for the list of nodes.
 *
 * @param previous - Its last list: given back with a new date when no block came since.
 * @throws CollectError `unavailable`, or `bad-reply` for what is no list
 */
export async function readListing(daemon: DirectoryDaemon, previous?: Listing, now = Date.now): Promise<Listing> {
  const { url, transport, timeoutMs } = daemon;
  const poll = previous?.blockHash === undefined ? {} : { poll_block_hash: previous.blockHash };
  const parsed = reply.safeParse(await transport.call("get_service_nodes", { fields: FIELDS, ...poll }, { timeoutMs }));
  const at = Math.floor(now() / 1_000);
  if (parsed.success && parsed.data.unchanged === true && previous) return { ...previous, at };
  if (!parsed.success || parsed.data.service_node_states === undefined) {
    throw new CollectError("bad-reply", `${url} gives no list of nodes: get_service_nodes is not what it should be.`);
  }
  const { height, block_hash, service_node_states } = parsed.data;
  const nodes: DirectoryNode[] = [];
  let unaddressed = 0;
  let refused = 0;
  const local = isLocalSource(url);
  for (const [i, state] of service_node_states.entries()) {
    // A list of keys that must be derived takes a third of a millisecond for each: a long one shall not stop everything else.
    if (i % 64 === 63) await breathe();
    const node = toNode(state, local);
    if (node === "unaddressed") unaddressed++;
    else if (node === "refused") refused++;
    else nodes.push(node);
  }
  const tip = height !== undefined && height <= BigInt(Number.MAX_SAFE_INTEGER) ? { height: Number(height) } : {};
  const hash = block_hash === undefined ? {} : { blockHash: bare(block_hash) };
  return { source: url, at, ...tip, ...hash, nodes, unaddressed, refused };
}

function toNode(state: unknown, local: boolean): DirectoryNode | "unaddressed" | "refused" {
  const parsed = entry.safeParse(state);
  if (!parsed.success) return "refused";
  const { pubkey_ed25519, pubkey_x25519, pubkey_bls, public_ip, quorumnet_port } = parsed.data;
  if (public_ip === undefined || public_ip === "" || public_ip === "0.0.0.0" || !quorumnet_port) return "unaddressed";
  // A zone is of the machine that wrote it.
  if (isIP(public_ip) === 0 || public_ip.includes("%") || (!local && isPrivate(public_ip))) return "refused";
  if (quorumnet_port < 1n || quorumnet_port > 65_535n) return "refused";
  const x25519 = x25519Of(pubkey_ed25519, pubkey_x25519);
  if (x25519 === "unaddressed" || x25519 === "refused") return x25519;
  const url = curveUrl(public_ip, Number(quorumnet_port), x25519);
  return { url, ...(pubkey_bls === undefined ? {} : { blsPubkey: `0x${bare(pubkey_bls)}` }) };
}

/** The X25519 key of an entry, 64 lower-case digits: the one that follows from its Ed25519 key, where it has that. */
function x25519Of(ed25519: string | undefined, x25519: string | undefined): string {
  if (ed25519 === undefined) return x25519 === undefined ? "unaddressed" : bare(x25519);
  const identity = bytesFromHex(bare(ed25519));
  if (x25519 !== undefined) return isX25519Of(bytesFromHex(bare(x25519)), identity) ? bare(x25519) : "refused";
  try {
    return Buffer.from(x25519FromEd25519(identity)).toString("hex");
  } catch (error) {
    if (error instanceof OmqError) return "refused";
    throw error;
  }
}

/** Addresses of one node that are asked, the most listed first: a liar adds some, and can take none away. */
const MAX_ADDRESSES = 3;

/** One list of several: every address that any of them has, each node's first choice before anybody's second. */
export function mergeListings(listings: readonly Listing[]): NodeEndpoint[] {
  const byKey = new Map<string, Map<string, { node: DirectoryNode; votes: number }>>();
  for (const { nodes } of listings) {
    const seen = new Set<string>();
    for (const node of nodes) {
      if (seen.has(node.url)) continue;
      seen.add(node.url);
      const key = node.url.slice(node.url.lastIndexOf("/") + 1);
      const addresses = byKey.get(key) ?? new Map<string, { node: DirectoryNode; votes: number }>();
      byKey.set(key, addresses);
      const known = addresses.get(node.url);
      addresses.set(node.url, { node: known?.node ?? node, votes: (known?.votes ?? 0) + 1 });
    }
  }
  const ranked = [...byKey.values()].map((addresses) => [...addresses.values()].sort((a, b) => b.votes - a.votes));
  return Array.from({ length: MAX_ADDRESSES }, (_, rank) => rank).flatMap((rank) =>
    ranked.flatMap(({ [rank]: choice }) => {
      if (choice === undefined) return [];
      const { url, blsPubkey } = choice.node;
      return [{ url, ...(blsPubkey === undefined ? {} : { blsPubkey }) }];
    }),
  );
}

const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const) {
  PRIVATE.addSubnet(network, prefix);
}
for (const [network, prefix] of [
  // The last bits of these may be any IPv4 address.
  ["::", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["2002::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
] as const) {
  PRIVATE.addSubnet(network, prefix, "ipv6");
}

/** Whether an address is of one's own machine or network: a list from outside must not send anybody there. */
function isPrivate(ip: string): boolean {
  return PRIVATE.check(ip, isIP(ip) === 6 ? "ipv6" : "ipv4");
}

/** Whether the list itself comes from one's own machine or network. */
function isLocalSource(url: string): boolean {
  if (url.startsWith("ipc:")) return true;
  const address = isOmqUrl(url) ? parseOmqAddress(url) : undefined;
  const host = address && "host" in address ? address.host : new URL(url).hostname.replace(/^\[|\]$/g, "");
  return host === "localhost" || (isIP(host) !== 0 && isPrivate(host));
}

function bare(text: string): string {
  return text.replace(/^0x/, "").toLowerCase();
}
