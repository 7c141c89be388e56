import { batch, effect, signal, untracked } from "@preact/signals";
import type { Signal } from "@preact/signals";
import type { Trouble } from "./trouble.ts";
import { plainTrouble } from "./trouble.ts";

/** Something read from the service or the chain, and how fresh it is. */
export interface Resource<T> {
  /** The last value that was read for the present key; undefined before the first. */
  value: Signal<T | undefined>;
  /** Why the last attempt failed; the value before it stays, and is marked. */
  trouble: Signal<Trouble | undefined>;
  /** Milliseconds since 1970 of the last success. */
  at: Signal<number>;
  busy: Signal<boolean>;
  /** Reads it anew. */
  reload(): Promise<void>;
  /** Reads nothing any more: its view is gone. */
  stop(): void;
}

/** Reads them now and twice again: what a transaction did reaches the service's index a little later. */
export function reloadSoon(...resources: readonly Resource<unknown>[]): void {
  for (const ms of [0, 1_500, 5_000]) setTimeout(() => resources.forEach((one) => void one.reload()), ms);
}

/**
 * A resource that follows a key: when it changes (another account, no account) the value goes at once, and an answer for the former
 * key that comes later is dropped.
 *
 * @param key - Undefined: there is nothing to read.
 * @param everyMs - 0: only when asked.
 */
export function resource<K, T>(
  key: () => K | undefined,
  read: (key: K, signal: AbortSignal) => Promise<T>,
  everyMs = 0,
): Resource<T> {
  const value = signal<T | undefined>(undefined);
  const trouble = signal<Trouble | undefined>(undefined);
  const at = signal(0);
  const busy = signal(false);
  let current: { key: K; abort: AbortController } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const load = async (): Promise<void> => {
    const mine = current;
    if (!mine) return;
    clearTimeout(timer);
    busy.value = true;
    try {
      const found = await read(mine.key, mine.abort.signal);
      if (current === mine) batch(() => ((value.value = found), (trouble.value = undefined), (at.value = Date.now())));
    } catch (error) {
      if (current === mine) trouble.value = plainTrouble(error);
    } finally {
      if (current === mine) {
        busy.value = false;
        if (everyMs > 0) timer = setTimeout(() => void load(), document.hidden ? 4 * everyMs : everyMs);
      }
    }
  };

  const leave = effect(() => {
    const next = key();
    untracked(() => {
      current?.abort.abort();
      clearTimeout(timer);
      batch(() => ((value.value = undefined), (trouble.value = undefined), (at.value = 0), (busy.value = false)));
      current = next === undefined ? undefined : { key: next, abort: new AbortController() };
      void load();
    });
  });
  const stop = (): void => {
    leave();
    current?.abort.abort();
    current = undefined;
    clearTimeout(timer);
  };
  return { value, trouble, at, busy, reload: load, stop };
}
