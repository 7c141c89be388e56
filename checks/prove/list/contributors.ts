/** The contributors of a new node: the assembly that stores them, compared with pushing one after the other. */
import { at, MEMORY_END, piecesOf, placeOf, plus, showPlace, size } from "../machine/memory.ts";
import type { Place } from "../machine/memory.ts";
import { callFunction, newMachine } from "../machine/solidity.ts";
import { newState } from "../machine/state.ts";
import { call, constant, symbol } from "../machine/term.ts";
import type { Term } from "../machine/term.ts";
import type { Report } from "../report.ts";
import type { Project } from "../source.ts";

export const STORE = "NodeRegistry._storeContributors";

/** Of a pointer in memory. */
const pointer = (name: string, of: Term): Term => call(name, [of], 0x80n, MEMORY_END);

/** Memory as Solidity lays it out: a length and pointers; behind each a pointer to (addr, beneficiary), and the amount. */
function memoryOf(from: Term, length: Term) {
  const known = new Map<string, Term>();
  const key = (place: Place): string =>
    `${place.atoms.map(({ term, times }) => `${times}*${term.id}`).join("+")}@${place.offset}`;
  return (place: Place): Term | undefined => {
    if (key(place) === key(at(from))) return length;
    const found = known.get(key(place));
    if (found !== undefined) return found;
    const relative = plus(place, at(from), -1n);
    const [atom] = relative.atoms;
    const isPass = atom?.term.name === "passes" && atom.times === 32n;
    if (relative.offset !== 32n || relative.atoms.length > 1 || (atom !== undefined && !isPass)) return undefined;
    // the first pass is run with what it finds before anything is known to change
    const index = atom?.term ?? constant(0n);
    const element = pointer("element", index);
    const staker = pointer("staker", index);
    const word = (base: Term, offset: bigint, value: Term) => known.set(key(plus(at(base), size(offset))), value);
    word(element, 0n, staker);
    word(element, 32n, call("amount", [index]));
    word(staker, 0n, call("addr", [index]));
    word(staker, 32n, call("beneficiary", [index]));
    return element;
  };
}

export function checkContributors(project: Project, report: Report): void {
  if (!project.has(STORE)) return;
  report.prove(
    "list",
    STORE,
    "stores the length at the slot of the list, and of each element addr, beneficiary and amount at keccak256(slot) + 3 i and behind it; nothing else",
    () => {
      const from = symbol("from", 0x80n, MEMORY_END);
      const length = symbol("length", 0n, (1n << 59n) - 1n);
      const machine = newMachine(project, { given: memoryOf(from, length) });
      const outcomes = machine.explore(newState(), () =>
        callFunction(machine, project.function(STORE), [{ kind: "storage", path: "list", keys: [] }, from]),
      );
      const loop = machine.loops.at(-1);
      const end = loop?.ends[0];
      if (outcomes.length !== 1 || loop === undefined || end === undefined || loop.ends.length !== 1)
        return ["it has other paths"];
      const reasons = machine.problems.map(({ src, text }) => `${project.where(src)}: ${text}`);
      const before = loop.entry.storage.map(({ keys, value }) => `${nameOf(keys[0]!)} = ${nameOf(value)}`).join(", ");
      if (before !== "slot of to = length") reasons.push(`before the loop: ${before}`);
      const { facts } = end.state;
      const stored = end.state.storage
        .slice(loop.entry.storage.length)
        .map(({ keys, value }) => `${slotOf(placeOf(keys[0]!, facts))} = ${nameOf(value)}`);
      const expected = ["addr", "beneficiary", "amount"].map(
        (name, index) => `hash of slot of to + 3 i${index === 0 ? "" : ` + ${index}`} = ${name} of i`,
      );
      if (stored.join() !== expected.join()) reasons.push(`in the loop: ${stored.join(", ")}`);
      const passes = end.state.storage.at(-1)?.value.args[0];
      // a pass is made for each index below the length: its condition is just that
      const [condition] = end.state.path;
      if (passes === undefined || condition?.holds !== true || !saysBelow(condition.condition, passes, length))
        reasons.push("it does not end with the last");
      return reasons;

      function saysBelow({ op, args }: Term, index: Term, limit: Term): boolean {
        const gap = plus(placeOf(args[1]!, facts), placeOf(args[0]!, facts), -1n);
        const rest = plus(plus(gap, placeOf(limit, facts), -32n), placeOf(index, facts), 32n);
        return op === "lt" && rest.atoms.length === 0 && rest.offset === 0n;
      }
    },
  );
}

function nameOf({ name, args }: Term): string {
  return args.length === 1 && args[0]!.name === "passes" ? `${name} of i` : name;
}

/** The hash of the slot, three for each pass, and the rest. */
function slotOf({ atoms, offset }: Place): string {
  const parts = atoms.map(({ term, times }) => {
    if (term.name === "passes") return `${times} i`;
    if (!term.name.startsWith("keccak256") || times !== 1n) return showPlace({ atoms: [{ term, times }], offset: 0n });
    const [piece, ...others] = piecesOf(term);
    return others.length === 0 && piece?.length.offset === 32n
      ? `hash of ${piece.term.name}`
      : "hash of something else";
  });
  return [...parts.sort().reverse(), ...(offset === 0n ? [] : [`${offset}`])].join(" + ");
}
