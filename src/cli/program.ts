import yargs from "yargs";
import { joinRepeated } from "../chain/transport/arguments.ts";
import { HEADINGS } from "./commands/headings.ts";
import type { CommandName } from "./commands/headings.ts";
import { LOADERS } from "./commands/index.ts";
import type { BoundCommand, Outcome } from "./terminal/command.ts";
import { CliError, EXIT, EXIT_CODES } from "./terminal/exit.ts";
import type { Profile } from "../settings/profile.ts";
import { failWith, faultOfOptions, wantsJson } from "../settings/usage.ts";
import type { Io } from "./terminal/io.ts";
import { version } from "./version.ts";

const PROGRAM = "session-staking";

const NAMES = Object.keys(HEADINGS) as CommandName[];

/** Options that may be given several times: each counts, or, of what decides on nothing but time, the last. */
const REPEATABLE = ["rpc", "timeout", "deadline", "wait", "interval", "concurrency"];

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
  const json = wantsJson(argv);
  let printed = "";
  if (argv[0] === "completion" && argv.some((arg) => arg === "--help" || arg === "-h")) {
    io.stdout.write(COMPLETION_HELP);
    return EXIT.ok;
  }
  try {
    const fault = faultOfOptions(argv, REPEATABLE);
    if (fault !== undefined) throw new CliError("usage", fault, "Give it once, with a value.");
    const named = await load(argv);
    outcome.profile = await profileOf(argv, io);
    await parser(io, outcome, named).parseAsync(joinRepeated(argv, "rpc"), {}, (_error, _args, output) => {
      printed = output;
    });
    if (printed !== "") io.stdout.write(`${printed}\n`);
    return EXIT[outcome.exit];
  } catch (error) {
    const shown = await report(error, io, json);
    return EXIT[io.signal.aborted && shown.exit === "failure" ? "interrupted" : shown.exit];
  }
}

/** The profile, where there is one; it is told of, since it decides what a command does. */
async function profileOf(argv: readonly string[], io: Io): Promise<Profile | undefined> {
  if (argv.some((arg) => arg === "--help" || arg === "-h" || arg.startsWith("--get-yargs-completions")))
    return undefined;
  const { givenOptions, readProfile } = await import("../settings/profile.ts");
  const profile = await readProfile(givenOptions(argv), io.env);
  if (profile && io.stderr.isTTY) io.stderr.write(`profile ${profile.name} (${profile.path})\n`);
  return profile;
}

function parser(io: Io, outcome: Outcome, named: ReadonlyMap<CommandName, BoundCommand>) {
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
    .fail(failWith((why) => new CliError("usage", why, "`--help` after the command shows its options.")));
  for (const name of NAMES) program.command(named.get(name)?.(io, outcome) ?? { ...HEADINGS[name], handler: () => {} });
  return program;
}

/** The commands whose names stand among the arguments: the one that is meant, or that is being completed, is one of them. */
async function load(argv: readonly string[]): Promise<Map<CommandName, BoundCommand>> {
  const named = NAMES.filter((name) => argv.includes(name));
  return new Map(await Promise.all(named.map(async (name) => [name, await LOADERS[name]()] as const)));
}

/** Where the words of an error begin. */
const HANG = "error ".length;

/** In a JSON mode the error is an object on standard output, like the result would be; its sentence is on standard error always. */
async function report(error: unknown, io: Io, json: boolean) {
  const [{ showError }, { Output, remark }] = await Promise.all([
    import("./terminal/errors.ts"),
    import("./terminal/output.ts"),
  ]);
  const shown = showError(error);
  const { colors } = new Output({ ...io, stdout: io.stderr }, "table");
  remark(io, `${colors.red("error")} ${shown.message}`, HANG);
  if (shown.fix !== "") remark(io, `  ${colors.dim("fix")} ${shown.fix}`, HANG - 2);
  if (json) new Output(io, "json").json({ error: { ...shown, exitCode: EXIT[shown.exit] } });
  return shown;
}
