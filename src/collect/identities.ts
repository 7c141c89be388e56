import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { bytesFromHex } from "../bls/index.ts";
import type { RewardsContract } from "../chain/contracts.ts";
import type { NodeEntry, NodeSet } from "../chain/nodeSet.ts";
import { OmqError, x25519FromEd25519 } from "../omq/index.ts";
import type { Identities } from "./bind.ts";

/** Nodes read at once: the transport puts them into one call. */
const AT_ONCE = 200;

const kept = z.object({ format: z.literal("session-identities-1"), nodes: z.record(z.string(), z.string()) });

/**
 * Reads which Ed25519 key each of the contract's nodes has, and from it its X25519 key. A node keeps both as long as it is
 * registered, so each is read once, and kept in a file between runs if there is one to keep them in.
 *
 * @param path - One file a contract and chain.
 */
export function identityReader(rewards: RewardsContract, path?: string): (set: NodeSet) => Promise<Identities> {
  /** X25519 keys, 64 hex digits, by {@link nameOf}; empty for an Ed25519 key that is no point. */
  let known: Map<string, string> | undefined;
  return async (set) => {
    known ??= new Map(path === undefined ? [] : await load(path));
    const missing = set.nodes.filter((node) => !known?.has(nameOf(node)));
    for (let start = 0; start < missing.length; start += AT_ONCE) {
      const part = missing.slice(start, start + AT_ONCE);
      const read = await Promise.all(part.map(({ id }) => rewards.serviceNodes(id, { blockTag: set.block })));
      part.forEach((node, i) => known?.set(nameOf(node), x25519Of(read[i]?.ed25519Pubkey ?? 0n)));
    }
    if (missing.length > 0 && path !== undefined) await save(path, set.nodes, known);
    return new Map(set.nodes.map((node) => [known?.get(nameOf(node)) ?? "", node.hex]));
  };
}

/** An id is never given twice, but a chain can be taken back: the key is part of the name. */
function nameOf({ id, hex }: NodeEntry): string {
  return `${id}:${hex.slice(2, 34)}`;
}

function x25519Of(ed25519Pubkey: bigint): string {
  try {
    const key = bytesFromHex(ed25519Pubkey.toString(16).padStart(64, "0"));
    return Buffer.from(x25519FromEd25519(key)).toString("hex");
  } catch (error) {
    // Registered with something that is no key: nobody can answer for it.
    if (error instanceof OmqError) return "";
    throw error;
  }
}

async function load(path: string): Promise<[string, string][]> {
  try {
    return Object.entries(kept.parse(JSON.parse(await readFile(path, "utf8"))).nodes);
  } catch {
    return [];
  }
}

async function save(path: string, nodes: readonly NodeEntry[], known: ReadonlyMap<string, string>): Promise<void> {
  const entries = nodes.map((node) => [nameOf(node), known.get(nameOf(node)) ?? ""]);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(
      `${path}.${process.pid}`,
      JSON.stringify({ format: "session-identities-1", nodes: Object.fromEntries(entries) }),
      {
        mode: 0o600,
      },
    );
    await rename(`${path}.${process.pid}`, path);
  } catch {
    // What cannot be kept is read again next time.
  }
}
