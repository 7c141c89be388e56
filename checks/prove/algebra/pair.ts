/** Elements of Fp2 whose halves are polynomials over Fp: a0 + a1 * i with i^2 = -1. */
import { Polynomial } from "./polynomial.ts";
import type { Element } from "./polynomial.ts";

export class Pair implements Element<Pair> {
  readonly c0: Polynomial;
  readonly c1: Polynomial;

  constructor(c0: Polynomial, c1: Polynomial) {
    this.c0 = c0;
    this.c1 = c1;
  }

  static constant(c0: bigint, c1 = 0n): Pair {
    return new Pair(Polynomial.constant(c0), Polynomial.constant(c1));
  }

  /** An unknown, its halves `name0` and `name1`. */
  static variable(name: string): Pair {
    return new Pair(Polynomial.variable(`${name}0`), Polynomial.variable(`${name}1`));
  }

  plus(other: Pair): Pair {
    return new Pair(this.c0.plus(other.c0), this.c1.plus(other.c1));
  }

  minus(other: Pair): Pair {
    return new Pair(this.c0.minus(other.c0), this.c1.minus(other.c1));
  }

  times(other: Pair): Pair {
    return new Pair(
      this.c0.times(other.c0).minus(this.c1.times(other.c1)),
      this.c0.times(other.c1).plus(this.c1.times(other.c0)),
    );
  }

  scaled(factor: bigint): Pair {
    return new Pair(this.c0.scaled(factor), this.c1.scaled(factor));
  }

  conjugate(): Pair {
    return new Pair(this.c0, this.c1.scaled(-1n));
  }

  equals(other: Pair): boolean {
    return this.c0.equals(other.c0) && this.c1.equals(other.c1);
  }

  toString(): string {
    return `(${this.c0.toString()}) + (${this.c1.toString()}) i`;
  }
}
