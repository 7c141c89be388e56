/** Sums a0 + a1 psi + a2 psi^2 + a3 psi^3 of multiples of a point, with psi^4 = psi^2 - 1. */
export class EndomorphismSum {
  readonly #factors: readonly bigint[];

  private constructor(factors: readonly bigint[]) {
    this.#factors = factors;
  }

  static of(factors: readonly bigint[]): EndomorphismSum {
    return new EndomorphismSum([0, 1, 2, 3].map((index) => factors[index] ?? 0n));
  }

  plus(other: EndomorphismSum): EndomorphismSum {
    return new EndomorphismSum(this.#factors.map((factor, index) => factor + other.#factors[index]!));
  }

  scaled(by: bigint): EndomorphismSum {
    return new EndomorphismSum(this.#factors.map((factor) => factor * by));
  }

  timesPsi(): EndomorphismSum {
    const [a0, a1, a2, a3] = this.#factors as [bigint, bigint, bigint, bigint];
    return new EndomorphismSum([-a3, a0, a1 + a3, a2]);
  }

  /** psi (psi - psi^3) = psi^2 - psi^4 = 1. */
  timesPsiInverse(): EndomorphismSum {
    return this.timesPsi().plus(this.timesPsi().timesPsi().timesPsi().scaled(-1n));
  }

  /** M = 1 + psi^2. */
  timesM(): EndomorphismSum {
    return this.plus(this.timesPsi().timesPsi());
  }

  equals(other: EndomorphismSum): boolean {
    return this.#factors.every((factor, index) => factor === other.#factors[index]);
  }

  toString(): string {
    return this.#factors.map((factor, index) => (index === 0 ? `${factor}` : `${factor} psi^${index}`)).join(" + ");
  }
}
