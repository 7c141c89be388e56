/**
 * Tests of the peers: every tick the node asks some peers in turn, and all that failed last time, for an Ed25519 signature over a
 * random challenge. What is learnt stays here: it is what this node votes by when it is drawn, and it judges nobody by itself.
 *
 * Addresses come from announcements, and until there is one from the list of seeds. A node that has announced none fails as a silent
 * one does. Nodes that unlocked are off the network and are not tested any more.
 */
import { randomBytes } from "node:crypto";
import { Agent, request } from "undici";
import { z } from "zod";
import { hexFromBytes } from "../bls/index.ts";
import type { Hex } from "../bls/index.ts";
import type { Clock } from "./clock.ts";
import type { Ledger } from "./ledger.ts";
import type { LedgerNode } from "./ledgerTypes.ts";
import type { NodeParams } from "./params.ts";
import { verifyUptime } from "./proof.ts";
import { unlocksAt } from "./rights.ts";

/** Where another node answers: a seed, from which the addresses of all others are learnt. */
export interface Peer {
  /** Base URL of the peer's HTTP server. */
  readonly url: string;
  /** 32 bytes, 0x hex, where it is known. */
  readonly ed25519Pubkey?: string | undefined;
}

/** Asks one peer for its uptime proof; resolves to whether it gave a good one. Never rejects. */
export type PeerTest = (
  peer: { readonly url: string; readonly ed25519Pubkey: string },
  node: LedgerNode,
) => Promise<boolean>;

export interface PeerMonitorDependencies {
  readonly params: NodeParams;
  readonly clock: Clock;
  readonly test: PeerTest;
  /** The ledger as it stands, or undefined before the chain was read. */
  readonly ledger: () => Ledger | undefined;
  /** This node's own key: it does not test itself. */
  readonly ed25519Pubkey: string;
  /** Where a node says that it answers. */
  readonly urlOf: (node: LedgerNode) => string | undefined;
}

/** What this node has seen of a peer itself. Unix seconds, null for never. */
export interface Reachability {
  readonly lastSeen: number | null;
  /** First failed test since the last good one; null while it answers, or was never tested. */
  readonly unreachableSince: number | null;
}

const UNTESTED: Reachability = { lastSeen: null, unreachableSince: null };

export class PeerMonitor {
  readonly #deps: PeerMonitorDependencies;
  /** By node id, so that a key that is registered anew starts anew. */
  readonly #seen = new Map<bigint, Reachability>();
  #next = 0;

  constructor(dependencies: PeerMonitorDependencies) {
    this.#deps = dependencies;
  }

  of(id: bigint): Reachability {
    return this.#seen.get(id) ?? UNTESTED;
  }

  /** The nodes that are to answer tests. */
  testable(): LedgerNode[] {
    const { clock, ed25519Pubkey, ledger, params } = this.#deps;
    const now = clock.now();
    return [...(ledger()?.nodes() ?? [])].filter((node) => {
      if (node.ed25519Pubkey === ed25519Pubkey || !node.signed) return false;
      const unlock = unlocksAt(node, params);
      return unlock === null || now < unlock;
    });
  }

  /** Tests `count` peers, in turn, and all that failed last time. */
  async test(count: number): Promise<void> {
    const nodes = this.testable();
    this.#forgetDeparted();
    const chosen = new Set(nodes.filter(({ id }) => this.of(id).unreachableSince !== null));
    for (let index = 0; index < Math.min(count, nodes.length); index++) {
      const node = nodes[(this.#next + index) % nodes.length];
      if (node !== undefined) chosen.add(node);
    }
    this.#next = nodes.length === 0 ? 0 : (this.#next + Math.min(count, nodes.length)) % nodes.length;
    await this.testNodes([...chosen]);
  }

  /** Tests these nodes now. */
  async testNodes(nodes: readonly LedgerNode[]): Promise<void> {
    await Promise.all(nodes.map((node) => this.#testOne(node)));
  }

  async #testOne(node: LedgerNode): Promise<void> {
    const { clock, test, urlOf } = this.#deps;
    const url = urlOf(node);
    const passed = url !== undefined && (await test({ url, ed25519Pubkey: node.ed25519Pubkey }, node));
    const now = clock.now();
    const before = this.of(node.id);
    this.#seen.set(
      node.id,
      passed
        ? { lastSeen: now, unreachableSince: null }
        : { lastSeen: before.lastSeen, unreachableSince: before.unreachableSince ?? now },
    );
  }

  #forgetDeparted(): void {
    const held = new Set([...(this.#deps.ledger()?.nodes() ?? [])].map(({ id }) => id));
    for (const id of this.#seen.keys()) if (!held.has(id)) this.#seen.delete(id);
  }
}

const proofReply = z.object({
  blsPubkey: z.string(),
  ed25519Pubkey: z.string(),
  proof: z.object({ timestamp: z.number().int().nonnegative(), signature: z.string().regex(/^0x[0-9a-fA-F]{128}$/) }),
});

export interface HttpPeerTestOptions {
  readonly chainId: bigint;
  readonly contract: string;
  readonly timeoutMs: number;
}

const MAX_REPLY_BYTES = 16_384;

/** The test over HTTP: `GET /v1/info?challenge=...`. Connections are pooled; `close` ends them. */
export function httpPeerTest(options: HttpPeerTestOptions): { test: PeerTest; close: () => Promise<void> } {
  const { chainId, contract, timeoutMs } = options;
  const agent = new Agent({
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: MAX_REPLY_BYTES,
  });

  const test: PeerTest = async (peer, node) => {
    try {
      const challenge = hexFromBytes(randomBytes(32));
      // Appended, not resolved: a node may live under a path of its host.
      const response = await request(`${peer.url.replace(/\/+$/, "")}/v1/info?challenge=${challenge}`, {
        dispatcher: agent,
        signal: AbortSignal.timeout(timeoutMs),
      });
      const reply = proofReply.parse(await response.body.json());
      const subject = { chainId, contract, challenge, timestamp: reply.proof.timestamp };
      // The random challenge makes it fresh; the peer's clock is its own business.
      return verifyUptime(
        { ...subject, ed25519Pubkey: node.ed25519Pubkey, blsPubkey: node.blsPubkey },
        reply.proof.signature as Hex,
      );
    } catch {
      // Refused, slow, too large, garbage: whatever it is, it is no proof.
      return false;
    }
  };
  return { test, close: () => agent.destroy() };
}
