/**
 * A model of storage in which nothing is fixed before it is asked for: identifiers and keys are numbers of which only equality
 * counts, and each cell gets, when it is first read, each value that there is so far and one new one, in turn. That decides
 * statements on any number of nodes: a counterexample among all states would show on the few that the code and the statement touch.
 */
import type { StorageWrite } from "../machine/state.ts";
import type { Term } from "../machine/term.ts";

/** This choice of values contradicts what is given. */
class Excluded extends Error {}

/** Cells that hold identifiers of nodes, and those that hold keys; what else there is has no equality that matters. */
const SORTS: Readonly<Record<string, string>> = {
  "_serviceNodes[].next": "id",
  "_serviceNodes[].prev": "id",
  "serviceNodeIDs[]": "id",
  "ed25519ToServiceNodeID[]": "id",
  nextServiceNodeID: "id",
  "_serviceNodes[].blsPubkey": "key",
  "_serviceNodes[].ed25519Pubkey": "ed",
  /** Of a predicate: 0 or 1. */
  listed: "bit",
};

export class Model {
  readonly #choose: (width: number) => number;
  readonly #cells = new Map<string, number>();
  readonly #symbols = new Map<string, number>();
  /** How many values of each sort there are; 0 is the sentinel, and no key. */
  readonly #values = new Map<string, number>([
    ["id", 1],
    ["key", 1],
    ["ed", 1],
    ["bit", 2],
  ]);

  constructor(choose: (width: number) => number) {
    this.#choose = choose;
  }

  /** An unknown of the statement. */
  unknown(sort: string, name: string): number {
    let value = this.#symbols.get(name);
    if (value === undefined) this.#symbols.set(name, (value = this.#any(sort)));
    return value;
  }

  /** A value that there was not yet. */
  fresh(sort: string, name: string): number {
    const value = this.#values.get(sort)!;
    this.#values.set(sort, value + 1);
    this.#symbols.set(name, value);
    return value;
  }

  /** Of the state before. */
  read(path: string, ...keys: number[]): number {
    const cell = `${path}(${keys.join()})`;
    let value = this.#cells.get(cell);
    if (value === undefined) this.#cells.set(cell, (value = this.#any(SORTS[path] ?? path)));
    return value;
  }

  /** Gives the cell the value, or excludes the model if it has another. */
  require(path: string, keys: readonly number[], value: number): void {
    const cell = `${path}(${keys.join()})`;
    const known = this.#cells.get(cell);
    if (known === undefined) this.#cells.set(cell, value);
    else if (known !== value) throw new Excluded();
  }

  assume(holds: boolean): void {
    if (!holds) throw new Excluded();
  }

  /** The cell after the first `count` writes. */
  after(writes: readonly StorageWrite[], count: number, path: string, keys: readonly number[]): number {
    for (let index = count - 1; index >= 0; index--) {
      const write = writes[index]!;
      if (write.path !== path) continue;
      if (write.keys.map((key) => this.value(key, writes)).join() === keys.join())
        return this.value(write.value, writes);
    }
    return this.read(path, ...keys);
  }

  /** Of a term: of identifiers and keys, and conditions on them. */
  value(term: Term, writes: readonly StorageWrite[]): number {
    const [a, b] = term.args as [Term, Term];
    switch (term.op) {
      case "const":
        return Number(term.value);
      case "symbol":
        return this.#symbols.get(term.name) ?? this.unknown("other", term.name);
      case "eq":
        return this.value(a, writes) === this.value(b, writes) ? 1 : 0;
      case "iszero":
        return this.value(a, writes) === 0 ? 1 : 0;
      case "call": {
        const [, path, version] = /^(.*)@(\d+)$/.exec(term.name) ?? [];
        if (path !== undefined) {
          const keys = term.args.map((key) => this.value(key, writes));
          // both words of a key are one value
          return this.after(writes, Number(version), path.replace(/(blsPubkey)\.[XY]$/, "$1"), keys);
        }
        // the packed key is as good as its words
        if (term.name === "encodePacked") return this.value(a, writes);
        return this.unknown("other", `${term.name}#${term.id}`);
      }
      case "lt":
      case "gt":
        return this.unknown("bit", `term ${term.id}`);
      default:
        return this.unknown("other", `term ${term.id}`);
    }
  }

  #any(sort: string): number {
    const known = this.#values.get(sort);
    // of what has no equality that matters: always new
    if (known === undefined || sort === "other") {
      this.#values.set(sort, (known ?? 1000) + 1);
      return known ?? 1000;
    }
    if (sort === "bit") return this.#choose(2);
    const value = this.#choose(known + 1);
    if (value === known) this.#values.set(sort, known + 1);
    return value;
  }
}

/** Runs the action once for each sequence of choices; returns how many models were not excluded. */
export function everyModel(action: (model: Model) => void, limit = 200_000): number {
  let script: number[] | undefined = [];
  let count = 0;
  for (let runs = 0; script !== undefined; runs++) {
    if (runs > limit) throw new Error("too many models");
    const widths: number[] = [];
    const choices: number[] = script;
    let next = 0;
    const model = new Model((width) => {
      if (next === choices.length) choices.push(0);
      widths[next] = width;
      return choices[next++]!;
    });
    try {
      action(model);
      count++;
    } catch (error) {
      if (!(error instanceof Excluded)) throw error;
    }
    script = following(choices.slice(0, widths.length), widths);
  }
  return count;
}

function following(choices: number[], widths: readonly number[]): number[] | undefined {
  while (choices.length > 0) {
    const last = choices.pop()!;
    if (last + 1 < widths[choices.length]!) return [...choices, last + 1];
  }
  return undefined;
}
