import { MAX } from "./term.ts";
import type { Term } from "./term.ts";

export interface Interval {
  readonly lo: bigint;
  readonly hi: bigint;
}

/** The path cannot be taken: its conditions contradict each other. */
export class Infeasible extends Error {}

const ANY: Interval = { lo: 0n, hi: MAX };
const BOOLEAN: Interval = { lo: 0n, hi: 1n };

/** What holds of terms on one path: their intervals, by where they come from and by the conditions that the path has passed. */
export class Facts {
  #known: Map<number, Interval>;
  #memo = new Map<number, Interval>();

  constructor(known: ReadonlyMap<number, Interval> = new Map()) {
    this.#known = new Map(known);
  }

  clone(): Facts {
    return new Facts(this.#known);
  }

  /** The interval of the word; that of the integer, for `add`, `sub`, `mul` and `shl` that do not wrap. */
  of(term: Term): Interval {
    if (term.op === "const") return term;
    let interval = this.#memo.get(term.id);
    if (interval !== undefined) return interval;
    interval = this.#derive(term);
    const known = this.#known.get(term.id);
    if (known !== undefined) interval = { lo: max(interval.lo, known.lo), hi: min(interval.hi, known.hi) };
    this.#memo.set(term.id, interval);
    return interval;
  }

  /** The interval of the exact integer, which may leave the word. */
  exact(term: Term): Interval {
    const of = (index: number) => this.of(term.args[index]!);
    switch (term.op) {
      case "add":
        return { lo: of(0).lo + of(1).lo, hi: of(0).hi + of(1).hi };
      case "sub":
        return { lo: of(0).lo - of(1).hi, hi: of(0).hi - of(1).lo };
      case "mul":
        return { lo: of(0).lo * of(1).lo, hi: of(0).hi * of(1).hi };
      case "shl":
        if (of(0).hi > 256n) return { lo: 0n, hi: MAX + 1n };
        return { lo: of(1).lo << of(0).lo, hi: of(1).hi << of(0).hi };
      default:
        return this.of(term);
    }
  }

  wraps(term: Term): boolean {
    const { lo, hi } = this.exact(term);
    return lo < 0n || hi > MAX;
  }

  #derive(term: Term): Interval {
    switch (term.op) {
      case "symbol":
      case "call":
        return term;
      case "add":
      case "sub":
      case "mul":
      case "shl":
        return this.wraps(term) ? ANY : this.exact(term);
      case "shr": {
        const by = this.of(term.args[0]!);
        const { hi } = this.of(term.args[1]!);
        return { lo: 0n, hi: by.lo > 255n ? 0n : hi >> by.lo };
      }
      case "div":
        return { lo: 0n, hi: this.of(term.args[0]!).hi };
      case "mod":
        return remainder(this.of(term.args[1]!));
      case "and":
        return { lo: 0n, hi: min(this.of(term.args[0]!).hi, this.of(term.args[1]!).hi) };
      case "or": {
        const [a, b] = [this.of(term.args[0]!), this.of(term.args[1]!)];
        return { lo: max(a.lo, b.lo), hi: min(MAX, allOnes(max(a.hi, b.hi))) };
      }
      case "eq":
      case "lt":
      case "gt":
      case "iszero":
        return BOOLEAN;
      case "addmod":
        return remainder(this.of(term.args[2]!));
      case "mulmod":
        return this.#product(term);
      default:
        return ANY;
    }
  }

  /** A product modulo a prime of two that are not 0 is not 0. The one modulus of this project is prime; see docs/proofs.md. */
  #product(term: Term): Interval {
    const [a, b, n] = term.args as [Term, Term, Term];
    const interval = remainder(this.of(n));
    if (n.op !== "const") return interval;
    const isUnit = ({ lo, hi }: Interval) => lo > 0n && hi < n.value;
    return isUnit(this.of(a)) && isUnit(this.of(b)) ? { lo: 1n, hi: interval.hi } : interval;
  }

  /** Takes note that the term lies in the interval. */
  limit(term: Term, { lo, hi }: Interval): void {
    const now = this.of(term);
    const next = { lo: max(lo, now.lo), hi: min(hi, now.hi) };
    if (next.lo > next.hi) throw new Infeasible();
    if (next.lo === now.lo && next.hi === now.hi) return;
    this.#known.set(term.id, next);
    this.#memo.clear();
    // a product that is not 0 has no factor 0
    if (term.op === "mulmod" && next.lo > 0n) for (const factor of term.args) this.limit(factor, { lo: 1n, hi: MAX });
  }

  /** Takes note that the condition holds, or that it does not. */
  assume(condition: Term, holds: boolean): void {
    const [a, b] = condition.args as [Term, Term];
    switch (condition.op) {
      case "iszero":
        this.assume(a, !holds);
        break;
      case "eq":
        if (holds) {
          this.limit(a, this.of(b));
          this.limit(b, this.of(a));
        } else {
          this.#differ(a, this.of(b));
          this.#differ(b, this.of(a));
        }
        break;
      case "lt":
      case "gt": {
        const [less, more] = condition.op === "lt" ? [a, b] : [b, a];
        if (holds) this.#below(less, more, 1n);
        else this.#below(more, less, 0n);
        break;
      }
      case "and":
        if (holds && this.of(a).hi <= 1n && this.of(b).hi <= 1n) {
          this.assume(a, true);
          this.assume(b, true);
        }
        break;
      case "or":
        if (!holds) {
          this.assume(a, false);
          this.assume(b, false);
        }
        break;
    }
    this.limit(condition, holds ? { lo: 1n, hi: MAX } : { lo: 0n, hi: 0n });
  }

  /** less + gap <= more. */
  #below(less: Term, more: Term, gap: bigint): void {
    this.limit(less, { lo: 0n, hi: this.of(more).hi - gap });
    this.limit(more, { lo: this.of(less).lo + gap, hi: MAX });
  }

  #differ(term: Term, { lo, hi }: Interval): void {
    if (lo !== hi) return;
    const now = this.of(term);
    if (now.lo === lo) this.limit(term, { lo: lo + 1n, hi: MAX });
    else if (now.hi === lo) this.limit(term, { lo: 0n, hi: lo - 1n });
  }
}

function remainder(modulus: Interval): Interval {
  return modulus.hi === 0n ? { lo: 0n, hi: 0n } : { lo: 0n, hi: modulus.hi - 1n };
}

function allOnes(value: bigint): bigint {
  return (1n << BigInt(value.toString(2).length)) - 1n;
}

export function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

export function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
