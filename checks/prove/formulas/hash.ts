/** Hashing to the twist: the expanded message, the field, the curve equation, the tries, and roots that the caller brings. */
import { B } from "../algebra/field.ts";
import { Pair } from "../algebra/pair.ts";
import { Polynomial } from "../algebra/polynomial.ts";
import type { Intercept, Machine } from "../machine/machine.ts";
import { piecesOf, showPlace } from "../machine/memory.ts";
import type { Piece } from "../machine/memory.ts";
import type { Outcome, Value } from "../machine/state.ts";
import { P, symbol } from "../machine/term.ts";
import type { Term } from "../machine/term.ts";
import type { Report } from "../report.ts";
import { words } from "../roots.ts";
import type { Project } from "../source.ts";
import { normOf, returns, unknowns, values } from "./field.ts";
import { compare, comparePolynomial, factsOf, passes, Reader } from "./terms.ts";
import type { Naming } from "./terms.ts";

type Prove = (about: string, statement: string, action: () => readonly string[]) => void;

export function checkHash(project: Project, report: Report): void {
  const prove: Prove = (about, statement, action) => report.prove("formulas", about, statement, action);
  checkExpansion(project, prove);
  checkCurve(project, prove);
  checkTries(project, prove);
  checkRoots(project, prove);
  checkGlue(project, prove);
}

export const same = (what: string, found: string, expected: string): string[] =>
  found === expected ? [] : [`${what} is ${found}, not ${expected}`];

/** Bytes in words: constants as hex, a part of a word with the numbers of its bytes. */
export function describe(pieces: readonly Piece[], nameOf: (term: Term) => string): string {
  const parts: string[] = [];
  for (const { term, from, length } of pieces) {
    const size = length.atoms.length === 0 ? Number(length.offset) : undefined;
    if (size === undefined) parts.push(`${nameOf(term)} x ${showPlace(length)}`);
    else if (term.op === "const" && term.value === 0n && size > 32) parts.push(`00 x ${size}`);
    else if (term.op === "const")
      parts.push(
        term.value
          .toString(16)
          .padStart(64, "0")
          .slice(2 * from, 2 * (from + size)),
      );
    else parts.push(size === 32 ? nameOf(term) : `${nameOf(term)}[${from}..${from + size - 1}]`);
  }
  return parts.join(" . ");
}

function checkExpansion(project: Project, prove: Prove): void {
  const about = "HashToG2._toField";
  const run = () => {
    const { outcomes } = returns(project, about, ({ memory }) => [
      memory.allocateBytes("message").object,
      symbol("dst"),
      symbol("i", 0n, 255n),
    ]);
    const [x0, x1, negate] = values(outcomes[0]!.value) as [Term, Term, Term];
    const hashes = new Map<string, Term>();
    const find = (term: Term): void => {
      if (term.name.startsWith("keccak256") && ![...hashes.values()].includes(term)) {
        term.args.forEach(find);
        hashes.set(`b${hashes.size}`, term);
      } else term.args.forEach(find);
    };
    [x0, x1, negate].forEach(find);
    const nameOf = (term: Term): string => {
      const hash = [...hashes].find(([, candidate]) => candidate === term)?.[0];
      if (hash !== undefined) return hash;
      return term.op === "xor" ? term.args.map(nameOf).sort().join("^") : term.name;
    };
    return { x0, x1, negate, hashes, nameOf };
  };
  prove(
    about,
    "b0 = keccak256(136 zeros . message . try . 0x0080 . 0x00 . dst . 0x20), bj = keccak256((b0 ^ b(j-1)) . j . dst . 0x20)",
    () => {
      const { hashes, nameOf } = run();
      const expected = [
        "00 x 136 . message.content x message.length . i[31..31] . 008000 . dst . 20",
        "b0 . 01 . dst . 20",
        "b0^b1 . 02 . dst . 20",
        "b0^b2 . 03 . dst . 20",
        "b0^b3 . 04 . dst . 20",
      ];
      const found = [...hashes.values()].map((hash) => describe(piecesOf(hash), nameOf));
      return [
        ...(found.length === 5 ? [] : [`${found.length} hashes`]),
        ...expected.flatMap((text, index) => same(`b${index}`, found[index] ?? "nothing", text)),
      ];
    },
  );
  prove(
    about,
    "x0 = b1 2^128 + b2 / 2^128 and x1 = ((b2 mod 2^128) 2^128 + b3 / 2^128) 2^128 + b3 mod 2^128, modulo p; the sign is the last bit of b4",
    () => {
      const { x0, x1, negate, hashes, nameOf } = run();
      const part = (term: Term, which: string) => Polynomial.variable(`${nameOf(term)}.${which}`);
      const isBy128 = ({ op, value }: Term) => op === "const" && value === 128n;
      const naming: Naming = (term) => {
        const [a, b] = term.args as [Term, Term];
        if (term.op === "shr" && isBy128(a) && b.op === "shl" && isBy128(b.args[0]!)) return part(b.args[1]!, "low");
        if (term.op === "shr" && isBy128(a)) return part(b, "high");
        if (term.op === "shl" && isBy128(a)) return part(b, "low").scaled(1n << 128n);
        // bits of which one has the upper half and the other the lower
        if (term.op === "or" && [a, b].some(({ op }) => op === "shl") && [a, b].some(({ op }) => op === "shr"))
          return naming(a)!.plus(naming(b)!);
        return [...hashes.values()].includes(term) ? Polynomial.variable(nameOf(term)) : undefined;
      };
      const reader = new Reader(naming);
      const { variable } = Polynomial;
      const [last, mask] = [...negate.args].sort((a, b) => (a.op === "const" ? 1 : 0) - (b.op === "const" ? 1 : 0)) as [
        Term,
        Term,
      ];
      return [
        ...comparePolynomial(
          "x0",
          reader.read(x0),
          variable("b1")
            .scaled(1n << 128n)
            .plus(variable("b2.high")),
        ),
        ...comparePolynomial(
          "x1",
          reader.read(x1),
          variable("b2.low")
            .scaled(1n << 256n)
            .plus(variable("b3.high").scaled(1n << 128n))
            .plus(variable("b3.low")),
        ),
        ...(negate.op === "and" && mask.value === 1n && nameOf(last) === "b4" ? [] : ["the sign"]),
      ];
    },
  );
  prove("HashToG2.reduce", "high 2^128 + low, modulo p", () => {
    const { outcomes } = returns(project, "HashToG2.reduce", () => [
      symbol("high"),
      symbol("low", 0n, (1n << 128n) - 1n),
    ]);
    const expected = Polynomial.variable("high")
      .scaled(1n << 128n)
      .plus(Polynomial.variable("low"));
    return comparePolynomial("it", new Reader().read(outcomes[0]!.value as Term), expected);
  });
}

const curve = (x: Pair): Pair => x.times(x).times(x).plus(Pair.constant(B.c0, B.c1));

function checkCurve(project: Project, prove: Prove): void {
  prove("HashToG2._ySquared", "x^3 + 3 / (9 + i)", () => {
    const { outcomes } = returns(project, "HashToG2._ySquared", () => unknowns("x0 x1"));
    const [c0, c1] = values(outcomes[0]!.value) as [Term, Term];
    return compare("y^2", new Reader().pair(c0, c1), curve(Pair.variable("x")));
  });
}

/** What is called, with its arguments as they were given. */
type Calls = Map<string, readonly Value[]>;

function recording(calls: Calls, name: string, results: (machine: Machine) => Value): Intercept {
  return (machine, args) => {
    calls.set(name, args);
    return results(machine);
  };
}

const tuple = (...all: Value[]): Value => ({ kind: "tuple", values: all });

/** A try: the field elements, the right side of the curve equation, and what is made of these. */
const tryOf = (calls: Calls): Record<string, Intercept> => ({
  "HashToG2._toField": recording(calls, "toField", () => tuple(...unknowns("x0 x1"), symbol("negate", 0n, 1n))),
  "HashToG2._ySquared": recording(calls, "ySquared", () => tuple(...unknowns("c0 c1"))),
});

const nameOf = (value: Value | undefined): string => (value !== undefined && "name" in value ? value.name : "?");

function checkTries(project: Project, prove: Prove): void {
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
        ...checkArguments(calls, "firstTry"),
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
        return [...checkSigned(outcome, found), ...same("the position", next.name, "next")];
      });
      const position = calls.get("root")?.[3];
      const loop = machine.loops.at(-1);
      const carried = loop?.ends.filter(({ kind }) => kind === "end").map(({ state }) => nameOf(state.env.get("next")));
      return [
        ...reasons,
        ...(outcomes.length === 2 ? [] : [`${outcomes.length} paths`]),
        ...checkArguments(calls, undefined),
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
function checkArguments(calls: Calls, first: string | undefined): string[] {
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
  return [
    ...same("the message", nameOf(message), "message"),
    ...same("the tag", nameOf(dst), "dst"),
    ...(counted && (first === undefined) === (start === undefined) ? [] : ["the try is not the number of the pass"]),
    ...same("x", (calls.get("ySquared") ?? []).map(nameOf).join(), "x0,x1"),
    ...same("y^2", (calls.get("root") ?? []).slice(0, 2).map(nameOf).join(), "c0,c1"),
  ];
}

function checkRoots(project: Project, prove: Prove): void {
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

function checkGlue(project: Project, prove: Prove): void {
  const run = (
    name: string,
    args: (machine: Machine) => Value[],
    intercepts: (calls: Calls) => Record<string, Intercept>,
  ) => {
    const calls: Calls = new Map();
    const { outcomes } = returns(project, name, args, intercepts(calls));
    return { calls, outcomes };
  };
  const sum = (machine: Machine) => words(machine, "sum", [words(machine, "point", unknowns("X0 X1 Y0 Y1 Z0 Z1"))]);

  prove("HashToG2.hashToG2", "clears the cofactor of the mapped point, with its c", () => {
    const { calls } = run(
      "HashToG2.hashToG2",
      ({ memory }) => [memory.allocateBytes("message").object, symbol("dst")],
      (record) => ({
        "HashToG2.mapUpToSign": recording(record, "map", () => tuple(...unknowns("x0 x1 y0 y1 c"))),
        "G2.clearCofactor": recording(record, "clear", (machine) => words(machine, "H", unknowns("h0 h1 h2 h3"))),
      }),
    );
    const [message, dst, first] = calls.get("map") ?? [];
    return [
      ...same("what is cleared", (calls.get("clear") ?? []).map(nameOf).join(), "x0,x1,y0,y1,c"),
      ...same("what is mapped", [message, dst].map(nameOf).join(), "message,dst"),
      ...(first !== undefined && "value" in first && first.value === 0n ? [] : ["the first try is not 0"]),
    ];
  });
  prove("HashToG2._map", "the mapped point, y negated unless c is 1 or a square", () => {
    const { calls, outcomes } = run(
      "HashToG2._map",
      ({ memory }) => [memory.allocateBytes("message").object, symbol("dst")],
      (record) => ({
        "HashToG2.mapUpToSign": recording(record, "map", () => tuple(...unknowns("x0 x1 y0 y1 c"))),
        "Fp2.isSquare": recording(record, "square", () => symbol("square", 0n, 1n)),
      }),
    );
    const [message, dst, first] = calls.get("map") ?? [];
    const reasons = outcomes.flatMap(({ state, value }) => {
      const sign = state.path.find(({ condition }) => isOneOrSquare(condition));
      if (sign === undefined) return ["the sign is not looked at"];
      const reader = new Reader();
      const at = (index: number) =>
        reader.pair(state.memory.word(value as Term, index), state.memory.word(value as Term, index + 1));
      const y = Pair.variable("y");
      return [...compare("x", at(0), Pair.variable("x")), ...compare("y", at(2), sign.holds ? y : y.scaled(-1n))];
    });
    return [
      ...reasons,
      ...(outcomes.length === 2 ? [] : [`${outcomes.length} paths`]),
      ...same("the character is that of", nameOf(calls.get("square")?.[0]), "c"),
      ...same("what is mapped", [message, dst].map(nameOf).join(), "message,dst"),
      ...(first !== undefined && "value" in first && first.value === 0n ? [] : ["the first try is not 0"]),
    ];
  });
  prove(
    "HashToG2.accumulate",
    "adds the mapped point to the sum, told its roots or, if there are none at all, without; and reverts unless that is regular",
    () => {
      const { calls, outcomes } = run(
        "HashToG2.accumulate",
        (machine) => [
          sum(machine),
          machine.memory.allocateBytes("message").object,
          symbol("dst"),
          { kind: "calldata", offset: symbol("roots.offset"), length: symbol("roots.length") },
          symbol("position"),
        ],
        (record) => ({
          "HashToG2._map": recording(record, "lean", (machine) => words(machine, "p", unknowns("x0 x1 y0 y1"))),
          "HashToG2._mapWithRoots": recording(record, "map", (machine) =>
            tuple(words(machine, "p", unknowns("x0 x1 y0 y1")), symbol("next")),
          ),
          "G2.addMixed": recording(record, "add", () => symbol("regular", 0n, 1n)),
        }),
      );
      const passed = (state: Outcome["state"], what: (condition: Term) => boolean) =>
        state.path.find(({ condition }) => what(condition))?.holds;
      const regular = outcomes.every(({ state }) => passed(state, ({ name }) => name === "regular") === true);
      const ways = outcomes.map(({ state, value }) => {
        const isLean = passed(state, ({ op, args }) => op === "eq" && args.some(({ name }) => name === "roots.length"));
        return `${isLean ? "lean" : "told"} ${nameOf(value)}`.trim();
      });
      return [
        ...same("what is added", (calls.get("add") ?? []).map(nameOf).join(), "point,x0,x1,y0,y1"),
        ...same("what is mapped without", (calls.get("lean") ?? []).map(nameOf).join(), "message,dst"),
        ...same("the position given", nameOf(calls.get("map")?.[3]), "position"),
        ...same("the ways", ways.sort().join(), "lean,told next"),
        ...(regular ? [] : ["an irregular sum is let through"]),
      ];
    },
  );
  prove("HashToG2.finish", "clears the cofactor of the sum made affine, with c = 1; an empty one reverts", () => {
    const { calls, outcomes } = run(
      "HashToG2.finish",
      (machine) => [sum(machine)],
      (record) => ({
        "G2.toAffine": recording(record, "affine", (machine) => words(machine, "a", unknowns("x0 x1 y0 y1"))),
        "G2.clearCofactor": recording(record, "clear", (machine) => words(machine, "H", unknowns("h0 h1 h2 h3"))),
      }),
    );
    const cleared = calls.get("clear") ?? [];
    const c = cleared[4];
    const isFull = outcomes.every(({ state }) =>
      state.path.some(({ condition, holds }) => {
        const or = condition.args[0]?.args.find(({ op }) => op === "or");
        return (
          holds &&
          condition.op === "iszero" &&
          or?.args
            .map(({ name }) => name)
            .sort()
            .join() === "Z0,Z1"
        );
      }),
    );
    return [
      ...same("what is made affine", (calls.get("affine") ?? []).map(nameOf).join(), "X0,X1,Y0,Y1,Z0,Z1"),
      ...same("what is cleared", cleared.slice(0, 4).map(nameOf).join(), "x0,x1,y0,y1"),
      ...(c !== undefined && "value" in c && c.value === 1n ? [] : ["c is not 1"]),
      ...(isFull ? [] : ["an empty sum is let through"]),
    ];
  });
}

/** `c == 1 || square`. */
function isOneOrSquare({ op, args }: Term): boolean {
  const isOne = args.some(
    (arg) => arg.op === "eq" && arg.args.some(({ name }) => name === "c") && arg.args.some(({ value }) => value === 1n),
  );
  return op === "or" && isOne && args.some(({ name }) => name === "square");
}
