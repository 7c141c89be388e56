import { SingleBar } from "cli-progress";
import { movesCursor } from "../../settings/colors.ts";
import type { Io } from "./io.ts";

/** A progress bar on standard error; silent unless that is a terminal. */
export interface Progress {
  update(done: number, note?: string): void;
  stop(): void;
}

const SILENT: Progress = { update: () => undefined, stop: () => undefined };

export function startProgress(io: Io, what: string, total: number): Progress {
  if (!movesCursor(io.stderr, io.env) || total <= 0) return SILENT;
  const bar = new SingleBar({
    format: `${what} {bar} {value}/{total} {note}`,
    barsize: 30,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    stream: io.stderr as NodeJS.WritableStream,
    fps: 10,
    gracefulExit: false,
  });
  bar.start(total, 0, { note: "" });
  return {
    update: (done, note = "") => bar.update(Math.min(done, total), { note }),
    stop: () => bar.stop(),
  };
}

/** Shows the seconds of a wait that tells nothing of itself. */
export async function showWait<T>(io: Io, what: string, seconds: number, work: () => Promise<T>): Promise<T> {
  const bar = startProgress(io, what, Math.ceil(seconds));
  const started = performance.now();
  const timer = setInterval(() => bar.update(Math.floor((performance.now() - started) / 1_000), "s"), 250);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    bar.stop();
  }
}
