/** The words of a check: what it says to `--help`, and to what it does not know. */

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
  process.exitCode = 2;
  return true;
}
