import type { Part } from "../prove.ts";

/** A fault to be planted in a copy of the sources, and the part of the proofs that must then fail. */
export interface Fault {
  readonly part: Part;
  /** What is wrong with it. */
  readonly what: string;
  /** The contract, by its name. */
  readonly file: string;
  /** Where to look for the text: behind this one, which is there once. From the start when left out. */
  readonly after?: string;
  /** Text that is there once, or the first behind `after`. */
  readonly from: string;
  readonly to: string;
  /** Part of the statement that must fail, or of what is said against it. */
  readonly fails?: string;
}
