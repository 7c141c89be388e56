/**
 * The interpreter reads the source; what runs is the compiled code. On known input the interpreter computes words instead of terms,
 * and these are compared with those that the code gives, as solc compiles it for deployment.
 */
import { keccak256, toUtf8Bytes } from "ethers";
import type { Intercept } from "../machine/machine.ts";
import { callFunction, newMachine } from "../machine/solidity.ts";
import { isTerm, newState } from "../machine/state.ts";
import type { Value } from "../machine/state.ts";
import { constant, P } from "../machine/term.ts";
import type { Term } from "../machine/term.ts";
import type { Report } from "../report.ts";
import { words } from "../roots.ts";
import type { Project } from "../source.ts";
import { deploy } from "./evm.ts";
import type { Deployed } from "./evm.ts";

export const HARNESS = "contracts/mocks/HashToG2Harness.sol";

/** A value of the harness: words, bytes, or words in calldata. */
type Input = bigint | Uint8Array | readonly bigint[] | { readonly calldata: readonly bigint[] };

let counter = 0;

/** Equal in each run. */
function random(below = P): bigint {
  return BigInt(keccak256(toUtf8Bytes(`prove ${counter++}`))) % below;
}

function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, () => Number(random(256n)));
}

const EDGES = [0n, 1n, P - 1n];
const WORDS = [...EDGES, P, 2n * P - 1n, (1n << 256n) - 1n];

/** Calls of the harness by the name of its function. */
function inputs(): Record<string, Input[][]> {
  const pairs = (values: readonly bigint[]) => values.flatMap((a) => values.map((b): Input[] => [a, b]));
  const some = (count: number, ...below: bigint[]) =>
    Array.from({ length: count }, () => below.map((limit): Input => random(limit)));
  const root = random();
  const [y0, y1] = [(root * root) % P, random()];
  const square = [(((y0 * y0 - y1 * y1) % P) + P) % P, (2n * y0 * y1) % P] as const;
  return {
    hashToG2: [0, 1, 31, 32, 84, 148, 200].map((length) => [bytes(length), random(1n << 256n)]),
    map: [0n, 5n, 255n].map((first) => [bytes(84), random(1n << 256n), first]),
    reduce: [...pairs([0n, (1n << 128n) - 1n]), ...some(8, 1n << 256n, 1n << 128n)],
    sqrt: [...pairs(EDGES), ...some(12, P, P)],
    inverse: [...pairs(WORDS), ...some(4, 1n << 256n, 1n << 256n)],
    checkRoots: [
      [...square, { calldata: [root, y1] }, 0n],
      [...square, { calldata: [7n, root, y1, 7n] }, 1n],
      [...square, { calldata: [root, y1 + P] }, 0n],
      [...square, { calldata: [root] }, 0n],
      [square[0], 0n, { calldata: [root] }, 0n],
      [(P - 9n) % P, 0n, { calldata: [] }, 3n],
      ...some(4, P, P).map((pair) => [...pair, { calldata: [random(), random()] }, 0n]),
    ],
  };
}

function toValue(
  input: Input,
  allocate: (bytes: Uint8Array) => Term,
  point: (words: readonly bigint[]) => Term,
): Value {
  if (typeof input === "bigint") return constant(input);
  if (input instanceof Uint8Array) return allocate(input);
  if ("calldata" in input)
    return { kind: "calldata", offset: constant(0n), length: constant(BigInt(input.calldata.length)) };
  return point(input);
}

/** The words that the interpreter computes, or "reverts". */
function interpreted(project: Project, name: string, args: readonly Input[], resultWords: number): string {
  const roots = args.flatMap((arg) => (typeof arg === "object" && "calldata" in arg ? [arg.calldata] : []))[0] ?? [];
  const wordAt: Intercept = (_machine, [, position]) => constant(roots[Number((position as Term).value)] ?? 0n);
  const machine = newMachine(project, { concrete: true, intercept: { "HashToG2._wordAt": wordAt } });
  machine.state = newState();
  const values = args.map((arg) =>
    toValue(
      arg,
      (content) => machine.memory.allocateKnown("bytes", content),
      (all) => words(machine, "point", all.map(constant)),
    ),
  );
  const outcomes = machine.explore(machine.state, () => callFunction(machine, project.function(name), values));
  const [outcome] = outcomes;
  if (outcomes.length !== 1 || outcome === undefined)
    throw new Error(`${name}: ${outcomes.length} paths on known input`);
  if (outcome.kind !== "end") return "reverts";
  const { value, state } = outcome;
  const found =
    value !== undefined && !isTerm(value) && value.kind === "tuple"
      ? (value.values as Term[])
      : resultWords === 1
        ? [value as Term]
        : Array.from({ length: resultWords }, (_, index) => state.memory.word(value as Term, index));
  return found.map((word) => (word.op === "const" ? `${word.value}` : "?")).join();
}

async function compiled(harness: Deployed, name: string, args: readonly Input[]): Promise<string> {
  const given = args.map((arg) => {
    if (typeof arg === "bigint" || arg instanceof Uint8Array) return arg;
    return "calldata" in arg ? arg.calldata : arg;
  });
  try {
    const types = (value: unknown): unknown => (typeof value === "boolean" ? (value ? 1n : 0n) : value);
    return (
      await harness.call(
        name,
        given.map((arg, index) => toBytes32(name, index, arg)),
      )
    )
      .flat()
      .map(types)
      .join();
  } catch {
    return "reverts";
  }
}

/** The tag of a message is bytes32. */
function toBytes32(name: string, index: number, arg: unknown): unknown {
  return (name === "hashToG2" || name === "map") && index === 1
    ? `0x${(arg as bigint).toString(16).padStart(64, "0")}`
    : arg;
}

const RESULTS: Readonly<Record<string, number>> = { hashToG2: 4, clearCofactor: 4, reduce: 1 };

/** `project` is the source, with a fault if one is planted; the compiled code is that of the source as it is. */
export async function checkInterpreter(project: Project, report: Report): Promise<void> {
  const harness = await deploy(HARNESS, "HashToG2Harness", new Map());
  counter = 0;
  const all = inputs();
  const points = await Promise.all(all["map"]!.slice(0, 2).map((args) => compiled(harness, "map", args)));
  all["clearCofactor"] = points.map((point) => [point.split(",").map(BigInt)]);
  for (const [name, list] of Object.entries(all)) {
    const reasons: string[] = [];
    for (const args of list) {
      const [ours, theirs] = [
        interpreted(project, `HashToG2Harness.${name}`, args, RESULTS[name] ?? 0),
        await compiled(harness, name, args),
      ];
      if (ours !== theirs) reasons.push(`${name}(${args.map(String).join()}): ${ours}, compiled ${theirs}`);
    }
    report.add(
      "compiled",
      `HashToG2Harness.${name}`,
      `on ${list.length} known inputs the interpreter computes what the compiled code gives`,
      reasons,
    );
  }
}
