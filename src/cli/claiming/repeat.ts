import { formatDuration } from "../../chain/index.ts";
import type { CommandContext } from "../terminal/command.ts";
import { CliError, showError } from "../terminal/errors.ts";
import type { ExitName } from "../terminal/errors.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
/** Pause after a first failure, ms; doubled with each further one, up to the usual pause. */
const RETRY_MS = 60_000;
/** Failures that no later round would mend. */
const FATAL: readonly ExitName[] = ["usage", "key", "failure"];
/** Of these, what ends by itself: another program works with the account. */
const PASSING: readonly string[] = ["locked", "lock-lost"];
/** setTimeout takes no more, ms. */
const LONGEST_MS = 2 ** 31 - 1;

/** A length of time: a number and s, m, h or d. @returns ms @throws CliError `usage` */
export function durationOf(text: string, option: string): number {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*([smhd])$/i.exec(text.trim()) ?? [];
  const ms = Number(number) * (UNITS[unit.toLowerCase()] ?? 0) * 1_000;
  if (ms >= 1_000 && ms <= LONGEST_MS) return ms;
  throw new CliError("usage", `${option}: "${text}" is no length of time up to 24 days.`, "Give 24h, 90m, 30s or 2d.");
}

/**
 * Runs something again and again until the signal fires. What fails is said, and tried again sooner; an error that no later round
 * would mend ends it.
 */
export async function repeat(
  everyMs: number,
  once: () => Promise<unknown>,
  { io, out }: CommandContext,
): Promise<ExitName> {
  let failures = 0;
  while (!io.signal.aborted) {
    try {
      out.note(`${new Date().toISOString()} begins`);
      await once();
      failures = 0;
    } catch (error) {
      const { exit, code, message, fix } = showError(error);
      if (io.signal.aborted) throw error;
      if (FATAL.includes(exit) && !PASSING.includes(code)) throw error;
      failures++;
      out.note(`${new Date().toISOString()} failed: ${message} ${fix}`.trimEnd());
    }
    const pause = failures === 0 ? everyMs : Math.min(everyMs, RETRY_MS * 2 ** Math.min(failures - 1, 20));
    out.note(`${new Date().toISOString()} next in ${formatDuration(Math.round(pause / 1_000))}`);
    await sleep(pause, io.signal);
  }
  return "ok";
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal.aborted) done();
    else signal.addEventListener("abort", done, { once: true });
  });
}
