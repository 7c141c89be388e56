/** Fp2: products, the frame, inversion and square root by one exponentiation. */
import { Pair } from "../algebra/pair.ts";
import { Polynomial } from "../algebra/polynomial.ts";
import type { Intercept, Machine } from "../machine/machine.ts";
import { callFunction, newMachine } from "../machine/solidity.ts";
import { newState } from "../machine/state.ts";
import type { Outcome, Tuple, Value } from "../machine/state.ts";
import { constant, P, symbol } from "../machine/term.ts";
import type { Term } from "../machine/term.ts";
import type { Report } from "../report.ts";
import type { Project } from "../source.ts";
import { compare, compareEquation, comparePolynomial, factsOf, passes, Reader } from "./terms.ts";
import type { Fact, Naming, Prove } from "./terms.ts";

/** (P - 3) / 4: what one exponentiation raises to. */
const EXPONENT = (P - 3n) / 4n;

export const unknowns = (names: string, hi = P - 1n): Term[] => names.split(" ").map((name) => symbol(name, 0n, hi));

/** The paths through a function that return. */
export function returns(
  project: Project,
  name: string,
  args: (machine: Machine) => Value[],
  intercept: Readonly<Record<string, Intercept>> = {},
): { outcomes: Outcome[]; machine: Machine } {
  const machine = newMachine(project, { intercept });
  machine.state = newState();
  const given = args(machine);
  const outcomes = machine.explore(machine.state, () => callFunction(machine, project.function(name), given));
  return { outcomes: outcomes.filter(({ kind }) => kind === "end"), machine };
}

export function values(value: Value | undefined): Term[] {
  return [...(value as Tuple).values] as Term[];
}

/** Powers of the exponentiation's base are unknowns of their own: v = w^e. Its exponent is checked. */
function powers(names: readonly string[]): { naming: Naming; bases: Term[] } {
  const bases: Term[] = [];
  const naming: Naming = (term) => {
    if (term.name !== "modexp") return undefined;
    const [base, exponent, modulus] = term.args as [Term, Term, Term];
    if (exponent.value !== EXPONENT || modulus.value !== P) throw new Error("another exponent or modulus");
    let index = bases.indexOf(base);
    if (index < 0) index = bases.push(base) - 1;
    const name = names[index];
    if (name === undefined) throw new Error("one exponentiation more");
    return Polynomial.variable(name);
  };
  return { naming, bases };
}

export function checkField(project: Project, report: Report): void {
  const prove = (about: string, statement: string, action: () => readonly string[]) =>
    report.prove("formulas", about, statement, action);
  const pair = Pair.variable;

  prove("Fp2.mul", "(a0 + a1 i)(b0 + b1 i)", () => {
    const { outcomes } = returns(project, "Fp2.mul", () => [...unknowns("a0 a1 b0 b1"), constant(P)]);
    const [c0, c1] = values(outcomes[0]!.value) as [Term, Term];
    return compare("the product", new Reader().pair(c0, c1), pair("a").times(pair("b")));
  });

  prove(
    "Fp2.inverseAndCharacter",
    "(c0 + c1 i)(a0 + a1 i) w = w w^(P-1), w = c (a0^2 + a1^2)^2: the inverse where w is not 0",
    () => {
      const { outcomes } = returns(project, "Fp2.inverseAndCharacter", () => unknowns("a0 a1 c"));
      const [c0, c1] = values(outcomes[0]!.value) as [Term, Term];
      const { naming, bases } = powers(["v"]);
      const reader = new Reader(naming);
      const product = reader.pair(c0, c1).times(pair("a"));
      const norm = normOf("a0", "a1");
      const w = Polynomial.variable("c").times(norm).times(norm);
      // w^(P-1) = (v^4 w) w, since 4e + 1 = P - 2
      const all = Polynomial.variable("v").power(4).times(w).times(w);
      return [
        ...compare("the product", product, new Pair(all, Polynomial.constant(0n))),
        ...comparePolynomial("the base", new Reader().read(bases[0]!), w),
        ...(4n * EXPONENT + 2n === P - 1n ? [] : ["4e + 2 is not P - 1"]),
      ];
    },
  );
  prove("Fp2.inverseAndCharacter", "the character is that of c: w^((P-1)/2) == 1, and c is a square if w is", () => {
    const { outcomes } = returns(project, "Fp2.inverseAndCharacter", () => unknowns("a0 a1 c"));
    const square = values(outcomes[0]!.value)[2]!;
    const { naming } = powers(["v"]);
    const norm = normOf("a0", "a1");
    const w = Polynomial.variable("c").times(norm).times(norm);
    const legendre = Polynomial.variable("v").power(2).times(w);
    return [
      ...compareEquation("what is 1", square, new Reader(naming), legendre.minus(Polynomial.constant(1n))),
      ...(2n * EXPONENT + 1n === (P - 1n) / 2n ? [] : ["2e + 1 is not (P - 1) / 2"]),
    ];
  });
  prove("Fp2.isSquare", "a^((P-1)/2) == 1", () => {
    const { outcomes } = returns(project, "Fp2.isSquare", () => unknowns("a"));
    const { naming, bases } = powers(["w"]);
    const legendre = Polynomial.variable("w").power(2).times(Polynomial.variable("a"));
    const difference = legendre.minus(Polynomial.constant(1n));
    const reasons = compareEquation("what is 1", outcomes[0]!.value as Term, new Reader(naming), difference);
    return [...reasons, ...comparePolynomial("the base", new Reader().read(bases[0]!), Polynomial.variable("a"))];
  });
  prove("Fp2.inverse", "is that with c = 1", () => {
    let given: readonly Value[] = [];
    const intercept: Intercept = (_machine, args) => {
      given = args;
      return { kind: "tuple", values: [...unknowns("c0 c1"), symbol("square")] };
    };
    const { outcomes } = returns(project, "Fp2.inverse", () => unknowns("a0 a1"), {
      "Fp2.inverseAndCharacter": intercept,
    });
    const [c0, c1] = values(outcomes[0]!.value) as [Term, Term];
    const [a0, a1, c] = given as [Term, Term, Term];
    return [
      ...compare("the result", new Reader().pair(c0, c1), pair("c")),
      ...compare("what is inverted", new Reader().pair(a0, a1), pair("a")),
      ...(c.value === 1n ? [] : ["c is not 1"]),
    ];
  });
  checkRoot(project, prove);
}

export function normOf(a0: string, a1: string): Polynomial {
  return Polynomial.variable(a0).power(2).plus(Polynomial.variable(a1).power(2));
}

/**
 * n = N^e N with N = a0^2 + a1^2, and s = t^e with t = (a0 + n) / 2. s^2 t = t^((P-1)/2) is the character of t. Both halves of the
 * root are s times something, Y0 and Y1, so that (y0 + y1 i)^2 t = (s^2 t)(Y0 + Y1 i)^2.
 */
function checkRoot(project: Project, prove: Prove): void {
  const about = "Fp2.sqrtUpToSign";
  const { variable } = Polynomial;
  const half = (P + 1n) / 2n;
  const norm = normOf("a0", "a1");
  const t = variable("a0").plus(variable("n")).scaled(half);

  interface RootPath {
    readonly halves: [Polynomial, Polynomial];
    readonly c: Term;
    readonly facts: readonly Fact[];
    readonly reader: Reader;
    readonly bases: readonly Polynomial[];
  }
  const paths = (): RootPath[] =>
    returns(project, about, () => unknowns("a0 a1")).outcomes.map(({ value, state }) => {
      const plain = new Reader();
      const bases: Polynomial[] = [];
      const isNorm = (term: Term) => term.op === "addmod" && plain.read(term).equals(norm);
      const reader: Reader = new Reader((term) => {
        const power =
          term.op === "mulmod" ? term.args.find(({ name, args }) => name === "modexp" && isNorm(args[0]!)) : undefined;
        if (power !== undefined && term.args.includes(power.args[0]!)) return checked(power, variable("n"));
        return term.name === "modexp" ? checked(term, variable("s")) : undefined;
      });
      const checked = (power: Term, name: Polynomial) => {
        const [base, exponent, modulus] = power.args as [Term, Term, Term];
        if (exponent.value !== EXPONENT || modulus.value !== P) throw new Error("another exponent or modulus");
        if (!isNorm(base)) bases.push(reader.read(base));
        return name;
      };
      const [y0, y1, c] = values(value) as [Term, Term, Term];
      return { halves: [reader.read(y0), reader.read(y1)], c, facts: factsOf(state), reader, bases };
    });
  const isConstant = ({ op, value }: Term, expected: bigint) => op === "const" && value === expected;
  const withRoot = () => paths().filter(({ c }) => !isConstant(c, 0n));
  const says = ({ facts, reader }: RootPath, difference: Polynomial, holds: boolean) =>
    passes(facts, reader, difference, holds);

  prove(
    about,
    "(y0 + y1 i)^2 = a0 + a1 i, on the path where t is a square (c = 1) and on that where it is not (c = a1)",
    () => {
      const found = withRoot();
      const reasons = found.length === 2 ? [] : [`${found.length} paths`];
      for (const path of found) {
        const { halves, c, bases } = path;
        const isSquare = isConstant(c, 1n);
        const [Y0, Y1] = halves.map((y) => y.coefficient("s", 1)) as [Polynomial, Polynomial];
        if (![Y0, Y1].every((Y, index) => Y.times(variable("s")).equals(halves[index]!)))
          reasons.push("a half is no multiple of s");
        if (!isSquare && c.name !== "a1") reasons.push("c is neither 1 nor a1");
        if (!says(path, variable("s").power(2).times(t).minus(Polynomial.constant(1n)), isSquare))
          reasons.push("s^2 t is not compared with 1");
        if (!says(path, variable("n").power(2).minus(norm), true)) reasons.push("n^2 is not compared with the norm");
        if (bases.length === 0 || !bases.every((base) => base.equals(t))) reasons.push("s is the power of another t");
        const Y = new Pair(Y0, Y1);
        const difference = Y.times(Y)
          .scaled(isSquare ? 1n : -1n)
          .minus(Pair.variable("a").times(new Pair(t, Polynomial.constant(0n))));
        for (const rest of [difference.c0, difference.c1])
          if (!rest.reduced("n", 2, norm).isZero())
            reasons.push(`${isSquare ? "square" : "no square"}: its square is another`);
      }
      return reasons;
    },
  );
  prove(about, "(0, 0, 0) stands for a norm without a root, or for a1 = 0; nothing else is given up", () => {
    const none = paths().filter(({ c }) => isConstant(c, 0n));
    return [
      ...(none.length > 0 && none.every(({ halves }) => halves.every((y) => y.isZero()))
        ? []
        : ["its halves are not 0"]),
      ...(withRoot().every((path) => says(path, variable("a1"), false)) ? [] : ["a1 may be 0 where there is a root"]),
    ];
  });
  prove(
    about,
    "no half of the root is 0: t (a0 - n) / 2 = -a1^2 / 4, so t is not, nor are s, a1 and the products of these",
    () => {
      const product = t.times(variable("a0").minus(variable("n")).scaled(half)).reduced("n", 2, norm);
      const factors = [variable("s").times(t), variable("a1").times(variable("s")).scaled(half)];
      const others = withRoot().flatMap(({ halves }) =>
        halves.filter((y) => !factors.some((factor) => y.equals(factor) || y.equals(factor.scaled(-1n)))),
      );
      return [
        ...comparePolynomial(
          "the product",
          product,
          variable("a1")
            .power(2)
            .scaled(-half * half),
        ),
        ...others.map((y) => `a half is ${y.toString()}`),
      ];
    },
  );
  prove(
    about,
    "times the character of c, it is the root whose y0 is a square: s t = t^((P+1)/4), an even power; or -a1 s / 2, of the character of a1, as s has that of -1, and 2 is a square",
    () => {
      const reasons = withRoot().flatMap(({ halves, c }) =>
        comparePolynomial(
          "y0",
          halves[0],
          isConstant(c, 1n) ? variable("s").times(t) : variable("a1").times(variable("s")).scaled(-half),
        ),
      );
      if (P % 8n !== 7n) reasons.push("P is not 7 mod 8");
      if (EXPONENT % 2n !== 1n || EXPONENT + 1n !== (P + 1n) / 4n || (EXPONENT + 1n) % 2n !== 0n)
        reasons.push("e is not odd");
      return reasons;
    },
  );
}
