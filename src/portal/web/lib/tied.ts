import { computed, effect, signal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import { identity } from "./wallet.ts";

/**
 * Local state that belongs to `key`: under another key it reads as empty in the same moment, and what comes late for a former one is
 * dropped.
 */
export function useTied<T>(key: string): [T | undefined, (value: T | undefined) => void] {
  const [kept, keep] = useState<{ key: string; value: T | undefined }>();
  const present = useRef(key);
  present.current = key;
  const set = (value: T | undefined) => {
    if (present.current === key) keep({ key, value });
  };
  return [kept?.key === key ? kept.value : undefined, set];
}

/** Work whose state belongs to one account, wallet and chain. */
export interface TiedWork<T> {
  /** For any other than it was begun for: idle. */
  state: ReadonlySignal<T>;
  /** Ends what ran before; the state is then told by `set`, until it is stopped. */
  begin(): { set: (state: T) => void; signal: AbortSignal };
  stop(): void;
}

/** Stops by itself when account, wallet or chain change. */
export function tiedWork<T>(idle: T): TiedWork<T> {
  const kept = signal<{ of: string; state: T } | undefined>(undefined);
  const state = computed(() => (kept.value?.of === identity.value ? kept.value.state : idle));
  let end: (() => void) | undefined;
  const stop = (): void => {
    end?.();
    end = undefined;
    kept.value = undefined;
  };
  const begin = () => {
    stop();
    const of = identity.peek();
    const abort = new AbortController();
    const leave = effect(() => {
      if (identity.value !== of) stop();
    });
    end = () => {
      leave();
      abort.abort();
    };
    const set = (next: T) => {
      if (!abort.signal.aborted) kept.value = { of, state: next };
    };
    return { set, signal: abort.signal };
  };
  return { state, begin, stop };
}
