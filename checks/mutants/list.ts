import { familyRows } from "./family.ts";
import { hashMutants } from "./hash.ts";
import { invariants } from "./invariants.ts";
import type { Mutant } from "./mutant.ts";
import { rewardsRows } from "./rewards.ts";
import { traps } from "./traps.ts";

export const mutants: Mutant[] = [...rewardsRows, ...familyRows, ...traps, ...invariants, ...hashMutants];
