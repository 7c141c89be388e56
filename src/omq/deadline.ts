/** How often the clock looks whether this process runs, ms. */
const TICK_MS = 50;

/** Most that one tick counts: as long as it takes on a machine that is not overloaded. */
const MOST_MS = TICK_MS + 10;

/**
 * Time in which this process could read what others sent it. While its event loop is blocked, or the machine gives it no turn, nobody
 * else is late.
 */
class AttentiveClock {
  #spent = 0;
  #at = 0;
  #users = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Ms; goes on only while somebody holds the clock. */
  now(): number {
    return this.#spent + Math.min(performance.now() - this.#at, MOST_MS);
  }

  hold(): void {
    if (this.#users++ > 0) return;
    this.#at = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#spent += Math.min(now - this.#at, MOST_MS);
      this.#at = now;
    }, TICK_MS);
  }

  release(): void {
    if (--this.#users > 0) return;
    clearInterval(this.#timer);
  }
}

const clock = new AttentiveClock();

/**
 * A time limit for somebody else, which counts no time in which this process could not have heard him, and is judged only after
 * everything that had come was read. (A timer of the runtime's is due by the wall clock, and after a stall it fires before sockets are
 * read: all answers that lie in them would count as too late.)
 */
export class Deadline {
  readonly #onPassed: () => void;
  #end: number;
  #timer: NodeJS.Timeout | undefined;
  #judging: NodeJS.Immediate | undefined;
  #over = false;

  /** @param onPassed - Called once, unless it is cancelled before. */
  constructor(ms: number, onPassed: () => void) {
    this.#onPassed = onPassed;
    clock.hold();
    this.#end = clock.now() + ms;
    this.#timer = setTimeout(this.#look, ms);
  }

  /** Ms that are left; 0 at the end. */
  get left(): number {
    return this.#over ? 0 : Math.max(0, this.#end - clock.now());
  }

  /** Begins anew. */
  restart(ms: number): void {
    if (this.#over) return;
    this.#stop();
    this.#end = clock.now() + ms;
    this.#timer = setTimeout(this.#look, ms);
  }

  /** Ends it; what it would have called is not called any more. */
  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stop();
    clock.release();
  }

  readonly #look = (): void => {
    const { left } = this;
    // Timers are of whole milliseconds.
    if (left >= 1) this.#timer = setTimeout(this.#look, left);
    // Sockets are read between the timers and the immediates.
    else this.#judging = setImmediate(this.#pass);
  };

  readonly #pass = (): void => {
    this.cancel();
    this.#onPassed();
  };

  #stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#judging);
  }
}
