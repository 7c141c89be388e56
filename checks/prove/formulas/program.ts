/** What a program of `_run` does, as the code runs it: its loops are run pass by pass, and the passes counted. */
import type { EndomorphismSum } from "../algebra/endomorphism.ts";
import { callFunction, newMachine } from "../machine/solidity.ts";
import { newState } from "../machine/state.ts";
import { constant, P } from "../machine/term.ts";
import type { Term } from "../machine/term.ts";
import { running } from "../roots.ts";
import { startOf } from "../source.ts";
import type { Project } from "../source.ts";

interface Step {
  readonly doublings: number;
  readonly triplings: number;
  readonly entry: number;
}

function stepsOf(project: Project, program: bigint): Step[] {
  const events: string[] = [];
  const sources = new Set<string>();
  let m: Term | undefined;
  const machine = newMachine(project, {
    unroll: (src) => {
      sources.add(src);
      events.push(src);
    },
    loaded: ({ atoms, offset }) => {
      if (atoms.length === 1 && atoms[0]!.term === m) events.push(`word ${offset / 32n}`);
    },
  });
  const outcomes = machine.explore(newState(), () => {
    m = running(machine);
    return callFunction(machine, project.function("G2._run"), [m, constant(program), constant(P)]);
  });
  if (outcomes.length !== 1) throw new Error("a program with several paths");
  const [outer, doublings, triplings] = [...sources].sort((a, b) => startOf(a) - startOf(b));
  const steps: Step[] = [];
  const starts = events.flatMap((event, index) => (event === outer ? [index] : []));
  starts.forEach((start, index) => {
    const own = events.slice(start + 1, starts[index + 1]);
    const loaded = own.flatMap((event) => /^word (\d+)$/.exec(event)?.[1] ?? []).map(Number);
    const entries = new Set(loaded.map((word) => Math.floor(word / 4)));
    const [entry = -1] = entries;
    if (entries.size !== 1 || entry > 3) throw new Error(`a step that loads the words ${loaded.join()}`);
    const count = (src: string | undefined) => own.filter((event) => event === src).length;
    steps.push({ doublings: count(doublings), triplings: count(triplings), entry });
  });
  return steps;
}

/** What becomes of a point, given the table: a doubling is -2, a tripling 3, and an entry is added. */
export function tracePrograms(project: Project, program: bigint) {
  const steps = stepsOf(project, program);
  return (table: readonly EndomorphismSum[], start: EndomorphismSum): EndomorphismSum => {
    let point = start;
    for (const { doublings, triplings, entry } of steps) {
      const added = table[entry];
      if (added === undefined) throw new Error(`entry ${entry} of a table of ${table.length}`);
      point = point.scaled((-2n) ** BigInt(doublings) * 3n ** BigInt(triplings)).plus(added);
    }
    return point;
  };
}
