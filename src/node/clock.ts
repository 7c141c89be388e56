/** What time it is for a node: the machine's, or, on a chain whose clock is moved by hand, the chain's. Unix seconds. */

/** A node's present. Unix seconds. */
export interface Clock {
  /** The present. */
  now(): number;
  /** Readings that a timestamp may be compared with; more than one where the present is only known as a range. */
  readings(): number[];
  /** Takes note of the timestamp of the newest block. */
  observe?(blockTimestamp: number): void;
}

/** The machine's clock. */
export function wallClock(): Clock {
  const now = (): number => Math.floor(Date.now() / 1000);
  return { now, readings: () => [now()] };
}

/**
 * A clock that follows a local chain through jumps: the machine's clock plus the greatest lead that a block had over it. While
 * such a chain makes no blocks, users take either the newest block's time or a running clock for the present: both are accepted.
 */
export function chainClock(wall: () => number = () => Date.now() / 1000): Clock {
  let lead: number | undefined;
  let newest = 0;
  const now = (): number => Math.max(newest, Math.floor(wall() + (lead ?? 0)));
  return {
    now,
    readings: () => [now(), newest],
    observe(blockTimestamp) {
      newest = blockTimestamp;
      const current = blockTimestamp - wall();
      lead = lead === undefined ? current : Math.max(lead, current);
    },
  };
}

/** A clock that stands still until it is set: for tests. */
export function manualClock(start: number): Clock & {
  /** Moves it to a unix timestamp. */
  set(timestamp: number): void;
} {
  let current = start;
  return {
    now: () => current,
    readings: () => [current],
    set(timestamp) {
      current = timestamp;
    },
  };
}
