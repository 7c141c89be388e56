/** The words of a check: what it says to `--help`, and to what it does not know. */
import { parseArgs } from "node:util";
import type { ParseArgsConfig } from "node:util";
import { EXIT } from "../src/settings/exit.ts";

/** yargs' `fail`: one line, and exit code 2. */
export function refuse(message: string | null, error: Error): never {
  process.stderr.write(`${message ?? error.message}\n`);
  process.exit(EXIT.usage);
}

/** The arguments by Node's parser; those that make no sense are one line, and exit code 2. */
export function argumentsOf<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    return refuse(null, error as Error);
  }
}

/** Runs a check that gives its exit code; what it throws is one line, and exit code 2. */
export async function exitWith(run: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await run();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = EXIT.usage;
  }
}

/**
 * Prints `help` for `--help`, and refuses any other argument with exit code 2.
 *
 * @param args - What the command takes no more of.
 * @returns whether the command is done with that
 */
export function isDone(args: readonly string[], help: string): boolean {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(help);
    return true;
  }
  const [unknown] = args;
  if (unknown === undefined) return false;
  process.stderr.write(`unknown argument ${unknown}\n\n${help}`);
  process.exitCode = EXIT.usage;
  return true;
}
