/** The operations of G2 on the running point: what the code computes is what its documentation writes, and that is the textbook's. */
import { addition, doubling, isogeny, threeEighths, tripling } from "../algebra/curve.ts";
import type { Affine, Jacobian } from "../algebra/curve.ts";
import { OMEGA } from "../algebra/field.ts";
import { Pair } from "../algebra/pair.ts";
import { inverseOf, modulo, Polynomial } from "../algebra/polynomial.ts";
import { affine, chord, Fraction, samePoint, tangent } from "../algebra/textbook.ts";
import type { LoopRecord, Machine } from "../machine/machine.ts";
import { callFunction, newMachine } from "../machine/solidity.ts";
import { newState } from "../machine/state.ts";
import type { Outcome, State } from "../machine/state.ts";
import { constant, P, symbol } from "../machine/term.ts";
import type { Term } from "../machine/term.ts";
import type { Report } from "../report.ts";
import { running } from "../roots.ts";
import { startOf } from "../source.ts";
import type { Project } from "../source.ts";
import { compare, Reader, variableOf } from "./terms.ts";
import type { Prove } from "./terms.ts";

const NAMES = ["X0", "X1", "Y0", "Y1", "Z0", "Z1"];
const FIRST = 16;

const omega = OMEGA.c0;

/** The scale of Z in M: see KAPPA in G2. The conjugate's is that of omega^2. */
export const kappaOf = (root: bigint): bigint => modulo(root * root * (root - root * root) * inverseOf(2n));

export const unknownPoint = (): Jacobian<Pair> => ({
  X: Pair.variable("X"),
  Y: Pair.variable("Y"),
  Z: Pair.variable("Z"),
});

function readPoint(reader: Reader, words: readonly Term[]): Jacobian<Pair> {
  const [X0, X1, Y0, Y1, Z0, Z1] = words as [Term, Term, Term, Term, Term, Term];
  return { X: reader.pair(X0, X1), Y: reader.pair(Y0, Y1), Z: reader.pair(Z0, Z1) };
}

export function comparePoint(found: Jacobian<Pair>, expected: Jacobian<Pair>): string[] {
  return (["X", "Y", "Z"] as const).flatMap((name) => compare(`${name}'`, found[name], expected[name]));
}

/** A point whose Z is 0 keeps it. */
export function zeroStays({ Z }: Jacobian<Pair>): string[] {
  const stays = [Z.c0, Z.c1].every((half) => half.vanishesWith(["Z0", "Z1"]));
  return stays ? [] : ["Z' is not 0 where Z is"];
}

interface Run {
  readonly machine: Machine;
  readonly outer: LoopRecord;
  readonly doublings: LoopRecord;
  readonly triplings: LoopRecord;
  readonly end: State;
  readonly m: Term;
}

/** `_run` on an unknown point, table and program. */
function runProgram(project: Project): Run {
  const machine = newMachine(project);
  let m: Term | undefined;
  const outcomes = machine.explore(newState(), () => {
    m = running(machine);
    return callFunction(machine, project.function("G2._run"), [m, symbol("program"), constant(P)]);
  });
  const sources = [...new Set(machine.loops.map(({ src }) => src))].sort((a, b) => startOf(a) - startOf(b));
  if (sources.length !== 3 || outcomes.length !== 1) throw new Error("_run has not the three loops that it had");
  const [outer, doublings, triplings] = sources.map((src) => machine.loops.find((loop) => loop.src === src)!);
  return { machine, outer: outer!, doublings: doublings!, triplings: triplings!, end: outcomes[0]!.state, m: m! };
}

const pointIn = (state: State): Term[] => NAMES.map((name) => variableOf(state, name));

function onlyEnd({ ends }: LoopRecord): Outcome {
  if (ends.length !== 1) throw new Error("a loop whose body has several paths");
  return ends[0]!;
}

function isUntouched(state: State, what: string): string[] {
  return NAMES.filter((name) => {
    const term = variableOf(state, name);
    return term.op !== "symbol" || term.name !== name;
  }).map((name) => `${what}: ${name} has changed`);
}

export function checkSteps(project: Project, report: Report): void {
  let run: Run | undefined;
  const ran = (): Run => (run ??= runProgram(project));
  const prove = (about: string, statement: string, action: () => readonly string[]) =>
    report.prove("formulas", about, statement, action);

  prove(
    "G2._run",
    "begins with the point at m[16..21], ends with it there, and changes it nowhere but in the three operations",
    () => {
      const { outer, doublings, triplings, end, m, machine } = ran();
      const reasons = NAMES.flatMap((name, index) => {
        const first = variableOf(outer.entry, name);
        const last = end.memory.word(m, FIRST + index);
        return [
          ...(first.name === `m[${FIRST + index}]` ? [] : [`${name} does not begin as m[${FIRST + index}]`]),
          ...(last.name === name ? [] : [`m[${FIRST + index}] does not end as ${name}`]),
        ];
      });
      for (let index = 0; index < 29; index++)
        if ((index < FIRST || index > FIRST + 5) && end.memory.word(m, index).name !== `m[${index}]`)
          reasons.push(`m[${index}] is changed`);
      if (machine.problems.length > 0) reasons.push("its bounds do not hold");
      return [
        ...reasons,
        ...isUntouched(doublings.entry, "before the doublings"),
        ...isUntouched(triplings.entry, "before the triplings"),
      ];
    },
  );

  const step = (name: string, loop: (run: Run) => LoopRecord, expected: (point: Jacobian<Pair>) => Jacobian<Pair>) => {
    prove("G2._run", `the ${name} computes the formulas of its documentation`, () =>
      comparePoint(readPoint(new Reader(), pointIn(onlyEnd(loop(ran())).state)), expected(unknownPoint())),
    );
    prove("G2._run", `the ${name} keeps a Z of 0`, () =>
      zeroStays(readPoint(new Reader(), pointIn(onlyEnd(loop(ran())).state))),
    );
  };
  step("doubling", ({ doublings }) => doublings, doubling);
  step("tripling", ({ triplings }) => triplings, tripling);

  const additions = (action: (point: Jacobian<Pair>, entry: number) => readonly string[]) => {
    const { outer } = ran();
    const seen: number[] = [];
    const reasons = outer.ends.flatMap(({ state }) => {
      const words = pointIn(state);
      const entry = entryOf(words);
      seen.push(entry);
      return action(readPoint(new Reader(), words), entry);
    });
    return [...reasons, ...(seen.sort().join() === "0,1,2,3" ? [] : [`adds the entries ${seen.join()}`])];
  };
  prove("G2._run", "the addition of each of the four entries computes the formulas of its documentation", () =>
    additions((point, entry) => comparePoint(point, addition(unknownPoint(), entryPoint(entry)))),
  );
  prove("G2._run", "the addition keeps a Z of 0", () => additions((point) => zeroStays(point)));

  const M = () => {
    const machine = newMachine(project);
    let m: Term | undefined;
    const outcomes = machine.explore(newState(), () => {
      m = running(machine);
      NAMES.forEach((name, index) => machine.memory.put(m!, 32n * BigInt(FIRST + index), symbol(name, 0n, P - 1n)));
      return callFunction(machine, project.function("G2._multiplyByM"), [m, constant(P)]);
    });
    const { memory } = outcomes[0]!.state;
    return readPoint(
      new Reader(),
      NAMES.map((_, index) => memory.word(m!, FIRST + index)),
    );
  };
  prove("G2._multiplyByM", "computes the formulas of its documentation", () =>
    comparePoint(M(), isogeny(unknownPoint(), kappaOf(omega))),
  );
  prove("G2._multiplyByM", "keeps a Z of 0", () => zeroStays(M()));
  checkTextbook(prove);
}

/** Which entry of the table the words depend on. */
function entryOf(words: readonly Term[]): number {
  const entries = new Set<number>();
  const seen = new Set<number>();
  const walk = (term: Term): void => {
    if (seen.has(term.id)) return;
    seen.add(term.id);
    const index = /^m\[(\d+)\]$/.exec(term.name)?.[1];
    if (index !== undefined) entries.add(Math.floor(Number(index) / 4));
    term.args.forEach(walk);
  };
  words.forEach(walk);
  if (entries.size !== 1) throw new Error(`an addition of the entries ${[...entries].join()}`);
  return [...entries][0]!;
}

function entryPoint(entry: number): Affine<Pair> {
  const word = (index: number) => Polynomial.variable(`m[${4 * entry + index}]`);
  return { x: new Pair(word(0), word(1)), y: new Pair(word(2), word(3)) };
}

/** On a curve y^2 = x^3 + b of any b: no step needs it. */
function checkTextbook(prove: Prove): void {
  const unknown = (): Jacobian<Polynomial> => ({
    X: Polynomial.variable("X"),
    Y: Polynomial.variable("Y"),
    Z: Polynomial.variable("Z"),
  });
  const other = (): Affine<Polynomial> => ({ x: Polynomial.variable("x"), y: Polynomial.variable("y") });
  const rotated = ({ x, y }: Affine<Fraction>, root: bigint): Affine<Fraction> => ({
    x: x.scaled(root),
    y: y.scaled(-1n),
  });
  const point = affine(unknown());
  const about = "textbook";

  prove(about, "the doubling gives -2(X, Y, Z): the tangent, negated; its Z' is 0 where Y is", () => {
    const { x, y } = tangent(point);
    return [
      ...samePoint("-2P", affine(doubling(unknown())), { x, y: y.scaled(-1n) }),
      ...factorOfZ(doubling(unknown()), Polynomial.variable("Y")),
    ];
  });
  prove(about, "the addition gives (X, Y, Z) + (x, y): the chord; its Z' is 0 where both have one x", () => {
    const { x, y } = other();
    const { X, Z } = unknown();
    return [
      ...samePoint(
        "the sum",
        affine(addition(unknown(), other())),
        chord(point, { x: new Fraction(x), y: new Fraction(y) }),
      ),
      ...factorOfZ(addition(unknown(), other()), x.times(Z).times(Z).minus(X)),
    ];
  });
  prove(about, "M gives (x, y) + (omega x, -y): the chord; its Z' is 0 where X is", () => [
    ...samePoint("M", affine(isogeny(unknown(), kappaOf(omega))), chord(point, rotated(point, omega))),
    ...factorOfZ(isogeny(unknown(), 1n), Polynomial.variable("X")),
  ]);
  prove(about, "its conjugate gives (x, y) + (omega^2 x, -y): the chord", () => {
    const root = modulo(omega * omega);
    return samePoint("the conjugate", affine(isogeny(unknown(), kappaOf(root))), chord(point, rotated(point, root)));
  });
  prove(about, "the tripling is M and then its conjugate", () => {
    const composed = isogeny(isogeny(unknown(), kappaOf(omega)), kappaOf(modulo(omega * omega)));
    const found = tripling(unknown());
    return (["X", "Y", "Z"] as const)
      .filter((name) => !found[name].equals(composed[name]))
      .map((name) => `${name}' is another`);
  });
  prove(about, "(1 + psi^2)(1 + psi^-2) = 3, since psi^2 + psi^-2 = 1: (omega x, -y) + (omega^2 x, -y) = (x, y)", () =>
    samePoint("the sum", chord(rotated(point, omega), rotated(point, modulo(omega * omega))), point),
  );
  prove(about, "omega is a third root of 1, and 3/8 is that", () => [
    ...(omega !== 1n && modulo(omega ** 3n) === 1n && OMEGA.c1 === 0n ? [] : ["omega"]),
    ...(modulo(8n * threeEighths) === 3n ? [] : ["3/8"]),
  ]);
}

/** Z' = Z times what is 0 in the exceptional cases, up to a constant. */
function factorOfZ({ Z }: Jacobian<Polynomial>, factor: Polynomial): string[] {
  return Z.equals(Polynomial.variable("Z").times(factor)) ? [] : ["Z' has another factor"];
}
