import { Random } from "../core/random.ts";
import type { Step } from "../core/steps.ts";
import { drawStep } from "../draw/next.ts";
import { opening } from "../draw/opening.ts";
import { reset } from "./base.ts";
import type { Base } from "./base.ts";
import { runStep } from "./sequence.ts";
import type { Look, StepResult } from "./sequence.ts";

/** Steps of a sequence. */
const STEPS = 150;
/** The state is looked at every few steps, whole every many: a difference stays, and the failing sequence is run again step by step. */
const LOOK_EVERY = 6;
const WHOLE_EVERY = 45;

export interface Failure {
  seed: bigint;
  /** The last one is where it shows. */
  steps: Step[];
  result: StepResult;
}

function lookAfter(count: number): Look {
  if (count % WHOLE_EVERY === 0 || count === STEPS) return "all";
  return count % LOOK_EVERY === 0 ? "touched" : "no";
}

/** One sequence drawn from its seed, up to the first difference. */
export async function runSeed(
  base: Base,
  seed: bigint,
  onStep: (result: StepResult) => void = () => {},
): Promise<Failure | undefined> {
  const env = await reset(base);
  const rng = new Random(seed);
  const steps: Step[] = [];
  const run = async (step: Step): Promise<Failure | undefined> => {
    steps.push(step);
    const result = await runStep(base, env, step, lookAfter(steps.length));
    onStep(result);
    return result.differences.length > 0 ? { seed, steps, result } : undefined;
  };
  for (const step of opening(rng, env)) {
    const failure = await run(step);
    if (failure) return failure;
  }
  while (steps.length < STEPS) {
    const failure = await run(drawStep(rng, env));
    if (failure) return failure;
  }
  return undefined;
}

/** Given steps, everything touched compared after each. */
export async function replay(base: Base, seed: bigint, given: readonly Step[]): Promise<Failure | undefined> {
  const env = await reset(base);
  const steps: Step[] = [];
  for (const step of given) {
    steps.push(step);
    const result = await runStep(base, env, step, steps.length === given.length ? "all" : "touched");
    if (result.differences.length > 0) return { seed, steps, result };
  }
  return undefined;
}
