/**
 * Where the interpreter enters the assembly, and on what input. Bounds that a function's documentation states of its parameters are
 * taken here, and checked wherever it is called; a function with many callers is then run once, not in each of them.
 */
import type { Intercept, Machine } from "./machine/machine.ts";
import type { Value } from "./machine/state.ts";
import { docText } from "./machine/docBounds.ts";
import { allocate, callFunction } from "./machine/solidity.ts";
import { constant, multiple, P, symbol } from "./machine/term.ts";
import type { Term } from "./machine/term.ts";
import type { Project, SolNode } from "./source.ts";

export const FILES = [
  "contracts/libraries/BN254.sol",
  "contracts/libraries/Fp2.sol",
  "contracts/libraries/G2.sol",
  "contracts/libraries/HashToG2.sol",
  "contracts/rewards/NetworkSignatures.sol",
] as const;

/** An entry: the function, and its arguments made in a fresh state. */
export interface Root {
  readonly name: string;
  readonly args: (machine: Machine) => Value[];
  /** Checked in each state that it returns in. */
  readonly after?: (machine: Machine, args: readonly Value[]) => void;
}

const any = (name: string): Term => symbol(name);
const reduced = (name: string): Term => symbol(name, 0n, P - 1n);
const unit = (name: string): Term => symbol(name, 1n, P - 1n);
const upTo = (name: string, hi: bigint): Term => symbol(name, 0n, hi);
export const words = (machine: Machine, name: string, values: readonly Term[]): Term =>
  allocate(machine, name, { words: values.map(() => undefined) }, values);
const several = (name: string, count: number, of: (name: string) => Term): Term[] =>
  Array.from({ length: count }, (_, index) => of(`${name}[${index}]`));
const array = (name: string): Value => ({
  kind: "calldata",
  offset: symbol(`${name}.offset`, 0n, 1n << 64n),
  length: symbol(`${name}.length`, 0n, (1n << 59n) - 1n),
});
const message = (machine: Machine): Term => machine.memory.allocateBytes("message").object;
const point = (machine: Machine, name: string, of = any): Term => words(machine, name, several(name, 2, of));
const twistPoint = (machine: Machine, name: string, of = any): Term => words(machine, name, several(name, 4, of));

const COORDINATES = ["X0", "X1", "Y0", "Y1", "Z0", "Z1"];
const FIRST = 16;

/** What the documentation of G2 says of a point between operations, by word of `m`. */
function runningBounds(project: Project): Map<number, bigint> {
  const library = project.source("contracts/libraries/G2.sol").ast.nodes.find(({ name }) => name === "G2") as SolNode;
  const bounds = new Map<number, bigint>();
  for (const [, names, times] of docText(library).matchAll(/((?:[XYZ][01], )*[XYZ][01]) < (\d*)p/g))
    for (const name of names!.split(", ")) bounds.set(FIRST + COORDINATES.indexOf(name), BigInt(times || 1) * P - 1n);
  if (bounds.size !== COORDINATES.length) throw new Error("G2: the bounds between operations are not all stated");
  return bounds;
}

/** The memory of `clearCofactor`: a point between operations, and anything else. */
export function running(machine: Machine): Term {
  const bounds = runningBounds(machine.project);
  const values = several("m", 29, any).map((word, index) => {
    const to = bounds.get(index);
    return to === undefined ? word : upTo(`m[${index}]`, to);
  });
  return words(machine, "m", values);
}

function requireRunning(machine: Machine, m: Term, when: string, own: ReadonlyMap<number, bigint> = new Map()): void {
  for (const [index, to] of [...runningBounds(machine.project), ...own]) {
    const { hi } = machine.facts.of(machine.memory.word(m, index));
    const name = COORDINATES[index - FIRST];
    if (hi > to)
      machine.note(
        "bound",
        machine.project.function("G2._run").src,
        `${when}, ${name} may be ${multiple(hi)}, above ${multiple(to)}`,
      );
  }
}

/** In place of an operation on the running point: it is given one within the bounds, and gives another, within bounds of its own. */
function operation(own: ReadonlyMap<number, bigint>): Intercept {
  return (machine, [m]) => {
    requireRunning(machine, m as Term, `given by ${machine.stack.at(-1)}`);
    for (const [index, to] of [...runningBounds(machine.project), ...own])
      machine.memory.put(m as Term, 32n * BigInt(index), upTo(`m[${index}]`, to));
    return undefined;
  };
}

/** M leaves the imaginary half of Z reduced. */
const AFTER_M: ReadonlyMap<number, bigint> = new Map([[21, P - 1n]]);

/** The callers of `clearCofactor` are held to the bounds that its documentation states. */
const clearCofactor: Intercept = (machine, args) => {
  const src = machine.project.function("G2.clearCofactor").src;
  args.forEach((arg, index) => {
    const { lo, hi } = machine.facts.of(arg as Term);
    const name = ["x0", "x1", "y0", "y1", "c"][index];
    if (hi >= P) machine.note("bound", src, `${machine.stack.at(-1)} gives ${name} up to ${multiple(hi)}`);
    if (name === "c" && lo === 0n) machine.note("bound", src, `${machine.stack.at(-1)} gives c = 0`);
  });
  return words(machine, "H", several("H", 4, reduced));
};

/** The square root is shown elsewhere to have no zero half where there is one: see formulas/roots.ts. */
const sqrtUpToSign: Intercept = (machine, _args, run) => {
  const result = run();
  const values = (result as unknown as { values: Term[] }).values;
  const [y0, y1, c] = values as [Term, Term, Term];
  if (machine.facts.of(c).lo > 0n) for (const half of [y0, y1]) machine.facts.limit(half, { lo: 1n, hi: P - 1n });
  return result;
};

/** It has no bounds to keep to, and is entered by itself. */
const hashToG2: Intercept = (machine) => words(machine, "H", several("H", 4, reduced));

const summaries = {
  "G2._run": operation(new Map()),
  "G2._multiplyByM": operation(AFTER_M),
  "G2.clearCofactor": clearCofactor,
  "HashToG2.hashToG2": hashToG2,
  "Fp2.sqrtUpToSign": sqrtUpToSign,
};

const afterRun: Root["after"] = (machine, [m]) => requireRunning(machine, m as Term, "after _run");
const afterM: Root["after"] = (machine, [m]) => requireRunning(machine, m as Term, "after _multiplyByM", AFTER_M);

export const roots: readonly Root[] = [
  {
    name: "Fp2.sqrtUpToSign",
    args: () => [reduced("a0"), reduced("a1")],
  },
  { name: "Fp2.inverseAndCharacter", args: () => [any("a0"), any("a1"), unit("c")] },
  { name: "Fp2.isSquare", args: () => [unit("a")] },
  { name: "Fp2.inverse", args: () => [any("a0"), any("a1")] },
  { name: "Fp2.mul", args: () => [any("a0"), any("a1"), any("b0"), any("b1"), constant(P)] },
  { name: "G2._run", args: (machine) => [running(machine), any("program"), constant(P)], after: afterRun },
  { name: "G2._multiplyByM", args: (machine) => [running(machine), constant(P)], after: afterM },
  {
    name: "G2._scale",
    args: () => [...several("xy", 4, any), ...several("z", 2, (name) => upTo(name, 2n * P)), constant(P)],
  },
  { name: "G2.clearCofactor", args: () => [...several("xy", 4, reduced), unit("c")] },
  { name: "G2.toAffine", args: () => several("xyz", 6, any) },
  {
    name: "G2.addMixed",
    args: (machine) => [words(machine, "m", several("m", 6, reduced)), ...several("xy", 4, reduced)],
  },
  { name: "HashToG2.hashToG2", args: (machine) => [message(machine), any("dst")] },
  { name: "HashToG2.mapUpToSign", args: (machine) => [message(machine), any("dst"), upTo("firstTry", 255n)] },
  {
    name: "HashToG2.accumulate",
    args: (machine) => [sumOf(machine), message(machine), any("dst"), array("roots"), any("position")],
  },
  { name: "HashToG2.finish", args: (machine) => [sumOf(machine)] },
  { name: "HashToG2.checkRoots", args: () => [reduced("c0"), reduced("c1"), array("roots"), any("position")] },
  { name: "BN254.isInfinity", args: (machine) => [point(machine, "point")] },
  { name: "BN254.negate", args: (machine) => [point(machine, "point")] },
  { name: "BN254.add", args: (machine) => [point(machine, "left"), point(machine, "right")] },
  { name: "BN254.accumulate", args: (machine) => [point(machine, "sum"), point(machine, "point")] },
  { name: "BN254.validate", args: (machine) => [point(machine, "point")] },
  {
    name: "BN254.verify",
    args: (machine) => [
      point(machine, "aggregateKey", reduced),
      twistPoint(machine, "signature"),
      twistPoint(machine, "hash"),
    ],
  },
  { name: "NetworkSignatures._checkSigners", args: () => [any("nonSigners")] },
  { name: "NetworkSignatures._subtractKeys", args: (machine) => [point(machine, "key"), array("ids")] },
  {
    name: "NetworkSignatures._checkNetworkSignature",
    args: (machine) => [twistPoint(machine, "hash"), { kind: "storage", path: "calldata", keys: [] }, array("ids")],
  },
  {
    name: "Registration._checkProofOfPossession",
    args: (machine) => [
      point(machine, "blsPubkey"),
      { kind: "storage", path: "calldata", keys: [] },
      any("operator"),
      any("ed25519Pubkey"),
    ],
  },
];

function sumOf(machine: Machine): Term {
  return words(machine, "sum", [words(machine, "point", several("point", 6, reduced))]);
}

/** In place of what the five files only call: messages of unknown bytes, tags of unknown value. */
const outside: Readonly<Record<string, Intercept>> = {
  "Messages.proofOfPossession": (machine) => message(machine),
  "Messages.tag": () => any("tag"),
};

/** Intercepts for a root: every summary but that of the root itself. */
export function interceptsFor(name: string): Readonly<Record<string, Intercept>> {
  return { ...outside, ...Object.fromEntries(Object.entries(summaries).filter(([summary]) => summary !== name)) };
}

/** The stored aggregate key came out of the addition precompile, which gives reduced coordinates. */
export function storedBounds(path: string) {
  return path.startsWith("_aggregatePubkey.") ? { lo: 0n, hi: P - 1n } : undefined;
}

export function enter(machine: Machine, root: Root): void {
  const fn = machine.project.function(root.name);
  const args = root.args(machine);
  callFunction(machine, fn, args);
  root.after?.(machine, args);
}
