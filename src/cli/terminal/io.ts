import type { Environment } from "../../settings/environment.ts";
import { readEnvironment } from "../../settings/environment.ts";

/** What a command may touch of the process around it: handed in, so that tests run commands without one. */
export interface Io {
  stdout: Writable;
  stderr: Writable;
  stdin: AsyncIterable<Uint8Array | string> & { isTTY?: boolean };
  /** Variables, those of `.env` among them; none is empty. */
  env: Environment;
  /** Asks for a secret without showing it; missing where nobody sits at a terminal. */
  askSecret?: ((question: string) => Promise<string>) | undefined;
  /** Aborted on SIGINT and SIGTERM: long work stops, keeps what it has and says so. */
  signal: AbortSignal;
}

/** A stream to write text to; `isTTY` decides between colours, borders and progress bars, and plain text. */
export interface Writable {
  write(text: string): unknown;
  isTTY?: boolean | undefined;
  columns?: number | undefined;
}

/**
 * The process's own streams and environment.
 *
 * @throws SettingsError when `.env` cannot be read
 */
export function processIo(signal: AbortSignal): Io {
  const { stdout, stderr, stdin } = process;
  return {
    stdout,
    stderr,
    stdin,
    env: readEnvironment(),
    signal,
    ...(stdin.isTTY && stderr.isTTY
      ? {
          askSecret: async (question) => {
            const { askSecret } = await import("../../settings/prompt.ts");
            return askSecret(question, { input: stdin, output: stderr, signal });
          },
        }
      : {}),
  };
}
