import { createInterface } from "node:readline";
import { Readable } from "node:stream";

/** Where a question is written and an answer typed. */
export interface Asking {
  stdin: AsyncIterable<Uint8Array | string> & { isTTY?: boolean };
  stderr: { write(text: string): unknown; isTTY?: boolean | undefined };
  /** Ends the question. */
  signal: AbortSignal;
}

/** Whether somebody sits there to be asked. */
export function canAsk({ stdin, stderr }: Pick<Asking, "stdin" | "stderr">): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

const END = "\u0004";

/**
 * Asks a question on standard error that is answered by y or n; anything but yes is no.
 *
 * @returns undefined when the signal fires before there is an answer
 */
export async function askYes({ stdin, stderr, signal }: Asking, question: string): Promise<boolean | undefined> {
  stderr.write(`${question} [y/N] `);
  const input = stdin instanceof Readable ? stdin : Readable.from(stdin);
  const lines = createInterface({ input, terminal: false });
  const answer = await new Promise<string | undefined>((resolve) => {
    lines.once("line", resolve);
    // The end of the input: the terminal shows no line end for it.
    lines.once("close", () => resolve(END));
    const stop = () => resolve(undefined);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  // Lets go of the terminal: what is still to come works without anybody.
  lines.close();
  if (answer === undefined || answer === END) stderr.write("\n");
  return answer === undefined ? undefined : /^\s*y(es)?\s*$/i.test(answer);
}
