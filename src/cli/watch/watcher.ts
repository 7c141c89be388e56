import { setTimeout as sleep } from "node:timers/promises";
import { formatEther, formatUnits } from "ethers";
import type { Logger } from "pino";
import type { Wallet } from "ethers";
import { ChainError, EndpointError, nextNonce, peek, readFees, resume, RevertError, send } from "../../chain/index.ts";
import type { Entry, Journal, SendOptions, SendRecord } from "../../chain/index.ts";
import { CollectError } from "../../collect/index.ts";
import type { Liquidatable } from "../leaving/candidates.ts";
import { askToSign, depart } from "../leaving/departure.ts";
import type { Departure } from "../leaving/departure.ts";
import { showError } from "../terminal/errors.ts";
import type { Session } from "../session/session.ts";
import type { Source } from "../session/source.ts";
import type { Metrics } from "./metrics.ts";
import { judgeProfit } from "./profit.ts";

export interface WatcherOptions {
  /** Pause between polls, ms. */
  intervalMs: number;
  /** Longest pause after failures, ms. */
  maxBackoffMs: number;
  broadcast: boolean;
  /** Options of each transaction: account, caps. */
  sending: SendOptions;
  /** Least profit, wei. */
  minimumProfit: bigint;
  /** After a signal: how long a transaction under way is waited for, ms. */
  graceMs: number;
  /** Raise the fees of a transaction that is not included after so long, ms; undefined: only of those that are refused. */
  replaceMs: number | undefined;
  /** A transaction under way for longer than this is a stall, ms. */
  stallMs: number;
}

/** What the service works with; each may fail at any time. */
export interface WatcherDependencies {
  session: Session;
  source: Source;
  wallet: Wallet | undefined;
  journal: Journal;
  metrics: Metrics;
  logger: Logger;
  candidates: () => Promise<Liquidatable[]>;
  /** Wei for one SESH; undefined switches the comparison with the gas off. */
  price: () => Promise<bigint | undefined>;
  random?: () => number;
}

export interface Health {
  ok: boolean;
  /** Unix seconds of the last good poll; null before it. */
  lastSuccess: number | null;
  /** Failed polls in a row. */
  failures: number;
  pending: number;
  /** Seconds that the oldest transaction under way has been so; 0 without one. */
  oldestPending: number;
  /** Whether that is too long: nothing is liquidated until it ends. */
  stalled: boolean;
  broadcast: boolean;
}

/** What the journal knows this service's transactions by. */
const COMMAND = "watch";

/** How often a node is tried again: after 1, 2, 4, … polls, 64 at most. A node that the network does not sign for is not asked about for ever. */
const MAX_SKIP = 64;

/**
 * The liquidator as a service: asks who may be liquidated, has the network sign, compares the share with the gas, sends. After a
 * failure it waits longer and longer; between two polls it does nothing.
 */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #deps: WatcherDependencies;
  /** Transactions of other commands of the account that are on their way. */
  readonly #others = new Set<Entry>();
  /** Nodes that failed: how often, and at which poll they are due again. */
  readonly #postponed = new Map<string, { failures: number; due: number }>();
  #poll = 0;
  #failures = 0;
  #lastSuccess: number | null = null;
  /** Unix milliseconds since which a transaction waits that another machine sent from this account. */
  #occupiedSince: number | undefined;
  /** Whether this poll has met it. */
  #isOccupied = false;
  /** The log tells of what is new. */
  #lastCounts = "";

  constructor(options: WatcherOptions, dependencies: WatcherDependencies) {
    this.#options = options;
    this.#deps = dependencies;
  }

  health(): Health {
    const { intervalMs, maxBackoffMs, broadcast } = this.#options;
    const limit = (3 * intervalMs + Math.min(maxBackoffMs, 10 * intervalMs)) / 1_000;
    const age = this.#lastSuccess === null ? Infinity : Date.now() / 1_000 - this.#lastSuccess;
    const oldest = this.#oldestPending();
    const stalled = oldest * 1_000 > this.#options.stallMs;
    return {
      ok: age <= limit && !stalled,
      lastSuccess: this.#lastSuccess,
      failures: this.#failures,
      pending: this.#underWay.length,
      oldestPending: Math.floor(oldest),
      stalled,
      broadcast,
    };
  }

  /** What is waited for: its own, and what another command of the account has in the pool. */
  get #underWay(): Entry[] {
    return this.#deps.journal.open.filter((entry) => entry.command === COMMAND || this.#others.has(entry));
  }

  /** Seconds. */
  #oldestPending(): number {
    const since = [this.#underWay[0]?.at, this.#occupiedSince].filter((at) => at !== undefined);
    return since.length === 0 ? 0 : Math.max(0, (Date.now() - Math.min(...since)) / 1_000);
  }

  /** Polls until the signal fires. Never throws for what the outside does. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.poll(signal);
      if (signal.aborted) break;
      const pause = this.#pause();
      this.#deps.metrics.backoff.set(pause / 1_000);
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One look; gives whether it went well: `waiting` when a transaction is under way, and so nothing else was done. */
  async poll(signal: AbortSignal): Promise<"ok" | "waiting" | "failed"> {
    const { metrics, logger } = this.#deps;
    this.#poll++;
    const started = performance.now();
    try {
      const result = await this.#work(signal);
      if (this.#failures > 0) logger.info({ failures: this.#failures }, "polls go well again");
      this.#failures = 0;
      metrics.polls.inc({ result });
      // Waiting is no success: an alarm on its age sees a stall.
      if (result === "waiting") return result;
      this.#lastSuccess = Math.floor(Date.now() / 1_000);
      metrics.lastSuccess.set(this.#lastSuccess);
      return "ok";
    } catch (error) {
      if (signal.aborted) return "failed";
      this.#failures++;
      const { code, message } = showError(error);
      metrics.polls.inc({ result: "failed" });
      logger.error({ code, reason: message, failures: this.#failures }, "poll failed");
      return "failed";
    } finally {
      metrics.pollSeconds.observe((performance.now() - started) / 1_000);
      metrics.pending.set(this.#underWay.length);
      metrics.oldestPending.set(this.#oldestPending());
      metrics.stalled.set(this.health().stalled ? 1 : 0);
    }
  }

  /** The interval, doubled for each failure in a row; the actual pause is drawn from three quarters of it to all of it. */
  #pause(): number {
    const { intervalMs, maxBackoffMs } = this.#options;
    const backoff = Math.min(intervalMs * 2 ** Math.min(this.#failures, 20), Math.max(maxBackoffMs, intervalMs));
    return backoff * (0.75 + (this.#deps.random ?? Math.random)() / 4);
  }

  async #work(signal: AbortSignal): Promise<"ok" | "waiting"> {
    const { metrics, logger, candidates, wallet, session } = this.#deps;
    if (wallet) metrics.balance.set(Number(formatEther(await session.provider.getBalance(wallet.address))));
    await this.#settleOpen(signal);
    const [waiting] = this.#underWay;
    if (waiting) {
      // Whatever was decided next would queue behind it, on old facts.
      const seconds = Math.floor(this.#oldestPending());
      const stalled = this.health().stalled;
      const about = { pending: this.#underWay.length, hash: waiting.hash, nonce: waiting.nonce, seconds };
      logger[stalled ? "error" : "info"](
        about,
        stalled
          ? "stalled: a transaction is not included; --replace raises its fees"
          : "waiting for a transaction sent earlier",
      );
      return "waiting";
    }
    this.#isOccupied = false;
    if (this.#occupiedSince !== undefined) await this.#lookIfOccupied();
    if (this.#isOccupied) return "waiting";
    const found = await candidates();
    const ripe = found.filter((candidate) => candidate.ripe);
    metrics.candidates.set({ ripe: "yes" }, ripe.length);
    metrics.candidates.set({ ripe: "no" }, found.length - ripe.length);
    for (const key of this.#postponed.keys())
      if (!ripe.some((entry) => entry.blsPubkey === key)) this.#postponed.delete(key);
    const due = ripe.filter(({ blsPubkey }) => (this.#postponed.get(blsPubkey)?.due ?? 0) <= this.#poll);
    const counts = { candidates: found.length, ripe: ripe.length, due: due.length };
    const changed = this.#lastCounts !== JSON.stringify(counts);
    this.#lastCounts = JSON.stringify(counts);
    logger[changed ? "info" : "debug"](counts, "polled");
    for (const candidate of due) {
      if (signal.aborted) return "ok";
      await this.#consider(candidate, signal);
      if (this.#underWay.length > 0 || this.#isOccupied) return "waiting";
    }
    this.#occupiedSince = undefined;
    return "ok";
  }

  /** Whether what another machine sent from this account still waits: nothing is sent beside it, and nobody is asked to sign. */
  async #lookIfOccupied(): Promise<void> {
    const { wallet, session, journal } = this.#deps;
    if (wallet === undefined) return;
    await nextNonce(session.provider, wallet.address, journal).catch((error: unknown) => {
      if (!(error instanceof ChainError) || error.code !== "under-way") throw error;
      this.#occupied(error);
    });
  }

  #occupied({ message }: Error): void {
    const { logger } = this.#deps;
    this.#isOccupied = true;
    this.#occupiedSince ??= Date.now();
    const about = { reason: message, seconds: Math.floor(this.#oldestPending()) };
    if (this.health().stalled) logger.error(about, "stalled: a transaction that another machine sent is not included");
    else logger.info(about, "waiting for a transaction that another machine sent");
  }

  /**
   * Finds out what became of transactions whose end is not known, with one look at each: sends the same bytes again if they got lost,
   * raises fees that are refused, gives up what has expired.
   */
  async #settleOpen(signal: AbortSignal): Promise<void> {
    const { journal, logger, metrics } = this.#deps;
    for (const entry of journal.open) {
      if (signal.aborted) return;
      if (entry.command !== COMMAND) {
        await this.#lookAt(entry);
        continue;
      }
      const about = { node: entry.labels?.["node"], hash: entry.hash, nonce: entry.nonce };
      const age = Date.now() - (entry.attempts.at(-1)?.at ?? entry.at);
      const { replaceMs } = this.#options;
      const replace = replaceMs !== undefined && age > replaceMs;
      try {
        if (replace) logger.info(about, "raising its fees");
        const record = await resume(entry, this.#sending(entry.labels, { timeoutMs: 0, signal }), { replace });
        metrics.liquidations.inc({ result: "included" });
        metrics.spent.inc(Number(formatEther(record.cost ?? 0n)));
        logger.info({ ...about, hash: record.hash, status: 1 }, "a transaction sent earlier is included");
      } catch (error) {
        this.#unsettled(entry, error);
        // Nothing is lost by another try: no node is liquidated twice, and each is simulated first.
        if ((error as { code?: unknown }).code === "end-unknown") await journal.settle(entry, "replaced");
      }
    }
  }

  /** Another command's transaction is that command's to send again, to raise and to give up: here it is only seen whether it waits. */
  async #lookAt(entry: Entry): Promise<void> {
    const { session, journal, logger } = this.#deps;
    this.#others.delete(entry);
    try {
      if ((await peek(entry, session.provider, journal, this.#options.sending.pollMs)) === "pending")
        this.#others.add(entry);
    } catch (error) {
      if (!(error instanceof ChainError) || error.code !== "end-unknown") throw error;
      logger.debug({ hash: entry.hash, reason: error.message }, "what another command sent is left to it");
    }
  }

  /** Says what keeps an entry open, or that it has ended otherwise than by success. */
  #unsettled(entry: Entry, error: unknown): void {
    const { logger, metrics } = this.#deps;
    const about = {
      node: entry.labels?.["node"],
      hash: entry.hash,
      nonce: entry.nonce,
      reason: showError(error).message,
    };
    const [code, reverted] = [(error as { code?: unknown }).code, error instanceof RevertError];
    // An endpoint's trouble says nothing of the transaction: the look has failed.
    if (error instanceof EndpointError || (!reverted && !(error instanceof ChainError))) throw error;
    if (reverted) {
      metrics.liquidations.inc({ result: "reverted" });
      metrics.spent.inc(Number(formatEther(BigInt(entry.cost ?? 0))));
      logger.warn(about, "a transaction sent earlier is included, and failed");
    } else if (code === "replaced") {
      logger.warn(about, "a transaction sent earlier was replaced by another of the account");
    } else if (code === "end-unknown") {
      logger.warn(about, "what became of a transaction sent earlier is not shown: its node is looked at anew");
    } else if (["not-included", "no-receipt", "left", "under-way", "endpoint-refuses"].includes(String(code))) {
      logger.debug(about, "not included yet");
    } else {
      // Refused for its fees within the caps, expired, or without use by now: nothing of it is out there, and the node is looked at anew.
      metrics.liquidations.inc({ result: "given-up" });
      logger.warn(about, "a transaction sent earlier is given up");
    }
  }

  /** Options of a transaction of this service. */
  #sending(labels: Record<string, string> | undefined, more: Partial<SendOptions>): SendOptions {
    const { wallet, journal } = this.#deps;
    const key = `liquidate ${labels?.["node"] ?? ""}`;
    return {
      ...this.#options.sending,
      ...(wallet ? { signer: wallet } : {}),
      journal,
      intent: { command: COMMAND, key, ...(labels ? { labels } : {}) },
      ...more,
    };
  }

  async #consider(candidate: Liquidatable, signal: AbortSignal): Promise<void> {
    const { source, logger, metrics, session, price } = this.#deps;
    const log = logger.child({ node: candidate.node.id.toString() });
    try {
      const { blsPubkey, ed25519Pubkey, node } = candidate;
      const departure = await askToSign("liquidate", { id: node.id, blsPubkey, ed25519Pubkey }, source, session);
      const { signed } = departure;
      metrics.signers.set(signed.signers.length);
      // Simulates and estimates; a call that would revert ends here.
      const simulated = await send(departure.makeCall(signed), { ...this.#options.sending, broadcast: false });
      const { price: gasPrice } = await readFees(session.provider);
      const judged = judgeProfit({
        share: candidate.share,
        weiPerSesh: await price(),
        gas: simulated.gasEstimate,
        gasPrice,
        minimum: this.#options.minimumProfit,
      });
      const figures = {
        share: formatUnits(candidate.share, 9),
        gas: Number(simulated.gasEstimate),
        costEth: formatEther(judged.cost),
        revenueEth: formatEther(judged.revenue),
        profitEth: formatEther(judged.profit),
        signers: signed.signers.length,
      };
      if (!judged.worthIt) {
        metrics.liquidations.inc({ result: "unprofitable" });
        log.info(figures, "not worth the gas now");
        return this.#postpone(candidate);
      }
      if (!this.#options.broadcast) {
        metrics.liquidations.inc({ result: "dry-run" });
        log.info(figures, "would liquidate (dry run)");
        return this.#postpone(candidate);
      }
      log.info(figures, "liquidating");
      const record = await this.#send(departure, signal);
      if (!record) return;
      metrics.liquidations.inc({ result: "included" });
      metrics.earned.inc(Number(formatUnits(candidate.share, 9)));
      metrics.spent.inc(Number(formatEther(record.cost ?? 0n)));
      log.info({ hash: record.hash, block: record.block, gasUsed: Number(record.gasUsed) }, "liquidated");
    } catch (error) {
      if (signal.aborted && error instanceof CollectError) return;
      const { exit, code, message } = showError(error);
      if (code === "under-way") return this.#occupied(error as Error);
      // An endpoint that fails is a failed poll; anything else concerns this node alone.
      if (exit === "chain") throw error;
      metrics.liquidations.inc({ result: exit === "signatures" ? "not-signed" : exit });
      log.warn({ code, reason: message }, "not liquidated");
      this.#postpone(candidate);
    }
  }

  /** Undefined when the service stops, or waits no longer, before the transaction is included: the next look settles it. */
  async #send(departure: Departure, signal: AbortSignal): Promise<SendRecord | undefined> {
    const { session, logger } = this.#deps;
    const { graceMs } = this.#options;
    const labels = { node: departure.node.id.toString(), blsPubkey: departure.node.blsPubkey };
    const grace = new AbortController();
    const start = () => setTimeout(() => grace.abort(), graceMs).unref();
    if (signal.aborted) start();
    else signal.addEventListener("abort", start, { once: true });
    try {
      const options = this.#sending(labels, { broadcast: true, signal: grace.signal });
      return (await depart(departure, options, session)).record;
    } catch (error) {
      if (!(error instanceof ChainError) || (error.code !== "left" && error.code !== "not-included")) throw error;
      const { hash } = error.details;
      if (error.code === "left")
        logger.warn({ hash }, "stopping with a transaction under way; the next run looks after it");
      else logger.warn({ hash, reason: error.message }, "not included yet; the next poll looks for it");
      return undefined;
    } finally {
      signal.removeEventListener("abort", start);
    }
  }

  #postpone({ blsPubkey }: Liquidatable): void {
    const failures = (this.#postponed.get(blsPubkey)?.failures ?? 0) + 1;
    const skip = Math.min(2 ** (failures - 1), MAX_SKIP);
    this.#postponed.set(blsPubkey, { failures, due: this.#poll + skip });
  }
}
