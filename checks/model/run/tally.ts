import type { StepResult } from "./sequence.ts";

/** How often each function was called, and what became of it. */
export class Tally {
  readonly #counts = new Map<string, Map<string, number>>();

  add({ tally }: StepResult): void {
    for (const entry of tally) {
      const [name = "", outcome = "done"] = entry.startsWith("upgrade ") ? [entry] : entry.split(" ");
      const counts = this.#counts.get(name) ?? new Map<string, number>();
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      this.#counts.set(name, counts);
    }
  }

  /** `name: 12 ok, 3 refused in 2 ways`. */
  lines(): string[] {
    return [...this.#counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, counts]) => {
        const done = counts.get("done");
        if (done !== undefined) return `${name}: ${done}`;
        const ok = counts.get("ok") ?? 0;
        const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
        const ways = counts.size - (counts.has("ok") ? 1 : 0);
        return `${name}: ${ok} ok, ${total - ok} refused in ${ways} ways`;
      });
  }

  /** Functions that were called often and never went through, but those that are there to refuse: they test nothing. */
  idle(enough: number): string[] {
    return [...this.#counts]
      .filter(([name, counts]) => {
        const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
        return !ALWAYS_REFUSED.test(name) && total >= enough && !counts.has("ok") && !counts.has("done");
      })
      .map(([name]) => name);
  }

  toJSON(): Record<string, Record<string, number>> {
    return Object.fromEntries([...this.#counts].map(([name, counts]) => [name, Object.fromEntries(counts)]));
  }
}

const ALWAYS_REFUSED = /\.(renounceOwnership)$|^ServiceNodeContribution\.initialize$/;
