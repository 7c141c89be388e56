import { boundFaults } from "./bounds.ts";
import type { Fault } from "./fault.ts";
import { formulaFaults } from "./formulas.ts";
import { memoryFaults } from "./memory.ts";
import { compiledFaults, listFaults } from "./nodes.ts";

export const faults: readonly Fault[] = [
  ...boundFaults,
  ...memoryFaults,
  ...formulaFaults,
  ...listFaults,
  ...compiledFaults,
];
