import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Follower } from "../index/index.ts";
import type { Earnings } from "./earnings.ts";
import type { Words } from "./words.ts";

const DAY = 86_400;
/** Addresses that are asked for together, and the pause until the next ones: 10,000 take three minutes of a day. */
const TOGETHER = 100;
const PAUSE_MS = 2_000;
const SETTING = "asked-day";

export interface DaysDependencies {
  follower: Follower;
  words: Words;
  earnings: Earnings;
  logger: Logger;
}

/**
 * Lifetime figures of everybody who earns, once a day: what nobody has asked for on a day cannot be told afterwards, as nodes keep no
 * history. A day is one of the chain's clock, in UTC.
 */
export class Days {
  readonly #deps: DaysDependencies;

  constructor(dependencies: DaysDependencies) {
    this.#deps = dependencies;
  }

  /** Asks where nobody has today. True when figures were kept. */
  async ask(signal: AbortSignal): Promise<boolean> {
    const { follower, words, earnings, logger } = this.#deps;
    const { head, state, store } = follower;
    // While the index is behind, its day is not the nodes'.
    if (!head || head.chainHead > head.block) return false;
    const day = Math.floor(head.timestamp / DAY);
    if (Number(await store.setting(SETTING)) === day) return false;
    const earners = new Set(
      [...state.held].flatMap((id) => (state.nodes.get(id)?.shares ?? []).map(({ beneficiary }) => beneficiary)),
    );
    const all = [...earners];
    let kept = 0;
    for (let i = 0; i < all.length && !signal.aborted; i += TOGETHER) {
      if (i > 0) await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
      const said = await words.lifetimes(all.slice(i, i + TOGETHER));
      const figures = new Map<string, bigint>();
      for (const [address, lifetime] of said) {
        const recorded = state.recipients.get(address)?.recorded ?? 0n;
        const best = lifetime !== undefined && lifetime > recorded ? lifetime : recorded;
        if (best > 0n) figures.set(address, best);
      }
      if (figures.size === 0) continue;
      await earnings.noteAll(figures, head.block, head.timestamp);
      kept += figures.size;
    }
    // Nobody answered: asked again soon.
    if (kept === 0 || signal.aborted) return false;
    await store.set(SETTING, String(day));
    logger.debug({ day, of: all.length, kept }, "the day's lifetime figures are kept");
    return true;
  }
}
