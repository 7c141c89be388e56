/** The state that stands for all passes of a loop: what changes becomes unknown, within an interval that grows to a fixpoint. */
import { max, min } from "./facts.ts";
import type { Facts, Interval } from "./facts.ts";
import { cloneState, isTerm } from "./state.ts";
import type { Outcome, State } from "./state.ts";
import { apply, constant, MAX, P, symbol } from "./term.ts";
import type { Term } from "./term.ts";

/** The bounds that an interval is rounded up to, so that a loop comes to a fixpoint. */
const STEPS = [0n, 1n, 15n, 255n, 1n << 64n, 1n << 128n, P - 1n, P, ...[2n, 3n, 4n, 5n].map((k) => k * P - 1n), MAX];

export interface Unknown {
  readonly name: string;
  readonly first: Term;
  readonly place: { object: Term; offset: bigint } | undefined;
  readonly stride?: bigint;
  readonly lo?: bigint;
  readonly hi?: bigint;
}

export function generalise(entry: State, unknown: ReadonlyMap<string, Unknown>): State {
  const head = cloneState(entry);
  const passes = symbol("passes", 0n, 1n << 64n);
  for (const [key, { name, first, place, stride, lo = 0n, hi = MAX }] of unknown) {
    if (key === "free") {
      head.memory.move();
      continue;
    }
    const value =
      stride === undefined ? symbol(name, lo, hi) : apply("add", first, apply("mul", constant(stride), passes));
    if (place === undefined) head.env.set(name, value);
    else head.memory.put(place.object, place.offset, value);
  }
  return head;
}

function strideOf(before: Term, after: Term): bigint | undefined {
  if (before.op === "const" && after.op === "const") return after.value - before.value;
  if (after.op !== "add") return undefined;
  const [a, b] = after.args as [Term, Term];
  if (a === before && b.op === "const") return b.value;
  if (b === before && a.op === "const") return a.value;
  return undefined;
}

function join(a: Interval, b: Interval): { lo: bigint; hi: bigint } {
  const hi = max(a.hi, b.hi);
  return { lo: min(a.lo, b.lo) > 0n ? 1n : 0n, hi: STEPS.find((step) => step >= hi) ?? MAX };
}

/** Whether the unknowns had to grow. */
export function widen(entry: State, head: State, outcomes: readonly Outcome[], unknown: Map<string, Unknown>): boolean {
  let grew = false;
  const grow = (
    key: string,
    name: string,
    first: Term,
    before: Term,
    after: Term,
    facts: Facts,
    place: Unknown["place"],
  ) => {
    if (before === after) return;
    const known = unknown.get(key);
    const stride = strideOf(before, after);
    if (known === undefined) {
      const steady = stride !== undefined && stride > 0n;
      unknown.set(key, {
        name,
        first,
        place,
        ...(steady ? { stride } : join(entry.facts.of(first), facts.of(after))),
      });
      grew = true;
    } else if (known.stride !== undefined) {
      if (known.stride === stride) return;
      unknown.set(key, { name, first, place, ...join(entry.facts.of(first), facts.of(after)) });
      grew = true;
    } else {
      const now = { lo: known.lo ?? 0n, hi: known.hi ?? MAX };
      const next = join(now, facts.of(after));
      if (next.lo === now.lo && next.hi === now.hi) return;
      unknown.set(key, { ...known, ...next });
      grew = true;
    }
  };
  for (const { kind, state } of outcomes) {
    if (kind !== "end") continue;
    for (const [name, before] of head.env) {
      const after = state.env.get(name);
      const first = entry.env.get(name);
      if (isTerm(before) && isTerm(after) && isTerm(first))
        grow(name, name, first, before, after, state.facts, undefined);
    }
    for (const { object, offset, now } of state.memory.changedSince(head.memory)) {
      const index = Number(offset / 32n);
      const name = `${head.memory.nameOf(object)}[${index}]`;
      const [first, before] = [entry.memory.word(object, index), head.memory.word(object, index)];
      grow(`${object.id}@${index}`, name, first, before, now, state.facts, { object, offset });
    }
    if (state.memory.movedSince(head.memory) && !unknown.has("free")) {
      unknown.set("free", { name: "free", first: head.memory.free, place: undefined, lo: 0n, hi: MAX });
      grew = true;
    }
  }
  return grew;
}
