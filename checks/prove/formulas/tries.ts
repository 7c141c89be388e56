/** The tries of hashing, with roots taken and with roots that the caller brings. */
import { Pair } from "../algebra/pair.ts";
import { Polynomial } from "../algebra/polynomial.ts";
import type { Intercept } from "../machine/machine.ts";
import type { Outcome } from "../machine/state.ts";
import { P, symbol } from "../machine/term.ts";
import type { Term } from "../machine/term.ts";
import type { Project } from "../source.ts";
import { nameOf, recording, tuple } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { normOf, returns, unknowns, values } from "./field.ts";
import { compare, comparePolynomial, factsOf, passes, Reader, same } from "./terms.ts";
import type { Naming, Prove } from "./terms.ts";

/** A try: the field elements, the right side of the curve equation, and what is made of these. */
const tryOf = (calls: Calls): Record<string, Intercept> => ({
  "HashToG2._toField": recording(calls, "toField", () => tuple(...unknowns("x0 x1"), symbol("negate", 0n, 1n))),
  "HashToG2._ySquared": recording(calls, "ySquared", () => tuple(...unknowns("c0 c1"))),
});

export function checkTries(project: Project, prove: Prove): void {
  const about = "HashToG2.mapUpToSign";
  prove(
    about,
    "tries from firstTry up to 255: (x, +-y) with y the root of x^3 + 3 / (9 + i), negated by the sign of the try, for the first that has one",
    () => {
      const calls: Calls = new Map();
      const { outcomes } = returns(
        project,
        about,
        ({ memory }) => [memory.allocateBytes("message").object, symbol("dst"), symbol("firstTry", 0n, 255n)],
        { ...tryOf(calls), "Fp2.sqrtUpToSign": recording(calls, "root", () => tuple(...unknowns("y0 y1 c"))) },
      );
      const reasons = outcomes.flatMap((outcome) => {
        const [x0, x1, y0, y1, c] = values(outcome.value) as Term[];
        return [
          ...checkSigned(outcome, [x0!, x1!, y0!, y1!]),
          ...same("c", c!.name, "c"),
          ...(isKnown(outcome, c!, false) ? [] : ["c may be 0"]),
        ];
      });
      return [
        ...reasons,
        ...(outcomes.length === 2 ? [] : [`${outcomes.length} paths`]),
        ...checkArguments(calls, "firstTry", outcomes),
      ];
    },
  );
  prove(
    "HashToG2._mapWithRoots",
    "the same from try 0, with the root that checkRoots gives, the position carried from try to try",
    () => {
      const calls: Calls = new Map();
      const { outcomes, machine } = returns(
        project,
        "HashToG2._mapWithRoots",
        ({ memory }) => [
          memory.allocateBytes("message").object,
          symbol("dst"),
          {
            kind: "calldata",
            offset: symbol("roots.offset", 0n, 1n << 64n),
            length: symbol("roots.length", 0n, 1n << 59n),
          },
          symbol("position"),
        ],
        {
          ...tryOf(calls),
          "HashToG2.checkRoots": recording(calls, "root", () => tuple(...unknowns("y0 y1"), symbol("next"))),
        },
      );
      const reasons = outcomes.flatMap((outcome) => {
        const [point, next] = values(outcome.value) as [Term, Term];
        const found = [0, 1, 2, 3].map((index) => outcome.state.memory.word(point, index));
        const hasRoot = passes(factsOf(outcome.state), new Reader(), Polynomial.variable("y0"), false);
        return [
          ...checkSigned(outcome, found),
          ...same("the position", next.name, "next"),
          ...(hasRoot ? [] : ["a try without a root is taken"]),
        ];
      });
      const position = calls.get("root")?.[3];
      const loop = machine.loops.at(-1);
      const carried = loop?.ends.filter(({ kind }) => kind === "end").map(({ state }) => nameOf(state.env.get("next")));
      return [
        ...reasons,
        ...(outcomes.length === 2 ? [] : [`${outcomes.length} paths`]),
        ...checkArguments(calls, undefined, outcomes),
        ...same("the position given", nameOf(position), "next"),
        ...same("the position carried", (carried ?? []).join(), "next"),
        ...same("the first position", nameOf(loop?.entry.env.get("next")), "position"),
      ];
    },
  );
}

/** x as it came, and y negated on the path where the sign says so. */
function checkSigned(outcome: Outcome, [x0, x1, y0, y1]: readonly Term[]): string[] {
  const reader = new Reader();
  const y = Pair.variable("y");
  const sign = outcome.state.path.find(({ condition }) => condition.name === "negate");
  if (sign === undefined) return ["the sign is not looked at"];
  return [
    ...compare("x", reader.pair(x0!, x1!), Pair.variable("x")),
    ...compare("y", reader.pair(y0!, y1!), sign.holds ? y.scaled(-1n) : y),
  ];
}

function isKnown({ state }: Outcome, term: Term, toBeZero: boolean): boolean {
  const { lo, hi } = state.facts.of(term);
  return toBeZero ? hi === 0n : lo > 0n;
}

/** The try is the loop's counter, x goes into the curve equation and that into the root. */
function checkArguments(calls: Calls, first: string | undefined, outcomes: readonly Outcome[]): string[] {
  const [message, dst, counter] = calls.get("toField") ?? [];
  const passesOf = counter !== undefined && "op" in counter ? counter : undefined;
  const start = passesOf?.args.find(({ op, name }) => op === "symbol" && name === first);
  const counted = (passesOf?.op === "add" ? passesOf.args : [passesOf]).some(
    (part) =>
      part !== undefined &&
      new Reader(({ name }) => (name.startsWith("passes of") ? Polynomial.variable("n") : undefined))
        .read(part)
        .equals(Polynomial.variable("n")),
  );
  // the counter's symbol is another on each path
  const isLimited = ({ state }: Outcome) =>
    factsOf(state).some(
      ({ op, left, right, holds }) => op === "lt" && holds && left.op !== "const" && right.value === 256n,
    );
  return [
    ...same("the message", nameOf(message), "message"),
    ...same("the tag", nameOf(dst), "dst"),
    ...(outcomes.every(isLimited) ? [] : ["the tries do not end with 255"]),
    ...(counted && (first === undefined) === (start === undefined) ? [] : ["the try is not the number of the pass"]),
    ...same("x", (calls.get("ySquared") ?? []).map(nameOf).join(), "x0,x1"),
    ...same("y^2", (calls.get("root") ?? []).slice(0, 2).map(nameOf).join(), "c0,c1"),
  ];
}

export function checkRoots(project: Project, prove: Prove): void {
  const about = "HashToG2.checkRoots";
  const { variable, constant } = Polynomial;
  const run = () => {
    const offset = symbol("roots.offset", 0n, 1n << 64n);
    const length = symbol("roots.length", 0n, 1n << 59n);
    const { outcomes } = returns(project, about, () => [
      ...unknowns("c0 c1"),
      { kind: "calldata", offset, length },
      symbol("position"),
    ]);
    // a word behind the array is 0: only those within are looked at here
    const naming: Naming = (term) => {
      if (term.name !== "calldataload") return undefined;
      const place = new Reader().read(term.args[0]!);
      const index = [0, 1].find((at) =>
        place.equals(
          variable("roots.offset").plus(
            variable("position")
              .plus(constant(BigInt(at)))
              .scaled(32n),
          ),
        ),
      );
      if (index === undefined) throw new Error("another word of the roots");
      return variable(index === 0 ? "root" : "second");
    };
    return outcomes.map((outcome) => ({
      outcome,
      reader: new Reader(naming),
      facts: factsOf(outcome.state),
      results: values(outcome.value) as [Term, Term, Term],
    }));
  };
  const norm = normOf("c0", "c1");
  const isZero = (term: Term) => term.op === "const" && term.value === 0n;
  const nextIs = (reader: Reader, next: Term, count: bigint) =>
    comparePolynomial("the next position", reader.read(next), variable("position").plus(constant(count)));

  prove(
    about,
    "0 stands for: c1 = 0, no word taken; or a word whose square is -(c0^2 + c1^2), which with c1 != 0 has no root then, as -1 is no square: P = 3 mod 4",
    () => {
      const none = run().filter(({ results }) => isZero(results[0]));
      const reasons = none.flatMap(({ reader, facts, results, outcome }) => {
        const empty = isKnown(outcome, facts[0]!.left.name === "c1" ? facts[0]!.left : facts[0]!.right, true);
        if (empty) return nextIs(reader, results[2], 0n);
        const root = facts.some(({ left, right }) => [left, right].some((side) => containsLoad(side)))
          ? variable("root")
          : constant(0n);
        return [
          ...(passes(facts, reader, root.power(2).plus(norm), true) ? [] : ["the square of the word is not compared"]),
          ...nextIs(reader, results[2], 1n),
        ];
      });
      return [...reasons, ...(none.length >= 2 ? [] : ["not both ways"]), ...(P % 4n === 3n ? [] : ["P mod 4"])];
    },
  );
  prove(about, "else y0 is the square of a word, y1 a reduced word, and (y0 + y1 i)^2 = c0 + c1 i", () => {
    const found = run().filter(({ results }) => !isZero(results[0]) && containsLoad(results[1]));
    const reasons = found.flatMap(({ reader, facts, results }) => {
      const [y0, y1] = [reader.read(results[0]), reader.read(results[1])];
      const square = new Pair(y0, y1).times(new Pair(y0, y1)).minus(Pair.variable("c"));
      return [
        ...comparePolynomial("y0", y0, variable("root").power(2)),
        ...comparePolynomial("y1", y1, variable("second")),
        ...(facts.some(({ op, left, right, holds }) => op === "lt" && holds && left === results[1] && right.value === P)
          ? []
          : ["y1 may be unreduced"]),
        ...(passes(facts, reader, square.c0, true) ? [] : ["the real half is not compared"]),
        ...(passes(facts, reader, square.c1, true) ? [] : ["the imaginary half is not compared"]),
        ...nextIs(reader, results[2], 2n),
      ];
    });
    return [...reasons, ...(found.length > 0 ? [] : ["no such path"])];
  });
}

function containsLoad(term: Term): boolean {
  return term.name === "calldataload" || term.args.some(containsLoad);
}
