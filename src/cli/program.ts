import { readFileSync } from "node:fs";
import yargs from "yargs";
import { joinRepeated } from "../chain/index.ts";
import { claimCommand } from "./commands/claim.ts";
import { contributeCommand } from "./commands/contribute.ts";
import { exitCommand } from "./commands/exit.ts";
import { keysCommand } from "./commands/keys.ts";
import { liquidateCommand } from "./commands/liquidate.ts";
import { networkCommand } from "./commands/network.ts";
import { nodesCommand } from "./commands/nodes.ts";
import { registerCommand } from "./commands/register.ts";
import { rewardsCommand } from "./commands/rewards.ts";
import { statusCommand } from "./commands/status.ts";
import { watchCommand } from "./commands/watch.ts";
import type { BoundCommand, Outcome } from "./terminal/command.ts";
import { CliError, EXIT, EXIT_CODES, showError } from "./terminal/errors.ts";
import type { ShownError } from "./terminal/errors.ts";
import type { Io } from "./terminal/io.ts";
import { Output } from "./terminal/output.ts";

export const PROGRAM = "session-staking";

const COMMANDS: readonly BoundCommand[] = [
  statusCommand,
  nodesCommand,
  rewardsCommand,
  claimCommand,
  registerCommand,
  contributeCommand,
  exitCommand,
  liquidateCommand,
  watchCommand,
  networkCommand,
  keysCommand,
];

const EPILOGUE = `Nothing is sent without --broadcast. <command> --help has the options of each.

${EXIT_CODES}`;

const COMPLETION_HELP = `${PROGRAM} completion

A completion script for bash or zsh ($SHELL decides), on standard output

Examples:
  ${PROGRAM} completion >> ~/.bashrc
  source <(${PROGRAM} completion)
`;

/**
 * Runs the program once.
 *
 * @param argv - Arguments without node and script.
 * @returns the exit code; errors are written, not thrown
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const outcome: Outcome = { exit: "ok" };
  const json = argv.includes("--json") || argv.some((arg, i) => /^(--output=)?json$/.test(arg) && isOutput(argv, i));
  let printed = "";
  if (argv[0] === "completion" && argv.some((arg) => arg === "--help" || arg === "-h")) {
    io.stdout.write(COMPLETION_HELP);
    return EXIT.ok;
  }
  try {
    await parser(io, outcome).parseAsync(joinRepeated(argv, "rpc"), {}, (_error, _args, output) => {
      printed = output;
    });
    if (printed !== "") io.stdout.write(`${printed}\n`);
    return EXIT[outcome.exit];
  } catch (error) {
    const shown = showError(error);
    report(shown, io, json);
    return EXIT[io.signal.aborted && shown.exit === "failure" ? "interrupted" : shown.exit];
  }
}

/** The package's version: its file is two folders up, from the source and from the compiled program alike. */
function version(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

function isOutput(argv: readonly string[], i: number): boolean {
  return argv[i]?.startsWith("--output=") === true || argv[i - 1] === "--output";
}

function parser(io: Io, outcome: Outcome) {
  const program = yargs()
    .scriptName(PROGRAM)
    .usage("$0 <command> [options]")
    .exitProcess(false)
    .showHelpOnFail(false)
    .strict()
    .parserConfiguration({ "duplicate-arguments-array": false, "parse-positional-numbers": false })
    .demandCommand(1, "Say what to do: --help lists the commands.")
    .recommendCommands()
    .completion("completion", "A completion script for bash or zsh: source the output, or append it to ~/.bashrc")
    .help()
    .version(version())
    .alias({ help: "h" })
    .wrap(Math.min(io.stdout.columns ?? 100, 120))
    .epilogue(EPILOGUE)
    .fail((message, error) => {
      // What an option's own check throws comes as yargs' error, with its message alone.
      const fromOption = (error as Error | undefined)?.name === "YError";
      if (error && !fromOption) throw error;
      const why = fromOption ? error.message : tidy(message);
      throw new CliError("usage", why, "`--help` after the command shows its options.");
    });
  for (const command of COMMANDS) program.command(command(io, outcome));
  return program;
}

/** In a JSON mode the error is an object on standard output, like the result would be; its sentence is on standard error always. */
function report(shown: ShownError, io: Io, json: boolean): void {
  const { colors } = new Output({ ...io, stdout: io.stderr }, "table");
  io.stderr.write(`${colors.red("error")} ${shown.message}\n`);
  if (shown.fix !== "") io.stderr.write(`${colors.dim("  fix")} ${shown.fix}\n`);
  if (json) new Output(io, "json").json({ error: { ...shown, exitCode: EXIT[shown.exit] } });
}

/** yargs' words on one line, without the second spelling (camel case) that it gives each unknown option. */
function tidy(message: string): string {
  const line = message.replace(/\s*\n\s*/g, " ");
  if (/^Not enough non-option arguments/.test(line)) return "An argument is missing.";
  const unknown = /^Unknown arguments?: (.+)$/.exec(line);
  if (!unknown) return line;
  const names = (unknown[1] as string).split(", ");
  const given = names.filter((name) => !names.some((other) => other.includes("-") && camelCase(other) === name));
  return `Unknown argument${given.length > 1 ? "s" : ""}: ${given.join(", ")}`;
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
