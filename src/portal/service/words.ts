import type { Logger } from "pino";
import { z } from "zod";
import { bytesFromHex } from "../../bls/index.ts";
import { CollectError, daemonAt } from "../../collect/index.ts";
import { readDepartures } from "../../collect/daemon/replies.ts";
import { ConnectionPool } from "../../collect/pool.ts";
import { askJson } from "../../collect/http.ts";
import { HttpWire } from "../../collect/httpWire.ts";
import { MAX_RECIPIENTS, prepareRequest } from "../../collect/request.ts";
import { announcementMessage, announcementShape } from "../../node/announcements.ts";
import { verifyEd25519 } from "../../node/keys.ts";
import type { LedgerNode } from "../../node/index.ts";
import type { QuorumTags } from "../../node/quorum/messages.ts";
import { bare } from "../index/index.ts";
import type { DepartingWord } from "./rules.ts";

/** How many are asked for what one would tell: one may be behind or lie. */
const SOURCES = 5;
const TIMEOUT_MS = 5_000;

/** Clocks differ by so much, seconds. */
const SKEW = 60;
/** Seconds after which everything is asked for again, whatever was heard: the one asked last may have kept something back. */
const ANEW = 600;

const announcements = z.object({ announcements: z.array(z.unknown()).max(20_000) });

/** What a daemon says of its own chain; fields that it leaves out stay undefined. */
export interface DaemonInfo {
  height?: number | undefined;
  hash?: string | undefined;
  immutableHeight?: number | undefined;
  immutableHash?: string | undefined;
  hardFork?: number | undefined;
  nettype?: string | undefined;
  version?: string | undefined;
  pulseTarget?: number | undefined;
}

/** Who is asked. */
export interface WordSources {
  /** Base URLs of nodes that speak HTTP. */
  nodes: () => Promise<readonly string[]>;
  /** A daemon, and directories, which are daemons too. */
  daemons: readonly string[];
  /** Whether the first of them is one of the network's own, whose chain heights are told. */
  daemon: boolean;
  /** Keys of a node that the contract holds, which its announcements are signed with; undefined for another. */
  keysOf: (id: bigint) => Pick<LedgerNode, "ed25519Pubkey" | "blsPubkey"> | undefined;
  tags: QuorumTags;
  /** Unix seconds of the newest block; 0 before there is one. */
  chainTime: () => number;
}

/**
 * What nodes and daemons say that no contract knows: who left the network, when somebody was last heard, what an address has earned.
 * Shown, never believed: what costs money is signed by the network and verified.
 */
export class Words {
  readonly #sources: WordSources;
  readonly #logger: Logger;
  readonly #pool = new ConnectionPool();
  readonly #wire: HttpWire;
  /** By BLS key; of each the first that told of it. */
  departing: ReadonlyMap<string, DepartingWord> = new Map();
  /** When a node announced itself last, by its id; unix seconds, signed by itself. */
  proofs = new Map<number, number>();
  daemon: DaemonInfo = {};
  #heardAt = 0;
  #heardAllAt = 0;
  #turn = 0;

  constructor(sources: WordSources, logger: Logger) {
    this.#sources = sources;
    this.#logger = logger;
    this.#wire = new HttpWire(this.#pool);
  }

  /** Asks anew. True when something changed that pages show. */
  async refresh(): Promise<boolean> {
    const [departing, heard] = await Promise.all([this.#askDeparting(), this.#askProofs(), this.#askDaemon()]);
    return departing || heard;
  }

  /** Lifetime rewards of an address (40 digits) by the nodes' word; see {@link lifetimes}. */
  async lifetime(address: string): Promise<bigint | undefined> {
    return (await this.lifetimes([address])).get(address);
  }

  /**
   * Lifetime rewards of addresses (40 digits each), by so many to a request: of what a few nodes say the middle one, of two the lower.
   * A single liar moves it no further than to what an honest node says. `undefined` for one that has no more than the record, and for
   * all of a request that nobody answers nothing.
   */
  async lifetimes(addresses: readonly string[]): Promise<Map<string, bigint | undefined>> {
    const found = new Map<string, bigint | undefined>();
    for (let i = 0; i < addresses.length; i += MAX_RECIPIENTS) {
      const part = addresses.slice(i, i + MAX_RECIPIENTS);
      const recipients = part.map((address) => `0x${address}`);
      const question = this.#wire.signing(prepareRequest({ kind: "rewards", recipients, height: "latest" }));
      const replies = await Promise.all(
        (await this.#some(3)).map(async (url) => {
          const reply = await question.ask({ url }, { timeoutMs: TIMEOUT_MS });
          // Nothing above the record, of nobody in this part.
          if (!reply.ok) return reply.reason === "nothing-to-sign" ? part.map(() => undefined) : undefined;
          try {
            return question.read(reply.body, { url }).amounts;
          } catch {
            return undefined;
          }
        }),
      );
      const answered = replies.filter((amounts) => amounts !== undefined);
      if (answered.length === 0) continue;
      for (const [at, address] of part.entries()) {
        const said = answered.map((amounts) => amounts[at] ?? 0n).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        const middle = said[(said.length - 1) >> 1] ?? 0n;
        found.set(address, middle === 0n ? undefined : middle);
      }
    }
    return found;
  }

  async close(): Promise<void> {
    await this.#wire.close();
    await this.#pool.destroy();
  }

  async #some(count: number): Promise<string[]> {
    const urls = await this.#sources.nodes().catch(() => []);
    const start = this.#turn++;
    return Array.from({ length: Math.min(count, urls.length) }, (_, i) => urls[(start + i) % urls.length] as string);
  }

  async #askDeparting(): Promise<boolean> {
    const urls = [...this.#sources.daemons, ...(await this.#some(SOURCES))].slice(0, SOURCES);
    const lists = await Promise.all(urls.map((url) => this.#call(url, "bls_exit_liquidation_list")));
    const votes = new Map<string, { word: DepartingWord; count: number }>();
    let answered = 0;
    for (const list of lists) {
      if (list === undefined) continue;
      try {
        const { entries } = readDepartures(list);
        answered++;
        for (const { blsPublicKey, type, height, liquidationHeight } of entries) {
          const key = bare(blsPublicKey);
          const known = votes.get(key);
          votes.set(key, { word: known?.word ?? { type, height, liquidationHeight }, count: (known?.count ?? 0) + 1 });
        }
      } catch (error) {
        if (!(error instanceof CollectError)) throw error;
        this.#logger.warn({ reason: error.message }, "a list of those that leave cannot be read");
      }
    }
    if (answered === 0) return false;
    const found = new Map<string, DepartingWord>();
    // More than half of those that answered.
    for (const [key, { word, count }] of votes) if (2 * count > answered) found.set(key, word);
    const changed =
      found.size !== this.departing.size ||
      [...found].some(([key, { type }]) => this.departing.get(key)?.type !== type);
    this.departing = found;
    return changed;
  }

  async #askProofs(): Promise<boolean> {
    const [url] = await this.#some(1);
    if (url === undefined) return false;
    const now = Math.floor(Date.now() / 1_000);
    const all = now - this.#heardAllAt > ANEW;
    const since = all ? 0 : this.#heardAt - SKEW;
    const reply = await askJson(this.#pool, `${url}/v1/announcements?since=${since}`, undefined, {
      timeoutMs: TIMEOUT_MS,
      maxBytes: 16_000_000,
    });
    const parsed = reply.ok ? announcements.safeParse(reply.body) : undefined;
    if (!parsed?.success) return false;
    this.#heardAt = now;
    if (all) this.#heardAllAt = now;
    // A local chain's clock may be ahead.
    const latest = Math.max(now, this.#sources.chainTime()) + SKEW;
    const newer = parsed.data.announcements.filter((item) => this.#hear(item, latest));
    return newer.length > 0;
  }

  /** Takes an announcement that is newer than what is known and signed with the key that the contract has of the node. */
  #hear(item: unknown, latest: number): boolean {
    const parsed = announcementShape.safeParse(item);
    if (!parsed.success) return false;
    const { id, timestamp, ed25519Signature } = parsed.data;
    if (timestamp > latest || timestamp <= (this.proofs.get(Number(id)) ?? 0)) return false;
    const keys = this.#sources.keysOf(id);
    if (!keys) return false;
    const message = announcementMessage(this.#sources.tags, parsed.data, keys);
    if (!verifyEd25519(bytesFromHex(keys.ed25519Pubkey), message, bytesFromHex(ed25519Signature))) return false;
    this.proofs.set(Number(id), timestamp);
    return true;
  }

  async #askDaemon(): Promise<void> {
    const [url] = this.#sources.daemons;
    if (url === undefined || !this.#sources.daemon) return;
    const info = (await this.#call(url, "get_info")) as Record<string, unknown> | undefined;
    if (info === undefined || typeof info !== "object") return;
    const number = (name: string) => {
      const value = info[name];
      const found = typeof value === "bigint" ? Number(value) : value;
      return typeof found === "number" && Number.isSafeInteger(found) && found >= 0 ? found : undefined;
    };
    const hash = (name: string) => {
      const value = info[name];
      return typeof value === "string" && /^(0x)?[0-9a-f]{64}$/i.test(value) ? bare(value) : undefined;
    };
    const text = (name: string) => (typeof info[name] === "string" ? info[name].slice(0, 32) : undefined);
    this.daemon = {
      height: number("height"),
      hash: hash("top_block_hash"),
      immutableHeight: number("immutable_height"),
      immutableHash: hash("immutable_block_hash"),
      hardFork: number("hard_fork"),
      nettype: text("nettype"),
      version: text("version"),
      pulseTarget: number("pulse_target_timestamp"),
    };
  }

  async #call(url: string, method: string): Promise<unknown> {
    const daemon = daemonAt(url, { dispatcher: this.#pool });
    try {
      return await daemon.call(method, {}, { timeoutMs: TIMEOUT_MS });
    } catch (error) {
      if (error instanceof CollectError) return undefined;
      throw error;
    } finally {
      await daemon.close();
    }
  }
}
