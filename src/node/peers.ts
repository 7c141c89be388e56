/**
 * Tests of the peers: every tick some of them, in turn, and all that failed last time, are asked for an uptime proof. What is
 * learnt stays here: it decides which liquidations this node signs, and no reward (observations differ between honest nodes,
 * rewards must not).
 *
 * Peers' addresses come from configuration. A node that the contract holds and no address is known of cannot be tested and is left
 * alone. Nodes that unlocked are off the network and are not tested any more.
 */
import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
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
import { Standing } from "./standing.ts";
import type { StandingState } from "./standing.ts";

/** Where another node answers. */
export interface Peer {
  /** Base URL of the peer's HTTP server. */
  readonly url: string;
  /** 32 bytes, 0x hex. */
  readonly ed25519Pubkey: string;
}

/** Asks one peer for its uptime proof; resolves to whether it gave a good one. Never rejects. */
export type PeerTest = (peer: Peer, node: LedgerNode) => Promise<boolean>;

export interface PeerMonitorDependencies {
  readonly params: NodeParams;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly test: PeerTest;
  /** The ledger as it stands, or undefined before the chain was read. */
  readonly ledger: () => Ledger | undefined;
  /** This node's own key: it does not test itself. */
  readonly ed25519Pubkey: string;
}

/** What a node thinks of one peer. Times in unix seconds, null for never. */
export interface PeerReport {
  readonly id: bigint;
  readonly blsPubkey: Hex;
  readonly state: StandingState;
  readonly lastSeen: number | null;
  readonly deregisteredAt: number | null;
}

export class PeerMonitor {
  readonly #deps: PeerMonitorDependencies;
  readonly #urls = new Map<string, string>();
  /** By node id, so that a key that is registered anew starts anew. */
  readonly #standings = new Map<bigint, { standing: Standing; failed: boolean }>();
  #next = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(dependencies: PeerMonitorDependencies) {
    this.#deps = dependencies;
  }

  /** Replaces the list of known addresses. */
  setPeers(peers: readonly Peer[]): void {
    this.#urls.clear();
    for (const { url, ed25519Pubkey } of peers) this.#urls.set(ed25519Pubkey.toLowerCase(), url);
  }

  /** Where the contract's nodes answer, as far as is known; `own` is this node's own address. */
  endpoints(own: Peer): { url: string; blsPubkey: Hex }[] {
    return [...(this.#deps.ledger()?.nodes() ?? [])].flatMap(({ ed25519Pubkey, blsPubkey }) => {
      const url = ed25519Pubkey === own.ed25519Pubkey ? own.url : this.#urls.get(ed25519Pubkey);
      return url === undefined ? [] : [{ url, blsPubkey }];
    });
  }

  start(): void {
    const tick = async (): Promise<void> => {
      await (this.#running ??= this.#tick(this.#deps.params.testsPerTick).finally(() => {
        this.#running = undefined;
      }));
      this.#timer = this.#timer && setTimeout(tick, this.#deps.params.testIntervalMs).unref();
    };
    this.#timer = setTimeout(tick, this.#deps.params.testIntervalMs).unref();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#running;
  }

  /** Tests all peers once, now. */
  async testAll(): Promise<void> {
    await this.#running;
    await this.#tick(Number.POSITIVE_INFINITY);
  }

  deregisteredAt(id: bigint): number | null {
    return this.#standings.get(id)?.standing.deregisteredAt ?? null;
  }

  report(): PeerReport[] {
    return this.#testable().map((node) => {
      const standing = this.#standings.get(node.id)?.standing;
      return {
        id: node.id,
        blsPubkey: node.blsPubkey,
        state: standing?.state ?? "active",
        lastSeen: standing?.lastSeen ?? null,
        deregisteredAt: standing?.deregisteredAt ?? null,
      };
    });
  }

  #testable(): LedgerNode[] {
    const { clock, ed25519Pubkey, ledger, params } = this.#deps;
    const now = clock.now();
    return [...(ledger()?.nodes() ?? [])].filter((node) => {
      if (node.ed25519Pubkey === ed25519Pubkey || !this.#urls.has(node.ed25519Pubkey)) return false;
      const unlock = unlocksAt(node, params);
      return unlock === null || now < unlock;
    });
  }

  async #tick(count: number): Promise<void> {
    const ledger = this.#deps.ledger();
    if (ledger === undefined) return;
    const nodes = this.#testable();
    this.#forgetDeparted(ledger);

    const chosen = new Set(nodes.filter(({ id }) => this.#standings.get(id)?.failed));
    for (let index = 0; index < Math.min(count, nodes.length); index++) {
      const node = nodes[(this.#next + index) % nodes.length];
      if (node !== undefined) chosen.add(node);
    }
    this.#next = nodes.length === 0 ? 0 : (this.#next + Math.min(count, nodes.length)) % nodes.length;

    await Promise.all([...chosen].map((node) => this.#testOne(node)));
  }

  async #testOne(node: LedgerNode): Promise<void> {
    const { clock, logger, params, test } = this.#deps;
    const url = this.#urls.get(node.ed25519Pubkey);
    if (url === undefined) return;
    const passed = await test({ url, ed25519Pubkey: node.ed25519Pubkey }, node);

    const record = this.#standings.get(node.id) ?? { standing: new Standing(params, node.addedAt), failed: false };
    this.#standings.set(node.id, record);
    const before = record.standing.deregisteredAt;
    record.standing.record(passed, clock.now());
    record.failed = !passed;
    if (before === null && record.standing.deregisteredAt !== null) {
      logger.warn({ id: node.id.toString(), at: record.standing.deregisteredAt }, "peer deregistered");
    }
  }

  #forgetDeparted(ledger: Ledger): void {
    const held = new Set([...ledger.nodes()].map(({ id }) => id));
    for (const id of this.#standings.keys()) if (!held.has(id)) this.#standings.delete(id);
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
