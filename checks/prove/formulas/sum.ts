/** G2 beside its chain: the frame change, the sum of points and its affine form. */
import { addition, scaling } from "../algebra/curve.ts";
import { Pair } from "../algebra/pair.ts";
import { Polynomial } from "../algebra/polynomial.ts";
import type { Intercept } from "../machine/machine.ts";
import type { Outcome, Value } from "../machine/state.ts";
import { constant, P } from "../machine/term.ts";
import type { Term } from "../machine/term.ts";
import type { Report } from "../report.ts";
import { words } from "../roots.ts";
import type { Project } from "../source.ts";
import { returns, unknowns, values } from "./field.ts";
import { comparePoint, unknownPoint, zeroStays } from "./steps.ts";
import { compare, Reader } from "./terms.ts";
import type { Prove } from "./terms.ts";

export function checkSum(project: Project, report: Report): void {
  const prove: Prove = (about, statement, action) => report.prove("formulas", about, statement, action);
  const run = () => {
    let m: Term | undefined;
    const { outcomes } = returns(project, "G2.addMixed", (machine) => {
      m = words(machine, "m", unknowns("X0 X1 Y0 Y1 Z0 Z1"));
      return [m, ...unknowns("x0 x1 y0 y1")];
    });
    const isEmpty = ({ state }: Outcome) => state.path.some(({ condition, holds }) => condition.op === "eq" && holds);
    const read = ({ state }: Outcome) => {
      const reader = new Reader();
      const at = (index: number) => reader.pair(state.memory.word(m!, index), state.memory.word(m!, index + 1));
      return { X: at(0), Y: at(2), Z: at(4) };
    };
    return { empty: outcomes.filter(isEmpty), full: outcomes.filter((outcome) => !isEmpty(outcome)), read };
  };
  prove("G2._scale", "(x z^2, y z^3)", () => {
    const { outcomes } = returns(project, "G2._scale", () => [...unknowns("x0 x1 y0 y1 z0 z1"), constant(P)]);
    const [u0, u1, v0, v1] = values(outcomes[0]!.value) as [Term, Term, Term, Term];
    const reader = new Reader();
    const expected = scaling({ x: Pair.variable("x"), y: Pair.variable("y") }, Pair.variable("z"));
    return [...compare("x", reader.pair(u0, u1), expected.x), ...compare("y", reader.pair(v0, v1), expected.y)];
  });
  const about = "G2.addMixed";
  prove(about, "computes (X, Y, Z) + (x, y) as its documentation writes it, and keeps a Z of 0", () => {
    const { full, read } = run();
    if (full.length !== 1) return [`${full.length} paths`];
    const sum = addition(unknownPoint(), { x: Pair.variable("x"), y: Pair.variable("y") });
    return [...comparePoint(read(full[0]!), sum), ...zeroStays(read(full[0]!))];
  });
  prove(about, "is regular where Z' / Z = x Z^2 - X is not 0", () => {
    const { full } = run();
    const regular = full[0]!.value as Term;
    const [equality] = regular.args as [Term];
    if (regular.op !== "iszero" || equality.op !== "eq") return ["it is no inequality"];
    const either = equality.args.find(({ op }) => op === "or");
    if (either === undefined || !equality.args.some(({ value, op }) => op === "const" && value === 0n))
      return ["it is not either half != 0"];
    const reader = new Reader();
    const [h0, h1] = either.args.map((arg) => reader.read(arg)) as [Polynomial, Polynomial];
    const { X, Z } = unknownPoint();
    const expected = Pair.variable("x").times(Z).times(Z).minus(X);
    const straight = compare("h", new Pair(h0, h1), expected);
    return straight.length === 0 ? [] : compare("h", new Pair(h1, h0), expected);
  });
  prove(about, "begins an empty sum, all zero, with (x, y, 1)", () => {
    const { empty, read } = run();
    if (empty.length !== 1) return [`${empty.length} paths`];
    const { X, Y, Z } = read(empty[0]!);
    // the condition is that both halves of Z are 0; the imaginary one is left
    const one = new Pair(Polynomial.constant(1n), Polynomial.variable("Z1"));
    return [...compare("X", X, Pair.variable("x")), ...compare("Y", Y, Pair.variable("y")), ...compare("Z", Z, one)];
  });
  prove("G2.toAffine", "(X / Z^2, Y / Z^3)", () => {
    let given: readonly Value[] = [];
    const invert: Intercept = (_machine, args) => {
      given = args;
      return { kind: "tuple", values: unknowns("w0 w1") };
    };
    const { outcomes } = returns(project, "G2.toAffine", () => unknowns("X0 X1 Y0 Y1 Z0 Z1"), {
      "Fp2.inverse": invert,
    });
    const { state, value } = outcomes[0]!;
    const reader = new Reader();
    const at = (index: number) =>
      reader.pair(state.memory.word(value as Term, index), state.memory.word(value as Term, index + 1));
    const expected = scaling({ x: Pair.variable("X"), y: Pair.variable("Y") }, Pair.variable("w"));
    return [
      ...compare("what is inverted", new Reader().pair(given[0] as Term, given[1] as Term), Pair.variable("Z")),
      ...compare("x", at(0), expected.x),
      ...compare("y", at(2), expected.y),
    ];
  });
}
