import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { SettingsError } from "./errors.ts";

/** A terminal: where a question is written, and where the answer is typed. */
export interface Terminal {
  input: NodeJS.ReadableStream;
  output: { write(text: string): unknown };
  signal?: AbortSignal;
}

/**
 * Asks for a secret: what is typed is not shown, and kept in no history. Ctrl-C and Ctrl-D give up.
 *
 * @throws SettingsError `secret` when nothing is given
 */
export async function askSecret(question: string, { input, output, signal }: Terminal): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const line = createInterface({ input, output: nowhere, terminal: true, historySize: 0 });
  const given = new AbortController();
  const giveUp = () => given.abort();
  line.once("SIGINT", giveUp).once("close", giveUp);
  signal?.addEventListener("abort", giveUp, { once: true });
  output.write(question);
  let secret = "";
  try {
    secret = await line.question("", { signal: given.signal });
  } catch (error) {
    if ((error as Error).name !== "AbortError") throw error;
  } finally {
    signal?.removeEventListener("abort", giveUp);
    line.close();
    output.write("\n");
  }
  if (secret.trim() === "")
    throw new SettingsError("No password was given.", "Type it, or give --password-file.", { kind: "secret" });
  return secret;
}
