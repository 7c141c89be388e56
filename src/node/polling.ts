/** Looks at the chain when nobody asks. */
import type { Logger } from "pino";
import type { ChainView } from "./chainView.ts";

const SLOWEST_MS = 60_000;

/** Looks at the chain every `pollMs`, slower while that fails, until the signal fires. Never rejects. */
export async function poll(view: ChainView, pollMs: number, signal: AbortSignal, logger: Logger): Promise<void> {
  for (let failures = 0; !signal.aborted;) {
    await interruptibleSleep(Math.min(pollMs * 2 ** failures, Math.max(pollMs, SLOWEST_MS)), signal);
    if (signal.aborted) return;
    // Somebody asked meanwhile: this look is not needed.
    if (view.ageMs < pollMs / 2) continue;
    try {
      await view.sync();
      if (failures > 0) logger.info({ failures }, "the chain can be read again");
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures = Math.min(failures + 1, 10);
      logger.warn({ err: error, failures }, "the chain cannot be read");
    }
  }
}

/** Waits, or until the signal fires. */
export function interruptibleSleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}
