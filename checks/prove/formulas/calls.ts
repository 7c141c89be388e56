/** What a function hands to others, for statements about the parts that it is put together from. */
import type { Intercept, Machine } from "../machine/machine.ts";
import type { Value } from "../machine/state.ts";

/** What is called, with its arguments as they were given. */
export type Calls = Map<string, readonly Value[]>;

export function recording(calls: Calls, name: string, results: (machine: Machine) => Value): Intercept {
  return (machine, args) => {
    calls.set(name, args);
    return results(machine);
  };
}

export const tuple = (...all: Value[]): Value => ({ kind: "tuple", values: all });

export const nameOf = (value: Value | undefined): string => (value !== undefined && "name" in value ? value.name : "?");
