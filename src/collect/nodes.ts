import type { Hex } from "../bls/index.ts";
import { BlsError, normalizeHex, publicKeyFromHex, publicKeyToHex } from "../bls/index.ts";
import { withoutUsers } from "../chain/transport/users.ts";
import { isOmqUrl, parseOmqAddress } from "../omq/index.ts";
import { readText } from "../settings/text.ts";
import { CollectError } from "./errors.ts";

/** Where a node answers. */
export interface NodeEndpoint {
  /**
   * Base URL, e.g. `http://127.0.0.1:7101` (a path prefix is kept); or an OxenMQ listener, e.g. `curve://192.0.2.1:22025/` and the 64
   * hex digits of its X25519 key.
   */
  url: string;
  /** Its BLS key, 0x and 128 hex digits, when known beforehand: silence can then be put to its id, and it cannot pose as another. */
  blsPubkey?: string;
}

/** @throws CollectError `bad-request` for anything but http, https and OxenMQ's addresses */
export function parseNodeUrls(text: string): NodeEndpoint[] {
  return text
    .split(/[\s,]+/)
    .filter((part) => part !== "")
    .map((url) => ({ url: checkUrl(url) }));
}

/** How a key of a node is called: by us, and by the daemons of today and before. */
const KEY_NAMES = ["blsPubkey", "bls_pubkey", "pubkey_bls", "bls_public_key"] as const;

/**
 * Reads a nodes file: a JSON array of URLs, of `{ url, blsPubkey }`, or an object with such an array under `nodes`; or plain text
 * with one URL a line (`#` starts a comment). Keys are 128 hex digits in any case, with or without 0x.
 *
 * @throws CollectError `bad-request` naming the entry
 */
export async function readNodesFile(path: string): Promise<NodeEndpoint[]> {
  let text: string;
  try {
    text = await readText(path);
  } catch (cause) {
    throw new CollectError("bad-request", `Cannot read the nodes file ${path}.`, { path }, cause);
  }
  if (!/^\s*[[{]/.test(text)) return parseNodeUrls(text.replace(/#.*$/gm, ""));

  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new CollectError("bad-request", `${path} is not valid JSON.`, { path }, cause);
  }
  const list = Array.isArray(parsed) ? parsed : (parsed as { nodes?: unknown }).nodes;
  if (!Array.isArray(list)) throw new CollectError("bad-request", `${path} holds no list of nodes.`, { path });
  return list.map((entry: unknown, i) => {
    if (typeof entry === "string") return { url: checkUrl(entry) };
    const fields = (entry ?? {}) as Record<string, unknown>;
    const { url } = fields;
    if (typeof url !== "string") throw new CollectError("bad-request", `${path}: node ${i + 1} has no url.`, { path });
    const name = KEY_NAMES.find((candidate) => fields[candidate] !== undefined && fields[candidate] !== null);
    if (name === undefined) return { url: checkUrl(url) };
    return { url: checkUrl(url), blsPubkey: checkKey(fields[name], `${path}: node ${i + 1}: ${name}`) };
  });
}

/** On the curve, and in the one form that keys are compared in. */
function checkKey(value: unknown, name: string): Hex {
  try {
    return publicKeyToHex(publicKeyFromHex(normalizeHex(String(value).trim(), name, 64)));
  } catch (cause) {
    if (!(cause instanceof BlsError)) throw cause;
    const why = cause.message.startsWith(name) ? cause.message : `${name}: ${cause.message}`;
    throw new CollectError("bad-request", `${why}.`, {}, cause);
  }
}

function checkUrl(text: string): string {
  if (isOmqUrl(text)) {
    try {
      return parseOmqAddress(text).url;
    } catch (cause) {
      throw new CollectError("bad-request", (cause as Error).message, {}, cause);
    }
  }
  try {
    const url = new URL(text);
    if (url.protocol === "http:" || url.protocol === "https:") return text.replace(/\/+$/, "");
  } catch {
    // Refused below.
  }
  throw new CollectError("bad-request", `"${withoutUsers(text)}" is not the URL of a node.`);
}
