import { setTimeout as sleep } from "node:timers/promises";
import { formatEther, formatUnits } from "ethers";
import type { Logger } from "pino";
import type { Wallet } from "ethers";
import { readNodeSet, send } from "../../chain/index.ts";
import type { SendOptions, SendRecord } from "../../chain/index.ts";
import { CollectError } from "../../collect/index.ts";
import type { Liquidatable } from "../leaving/candidates.ts";
import { chainTime } from "../leaving/departure.ts";
import { showError } from "../terminal/errors.ts";
import { RecordingWallet } from "../session/recordingWallet.ts";
import type { Session } from "../session/session.ts";
import type { Signed } from "../session/signed.ts";
import type { Source } from "../session/source.ts";
import type { Intent, Journal } from "./journal.ts";
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
  broadcast: boolean;
}

/** How often a node is tried again: after 1, 2, 4, … polls, 64 at most. A node that the network does not sign for is not asked about for ever. */
const MAX_SKIP = 64;

/**
 * The liquidator as a service: asks who may be liquidated, has the network sign, compares the share with the gas, sends. After a
 * failure it waits longer and longer; between two polls it does nothing.
 */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #deps: WatcherDependencies;
  /** Nodes that failed: how often, and at which poll they are due again. */
  readonly #postponed = new Map<string, { failures: number; due: number }>();
  #poll = 0;
  #failures = 0;
  #lastSuccess: number | null = null;
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
    return {
      ok: age <= limit,
      lastSuccess: this.#lastSuccess,
      failures: this.#failures,
      pending: this.#deps.journal.open.length,
      broadcast,
    };
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

  /** One look; gives whether it went well. */
  async poll(signal: AbortSignal): Promise<boolean> {
    const { metrics, logger } = this.#deps;
    this.#poll++;
    const started = performance.now();
    try {
      await this.#work(signal);
      this.#failures = 0;
      this.#lastSuccess = Math.floor(Date.now() / 1_000);
      metrics.lastSuccess.set(this.#lastSuccess);
      metrics.polls.inc({ result: "ok" });
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      this.#failures++;
      const { code, message } = showError(error);
      metrics.polls.inc({ result: "failed" });
      logger.error({ code, reason: message, failures: this.#failures }, "poll failed");
      return false;
    } finally {
      metrics.pollSeconds.observe((performance.now() - started) / 1_000);
      metrics.pending.set(this.#deps.journal.open.length);
    }
  }

  /** The interval, doubled for each failure in a row; the actual pause is drawn from three quarters of it to all of it. */
  #pause(): number {
    const { intervalMs, maxBackoffMs } = this.#options;
    const backoff = Math.min(intervalMs * 2 ** Math.min(this.#failures, 20), Math.max(maxBackoffMs, intervalMs));
    return backoff * (0.75 + (this.#deps.random ?? Math.random)() / 4);
  }

  async #work(signal: AbortSignal): Promise<void> {
    const { metrics, logger, candidates, wallet, session } = this.#deps;
    if (wallet) metrics.balance.set(Number(formatEther(await session.provider.getBalance(wallet.address))));
    await this.#settleOpen();
    if (this.#deps.journal.open.length > 0) {
      // Whatever was decided next would queue behind it, on old facts.
      logger.info({ pending: this.#deps.journal.open.length }, "waiting for a transaction sent earlier");
      return;
    }
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
      if (signal.aborted) return;
      await this.#consider(candidate, signal);
      if (this.#deps.journal.open.length > 0) return;
    }
  }

  /** Finds out what became of transactions whose end is not known; sends the same bytes again if they got lost. */
  async #settleOpen(): Promise<void> {
    const { session, journal, logger, metrics } = this.#deps;
    const { provider } = session;
    const account = this.#options.sending.from as string;
    for (const intent of journal.open) {
      // Before the receipt: with the nonce used by then and no receipt afterwards, it was another transaction that used it.
      const used = (await provider.getTransactionCount(account, "latest")) > intent.nonce;
      const receipt = await provider.getTransactionReceipt(intent.hash);
      const about = { node: intent.nodeId, hash: intent.hash, nonce: intent.nonce };
      if (receipt) {
        await journal.settle(intent, receipt.status === 1 ? "included" : "failed");
        metrics.liquidations.inc({ result: receipt.status === 1 ? "included" : "reverted" });
        metrics.spent.inc(Number(formatEther(receipt.gasUsed * receipt.gasPrice)));
        logger.info({ ...about, status: receipt.status }, "a transaction sent earlier is included");
        continue;
      }
      if (used) {
        await journal.settle(intent, "replaced");
        logger.warn(about, "a transaction sent earlier was replaced by another of the account");
        continue;
      }
      await provider.broadcastTransaction(intent.raw).then(
        () => logger.info(about, "sent again: the endpoint did not know it"),
        (error: unknown) => logger.debug({ ...about, reason: showError(error).message }, "not sent again"),
      );
    }
  }

  async #consider(candidate: Liquidatable, signal: AbortSignal): Promise<void> {
    const { source, logger, metrics, session, price } = this.#deps;
    const log = logger.child({ node: candidate.node.id.toString() });
    try {
      const timestamp = await chainTime(session);
      const { blsPubkey, ed25519Pubkey } = candidate;
      const signed = await source.collect({ kind: "liquidate", blsPubkey, ed25519Pubkey, timestamp }, "watch");
      metrics.signers.set(signed.signers.length);
      // Simulates and estimates; a call that would revert ends here.
      const simulated = await send(signed.call(), { ...this.#options.sending, broadcast: false });
      const { gasPrice } = await session.provider.getFeeData();
      const judged = judgeProfit({
        share: candidate.share,
        weiPerSesh: await price(),
        gas: simulated.gasEstimate,
        gasPrice: gasPrice ?? simulated.maxFeePerGas,
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
      const record = await this.#send(candidate, signed, signal);
      if (!record) return;
      metrics.liquidations.inc({ result: "included" });
      metrics.earned.inc(Number(formatUnits(candidate.share, 9)));
      metrics.spent.inc(Number(formatEther(record.cost ?? 0n)));
      log.info({ hash: record.hash, block: record.block, gasUsed: Number(record.gasUsed) }, "liquidated");
    } catch (error) {
      if (signal.aborted && error instanceof CollectError) return;
      const { exit, code, message } = showError(error);
      // An endpoint that fails is a failed poll; anything else concerns this node alone.
      if (exit === "chain") throw error;
      metrics.liquidations.inc({ result: exit === "signatures" ? "not-signed" : exit });
      log.warn({ code, reason: message }, "not liquidated");
      this.#postpone(candidate);
    }
  }

  /** Sends through the journal. Undefined when the service stops before the transaction is included: the next run settles it. */
  async #send(candidate: Liquidatable, network: Signed, signal: AbortSignal): Promise<SendRecord | undefined> {
    const { session, wallet, journal, logger } = this.#deps;
    const { sending, graceMs } = this.#options;
    const intents: Intent[] = [];
    const onSigned = async (transaction: { hash: string; nonce: number; raw: string }) => {
      const names = { nodeId: candidate.node.id.toString(), blsPubkey: candidate.blsPubkey };
      intents.push(await journal.add({ ...names, ...transaction }));
    };
    const sent = network.submit({
      ...sending,
      broadcast: true,
      ...(wallet ? { signer: new RecordingWallet(wallet, session.provider, onSigned) } : {}),
      readSet: (previous) => readNodeSet(session.rewards, previous ? { previous } : {}),
    });
    // What is left unfinished below must not surface as an unhandled rejection.
    sent.catch(() => undefined);
    try {
      const submitted = await Promise.race([sent, graceAfter(signal, graceMs)]);
      const [intent] = intents;
      if (!submitted) {
        logger.warn({ hash: intent?.hash }, "stopping with a transaction under way; the next run looks after it");
        return undefined;
      }
      for (const signed of intents) if (signed.hash === submitted.record.hash) await journal.settle(signed, "included");
      return submitted.record;
    } catch (error) {
      // With a receipt the end is known; without one (a timeout, a refused broadcast) the next poll finds out.
      if (showError(error).exit === "refused") {
        for (const signed of intents) {
          const receipt = await session.provider.getTransactionReceipt(signed.hash).catch(() => null);
          if (receipt) await journal.settle(signed, receipt.status === 1 ? "included" : "failed");
        }
      }
      throw error;
    }
  }

  #postpone({ blsPubkey }: Liquidatable): void {
    const failures = (this.#postponed.get(blsPubkey)?.failures ?? 0) + 1;
    const skip = Math.min(2 ** (failures - 1), MAX_SKIP);
    this.#postponed.set(blsPubkey, { failures, due: this.#poll + skip });
  }
}

/** Resolves a while after the signal; never without one. */
function graceAfter(signal: AbortSignal, graceMs: number): Promise<undefined> {
  return new Promise((resolve) => {
    const start = () => setTimeout(() => resolve(undefined), graceMs).unref();
    if (signal.aborted) start();
    else signal.addEventListener("abort", start, { once: true });
  });
}
