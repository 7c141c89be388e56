/** Terms of the interpreter as polynomials modulo p: what the words mean, since none of the operations wraps. */
import { Pair } from "../algebra/pair.ts";
import { Polynomial } from "../algebra/polynomial.ts";
import type { State } from "../machine/state.ts";
import { isTerm } from "../machine/state.ts";
import { P, show } from "../machine/term.ts";
import type { Term } from "../machine/term.ts";

/** What a term that is no arithmetic stands for. */
export type Naming = (term: Term) => Polynomial | undefined;

/** Symbols by their names. Two symbols of one name in what is to be compared would be taken for one, so that is refused. */
export class Reader {
  readonly #naming: Naming | undefined;
  readonly #memo = new Map<number, Polynomial>();
  readonly #symbols = new Map<string, Term>();

  constructor(naming?: Naming) {
    this.#naming = naming;
  }

  read(term: Term): Polynomial {
    let polynomial = this.#memo.get(term.id);
    if (polynomial === undefined) this.#memo.set(term.id, (polynomial = this.#read(term)));
    return polynomial;
  }

  pair(c0: Term, c1: Term): Pair {
    return new Pair(this.read(c0), this.read(c1));
  }

  #read(term: Term): Polynomial {
    const named = this.#naming?.(term);
    if (named !== undefined) return named;
    const [a, b, modulus] = term.args as [Term, Term, Term];
    switch (term.op) {
      case "const":
        return Polynomial.constant(term.value);
      case "symbol":
        return this.#symbol(term);
      case "add":
        return this.read(a).plus(this.read(b));
      case "sub":
        return this.read(a).minus(this.read(b));
      case "mul":
        return this.read(a).times(this.read(b));
      case "shl":
        if (a.op === "const") return this.read(b).scaled(1n << a.value);
        break;
      case "mod":
        if (b.value === P) return this.read(a);
        break;
      case "addmod":
        if (modulus.value === P) return this.read(a).plus(this.read(b));
        break;
      case "mulmod":
        if (modulus.value === P) return this.read(a).times(this.read(b));
        break;
    }
    throw new Error(`no polynomial: ${show(term)}`);
  }

  #symbol(term: Term): Polynomial {
    const known = this.#symbols.get(term.name);
    if (known !== undefined && known !== term) throw new Error(`two different ${term.name}`);
    this.#symbols.set(term.name, term);
    return Polynomial.variable(term.name);
  }
}

export function variableOf(state: State, name: string): Term {
  const value = state.env.get(name);
  if (!isTerm(value)) throw new Error(`${name} is no word`);
  return value;
}

/** Reasons against equality, none if they are equal. */
export function compare(what: string, found: Pair, expected: Pair): string[] {
  if (found.equals(expected)) return [];
  const difference = found.minus(expected);
  return [`${what} differs by ${difference.toString()}`];
}

export function comparePolynomial(what: string, found: Polynomial, expected: Polynomial): string[] {
  return found.equals(expected) ? [] : [`${what} differs by ${found.minus(expected).toString()}`];
}

/** A comparison that a path has passed, or failed. */
export interface Fact {
  readonly op: "eq" | "lt";
  readonly left: Term;
  readonly right: Term;
  readonly holds: boolean;
}

/** The comparisons that the conditions of a path consist of. */
export function factsOf({ path }: State): Fact[] {
  const facts: Fact[] = [];
  const take = ({ op, args }: Term, holds: boolean): void => {
    const [left, right] = args as [Term, Term];
    if (op === "iszero") take(left, !holds);
    else if (op === "eq" || op === "lt") facts.push({ op, left, right, holds });
    else if (op === "gt") facts.push({ op: "lt", left: right, right: left, holds });
    else if ((op === "and" && holds) || (op === "or" && !holds)) {
      take(left, holds);
      take(right, holds);
    }
  };
  for (const { condition, holds } of path) take(condition, holds);
  return facts;
}

/** Reasons against: both sides of the equation differ by the polynomial, or by its negation. */
export function compareEquation(what: string, { op, args }: Term, reader: Reader, difference: Polynomial): string[] {
  if (op !== "eq") return [`${what} is no equation`];
  const found = reader.read(args[0]!).minus(reader.read(args[1]!));
  return found.equals(difference) ? [] : comparePolynomial(what, found, difference.scaled(-1n));
}

/** Whether the path has passed an equation, or failed it, whose sides differ by the polynomial. */
export function passes(facts: readonly Fact[], reader: Reader, difference: Polynomial, holds: boolean): boolean {
  return facts.some((fact) => {
    if (fact.op !== "eq" || fact.holds !== holds) return false;
    const found = reader.read(fact.left).minus(reader.read(fact.right));
    return found.equals(difference) || found.equals(difference.scaled(-1n));
  });
}

export const same = (what: string, found: string, expected: string): string[] =>
  found === expected ? [] : [`${what} is ${found}, not ${expected}`];

/** Adds a statement about the formulas to the report. */
export type Prove = (about: string, statement: string, action: () => readonly string[]) => void;
