import { boundFaults } from "./bounds.ts";
import type { Fault } from "./fault.ts";
import { formulaFaults } from "./formulas.ts";
import { memoryFaults } from "./memory.ts";

export const faults: readonly Fault[] = [...boundFaults, ...memoryFaults, ...formulaFaults];
