/**
 * Runs functions on unknown input: each path once, each loop once from a state that stands for all of its passes. What it is asked
 * to watch (operations that wrap, memory faults, comments on bounds) it notes as problems; where it cannot follow, it throws.
 */
import type { Project, SolNode } from "../source.ts";
import { Infeasible } from "./facts.ts";
import type { Facts, Interval } from "./facts.ts";
import { generalise, widen } from "./loop.ts";
import type { Unknown } from "./loop.ts";
import { MemoryFault, placeOf, plus } from "./memory.ts";
import type { Memory, Place } from "./memory.ts";
import { cloneState, newState, Signal } from "./state.ts";
import type { Outcome, State, Value } from "./state.ts";
import { apply, MAX, multiple, show } from "./term.ts";
import type { Op, Term } from "./term.ts";

export interface Problem {
  readonly kind: "wrap" | "memory" | "bound" | "lost";
  readonly src: string;
  readonly text: string;
}

/** A loop as it was last run: the state that stands for all passes and the states at the end of its body. */
export interface LoopRecord {
  readonly fn: string;
  readonly src: string;
  /** Before the first pass. */
  readonly entry: State;
  readonly head: State;
  readonly ends: readonly Outcome[];
}

export type Intercept = (machine: Machine, args: readonly Value[], run: () => Value | undefined) => Value | undefined;

export interface Options {
  /** Loops are run pass by pass, each told here; their conditions must be known. */
  readonly unroll?: (src: string) => void;
  /** Input is known, and precompiles have gas enough. */
  readonly concrete?: boolean;
  /** Told each word that assembly loads. */
  readonly loaded?: (place: Place) => void;
  /** What is assumed of a word of storage. */
  readonly stored?: (path: string) => Interval | undefined;
  /** Called in place of functions, by `Library.function`. */
  readonly intercept?: Readonly<Record<string, Intercept>>;
}

export class Machine {
  readonly project: Project;
  readonly options: Options;
  readonly visited = new Set<string>();
  readonly problems: Problem[] = [];
  readonly loops: LoopRecord[] = [];
  readonly reverts = new Set<string>();
  readonly #constants = new Map<number, Term>();
  /** Bounds in comments, by position, and whether they were found true on every path. */
  readonly bounds = new Map<string, boolean>();
  state: State = newState();
  /** The functions that are running, the outermost first. */
  readonly stack: string[] = [];
  #choices: { script: number[]; widths: number[]; next: number } = { script: [], widths: [], next: 0 };
  #rehearsing = 0;

  readonly #evaluate: (machine: Machine, declaration: SolNode) => Term;

  /** `evaluate` gives the value of a constant's declaration. */
  constructor(project: Project, options: Options, evaluate: (machine: Machine, declaration: SolNode) => Term) {
    this.project = project;
    this.options = options;
    this.#evaluate = evaluate;
  }

  get facts(): Facts {
    return this.state.facts;
  }

  get memory(): Memory {
    return this.state.memory;
  }

  /** Notes are taken only in the last pass over a loop, when its state stands for all passes. */
  get watching(): boolean {
    return this.#rehearsing === 0;
  }

  note(kind: Problem["kind"], src: string, text: string): void {
    if (!this.watching) return;
    const known = this.problems.some(
      (problem) => problem.kind === kind && problem.src === src && problem.text === text,
    );
    if (!known) this.problems.push({ kind, src, text });
  }

  visit(src: string): void {
    if (this.watching) this.visited.add(src);
  }

  /** The operation, which must not wrap unless that is said. */
  arithmetic(op: Op, args: readonly Term[], src: string, mayWrap = false): Term {
    this.visit(src);
    const term = apply(op, ...args);
    const wraps = args.every(({ op: of }) => of === "const")
      ? this.#constantWraps(op, args)
      : this.facts.wraps({ ...term, op, args });
    // a shift by a byte and more puts bits into their place, and may mean to lose some
    if (wraps && !mayWrap && !(op === "shl" && args[0]!.op === "const" && args[0]!.value >= 8n)) {
      const operands = args.map((arg) => `${show(arg, 2)} in [${this.#interval(arg)}]`).join(", ");
      this.note("wrap", src, `${op} may wrap: ${operands}`);
    }
    return term;
  }

  #constantWraps(op: Op, args: readonly Term[]): boolean {
    const [a, b] = args.map(({ value }) => value) as [bigint, bigint];
    const exact = op === "add" ? a + b : op === "sub" ? a - b : op === "mul" ? a * b : op === "shl" ? b << a : 0n;
    return exact < 0n || exact > MAX;
  }

  #interval(term: Term): string {
    const { lo, hi } = this.facts.of(term);
    return `${multiple(lo)}, ${multiple(hi)}`;
  }

  place(address: Term): Place {
    return placeOf(this.#chosen(address), this.facts);
  }

  /** A small mask in an address selects an entry of a table: each choice is a path. */
  #chosen(address: Term): Term {
    const [a, b] = address.args as [Term, Term];
    if (address.op === "add") {
      this.#chosen(a);
      this.#chosen(b);
    } else if (address.op === "and") {
      const mask = a.op === "const" ? a.value : b.op === "const" ? b.value : undefined;
      const { lo, hi } = this.facts.of(address);
      if (mask === undefined || lo === hi) return address;
      const values = subsets(mask);
      const value = values[this.choose(values.length)]!;
      this.facts.limit(address, { lo: value, hi: value });
    }
    return address;
  }

  /** Runs what touches memory; a fault is noted and the path given up. */
  touch<T>(src: string, action: () => T): T {
    this.visit(src);
    try {
      return action();
    } catch (error) {
      if (!(error instanceof MemoryFault)) throw error;
      this.note("memory", src, error.message);
      throw new Signal("revert", undefined, "memory fault");
    }
  }

  /** Which way the condition goes; both ways are taken, one after the other, if both can be. */
  branch(condition: Term): boolean {
    const { lo, hi } = this.facts.of(condition);
    if (lo > 0n) return true;
    if (hi === 0n) return false;
    const holds = this.choose(2) === 0;
    this.facts.assume(condition, holds);
    this.state.path.push({ condition, holds });
    return holds;
  }

  /** Whether the path has passed a condition that says so: `index < length` itself, or the same of positions in an array. */
  isBelow(index: Term, length: Term): boolean {
    const gap = plus(placeOf(length, this.facts), placeOf(index, this.facts), -1n);
    return this.state.path.some(({ condition, holds }) => {
      if (condition.op !== "lt" || !holds) return false;
      const [less, more] = condition.args as [Term, Term];
      const known = plus(placeOf(more, this.facts), placeOf(less, this.facts), -1n);
      const times = known.atoms[0] === undefined ? 1n : known.atoms[0].times / (gap.atoms[0]?.times ?? 1n);
      const rest = plus(known, gap, -times);
      return times > 0n && rest.atoms.length === 0 && rest.offset === 0n;
    });
  }

  /** Checked arithmetic that may revert, by position. */
  noteRevert(src: string): void {
    if (this.watching) this.reverts.add(src);
  }

  constantOf(declaration: SolNode): Term {
    let value = this.#constants.get(declaration.id);
    if (value === undefined) this.#constants.set(declaration.id, (value = this.#evaluate(this, declaration)));
    return value;
  }

  choose(width: number): number {
    const choices = this.#choices;
    if (choices.next === choices.script.length) choices.script.push(0);
    choices.widths[choices.next] = width;
    return choices.script[choices.next++]!;
  }

  /** Runs the action from the state once for each path through it. */
  explore(start: State, action: () => Value | undefined): Outcome[] {
    const [state, choices, depth] = [this.state, this.#choices, this.stack.length];
    const outcomes: Outcome[] = [];
    let script: number[] | undefined = [];
    while (script !== undefined) {
      this.state = cloneState(start);
      this.#choices = { script, widths: [], next: 0 };
      try {
        const value = action();
        outcomes.push({ kind: "end", value, reason: "", state: this.state });
      } catch (error) {
        if (error instanceof Signal) outcomes.push({ ...error, kind: error.kind, state: this.state });
        else if (!(error instanceof Infeasible)) throw error;
      }
      this.stack.length = depth;
      script = nextScript(this.#choices);
      if (outcomes.length > 4096) throw new Error(`too many paths in ${this.stack.join(" > ")}`);
    }
    [this.state, this.#choices] = [state, choices];
    return outcomes;
  }

  /**
   * `pass` runs the body and what follows it; `condition` gives the loop's condition. The state before a pass is generalised until it
   * covers the state after it: variables and words of memory that change become unknowns of a growing interval, or of a constant
   * stride where a pass adds a constant.
   */
  loop(src: string, condition: () => Term, pass: () => void): void {
    if (this.options.unroll !== undefined || this.options.concrete === true) {
      for (let count = 0; this.branch(condition()); count++) {
        if (count > 1000) throw new Error(`a loop without an end: ${this.project.where(src)}`);
        this.options.unroll?.(src);
        pass();
      }
      return;
    }
    const entry = this.state;
    const unknown = new Map<string, Unknown>();
    for (let round = 0; ; round++) {
      if (round > 40) throw new Error(`no fixpoint: ${this.project.where(src)}`);
      const head = generalise(entry, unknown);
      this.#rehearsing++;
      const ends = this.#passes(head, condition, pass);
      this.#rehearsing--;
      if (widen(entry, head, ends, unknown)) continue;
      // in the rehearsal of an outer loop nothing is noted
      const last = this.watching ? this.#passes(head, condition, pass) : ends;
      if (this.watching) this.loops.push({ fn: this.stack.at(-1) ?? "", src, entry, head, ends: last });
      this.#leave(head, condition, last);
      return;
    }
  }

  #passes(head: State, condition: () => Term, pass: () => void): Outcome[] {
    return this.explore(head, () => {
      if (!this.branch(condition())) throw new Infeasible();
      try {
        pass();
      } catch (error) {
        if (!(error instanceof Signal) || error.kind !== "continue") throw error;
      }
      return undefined;
    });
  }

  /** Goes on behind the loop, or out of it with a path that returned. */
  #leave(head: State, condition: () => Term, ends: readonly Outcome[]): void {
    const exits = ends.filter(({ kind }) => kind === "return" || kind === "revert");
    const way = this.choose(exits.length + 1);
    const exit = exits[way - 1];
    if (exit !== undefined) {
      this.state = cloneState(exit.state);
      throw new Signal(exit.kind as "return" | "revert", exit.value, exit.reason);
    }
    this.state = cloneState(head);
    if (this.branch(condition())) throw new Infeasible();
  }
}

/** All words whose bits are among the mask's. */
function subsets(mask: bigint): bigint[] {
  if (mask === 0n) return [0n];
  const bit = mask & -mask;
  const rest = subsets(mask & ~bit);
  if (rest.length > 8) throw new Error("too many values for an address");
  return [...rest, ...rest.map((value) => value | bit)];
}

function nextScript({
  script,
  widths,
}: {
  script: readonly number[];
  widths: readonly number[];
}): number[] | undefined {
  const next = script.slice(0, widths.length);
  while (next.length > 0) {
    const last = next.pop()!;
    if (last + 1 < widths[next.length]!) return [...next, last + 1];
  }
  return undefined;
}
