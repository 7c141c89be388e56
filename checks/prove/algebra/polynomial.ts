/**
 * Polynomials in many variables over Fp, exact. (No package of npm has them: the algebra systems there compute with floating point,
 * or with rationals in one thread of strings, and none modulo a prime of 254 bits.)
 */
import { P } from "../machine/term.ts";

/** What formulas are written with: polynomials, and elements of Fp2 whose halves are polynomials. */
export interface Element<T> {
  plus(other: T): T;
  minus(other: T): T;
  times(other: T): T;
  scaled(factor: bigint): T;
}

const BITS = 8n;
const variables: string[] = [];

/** A monomial is its exponents, eight bits for each variable. */
type Monomial = bigint;

export class Polynomial implements Element<Polynomial> {
  readonly terms: ReadonlyMap<Monomial, bigint>;

  private constructor(terms: ReadonlyMap<Monomial, bigint>) {
    this.terms = terms;
  }

  static constant(value: bigint): Polynomial {
    const reduced = modulo(value);
    return new Polynomial(reduced === 0n ? new Map() : new Map([[0n, reduced]]));
  }

  static variable(name: string): Polynomial {
    return new Polynomial(new Map([[monomialOf(name), 1n]]));
  }

  plus(other: Polynomial): Polynomial {
    return this.#combined(other, 1n);
  }

  minus(other: Polynomial): Polynomial {
    return this.#combined(other, P - 1n);
  }

  scaled(factor: bigint): Polynomial {
    return Polynomial.constant(0n).#combined(this, modulo(factor));
  }

  times(other: Polynomial): Polynomial {
    const sum = new Map<Monomial, bigint>();
    for (const [left, a] of this.terms)
      for (const [right, b] of other.terms) sum.set(left + right, (sum.get(left + right) ?? 0n) + a * b);
    return Polynomial.#from(sum);
  }

  power(exponent: number): Polynomial {
    let result = Polynomial.constant(1n);
    for (let count = 0; count < exponent; count++) result = result.times(this);
    return result;
  }

  /** With `variable^degree` replaced, as often as it is there. */
  reduced(variable: string, degree: number, by: Polynomial): Polynomial {
    const [unit, shift] = [monomialOf(variable), shiftOf(variable)];
    const kept = new Map<Monomial, bigint>();
    let replaced = Polynomial.constant(0n);
    for (const [monomial, factor] of this.terms) {
      const exponent = Number((monomial >> shift) & ((1n << BITS) - 1n));
      const times = Math.floor(exponent / degree);
      if (times === 0) kept.set(monomial, factor);
      else {
        const rest = new Polynomial(new Map([[monomial - unit * BigInt(times * degree), factor]]));
        replaced = replaced.plus(rest.times(by.power(times)));
      }
    }
    if (kept.size === this.terms.size) return this;
    return new Polynomial(kept).plus(replaced).reduced(variable, degree, by);
  }

  /** Of `variable^degree`. */
  coefficient(variable: string, degree: number): Polynomial {
    const [unit, shift] = [monomialOf(variable), shiftOf(variable)];
    const terms = [...this.terms].filter(([monomial]) => ((monomial >> shift) & 255n) === BigInt(degree));
    return new Polynomial(new Map(terms.map(([monomial, factor]) => [monomial - unit * BigInt(degree), factor])));
  }

  isZero(): boolean {
    return this.terms.size === 0;
  }

  equals(other: Polynomial): boolean {
    return this.minus(other).isZero();
  }

  /** Whether each of its terms has one of the variables: it is 0 where they are. */
  vanishesWith(names: readonly string[]): boolean {
    const shifts = names.map(shiftOf);
    return [...this.terms.keys()].every((monomial) => shifts.some((shift) => ((monomial >> shift) & 255n) !== 0n));
  }

  toString(): string {
    const shown = [...this.terms].slice(0, 4).map(([monomial, factor]) => {
      const names = variables.flatMap((name, index) => {
        const exponent = (monomial >> (BigInt(index) * BITS)) & 255n;
        return exponent === 0n ? [] : [exponent === 1n ? name : `${name}^${exponent}`];
      });
      const small = factor > P / 2n ? factor - P : factor;
      return [`${small > -1000n && small < 1000n ? small : `0x${factor.toString(16).slice(0, 8)}..`}`, ...names].join(
        " ",
      );
    });
    if (shown.length === 0) return "0";
    return shown.join(" + ") + (this.terms.size > 4 ? ` + ${this.terms.size - 4} more` : "");
  }

  #combined(other: Polynomial, factor: bigint): Polynomial {
    const sum = new Map(this.terms);
    for (const [monomial, value] of other.terms) sum.set(monomial, (sum.get(monomial) ?? 0n) + value * factor);
    return Polynomial.#from(sum);
  }

  static #from(sum: ReadonlyMap<Monomial, bigint>): Polynomial {
    const terms = new Map<Monomial, bigint>();
    for (const [monomial, value] of sum) {
      const reduced = modulo(value);
      if (reduced !== 0n) terms.set(monomial, reduced);
    }
    return new Polynomial(terms);
  }
}

function shiftOf(name: string): bigint {
  let index = variables.indexOf(name);
  if (index < 0) index = variables.push(name) - 1;
  return BigInt(index) * BITS;
}

function monomialOf(name: string): Monomial {
  return 1n << shiftOf(name);
}

export function modulo(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

export function inverseOf(value: bigint): bigint {
  return power(value, P - 2n);
}

export function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = modulo(base); exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}
