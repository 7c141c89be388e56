import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { deriveTags } from "../../bls/index.ts";
import { presetOfChain, probeFeatures } from "../../chain/index.ts";
import { deriveQuorumTags } from "../../node/quorum/messages.ts";
import type { AppState, Health } from "../api/index.ts";
import { bare, ChainSource, Follower, Indexer, migrate } from "../index/index.ts";
import type { Database } from "../index/index.ts";
import { Collections } from "./collections.ts";
import { Days } from "./days.ts";
import { Earnings } from "./earnings.ts";
import { readFigures } from "./figures.ts";
import type { Contracts, Figures } from "./figures.ts";
import { createMetrics } from "./metrics.ts";
import { PortalError } from "./refusal.ts";
import { Registrations } from "./registrations.ts";
import { rulesOf } from "./rules.ts";
import { Snapshots } from "./snapshot.ts";
import type { Source } from "./sources.ts";
import { Words } from "./words.ts";

/** What the service serves, besides where. */
export interface PortalOptions {
  networkName: string;
  chainId: bigint;
  explorer: string | undefined;
  /** A read endpoint for visitors' pages; none is told by default: an endpoint's address may hold a key. */
  pageRpc: string | undefined;
  lens: string | undefined;
  fromBlock: number | undefined;
  vesting: readonly string[];
  /** Whether this process indexes when nobody else does. */
  index: boolean;
  pollMs: number;
  /** Collections at once. */
  mostCollections: number;
  /** Seconds of lag from which on figures are stale. */
  stale: number;
  version: string;
}

export interface PortalDependencies {
  db: Database;
  contracts: Contracts;
  source: Source | undefined;
  /** JSON-RPC of daemons, and whether the first tells the heights of its own chain. */
  daemons: readonly string[];
  daemon: boolean;
  logger: Logger;
}

/** How often nodes are asked for what they only say. */
const WORDS_MS = 10_000;
/** While the index is far behind, the contract's figures are read at the newest block, so seldom. */
const BEHIND_BLOCKS = 5_000;
const BEHIND_MS = 15_000;

/** The portal without its HTTP face: index, figures, words of the nodes, collections; kept up in the background. */
export class Portal {
  readonly options: PortalOptions;
  readonly deps: PortalDependencies;
  readonly follower: Follower;
  readonly snapshots: Snapshots;
  readonly collections: Collections;
  readonly registrations: Registrations;
  readonly earnings: Earnings;
  readonly words: Words;
  readonly metrics = createMetrics();
  readonly tags;
  readonly indexer: Indexer;
  readonly source: ChainSource;
  features: readonly string[] = [];
  deployed: number | null = null;
  #figures: Figures | undefined;
  #figuresAt = 0;
  readonly #days: Days;
  #leads = false;
  readonly #ending = new AbortController();
  #loops: Promise<void>[] = [];
  #wake: (() => void) | undefined;

  constructor(options: PortalOptions, dependencies: PortalDependencies) {
    const { db, contracts, source, logger } = dependencies;
    const { addresses } = contracts;
    this.options = options;
    this.deps = dependencies;
    this.tags = deriveTags({ chainId: options.chainId, contract: addresses.rewards });
    this.follower = new Follower(db);
    this.source = new ChainSource(contracts.provider, bare(addresses.rewards));
    this.registrations = new Registrations(db);
    this.earnings = new Earnings(this.follower);
    this.words = new Words(
      {
        nodes: () => source?.httpNodes() ?? Promise.resolve([]),
        daemons: dependencies.daemons,
        daemon: dependencies.daemon,
        keysOf: (id) => {
          const node = this.follower.state.held.has(Number(id)) ? this.follower.state.nodes.get(Number(id)) : undefined;
          return node && { ed25519Pubkey: `0x${node.ed25519}`, blsPubkey: `0x${node.bls}` };
        },
        tags: deriveQuorumTags({ chainId: options.chainId, contract: addresses.rewards }),
        chainTime: () => this.follower.head?.timestamp ?? 0,
      },
      logger,
    );
    this.indexer = new Indexer(
      {
        chainId: options.chainId,
        rewards: bare(addresses.rewards),
        pool: bare(addresses.pool),
        token: bare(addresses.token),
        factory: addresses.factory === undefined ? undefined : bare(addresses.factory),
        vesting: options.vesting,
        fromBlock: options.fromBlock,
        pollMs: options.pollMs,
      },
      { source: this.source, follower: this.follower, logger, onChange: () => this.#wake?.() },
    );
    this.#days = new Days({ follower: this.follower, words: this.words, earnings: this.earnings, logger });
    this.snapshots = new Snapshots({
      follower: this.follower,
      words: this.words,
      chainId: options.chainId,
      version: options.version,
      figures: () => this.#figures,
    });
    const { roundSeconds } = rulesOf(options.chainId).rules;
    const rewardsMs = Math.max(5_000, roundSeconds * 1_000);
    this.collections = new Collections(
      { most: options.mostCollections, roundSeconds, rewardsMs, marginSeconds: 120 },
      {
        source,
        chain: () => this.figures,
        recorded: (recipient) => this.follower.state.recipients.get(bare(recipient))?.recorded ?? 0n,
        onEnd: (kind, outcome, seconds) => this.metrics.collections.observe({ kind, outcome }, seconds),
      },
    );
  }

  /** The contract's figures. @throws PortalError `starting` before they were read */
  get figures(): Figures & { block: number } {
    if (this.#figures) return this.#figures;
    throw starting();
  }

  /** @throws PortalError `starting` before there is anything to serve */
  requireReady(): void {
    if (!this.snapshots.ready) throw starting();
  }

  get leads(): boolean {
    return this.#leads;
  }

  /** Opens the tables, and starts everything that runs in the background. @throws Error when the database is of another network */
  async start(): Promise<void> {
    const { db, contracts } = this.deps;
    await migrate(db);
    const name = `${this.options.chainId}:${bare(contracts.addresses.rewards)}`;
    const known = await this.follower.store.setting("network");
    if (known !== undefined && known !== name) {
      throw new Error(
        `the database is of another network (chain and contract ${known}): give another folder or database`,
      );
    }
    await this.follower.store.set("network", name);
    await this.follower.follow();
    this.features = [...(await probeFeatures(contracts.provider, contracts.addresses.rewards))].sort();
    this.#loops = [this.#follow(), this.#keepFigures(), this.#keepWords(), this.#keepDays()];
    if (this.options.index) this.#loops.push(this.#index());
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    this.#wake?.();
    await this.collections.close();
    await Promise.allSettled(this.#loops);
    await this.words.close();
    await this.deps.db.close();
  }

  /** Where the index stands against the chain, and what it does not know. */
  chain(): Pick<AppState["head"], "chainHead" | "lagSeconds" | "complete" | "missing"> {
    const { head, gaps } = this.follower;
    const missing = gaps.map(({ what }) => what);
    if (!head) return { chainHead: 0, lagSeconds: 0, complete: false, missing: ["Nothing is indexed yet."] };
    const behind = head.chainHead - head.block;
    // Two looks, and the second that the clock of the index is cut to: no silence yet.
    const silent = Math.max(0, Date.now() / 1_000 - head.checkedAt - this.options.pollMs / 500 - 2);
    const pace = this.snapshots.ready ? this.snapshots.moment.secondsPerBlock : 1;
    if (behind > 0)
      missing.push(`Events after block ${head.block} are still being read; the chain is at ${head.chainHead}.`);
    return {
      chainHead: head.chainHead,
      lagSeconds: Math.round(behind * pace + silent),
      complete: missing.length === 0,
      missing,
    };
  }

  health(): Health {
    const { head } = this.follower;
    const { lagSeconds } = this.chain();
    const problems: string[] = [];
    if (!this.snapshots.ready) problems.push("The index has nothing to serve yet.");
    else if (lagSeconds > this.options.stale) problems.push(`The index is ${lagSeconds} s behind the chain.`);
    else if (head && presetOfChain(this.options.chainId)) {
      // A live chain has a new block every second; a local one may stand still.
      const age = Math.floor(Date.now() / 1_000) - head.timestamp;
      if (age > this.options.stale) problems.push(`The endpoint's newest block is ${age} s old.`);
    }
    return {
      ok: problems.length === 0,
      block: head?.block ?? null,
      lagSeconds: head ? lagSeconds : null,
      database: this.deps.db.kind,
      indexing: this.#leads,
      problems,
    };
  }

  updateMetrics(): void {
    const { metrics, follower, indexer } = this;
    metrics.block.set(follower.head?.block ?? 0);
    metrics.lag.set(this.chain().lagSeconds);
    metrics.events.set(follower.state.events);
    metrics.rollBacks.set(indexer.rollBacks);
    metrics.failures.set(indexer.failures);
    metrics.leads.set(this.#leads ? 1 : 0);
    metrics.running.set(this.collections.running);
    metrics.shared.set(this.collections.shared);
    metrics.nodes.set(follower.state.held.size);
  }

  // ── In the background ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Indexes whenever nobody else does; on a shared server another process may take over when this one ends. */
  async #index(): Promise<void> {
    const { db, logger } = this.deps;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const lost = new AbortController();
      const leads = await db
        .lead(() => lost.abort())
        .catch((error: unknown) => {
          logger.warn({ err: error }, "cannot ask who indexes");
          return false;
        });
      if (leads) {
        logger.info("this process indexes");
        const ending = AbortSignal.any([signal, lost.signal]);
        if (await this.#catchUp(ending)) {
          this.#leads = true;
          await this.indexer.run(ending);
          this.#leads = false;
        }
      }
      await this.#pause(5_000);
    }
  }

  /** Another process may have gone on since: nothing is written on what is not known to be the newest. */
  async #catchUp(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      try {
        await this.follower.follow();
        return true;
      } catch (error) {
        this.deps.logger.warn({ err: error }, "the database cannot be read");
        await this.#pause(5_000);
      }
    }
    return false;
  }

  /** Where another process indexes: looks for what it has written. */
  async #follow(): Promise<void> {
    const { logger } = this.deps;
    while (!this.#ending.signal.aborted) {
      await this.#pause(Math.min(this.options.pollMs, 1_000));
      if (this.#leads || this.#ending.signal.aborted) continue;
      try {
        const before = this.follower.version;
        await this.follower.follow();
        if (this.follower.version !== before) this.#wake?.();
      } catch (error) {
        logger.warn({ err: error }, "the database cannot be read");
        await this.#pause(5_000);
      }
    }
  }

  async #keepFigures(): Promise<void> {
    const { logger } = this.deps;
    while (!this.#ending.signal.aborted) {
      try {
        await this.#readFigures();
      } catch (error) {
        if (this.#ending.signal.aborted) return;
        logger.warn({ err: error }, "the contract's figures cannot be read");
        await this.#pause(5_000);
      }
      await this.#changed(this.options.pollMs);
    }
  }

  async #readFigures(): Promise<void> {
    const { head, state } = this.follower;
    if (!head) return;
    const known = this.#figures;
    if (this.deployed === null) {
      const deployed = await this.follower.store.setting("deployed");
      if (deployed !== undefined) this.deployed = Number(deployed);
    }
    const behind = head.chainHead - head.block > BEHIND_BLOCKS;
    // The index begins before the contract does.
    if (!behind && this.deployed !== null && head.block < this.deployed) return;
    if (behind ? performance.now() - this.#figuresAt < BEHIND_MS && known : known?.keys?.hash === head.hash) return;
    const { block, hash, timestamp } = behind ? await this.source.header("latest") : head;
    const list = [...state.held].map((id) => [id, state.nodes.get(id)?.bls ?? ""] as [number, string]);
    this.#figures = await readFigures(this.deps.contracts, block, timestamp, behind ? undefined : { hash, list });
    this.#figuresAt = performance.now();
    this.snapshots.touch();
  }

  async #keepWords(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      try {
        if (await this.words.refresh()) this.snapshots.touch();
      } catch (error) {
        this.deps.logger.warn({ err: error }, "the nodes cannot be asked");
      }
      await this.#pause(WORDS_MS);
    }
  }

  async #keepDays(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      try {
        if (this.#leads && this.snapshots.ready) await this.#days.ask(this.#ending.signal);
      } catch (error) {
        this.deps.logger.warn({ err: error }, "the day's figures cannot be kept");
      }
      await this.#pause(Math.min(WORDS_MS, 20 * this.options.pollMs));
    }
  }

  /** Until the index changes, so many milliseconds at most; several changes at once are one. */
  async #changed(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#ending.signal }).catch(() => undefined);
  }
}

function starting(): PortalError {
  return new PortalError(503, "starting", "The service is starting: its index has nothing to serve yet.", {
    retryAfter: 5,
  });
}
