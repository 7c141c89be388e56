import type { Step } from "../core/steps.ts";
import type { Base } from "./base.ts";
import { replay } from "./sequences.ts";
import type { Failure } from "./sequences.ts";

/** What kind of difference it is: where it shows, without addresses and numbers. */
export function kindOf({ result }: Failure): string {
  const what = result.differences[0]?.what ?? "";
  return what
    .replace(/ at 0x\w+/, "")
    .replace(/:\d+/g, "")
    .replace(/\(.*\)/, "");
}

/**
 * Leaves steps and calls out as long as the same kind of difference remains: halves first, then smaller parts. Where a part is
 * missing, later steps may mean something else or nothing; chain and model see the same, so that does no harm.
 */
export async function shrink(base: Base, failure: Failure, seconds: number): Promise<Failure> {
  const deadline = Date.now() + seconds * 1000;
  const kind = kindOf(failure);
  const fails = async (steps: readonly Step[]): Promise<Failure | undefined> => {
    try {
      const again = await replay(base, failure.seed, steps);
      return again !== undefined && kindOf(again) === kind ? again : undefined;
    } catch {
      // a step that cannot be encoded without what was left out
      return undefined;
    }
  };

  let best = (await fails(failure.steps)) ?? failure;
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let end = best.steps.length; end > 0; end -= size) {
      if (Date.now() > deadline) return best;
      const shorter = [...best.steps.slice(0, Math.max(0, end - size)), ...best.steps.slice(end)];
      const again = await fails(shorter);
      if (again !== undefined) best = again;
    }
  }
  for (const [index, step] of best.steps.entries()) {
    if (!("calls" in step)) continue;
    for (let call = step.calls.length - 1; call >= 0 && step.calls.length > 1; call--) {
      if (Date.now() > deadline) return best;
      const calls = step.calls.filter((_, other) => other !== call);
      const again = await fails(best.steps.with(index, { ...step, calls }));
      if (again !== undefined) best = again;
    }
  }
  return best;
}
