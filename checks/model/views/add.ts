import type { Read } from "../chain/observe.ts";
import type { Address } from "../core/world.ts";

export type Add = (fn: string, args: readonly unknown[], expect: Read["expect"]) => void;

/** A list of reads of one contract. */
export function adder(reads: Read[], to: Address, kind: string): Add {
  return (fn, args, expect) => void reads.push({ to, kind, fn, args, expect });
}
