import { becomeLean } from "./lean.ts";
import { keepYoungGenerationSmall } from "./memory.ts";
import { EXIT } from "./terminal/exit.ts";
import { processIo } from "./terminal/io.ts";
import type { Io } from "./terminal/io.ts";
import type { SettingsError } from "../settings/errors.ts";
import { wantsJson } from "../settings/usage.ts";
import { version } from "./version.ts";

/**
 * The program as a process: standard streams, signals, exit code.
 *
 * @param argv - Arguments without node and script.
 */
export async function runProcess(argv: readonly string[]): Promise<void> {
  // The most asked of questions waits for no parser.
  if (argv.length === 1 && argv[0] === "--version") {
    process.stdout.write(`${version()}\n`);
    return;
  }

  if (argv[0] === "serve" && !argv.includes("--help") && !process.env["DATABASE_URL"]) becomeLean();
  keepYoungGenerationSmall();

  // The first signal asks: work stops at the next safe point and keeps what it has. The second ends the process.
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      interruption.abort(new Error(signal));
      process.once(signal, () => process.exit(130));
    });
  }

  // A reader that closes the pipe (`| head`) is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });

  const { run } = await import("./program.ts");
  let io: Io;
  try {
    io = processIo(interruption.signal);
  } catch (error) {
    // There is no environment to take colours from.
    const { message, fix = "" } = error as Error & Partial<SettingsError>;
    process.stderr.write(`error ${message}\n${fix === "" ? "" : `  fix ${fix}\n`}`);
    if (wantsJson(argv)) {
      const shown = { exit: "usage", code: "usage", message, fix, details: {}, exitCode: EXIT.usage };
      process.stdout.write(`${JSON.stringify({ error: shown }, null, 2)}\n`);
    }
    process.exitCode = EXIT.usage;
    return;
  }
  process.exitCode = await run(argv, io);
}
