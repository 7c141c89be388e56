import type { Asking } from "../../src/settings/ask.ts";
import { askYes, canAsk } from "../../src/settings/ask.ts";
import { Refusal } from "./refusal.ts";

/** Asks before something is sent; resolves when it may be. @throws Refusal `interrupted` when it may not */
export type Consent = (question: string) => Promise<void>;

/**
 * The question before the first transaction of a run, as the command line asks it: once, on a terminal only.
 *
 * @param yes - What `--yes` says.
 * @returns undefined where nobody is to be asked
 */
export function consent(yes: boolean, asking: Asking): Consent | undefined {
  if (yes || !canAsk(asking)) return undefined;
  let given = false;
  return async (question) => {
    if (given) return;
    given = (await askYes(asking, question)) === true;
    if (!given) throw new Refusal("interrupted", "Nothing was sent: answer y, or give --yes.");
  };
}

/** The process's own terminal. */
export function processAsking(signal: AbortSignal): Asking {
  const { stdin, stderr } = process;
  return { stdin, stderr, signal };
}
