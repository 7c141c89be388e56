/**
 * The node's own view of the chain: reads what happened since the last look and feeds it to the ledger, at one consistent tip.
 *
 * Trusted: the JSON-RPC endpoint (run your own). Not trusted: its timing. Reads are pinned to block hashes, the tip's hash is read
 * again after each range, and when blocks were taken back the ledger returns to its last checkpoint that is still on the chain.
 */
import type { Logger } from "pino";
import { EndpointError } from "../chain/transport/index.ts";
import type { Contracts } from "./contracts.ts";
import { LEDGER_TOPICS } from "./contracts.ts";
import { Audit, LedgerMismatchError } from "./audit.ts";
import { Ledger } from "./ledger.ts";
import type { LedgerEvent } from "./ledgerTypes.ts";
import type { NodeParams } from "./params.ts";
import { BlockGoneError } from "./rpc.ts";
import type { Header, Rpc, RpcLog } from "./rpc.ts";

export interface ChainViewOptions {
  readonly params: NodeParams;
  /** Address of the ServiceNodeRewards proxy. */
  readonly contract: string;
  /** Height that the ledger starts from: the block of the contract's deployment, or any before it. */
  readonly genesisHeight: number;
  /** A ledger of an earlier run, to go on from if its tip is still on the chain. */
  readonly restored?: Ledger | undefined;
}

export interface ChainViewDependencies {
  readonly rpc: Rpc;
  readonly contracts: Contracts;
  readonly logger: Logger;
  /** Told of every newest header seen, before anything else happens. */
  readonly onHeader?: (header: Header) => void;
  /** Throws when the endpoint does not serve the chain that is meant: asked before anything is taken back. */
  readonly requireChain?: () => Promise<void>;
}

const CHECKPOINT_BLOCKS = 64;
const CHECKPOINTS = 8;
/** A rewind in the middle of a look spoils it; more than a few in a row is an endpoint that cannot be worked with. */
const REWINDS_PER_SYNC = 5;

export class ChainView {
  readonly #options: ChainViewOptions;
  readonly #deps: ChainViewDependencies;
  #ledger: Ledger | undefined;
  #checkpoints: Ledger[] = [];
  #started = false;
  readonly #audit: Audit;
  #logRange: number;
  #running: Promise<void> | undefined;
  #queued: Promise<void> | undefined;
  #lastSync = Number.NEGATIVE_INFINITY;

  constructor(options: ChainViewOptions, dependencies: ChainViewDependencies) {
    this.#options = options;
    this.#deps = dependencies;
    this.#logRange = options.params.logRange;
    this.#ledger = options.restored;
    if (options.restored !== undefined) this.#checkpoints.push(options.restored.clone());
    this.#audit = new Audit(dependencies.contracts);
  }

  /** The ledger at the last synced block. @throws Error before the first successful {@link sync} */
  get ledger(): Ledger {
    if (this.#ledger === undefined) throw new Error("the chain was not read yet");
    return this.#ledger;
  }

  get ready(): boolean {
    return this.#ledger !== undefined;
  }

  /** Milliseconds since the last successful look, by the process's monotonic clock. */
  get ageMs(): number {
    return performance.now() - this.#lastSync;
  }

  /**
   * Brings the ledger to the newest (confirmed) block that exists when this is called. Calls during a running look share one
   * further look.
   */
  sync(): Promise<void> {
    if (this.#running === undefined) {
      const run = this.#run().finally(() => {
        this.#running = undefined;
      });
      this.#running = run;
      return run;
    }
    this.#queued ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#queued = undefined;
        return this.sync();
      });
    return this.#queued;
  }

  async #run(): Promise<void> {
    const startedAt = performance.now();
    for (let rewinds = 0; ; rewinds++) {
      try {
        await this.#look();
        this.#lastSync = startedAt;
        return;
      } catch (error) {
        if (!(error instanceof BlockGoneError)) throw error;
        // In the end it is the endpoint that does not know its blocks, in its own words.
        if (rewinds >= REWINDS_PER_SYNC) throw error.cause ?? error;
        this.#deps.logger.warn({ reason: error.message }, "the chain was rewound during a look, looking again");
      }
    }
  }

  async #look(): Promise<void> {
    const { rpc } = this.#deps;
    const { confirmations } = this.#options.params;

    const newest = await rpc.header("latest");
    this.#deps.onHeader?.(newest);
    const target =
      confirmations === 0
        ? newest
        : await rpc.header(Math.max(this.#options.genesisHeight, newest.height - confirmations));

    this.#ledger ??= await this.#genesis();
    await this.#rollBackIfNeeded(target);

    while (this.ledger.tip.height < target.height) {
      const to = Math.min(target.height, this.ledger.tip.height + this.#logRange);
      await this.#advance(to === target.height ? target : await rpc.header(to));
    }
    await this.#check(target);
  }

  /** A ledger that was fed a wrong answer is found out, told of, and read anew from its beginning. */
  async #check(target: Header): Promise<void> {
    try {
      await this.#audit.check(this.ledger, target);
    } catch (error) {
      if (!(error instanceof LedgerMismatchError)) throw error;
      this.#deps.logger.error({ reason: error.message }, "the ledger does not fit the chain, it is read anew");
      this.#ledger = undefined;
      this.#checkpoints = [];
      this.#started = false;
      this.#audit.reset();
      throw error;
    }
  }

  // ── Start and rewind ─────────────────────────────────────────────────────────────────────────────────────────────────────

  async #genesis(): Promise<Ledger> {
    const { rpc, contracts } = this.#deps;
    const genesis = await rpc.header(this.#options.genesisHeight);
    return new Ledger({
      params: this.#options.params,
      genesis: { height: genesis.height, hash: genesis.hash, timestamp: genesis.timestamp },
      nodes: await contracts.allNodes(genesis.hash),
      historyBlocks: this.#options.params.historyBlocks,
    });
  }

  async #rollBackIfNeeded(target: Header): Promise<void> {
    if (await this.#isOnChain(this.ledger, target)) return;
    await this.#deps.requireChain?.();
    this.#deps.logger.warn({ height: this.ledger.tip.height }, "the chain took blocks back");
    this.#started = false;
    this.#audit.reset();

    for (let at = this.#checkpoints.length - 1; at >= 0; at--) {
      const checkpoint = this.#checkpoints[at] as Ledger;
      if (!(await this.#isOnChain(checkpoint, target))) continue;
      this.#checkpoints.length = at + 1;
      this.#ledger = checkpoint.clone();
      return;
    }
    const { tip, nodeCount } = this.ledger;
    // So many blocks deep nothing is taken back: the endpoint has fallen behind.
    if (this.#options.params.confirmations > 0 && target.height < tip.height)
      throw new Error(
        `the endpoint has fallen behind to block ${target.height}, the ledger is at ${tip.height} and stays`,
      );
    // Before the contract nothing can be on the chain that the ledger holds: such an endpoint has lost its chain, or follows another.
    if (nodeCount > 0 && !(await this.#deps.contracts.exists(target.hash)))
      throw new Error(`there is no contract at block ${target.height}, which the endpoint gives: the ledger stays`);
    this.#ledger = await this.#genesis();
    this.#checkpoints = [];
  }

  async #isOnChain(ledger: Ledger, target: Header): Promise<boolean> {
    const { tip } = ledger;
    if (tip.height > target.height) {
      // With confirmations the tip may be ahead of the target for a moment, after an endpoint that lags answered: keep it if it
      // is still a block of the chain.
      const header = await this.#deps.rpc.header(tip.height).catch((error: unknown) => {
        if (error instanceof BlockGoneError) return undefined;
        throw error;
      });
      return header?.hash === tip.hash;
    }
    if (tip.height === target.height) return tip.hash === target.hash;
    if (tip.height === target.height - 1) return tip.hash === target.parentHash;
    return (await this.#deps.rpc.header(tip.height)).hash === tip.hash;
  }

  // ── One range ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #advance(to: Header): Promise<void> {
    const { rpc, contracts } = this.#deps;
    const ledger = this.ledger;
    const { tip } = ledger;

    const [logs, roundHeaders] = await Promise.all([
      this.#logs(tip.height + 1, to.height),
      this.#roundBlocks({ ...tip, parentHash: "" }, to),
    ]);
    if (logs === undefined) return;

    const headers = new Map<number, Header>([[to.height, to]]);
    for (const header of roundHeaders) headers.set(header.height, header);
    const missing = [...new Set(logs.map(({ blockNumber }) => blockNumber))].filter((height) => !headers.has(height));
    for (const header of await Promise.all(missing.map((height) => rpc.header(height))))
      headers.set(header.height, header);

    const rates = new Map<number, bigint>();
    await Promise.all(
      roundHeaders.map(async (header) => {
        rates.set(header.height, await this.#rate(header));
      }),
    );
    const events = new Map<number, LedgerEvent[]>();
    const decoded = await Promise.all(
      logs.map(async (log) => {
        const header = headers.get(log.blockNumber);
        if (header === undefined || header.hash !== log.blockHash) throw new BlockGoneError(log.blockNumber);
        return { height: log.blockNumber, event: await contracts.decode(log, header) };
      }),
    );
    for (const { height, event } of decoded) events.set(height, [...(events.get(height) ?? []), event]);

    // Everything above belongs to one chain if its last block is still there.
    if ((await rpc.header(to.height)).hash !== to.hash) throw new BlockGoneError(to.height);

    this.#audit.saw(
      decoded.map(({ event }) => event),
      ledger,
    );
    for (const header of roundHeaders) this.#audit.paid(ledger, header, rates.get(header.height) ?? 0n);

    for (const header of [...headers.values()].sort((a, b) => a.height - b.height)) {
      const rewardRate = rates.get(header.height);
      ledger.apply({
        height: header.height,
        hash: header.hash,
        timestamp: header.timestamp,
        events: events.get(header.height) ?? [],
        ...(rewardRate === undefined ? {} : { rewardRate }),
      });
    }
    this.#checkpoint();
  }

  /** Logs of a range; undefined when the endpoint refused and the range was halved for the next try. */
  async #logs(from: number, to: number): Promise<RpcLog[] | undefined> {
    try {
      const logs = await this.#deps.rpc.logs(this.#options.contract, LEDGER_TOPICS, from, to);
      // A passing trouble must not leave the range small for ever.
      this.#logRange = Math.min(this.#options.params.logRange, this.#logRange * 2);
      return logs;
    } catch (error) {
      // The transport has shrunk the range already: its trouble is no matter of size.
      if (error instanceof EndpointError || this.#logRange === 1 || to === from) throw error;
      this.#logRange = Math.max(1, Math.min(this.#logRange, to - from + 1) >> 1);
      this.#deps.logger.debug({ range: this.#logRange, error }, "logs refused, asking for a smaller range");
      return undefined;
    }
  }

  /** The pool's rate at a round's block; 0 when the contract had not started before that block. */
  async #rate(header: Header): Promise<bigint> {
    const { contracts } = this.#deps;
    if (!this.#started) {
      if (!(await contracts.isStarted(header.parentHash))) return 0n;
      this.#started = true;
    }
    return contracts.rewardRate(header);
  }

  /** All blocks in (low, high] that are the first at or after some round's due time, by bisection: timestamps never fall. */
  async #roundBlocks(low: Header, high: Header): Promise<Header[]> {
    const { ledger } = this;
    if (ledger.roundAt(low.timestamp) === ledger.roundAt(high.timestamp)) return [];
    if (high.height === low.height + 1) return [high];
    const middle = await this.#deps.rpc.header((low.height + high.height) >>> 1);
    const [before, after] = await Promise.all([this.#roundBlocks(low, middle), this.#roundBlocks(middle, high)]);
    return [...before, ...after];
  }

  #checkpoint(): void {
    const { ledger } = this;
    const last = this.#checkpoints.at(-1)?.tip.height ?? ledger.genesis.height;
    if (ledger.tip.height - last < CHECKPOINT_BLOCKS) return;
    ledger.prune();
    this.#checkpoints.push(ledger.clone());
    if (this.#checkpoints.length > CHECKPOINTS) this.#checkpoints.shift();
  }
}
