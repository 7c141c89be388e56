/**
 * The list as it is compiled: from every state that a few insertions and removals reach, each insertion and each removal, compared
 * with a sequence of nodes. What is not bounded is shown on the source: see ../list.
 */
import { bn254 } from "@noble/curves/bn254.js";
import { AbiCoder, id as keccakOf } from "ethers";
import type { Report } from "../report.ts";
import { deploy } from "./evm.ts";

const HARNESS = "checks/prove/compiled/NodeRegistryHarness.sol";
/** Insertions on the way to a state, and keys that are inserted again and again. */
const INSERTIONS = 5;
const KEYS = 3;
/** Identifiers that are looked at, and removed: all that are given, one that is not yet, and the sentinel. */
const IDS = INSERTIONS + 2;

interface Node {
  readonly id: number;
  readonly key: number;
}

/** The nodes in order, the next identifier, and how to come there from nothing. */
interface State {
  readonly nodes: readonly Node[];
  readonly next: number;
  readonly steps: readonly Step[];
}

interface Step {
  readonly id: number;
  /** From 1; 0 for a removal. */
  readonly key: number;
}

const generator = bn254.G1.Point.BASE;
const points = Array.from({ length: KEYS + 1 }, (_, key) =>
  key === 0 ? { x: 0n, y: 0n } : generator.multiply(BigInt(key)).toAffine(),
);

const keyOf = (key: number) => ({ X: points[key]!.x, Y: points[key]!.y });
const encoded = ({ id, key }: Step) => ({ id, key: keyOf(key), ed25519: key });

/** What the step makes of the sequence; undefined if it must be refused. */
function after({ nodes, next, steps }: State, step: Step): State | undefined {
  const all = [...steps, step];
  if (step.key === 0) {
    if (!nodes.some(({ id }) => id === step.id)) return undefined;
    return { nodes: nodes.filter(({ id }) => id !== step.id), next, steps: all };
  }
  if (nodes.some(({ key }) => key === step.key)) return undefined;
  return { nodes: [...nodes, { id: next, key: step.key }], next: next + 1, steps: all };
}

function everyStep(): Step[] {
  const removals = Array.from({ length: IDS + 1 }, (_, id) => ({ id, key: 0 }));
  return [...removals, ...points.slice(1).map((_, index) => ({ id: 0, key: index + 1 }))];
}

function reachable(): State[] {
  const start: State = { nodes: [], next: 1, steps: [] };
  const seen = new Map([[nameOf(start), start]]);
  for (const state of seen.values())
    for (const step of everyStep()) {
      if (step.key !== 0 && state.next > INSERTIONS) continue;
      const reached = after(state, step);
      if (reached !== undefined && !seen.has(nameOf(reached))) seen.set(nameOf(reached), reached);
    }
  return [...seen.values()];
}

const nameOf = ({ nodes, next }: State): string => `${nodes.map(({ id, key }) => `${id}:${key}`).join()} ${next}`;

/** As the harness tells it: see `_dump` there. */
function dumpOf({ nodes, next }: State, operator: bigint): bigint[] {
  const sum = nodes.reduce((total, { key }) => total.add(generator.multiply(BigInt(key))), bn254.G1.Point.ZERO);
  const { x, y } = sum.is0() ? { x: 0n, y: 0n } : sum.toAffine();
  const words = [BigInt(nodes.length), BigInt(next), BigInt(Math.floor(nodes.length / 3)), x, y];
  for (let key = 1; key <= KEYS; key++) {
    const id = BigInt(nodes.find((node) => node.key === key)?.id ?? 0);
    words.push(id, id);
  }
  const circle = [0, ...nodes.map(({ id }) => id)];
  for (let id = 0; id <= IDS; id++) {
    const place = circle.indexOf(id);
    if (place < 0) {
      words.push(...Array<bigint>(9).fill(0n));
      continue;
    }
    const neighbour = (by: number) => BigInt(circle[(place + by + circle.length) % circle.length]!);
    const key = nodes.find((node) => node.id === id)?.key;
    const record =
      key === undefined
        ? Array<bigint>(7).fill(0n)
        : [operator, points[key]!.x, points[key]!.y, 7n, 9n, 1n, BigInt(key)];
    words.push(neighbour(1), neighbour(-1), ...record);
  }
  return words;
}

/** The error that a refused step must give. */
function refusalOf({ nodes }: State, { id, key }: Step): string {
  const coder = AbiCoder.defaultAbiCoder();
  const error = (signature: string, ...args: unknown[]) =>
    keccakOf(signature).slice(0, 10) +
    coder
      .encode(
        args.map(() => "uint64"),
        args,
      )
      .slice(2);
  if (key !== 0) return error("BLSPubkeyAlreadyExists(uint64)", nodes.find((node) => node.key === key)?.id);
  return id === 0 ? error("DeleteSentinelNodeNotAllowed()") : error("ServiceNodeDoesntExist(uint64)", id);
}

export async function checkCompiledList(changed: ReadonlyMap<string, string>, report: Report): Promise<void> {
  const states = reachable();
  const tries = everyStep();
  const about = "NodeRegistry";
  const statement = `each of ${tries.length} steps from each of the ${states.length} states that ${INSERTIONS} insertions of ${KEYS} keys reach gives the sequence's`;
  const reasons = new Set<string>();
  try {
    const harness = await deploy(HARNESS, "NodeRegistryHarness", changed);
    const coder = AbiCoder.defaultAbiCoder();
    const dump = keccakOf("Dump(uint256[])").slice(0, 10);
    const operator = BigInt(harness.address);
    for (const state of states) {
      const keys = points.slice(1).map(({ x, y }) => ({ X: x, Y: y }));
      const [found] = (await harness.call("run", [state.steps.map(encoded), tries.map(encoded), keys, IDS])) as [
        string[],
      ];
      tries.forEach((step, index) => {
        const reached = after(state, step);
        const expected =
          reached === undefined
            ? refusalOf(state, step)
            : dump + coder.encode(["uint256[]"], [dumpOf(reached, operator)]).slice(2);
        if (found[index] !== expected)
          reasons.add(
            `another state: ${step.key === 0 ? `remove ${step.id}` : `insert key ${step.key}`} after ${nameOf(state)}`,
          );
      });
      if (reasons.size > 3) break;
    }
  } catch (error) {
    reasons.add(error instanceof Error ? error.message : String(error));
  }
  report.add("compiled", about, statement, [...reasons]);
}
