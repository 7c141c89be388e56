import { setFlagsFromString } from "node:v8";

/**
 * Keeps the part of the heap where objects begin at its first size. On a machine with memory to spare Node 24 lets it grow to 128 MB
 * before old objects are looked at, which a program of many short requests fills with what is long forgotten: 100 MB for a collection
 * from 10,000 nodes, for a tenth less processor time. For programs only: a library leaves its process as it is.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
