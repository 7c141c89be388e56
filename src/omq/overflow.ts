/** How often memory is looked at, ms. */
const LOOK_MS = 200;

/** Bytes of this process that belong neither to JavaScript's heap nor to its buffers: mostly the ZeroMQ library's. */
function libraryBytes(): number {
  const { rss, heapTotal, external } = process.memoryUsage();
  return rss - heapTotal - external;
}

/**
 * Tells when what strangers sent piles up in the ZeroMQ library. It bounds a frame and the number of whole messages that wait, and
 * knows no bound for the parts of one message: whoever never ends one fills the memory, and nothing of it is told to anybody before
 * its end. So the memory itself is watched.
 */
export class OverflowWatch {
  readonly #most: number;
  readonly #onOverflow: (bytes: number) => void;
  readonly #bytes: () => number;
  readonly #timer: NodeJS.Timeout;
  #least: number;

  /**
   * @param most - How many bytes it may grow beyond the least that was seen.
   * @param bytes - What is watched, for tests.
   */
  constructor(most: number, onOverflow: (bytes: number) => void, bytes: () => number = libraryBytes) {
    this.#most = most;
    this.#onOverflow = onOverflow;
    this.#bytes = bytes;
    this.#least = bytes();
    this.#timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  /** Looks now. */
  look(): void {
    const now = this.#bytes();
    if (now < this.#least) this.#least = now;
    if (now - this.#least <= this.#most) return;
    this.#onOverflow(now - this.#least);
    // What is freed may stay with the process and be used again: only what is added to it from now on counts.
    this.#least = now;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
