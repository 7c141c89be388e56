/** A weak variant: what the live contracts did, or once did, and the tests that must then fail. */
export interface Mutant {
  /** The row of the hardening list, `trap`, or `invariant`. */
  row: string;
  /** What is weak about it. */
  weakness: string;
  file: string;
  /** Pairs of present text, found exactly once in the file, and what takes its place. */
  edits: [from: string, to: string][];
  /** Mocha tests, or none if the fuzzer is to find it. */
  tests?: string[];
  /** Of the tests, those with this in their title; `<row>: ` when left out. */
  grep?: string;
  /** The suite of test/invariant that is to find it. */
  fuzz?: "Network" | "Contribution" | "Vesting";
}
