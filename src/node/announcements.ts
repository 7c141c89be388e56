/**
 * Announcements: what a node says of itself every hour, signed with both of its keys, passed on from node to node. An announcement
 * is bound to the node's id in one contract on one chain; a newer one replaces an older one. From them a node knows where the
 * others are, and that they live.
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { z } from "zod";
import { bytesFromHex, hexFromBytes } from "../bls/index.ts";
import type { Hex } from "../bls/index.ts";
import { parseOmqAddress } from "../omq/index.ts";
import { verifyEd25519 } from "./keys.ts";
import type { LedgerNode } from "./ledgerTypes.ts";
import { word } from "./quorum/messages.ts";
import type { QuorumTags } from "./quorum/messages.ts";
import type { VerifyAggregate } from "./quorum/signatures.ts";

/** What is announced. */
export interface AnnouncementBody {
  /** The node's id in the contract. */
  readonly id: bigint;
  /** Where it answers: base URLs of HTTP, the preferred one first; behind them perhaps `curve://` addresses, over OxenMQ. */
  readonly urls: readonly string[];
  readonly version: string;
  /** Unix seconds by the node's clock. */
  readonly timestamp: number;
  /** Its newest block. */
  readonly height: number;
}

/** A signed announcement. */
export interface Announcement extends AnnouncementBody {
  /** 64 bytes. */
  readonly ed25519Signature: Hex;
  /** 128 bytes. */
  readonly blsSignature: Hex;
}

/** `tag || id (32) || Ed25519 key (32) || BLS key (64) || timestamp (32) || height (32) || keccak256(version, addresses) (32)` */
export function announcementMessage(
  tags: QuorumTags,
  body: AnnouncementBody,
  keys: Pick<LedgerNode, "ed25519Pubkey" | "blsPubkey">,
): Uint8Array {
  return concatBytes(
    tags.announcement,
    word(body.id),
    bytesFromHex(keys.ed25519Pubkey),
    bytesFromHex(keys.blsPubkey),
    word(BigInt(body.timestamp)),
    word(BigInt(body.height)),
    keccak_256(utf8ToBytes(JSON.stringify([body.version, body.urls]))),
  );
}

/** Whether both of a node's keys have signed an announcement. The cheap one is looked at first. */
export function verifyAnnouncement(
  announcement: Announcement,
  node: Pick<LedgerNode, "id" | "ed25519Pubkey" | "blsPubkey">,
  tags: QuorumTags,
  verifyAggregate: VerifyAggregate,
): boolean {
  if (announcement.id !== node.id) return false;
  const message = announcementMessage(tags, announcement, node);
  const signature = bytesFromHex(announcement.ed25519Signature);
  return (
    verifyEd25519(bytesFromHex(node.ed25519Pubkey), message, signature) &&
    verifyAggregate([node.blsPubkey], message, announcement.blsSignature)
  );
}

/** Signs one. */
export function announce(
  body: AnnouncementBody,
  keys: Pick<LedgerNode, "ed25519Pubkey" | "blsPubkey">,
  tags: QuorumTags,
  signEd25519: (message: Uint8Array) => Uint8Array,
  signBls: (message: Uint8Array) => Hex,
): Announcement {
  const message = announcementMessage(tags, body, keys);
  return { ...body, ed25519Signature: hexFromBytes(signEd25519(message)), blsSignature: signBls(message) };
}

const url = z
  .string()
  .max(200)
  .regex(/^https?:\/\/[^\s@?#]+$/)
  .refine((text) => URL.canParse(text));

/** Whether other nodes take a URL of HTTP for an address of this one. */
export function mayBeAnnounced(text: string): boolean {
  return url.safeParse(text).success;
}

/** An OxenMQ address with a key, in its one form. */
const omqUrl = z
  .string()
  .max(200)
  .regex(/^curve:\/\//)
  .refine((text) => {
    try {
      return parseOmqAddress(text).url === text;
    } catch {
      return false;
    }
  });

/** Addresses of one announcement at most. */
export const MAX_URLS = 4;

/** An announcement as it travels. */
export const announcementShape = z.object({
  id: z
    .string()
    .regex(/^(0|[1-9]\d{0,19})$/)
    .transform(BigInt),
  urls: z
    .array(z.union([url, omqUrl]))
    .min(1)
    .max(MAX_URLS)
    .refine(([first]) => url.safeParse(first).success),
  version: z.string().max(32),
  timestamp: z
    .number()
    .int()
    .positive()
    .max(2 ** 40),
  height: z
    .number()
    .int()
    .nonnegative()
    .max(2 ** 50),
  ed25519Signature: z
    .string()
    .regex(/^0x[0-9a-f]{128}$/)
    .transform((text) => text as Hex),
  blsSignature: z
    .string()
    .regex(/^0x[0-9a-f]{256}$/)
    .transform((text) => text as Hex),
});

/** The form in which it travels and is kept. */
export function announcementToWire(announcement: Announcement): Record<string, unknown> {
  return { ...announcement, id: announcement.id.toString() };
}

/** The host that a node announces first: its address, as far as others judge it. */
function hostOf({ urls }: Pick<AnnouncementBody, "urls">): string {
  const [first = ""] = urls;
  return URL.canParse(first) ? new URL(first).hostname : first;
}

/** A node's newest announcement, and when it came here. */
export interface Heard {
  readonly announcement: Announcement;
  /** Unix seconds by this node's clock. */
  readonly receivedAt: number;
  /** Time of the announcement that told another address than the one before it; null when none did. */
  readonly movedAt: number | null;
  /** Time of the last announcement from the address before. */
  readonly beforeAt: number | null;
}

/** The newest announcement of each node. */
export class AnnouncementBook {
  readonly #heard = new Map<bigint, Heard>();

  get size(): number {
    return this.#heard.size;
  }

  of(id: bigint): Heard | undefined {
    return this.#heard.get(id);
  }

  /** Whether an announcement would replace what is known; looked at before its signatures are. */
  isNews({ id, timestamp }: AnnouncementBody): boolean {
    return timestamp > (this.#heard.get(id)?.announcement.timestamp ?? 0);
  }

  /** Takes a verified announcement. @returns whether it is newer than what was known */
  add(announcement: Announcement, receivedAt: number): boolean {
    if (!this.isNews(announcement)) return false;
    const before = this.#heard.get(announcement.id);
    const hasMoved = before !== undefined && hostOf(before.announcement) !== hostOf(announcement);
    const move = hasMoved
      ? { movedAt: announcement.timestamp, beforeAt: before.announcement.timestamp }
      : { movedAt: before?.movedAt ?? null, beforeAt: before?.beforeAt ?? null };
    this.#heard.set(announcement.id, { announcement, receivedAt, ...move });
    return true;
  }

  /** Announcements that came at `since` or later. */
  since(since: number): Announcement[] {
    return [...this.#heard.values()]
      .filter(({ receivedAt }) => receivedAt >= since)
      .map(({ announcement }) => announcement);
  }

  /** Forgets nodes that are gone. */
  keep(isHeld: (id: bigint) => boolean): void {
    for (const id of this.#heard.keys()) if (!isHeld(id)) this.#heard.delete(id);
  }

  *[Symbol.iterator](): IterableIterator<Heard> {
    yield* this.#heard.values();
  }
}
