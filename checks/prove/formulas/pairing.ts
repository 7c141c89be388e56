/** BN254 and the signers' key: what the precompiles are asked, and what is made of their answers. */
import { Polynomial } from "../algebra/polynomial.ts";
import type { Intercept } from "../machine/machine.ts";
import { piecesOf } from "../machine/memory.ts";
import { isTerm } from "../machine/state.ts";
import type { CalldataArray, Outcome, State, Value } from "../machine/state.ts";
import { P, symbol } from "../machine/term.ts";
import type { Term } from "../machine/term.ts";
import type { Report } from "../report.ts";
import { words } from "../roots.ts";
import type { Project } from "../source.ts";
import { returns, unknowns } from "./field.ts";
import { describe } from "./hash.ts";
import { comparePolynomial, factsOf, passes, Reader, same } from "./terms.ts";
import type { Prove } from "./terms.ts";

const { variable, constant } = Polynomial;

export function checkPairing(project: Project, report: Report): void {
  const prove: Prove = (about, statement, action) => report.prove("formulas", about, statement, action);

  prove(
    "BN254.verify",
    "asks for e(P1, signature) e(-aggregateKey, hash), imaginary halves first, and is true only if that succeeds and gives 1",
    () => {
      const { outcomes } = returns(project, "BN254.verify", (machine) => [
        words(machine, "key", unknowns("k.X k.Y")),
        words(machine, "signature", unknowns("s.xc0 s.xc1 s.yc0 s.yc1", undefined)),
        words(machine, "hash", unknowns("h.xc0 h.xc1 h.yc0 h.yc1")),
      ]);
      const valid = outcomes[0]!.value as Term;
      const success = valid.args.find(({ name }) => name.startsWith("success of precompile 8"));
      const isOne = valid.args.find(({ op }) => op === "eq");
      const pairing = isOne?.args.find(({ name }) => name === "pairing");
      const one = isOne?.args.find(({ op }) => op === "const");
      if (valid.op !== "and" || success === undefined || pairing === undefined || one?.value !== 1n)
        return ["not both are required"];
      const asked = pairing.args.map((word) =>
        word.op === "const" ? `${word.value}` : word.op === "symbol" ? word.name : "computed",
      );
      const expected = [
        "1",
        "2",
        "s.xc1",
        "s.xc0",
        "s.yc1",
        "s.yc0",
        "k.X",
        "computed",
        "h.xc1",
        "h.xc0",
        "h.yc1",
        "h.yc0",
      ];
      return [...same("what is asked", asked.join(), expected.join()), ...negation(pairing.args[7]!)];
    },
  );
  prove("BN254.negate", "(X, -Y), reduced, of what need not be", () => {
    const { outcomes } = returns(project, "BN254.negate", (machine) => [
      words(machine, "point", [symbol("X"), symbol("Y")]),
    ]);
    const { state, value } = outcomes[0]!;
    const [x, y] = [0, 1].map((index) => state.memory.word(value as Term, index)) as [Term, Term];
    const reader = new Reader();
    return [
      ...comparePolynomial("X", reader.read(x), variable("X")),
      ...comparePolynomial("Y", reader.read(y), variable("Y").scaled(-1n)),
      ...[x, y].flatMap((word) => (state.facts.of(word).hi < P ? [] : ["it is not reduced"])),
    ];
  });
  prove("BN254.accumulate", "asks for sum + point, puts the answer into sum if there was one, and tells which", () => {
    let sum: Term | undefined;
    const { outcomes } = returns(project, "BN254.accumulate", (machine) => {
      sum = words(machine, "sum", [symbol("s.X"), symbol("s.Y")]);
      return [sum, words(machine, "point", [symbol("p.X"), symbol("p.Y")])];
    });
    const [added, refused] = outcomes as [Outcome, Outcome];
    return [
      ...(outcomes.length === 2 ? [] : ["not two ways"]),
      ...[0, 1].flatMap((index) => [
        ...same("the sum", sumOf(added.state.memory.word(sum!, index)), `sum.${"XY"[index]} of s.X,s.Y,p.X,p.Y`),
        ...same("the sum of what is refused", refused.state.memory.word(sum!, index).name, `s.${"XY"[index]}`),
      ]),
      ...outcomes.flatMap(({ value, state }, index) =>
        (value as Term).name === SUCCESS && state.facts.of(value as Term).lo === BigInt(1 - index)
          ? []
          : ["its success is not told"],
      ),
    ];
  });
  prove("BN254.validate", "lets through only X, Y < P with Y^2 = X^3 + 3", () => {
    const { outcomes } = returns(project, "BN254.validate", (machine) => [
      words(machine, "point", [symbol("X"), symbol("Y")]),
    ]);
    const equation = variable("Y").power(2).minus(variable("X").power(3)).minus(constant(3n));
    return outcomes.flatMap(({ state }) => {
      const facts = factsOf(state);
      const below = facts
        .filter(({ op, holds, right }) => op === "lt" && holds && right.value === P)
        .map(({ left }) => left.name);
      return [
        ...same("what is below P", below.sort().join(), "X,Y"),
        ...(passes(facts, new Reader(), equation, true) ? [] : ["the equation is not compared"]),
      ];
    });
  });
  prove("BN254.isInfinity", "X = 0 and Y = 0", () => {
    const { outcomes } = returns(project, "BN254.isInfinity", (machine) => [
      words(machine, "point", [symbol("X"), symbol("Y")]),
    ]);
    const { op, args } = outcomes[0]!.value as Term;
    const zeros = args.filter(
      (arg) => arg.op === "eq" && arg.args.some((side) => side.op === "const" && side.value === 0n),
    );
    const names = zeros.flatMap((zero) => zero.args.flatMap(({ name }) => (name === "" ? [] : [name])));
    return op === "and" ? same("what is 0", names.sort().join(), "X,Y") : ["not both"];
  });
  if (project.has("NetworkSignatures._subtractKeys")) checkSigners(project, prove);
}

/** 0 for 0, P - Y else. */
function negation({ op, args }: Term): string[] {
  const isNonZero = args.find(
    (arg) => arg.op === "iszero" && arg.args[0]?.op === "iszero" && arg.args[0].args[0]?.name === "k.Y",
  );
  const difference = args.find((arg) => arg.op === "sub");
  if (op !== "mul" || isNonZero === undefined || difference === undefined) return ["-Y is not (Y != 0) (P - Y)"];
  return [
    ...comparePolynomial("-Y", new Reader().read(difference), variable("k.Y").scaled(-1n)),
    ...(difference.args[0]!.value === P ? [] : ["-Y is not taken from P"]),
  ];
}

const SUCCESS = "success of precompile 6";

const sumOf = ({ name, args }: Term): string => `${name} of ${args.map((arg) => arg.name).join()}`;

function checkSigners(project: Project, prove: Prove): void {
  const ids: CalldataArray = {
    kind: "calldata",
    offset: symbol("ids.offset", 0n, 1n << 64n),
    length: symbol("ids.length", 0n, (1n << 59n) - 1n),
  };
  const about = "NetworkSignatures._subtractKeys";
  const run = () => returns(project, about, (machine) => [words(machine, "key", [symbol("X"), symbol("Y")]), ids]);

  prove(
    about,
    "begins with -key, adds the key of each id in turn to it, reduced if it is refused, or not if that is too, and gives the negation",
    () => {
      const { outcomes, machine } = run();
      const loop = machine.loops.at(-1)!;
      if (loop.ends.length !== 3 || outcomes.length !== 1) return ["other paths"];
      // the key is taken, or taken reduced, or not
      const [taken, reduced, refused] = loop.ends as [Outcome, Outcome, Outcome];
      const terms = loop.head.env.get("terms") as Term;
      const reader = new Reader();
      const first = [0, 1].map((index) => reader.read(loop.entry.memory.word(terms, index))) as [
        Polynomial,
        Polynomial,
      ];
      const before = [0, 1].map((index) => loop.head.memory.word(terms, index));
      const sumAfter = (end: Outcome) => [0, 1].map((index) => end.state.memory.word(terms, index)) as [Term, Term];
      const isSum = ([x, y]: [Term, Term]): string[] => [
        ...[x, y].flatMap((word, index) => same("the sum", word.name, `sum.${"XY"[index]}`)),
        ...[x, y].flatMap(({ args }) =>
          args[0] === before[0] && args[1] === before[1] ? [] : ["it is added to something else"],
        ),
        ...(x.args[2] === y.args[2] && x.args[3] === y.args[3] ? [] : ["two different keys"]),
      ];
      const keys = sumAfter(taken)[0].args.slice(2);
      const result = outcomes[0]!;
      const left = [0, 1].map((index) => result.state.memory.word(result.value as Term, index)) as [Term, Term];
      const reasons = [
        ...comparePolynomial("the first X", first[0], variable("X")),
        ...comparePolynomial("the first Y", first[1], variable("Y").scaled(-1n)),
        ...isSum(sumAfter(taken)),
        ...isSum(sumAfter(reduced)),
        ...sumAfter(reduced)[0]
          .args.slice(2)
          .flatMap(({ op, args }, index) =>
            op === "mod" && args[0] === keys[index] && args[1]?.value === P ? [] : ["what is refused is not reduced"],
          ),
        ...(sumAfter(refused).every((word, index) => word === before[index]) ? [] : ["what is refused twice is added"]),
        ...comparePolynomial("X", new Reader(named).read(left[0]), variable(before[0]!.name)),
        ...comparePolynomial("Y", new Reader(named).read(left[1]), variable(before[1]!.name).scaled(-1n)),
      ];
      return [...reasons, ...keySlots(project, keys)];
    },
  );
  prove(
    "NetworkSignatures._checkNetworkSignature",
    "checks the signature, its halves in their order, under the aggregate key less those of the ids; neither at infinity",
    () => {
      let verified: readonly Value[] = [];
      let subtracted: readonly Value[] = [];
      const verify: Intercept = (machine, args) => {
        verified = args.flatMap((object, index) =>
          isTerm(object)
            ? Array.from({ length: index === 0 ? 2 : 4 }, (_, word) => machine.memory.word(object, word))
            : [],
        );
        return symbol("valid", 0n, 1n);
      };
      const subtract: Intercept = (machine, [key]) => {
        subtracted = [0, 1].map((word) => machine.memory.word(key as Term, word));
        return words(machine, "rest", unknowns("r.X r.Y"));
      };
      const { outcomes } = returns(
        project,
        "NetworkSignatures._checkNetworkSignature",
        (machine) => [
          words(machine, "hash", unknowns("h0 h1 h2 h3")),
          { kind: "storage", path: "signature", keys: [] },
          ids,
        ],
        { "BN254.verify": verify, [about]: subtract },
      );
      const nameOf = (value: Value) => (isTerm(value) ? value.name.replace(/@\d+$/, "") : "?");
      const found = outcomes.flatMap(({ state }) => {
        const refused = refusals(state).map((all) => all.map(nameOf).sort().join());
        const key = state.facts.of(ids.length).hi === 0n ? "_aggregatePubkey" : "r";
        const expected = [`${key}.X,${key}.Y`, ["0", "1", "2", "3"].map((half) => `signature.sigs${half}`).join()];
        const required = state.path.some(({ condition, holds }) => holds && mentions(condition, "valid"));
        return [
          ...same("what must not be 0", refused.sort().join(" "), expected.sort().join(" ")),
          ...(required ? [] : ["the pairing is not required"]),
        ];
      });
      return [
        ...found,
        ...same(
          "the key less those of the ids is of",
          subtracted.map(nameOf).join(),
          "_aggregatePubkey.X,_aggregatePubkey.Y",
        ),
        ...same(
          "what is checked",
          verified.slice(2).map(nameOf).join(),
          "signature.sigs0,signature.sigs1,signature.sigs2,signature.sigs3,h0,h1,h2,h3",
        ),
      ];
    },
  );
}

const named = (term: Term): Polynomial | undefined => (term.op === "symbol" ? variable(term.name) : undefined);

/** Points and signatures that the path has refused to be all zero: `a == 0 && b == 0`, or `a | b == 0`, as the words in them. */
function refusals({ path }: State): Term[][] {
  const found: Term[][] = [];
  const isZero = ({ op, value }: Term) => op === "const" && value === 0n;
  const leaves = (term: Term): Term[] => (term.op === "or" ? term.args.flatMap(leaves) : isZero(term) ? [] : [term]);
  const take = ({ op, args }: Term, holds: boolean): void => {
    const [left, right] = args as [Term, Term];
    if (op === "iszero") take(left, !holds);
    else if ((op === "and" && holds) || (op === "or" && !holds)) {
      take(left, holds);
      take(right, holds);
    } else if (op === "and" && args.every((arg) => arg.op === "eq" && arg.args.some(isZero)))
      found.push(args.flatMap((arg) => arg.args.filter((side) => !isZero(side))));
    else if (op === "eq" && !holds && args.some(isZero) && args.some((side) => side.op === "or"))
      found.push(args.flatMap(leaves));
  };
  for (const { condition, holds } of path) take(condition, holds);
  return found;
}

function mentions(term: Term, name: string): boolean {
  return term.name === name || term.args.some((arg) => mentions(arg, name));
}

/** Where storage has the key of a node: behind keccak256(id . slot of the mapping), by the members before it. */
function keySlots(project: Project, keys: readonly Term[]): string[] {
  const expected = keyOffset(project);
  return keys.flatMap((key, index) => {
    const [slot] = key.args as [Term];
    if (key.name !== "sload" || slot.op !== "add") return ["the key is not loaded"];
    const offset = slot.args.find(({ op }) => op === "const");
    const hash = slot.args.find(({ op }) => op === "call");
    const nameOf = (term: Term) => (term.name === "calldataload" ? "id" : term.name);
    const bytes = hash === undefined ? "nothing" : describe(piecesOf(hash), nameOf);
    return [
      ...same("the slot is behind the hash of", bytes, "id . slot of _serviceNodes"),
      ...(offset?.value === BigInt(expected + index)
        ? []
        : [`word ${index} of the key is not ${expected + index} slots behind`]),
    ];
  });
}

/** By the layout rules of Solidity: members of 32 bytes and structs begin a slot, smaller ones share it. */
function keyOffset(project: Project): number {
  const struct = project.struct("ServiceNode");
  let slot = 0;
  let used = 0;
  for (const { name, typeDescriptions } of struct.members) {
    const { typeIdentifier } = typeDescriptions;
    const bits = /^t_uint(\d+)$/.exec(typeIdentifier)?.[1];
    const bytes = bits !== undefined ? Number(bits) / 8 : typeIdentifier === "t_address" ? 20 : 32;
    if (used + bytes > 32) [slot, used] = [slot + 1, 0];
    if (name === "blsPubkey") return used === 0 ? slot : slot + 1;
    used += bytes;
  }
  throw new Error("no blsPubkey");
}
