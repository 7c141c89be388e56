/** How long a node that gave a wrong answer is left out: the live aggregator's 5 minutes. */
export const OFFENCE_MS = 300_000;

/**
 * Remembers who answered wrongly. By URL, not by key: anybody can claim another's key in a reply, nobody can answer at another's
 * address.
 */
export class Offenders {
  readonly #until = new Map<string, number>();
  readonly #ttlMs: number;
  readonly #now: () => number;

  constructor(ttlMs: number = OFFENCE_MS, now: () => number = Date.now) {
    this.#ttlMs = ttlMs;
    this.#now = now;
  }

  /** Remembers an address from now on, for as long as the list was told. */
  add(url: string): void {
    this.#until.set(url, this.#now() + this.#ttlMs);
  }

  /** Whether an address is remembered now. */
  has(url: string): boolean {
    const until = this.#until.get(url);
    if (until === undefined) return false;
    if (until > this.#now()) return true;
    this.#until.delete(url);
    return false;
  }

  /** Those remembered now. */
  get urls(): string[] {
    return [...this.#until.keys()].filter((url) => this.has(url));
  }
}
