/** What a path of the interpreter carries along. */
import { Facts } from "./facts.ts";
import { Memory } from "./memory.ts";
import type { Term } from "./term.ts";

/** An array in calldata: the position of its first word and its length. */
export interface CalldataArray {
  readonly kind: "calldata";
  readonly offset: Term;
  readonly length: Term;
}

/** A place in storage: a state variable, keys of mappings on the way, members. */
export interface StorageRef {
  readonly kind: "storage";
  readonly path: string;
  readonly keys: readonly Term[];
}

export interface Tuple {
  readonly kind: "tuple";
  readonly values: readonly (Value | undefined)[];
}

export type Value = Term | CalldataArray | StorageRef | Tuple;

export interface StorageWrite {
  readonly path: string;
  readonly keys: readonly Term[];
  readonly value: Term;
}

export interface State {
  /** Variables of the function that runs, by name. */
  env: Map<string, Value>;
  memory: Memory;
  facts: Facts;
  storage: StorageWrite[];
  /** The conditions that the path has passed. */
  path: { condition: Term; holds: boolean }[];
}

export function isTerm(value: Value | undefined): value is Term {
  return value !== undefined && !("kind" in value);
}

export class Signal {
  readonly kind: "return" | "break" | "continue" | "revert";
  readonly value: Value | undefined;
  readonly reason: string;

  constructor(kind: Signal["kind"], value?: Value, reason = "") {
    this.kind = kind;
    this.value = value;
    this.reason = reason;
  }
}

/** How a path ended. */
export interface Outcome {
  readonly kind: Signal["kind"] | "end";
  readonly value: Value | undefined;
  readonly reason: string;
  readonly state: State;
}

export function newState(): State {
  return { env: new Map(), memory: new Memory(), facts: new Facts(), storage: [], path: [] };
}

export function cloneState({ env, memory, facts, storage, path }: State): State {
  return {
    env: new Map(env),
    memory: new Memory(memory),
    facts: facts.clone(),
    storage: [...storage],
    path: [...path],
  };
}
