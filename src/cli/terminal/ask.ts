import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { Io } from "./io.ts";

/** Whether somebody sits there to be asked. */
export function canAsk(io: Io): boolean {
  return io.stdin.isTTY === true && io.stderr.isTTY === true;
}

/**
 * Asks a question on standard error that is answered by y or n; anything but yes is no.
 *
 * @returns undefined when the signal fires before there is an answer
 */
export async function askYes(io: Io, question: string): Promise<boolean | undefined> {
  io.stderr.write(`${question} [y/N] `);
  const input = io.stdin instanceof Readable ? io.stdin : Readable.from(io.stdin);
  const lines = createInterface({ input, terminal: false });
  const answer = await new Promise<string | undefined>((resolve) => {
    lines.once("line", resolve);
    lines.once("close", () => resolve(""));
    const stop = () => resolve(undefined);
    if (io.signal.aborted) stop();
    else io.signal.addEventListener("abort", stop, { once: true });
  });
  // Lets go of the terminal: what is still to come works without anybody.
  lines.close();
  if (answer === undefined) io.stderr.write("\n");
  return answer === undefined ? undefined : /^\s*y(es)?\s*$/i.test(answer);
}
