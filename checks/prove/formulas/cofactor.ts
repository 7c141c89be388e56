/** The map onto G2: its chain, its frames, psi, and that what comes out is in the subgroup. */
import { scaling, threeEighths } from "../algebra/curve.ts";
import { B, conjugate, fp2, inverse, OMEGA, plus, power, PSI_X, PSI_Y, R, same, times, U } from "../algebra/field.ts";
import { EndomorphismSum } from "../algebra/endomorphism.ts";
import { Pair } from "../algebra/pair.ts";
import { modulo, Polynomial } from "../algebra/polynomial.ts";
import type { Intercept } from "../machine/machine.ts";
import { callFunction, newMachine } from "../machine/solidity.ts";
import { newState } from "../machine/state.ts";
import { P, symbol } from "../machine/term.ts";
import type { Term } from "../machine/term.ts";
import type { Report } from "../report.ts";
import type { Project } from "../source.ts";
import { tracePrograms } from "./program.ts";
import { kappaOf } from "./steps.ts";
import { compare, comparePolynomial, Reader } from "./terms.ts";
import type { Prove } from "./terms.ts";

const POINT = ["X0", "X1", "Y0", "Y1", "Z0", "Z1"];

/** A call of an operation on the running point: the words of m before it, and the program. */
interface Call {
  readonly name: string;
  readonly before: readonly Term[];
  readonly program: bigint | undefined;
}

interface Path {
  readonly calls: readonly Call[];
  readonly result: readonly Term[];
  readonly square: boolean;
  readonly inverted: readonly Term[];
}

/** `clearCofactor` on an unknown point. After the operation number k the point is `k.X0` and so on. */
function runClearCofactor(project: Project): Path[] {
  let calls: Call[] = [];
  let inverted: readonly Term[] = [];
  const operation =
    (name: string): Intercept =>
    (machine, [m, program]) => {
      const before = Array.from({ length: 29 }, (_, index) => machine.memory.word(m as Term, index));
      calls = [...calls, { name, before, program: name === "_run" ? (program as Term).value : undefined }];
      POINT.forEach((half, index) => {
        const bound = name === "_multiplyByM" && half === "Z1" ? P : { X: P, Y: 4n * P, Z: 2n * P }[half[0]!]!;
        machine.memory.put(
          m as Term,
          32n * BigInt(16 + index),
          symbol(`${calls.length}.${half}`, 0n, half === "Y1" ? P - 1n : bound - 1n),
        );
      });
      return undefined;
    };
  const character = symbol("square", 0n, 1n);
  const invert: Intercept = (_machine, args) => {
    inverted = args as Term[];
    return { kind: "tuple", values: [symbol("w0", 0n, P - 1n), symbol("w1", 0n, P - 1n), character] };
  };
  const machine = newMachine(project, {
    intercept: {
      "G2._run": operation("_run"),
      "G2._multiplyByM": operation("_multiplyByM"),
      "Fp2.inverseAndCharacter": invert,
    },
  });
  const paths: Path[] = [];
  machine.explore(newState(), () => {
    calls = [];
    const args = ["x0", "x1", "y0", "y1"].map((name) => symbol(name, 0n, P - 1n));
    const point = callFunction(machine, project.function("G2.clearCofactor"), [...args, symbol("c", 1n, P - 1n)]);
    const square = machine.facts.of(character).lo === 1n;
    const result = Array.from({ length: 4 }, (_, index) => machine.memory.word(point as Term, index));
    paths.push({ calls, result, square, inverted });
    return undefined;
  });
  return paths;
}

export function checkCofactor(project: Project, report: Report): void {
  const prove = (about: string, statement: string, action: () => readonly string[]) =>
    report.prove("formulas", about, statement, action);
  let paths: Path[] | undefined;
  const onPaths = (action: (path: Path, read: (from: readonly Term[], index: number) => Pair) => readonly string[]) => {
    paths ??= runClearCofactor(project);
    if (paths.length !== 2) return [`${paths.length} paths instead of two, c a square or not`];
    return paths.flatMap((path) => {
      const names = path.calls.map(({ name }) => name).join();
      if (names !== "_run,_run,_multiplyByM,_run,_multiplyByM,_run") return [`the operations are ${names}`];
      const reader = new Reader();
      return action(path, (from, index) => reader.pair(from[index]!, from[index + 1]!));
    });
  };
  const after = (call: number, name: string) => Pair.variable(`${call}.${name}`);
  const [x, y] = [Pair.variable("x"), Pair.variable("y")];
  const negated = (value: Pair) => value.scaled(-1n);
  const about = "G2.clearCofactor";
  const constantOf = (name: string) => constantPair(project, name);

  prove(about, "before the first program: entries 0 and 1 are Q and -Q, the point is Q with Z = 1", () =>
    onPaths(({ calls }, read) => {
      const { before } = calls[0]!;
      return [
        ...compare("x of entry 0", read(before, 0), x),
        ...compare("y of entry 0", read(before, 2), y),
        ...compare("x of entry 1", read(before, 4), x),
        ...compare("y of entry 1", read(before, 6), negated(y)),
        ...compare("X", read(before, 16), x),
        ...compare("Y", read(before, 18), y),
        ...compare("Z", read(before, 20), Pair.constant(1n)),
      ];
    }),
  );
  prove(
    about,
    "the common frame: entries 2 and 3 are -385 Q and 385 Q without their Z; 0 and 1 are (x Z^2, +-y Z^3); the point is -385 Q, its Z kept and set to 1",
    () =>
      onPaths(({ calls }, read) => {
        const { before } = calls[1]!;
        const framed = scaling({ x, y }, after(1, "Z"));
        return [
          ...compare("x of entry 0", read(before, 0), framed.x),
          ...compare("y of entry 0", read(before, 2), framed.y),
          ...compare("x of entry 1", read(before, 4), framed.x),
          ...compare("y of entry 1", read(before, 6), negated(framed.y)),
          ...compare("x of entry 2", read(before, 8), after(1, "X")),
          ...compare("y of entry 2", read(before, 10), after(1, "Y")),
          ...compare("x of entry 3", read(before, 12), after(1, "X")),
          ...compare("y of entry 3", read(before, 14), negated(after(1, "Y"))),
          ...compare("X", read(before, 16), after(1, "X")),
          ...compare("Y", read(before, 18), after(1, "Y")),
          ...compare("Z", read(before, 20), Pair.constant(1n)),
        ];
      }),
  );
  prove(about, "out of the frame: the Z of 385 Q is multiplied back", () =>
    onPaths(({ calls }, read) => [
      ...compare("X", read(calls[2]!.before, 16), after(2, "X")),
      ...compare("Y", read(calls[2]!.before, 18), after(2, "Y")),
      ...compare("Z", read(calls[2]!.before, 20), after(2, "Z").times(after(1, "Z"))),
    ]),
  );
  prove(
    about,
    "S = psi^-1(M(P)): (conj(X) conj(1/cx), conj(Y) conj(1/cy)) in the frame of conj(Z); P is scaled to that frame",
    () =>
      onPaths(({ calls }, read) => {
        const { before } = calls[3]!;
        const frame = after(3, "Z").conjugate();
        const framed = scaling({ x: after(2, "X"), y: after(2, "Y") }, frame);
        return [
          ...compare("x of S", read(before, 4), after(3, "X").conjugate().times(constantOf("PSI_INVERSE_X"))),
          ...compare("y of S", read(before, 6), after(3, "Y").conjugate().times(constantOf("PSI_INVERSE_Y"))),
          ...compare("X", read(before, 16), framed.x),
          ...compare("Y", read(before, 18), framed.y),
          ...compare("Z", read(before, 20), after(2, "Z").times(after(1, "Z"))),
        ];
      }),
  );
  prove(about, "out of that frame: conj(Z) is multiplied back", () =>
    onPaths(({ calls }, read) => [
      ...compare("X", read(calls[4]!.before, 16), after(4, "X")),
      ...compare("Y", read(calls[4]!.before, 18), after(4, "Y")),
      ...compare("Z", read(calls[4]!.before, 20), after(4, "Z").times(after(3, "Z").conjugate())),
    ]),
  );
  prove(about, "psi^3(Q) = (conj(x) cx^2 conj(cx), conj(y) cy^2 conj(cy)) is added to M(P + S)", () =>
    onPaths(({ calls }, read) => {
      const { before } = calls[5]!;
      return [
        ...compare("x", read(before, 4), x.conjugate().times(constantOf("PSI_CUBED_X"))),
        ...compare("y", read(before, 6), y.conjugate().times(constantOf("PSI_INVERSE_Y"))),
        ...["X", "Y", "Z"].flatMap((name, index) => compare(name, read(before, 16 + 2 * index), after(5, name))),
      ];
    }),
  );
  prove(about, "the result is (X w^2, Y w^3), w = 1 / Z, and (X w^2, -Y w^3) if c is no square", () =>
    onPaths(({ result, square, inverted }, read) => {
      const w = Pair.variable("w");
      const expected = scaling({ x: after(6, "X"), y: after(6, "Y") }, square ? w : negated(w));
      return [
        ...compare("what is inverted", read(inverted, 0), after(6, "Z")),
        ...comparePolynomial("the character is that of", new Reader().read(inverted[2]!), Polynomial.variable("c")),
        ...compare("x", read(result, 0), expected.x),
        ...compare("y", read(result, 2), expected.y),
      ];
    }),
  );
  prove(
    about,
    "the programs give -385 Q, [u]Q, and one addition of entry 1; all together H = [u]Q + psi([3u]Q) + psi^2([u]Q) + psi^3(Q)",
    () =>
      onPaths(({ calls }) => {
        const programs = calls.flatMap(({ program }) => program ?? []);
        const [first, second, third, fourth] = programs.map((program) => tracePrograms(project, program));
        const Q = EndomorphismSum.of([1n]);
        const big = first!([Q, Q.scaled(-1n)], Q);
        const P_ = second!([Q, Q.scaled(-1n), big, big.scaled(-1n)], big);
        const S = P_.timesM().timesPsiInverse();
        const sum = third!([Q, S], P_).timesM();
        const H = fourth!([Q, Q.timesPsi().timesPsi().timesPsi()], sum);
        return [
          ...(big.equals(Q.scaled(-385n)) ? [] : [`the first program gives ${big.toString()}`]),
          ...(P_.equals(Q.scaled(U)) ? [] : [`the second program gives ${P_.toString()}`]),
          ...(H.equals(EndomorphismSum.of([U, 3n * U, U, 1n])) ? [] : [`H is ${H.toString()}`]),
        ];
      }),
  );
  checkConstants(project, prove, constantOf);
}

function checkConstants(project: Project, prove: Prove, constantOf: (name: string) => Pair): void {
  const isNumber = (name: string, { c0, c1 }: { c0: bigint; c1: bigint }) =>
    compare(name, constantOf(name), Pair.constant(c0, c1));
  const scalar = (name: string, value: bigint) =>
    comparePolynomial(name, new Reader().read(constantTerm(project, `G2.${name}`)), Polynomial.constant(value));
  prove("G2", "its constants are what their documentation says: psi, kappa, 3/8", () => [
    ...isNumber("PSI_INVERSE_X", conjugate(inverse(PSI_X))),
    ...isNumber("PSI_INVERSE_Y", conjugate(inverse(PSI_Y))),
    ...isNumber("PSI_CUBED_X", times(times(PSI_X, PSI_X), conjugate(PSI_X))),
    ...(same(times(times(PSI_Y, PSI_Y), conjugate(PSI_Y)), conjugate(inverse(PSI_Y)))
      ? []
      : ["psi^3: the factor of y"]),
    ...scalar("KAPPA", kappaOf(OMEGA.c0)),
    ...scalar("THREE_EIGHTHS", threeEighths),
  ]);
  prove("psi", "maps the curve to itself, psi^2(x, y) = (omega x, -y), and psi^-1 undoes it", () => {
    const isMinusOne = (value: { c0: bigint; c1: bigint }) => same(value, fp2(-1n));
    return [
      // cy^2 conj(y^2) = cx^3 conj(x^3) + B  for  y^2 = x^3 + B
      ...(same(times(PSI_Y, PSI_Y), power(PSI_X, 3n)) ? [] : ["cy^2 is not cx^3"]),
      ...(same(times(times(PSI_Y, PSI_Y), conjugate(B)), B) ? [] : ["cy^2 conj(B) is not B"]),
      ...(OMEGA.c1 === 0n && modulo(OMEGA.c0 ** 3n) === 1n && OMEGA.c0 !== 1n ? [] : ["omega"]),
      ...(isMinusOne(times(PSI_Y, conjugate(PSI_Y))) ? [] : ["cy conj(cy)"]),
      ...(isMinusOne(plus(plus(times(OMEGA, OMEGA), OMEGA), fp2(0n))) ? [] : ["omega^2 + omega + 1"]),
    ];
  });
  prove("G2", "H is in the subgroup of order r, whatever the point of the curve is", () => {
    // #E'(Fp2) = r (2p - r) kills all points, and psi^2 - t psi + p = 0 and psi^4 - psi^2 + 1 = 0 there. By these psi is the
    // multiplication with one number, and that of H is divisible by 2p - r.
    const order = R * (2n * P - R);
    const trace = P + 1n - R;
    // psi^4 = (t psi - p)^2 = t^2 psi^2 - 2 t p psi + p^2, and psi^2 = t psi - p: psi^4 - psi^2 + 1 = a psi + b
    const a = trace ** 3n - 2n * trace * P - trace;
    const b = P * P - trace * trace * P + P + 1n;
    const eigenvalue = remainder(-b * inverseModulo(a, order), order);
    const satisfied = remainder(eigenvalue * eigenvalue - trace * eigenvalue + P, order);
    const h = U + 3n * U * eigenvalue + U * eigenvalue ** 2n + eigenvalue ** 3n;
    return [
      ...(satisfied === 0n ? [] : ["psi^2 - t psi + p is not 0 for that number"]),
      ...(remainder(h, 2n * P - R) === 0n ? [] : ["the cofactor does not divide H"]),
      ...(remainder(h, R) !== 0n ? [] : ["H is 0 on the subgroup"]),
      ...(P === 36n * U ** 4n + 36n * U ** 3n + 24n * U ** 2n + 6n * U + 1n ? [] : ["p"]),
    ];
  });
}

function remainder(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

/** Throws if there is none. */
function inverseModulo(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [remainder(value, modulus), modulus, 1n, 0n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b, x, y] = [b, a % b, y, x - quotient * y];
  }
  if (a !== 1n) throw new Error("no inverse");
  return remainder(x, modulus);
}

function constantPair(project: Project, name: string): Pair {
  return new Reader().pair(constantTerm(project, `G2.${name}_C0`), constantTerm(project, `G2.${name}_C1`));
}

function constantTerm(project: Project, name: string): Term {
  return newMachine(project).constantOf(project.constant(name));
}
