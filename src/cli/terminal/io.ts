/** What a command may touch of the process around it: handed in, so that tests run commands without one. */
export interface Io {
  stdout: Writable;
  stderr: Writable;
  stdin: AsyncIterable<Uint8Array | string> & { isTTY?: boolean };
  env: Readonly<Record<string, string | undefined>>;
  /** Aborted on SIGINT and SIGTERM: long work stops, keeps what it has and says so. */
  signal: AbortSignal;
}

/** A stream to write text to; `isTTY` decides between colours, borders and progress bars, and plain text. */
export interface Writable {
  write(text: string): unknown;
  isTTY?: boolean | undefined;
  columns?: number | undefined;
}

/** The process's own streams and environment. */
export function processIo(signal: AbortSignal): Io {
  return { stdout: process.stdout, stderr: process.stderr, stdin: process.stdin, env: process.env, signal };
}
