import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { CliError, EXIT_CODES } from "./exit.ts";
import type { ExitName } from "./exit.ts";
import type { Profile } from "../../settings/profile.ts";
import type { Io } from "./io.ts";
import { withOutput } from "./options.ts";
import type { OutputOptions } from "./options.ts";
import type { OutputMode } from "./output.ts";
import { Output } from "./output.ts";

/** What a command is handed besides its arguments. */
export interface CommandContext {
  io: Io;
  out: Output;
}

/** A command before it is bound to streams: its file exports one. `run` may name an exit code other than `ok`. */
export interface CommandSpec<Args> {
  command: string;
  describe: string;
  /** Whether it sends transactions, and so knows `--output calldata`. */
  calldata?: boolean;
  builder: (yargs: Argv<OutputOptions>) => Argv<Args>;
  run: (args: ArgumentsCamelCase<Args>, context: CommandContext) => Promise<ExitName | void>;
}

/** Collects the exit code of the command that ran. */
export interface Outcome {
  exit: ExitName;
  /** Options of the profile that is in force. */
  profile?: Profile | undefined;
}

export type BoundCommand = (io: Io, outcome: Outcome) => CommandModule;

export function defineCommand<Args extends OutputOptions>(spec: CommandSpec<Args>): BoundCommand {
  return (io, outcome) => ({
    command: spec.command,
    describe: spec.describe,
    builder: (yargs: Argv) => {
      const built = spec.builder(withOutput(yargs, spec.calldata ?? false)) as Argv;
      return withProfile(built, outcome.profile).epilogue(EXIT_CODES);
    },
    handler: async (args) => {
      const typed = args as unknown as ArgumentsCamelCase<Args>;
      const out = new Output(io, modeOf(typed));
      outcome.exit = (await spec.run(typed, { io, out })) ?? "ok";
    },
  });
}

/** --json says no more than --output json: beside another form it is a contradiction, and with a batch for others money is at stake. */
function modeOf({ json, output }: OutputOptions): OutputMode {
  if (json === true && output !== undefined && output !== "json") {
    throw new CliError("usage", `--json and --output ${output} are two forms of one result.`, "Give one of the two.");
  }
  return json === true ? "json" : (output ?? "table");
}

/** The options of a profile, as far as the command has them; what the command line says goes before. */
function withProfile(yargs: Argv, profile: Profile | undefined): Argv {
  if (!profile) return yargs;
  const { key: known } = (yargs as unknown as { getOptions(): { key: Record<string, unknown> } }).getOptions();
  return yargs.config(Object.fromEntries(Object.entries(profile.values).filter(([name]) => name in known)));
}

/** A command that only holds others: `keys generate`, `keys show`. */
export function defineGroup(spec: {
  command: string;
  describe: string;
  children: readonly BoundCommand[];
}): BoundCommand {
  return (io, outcome) => ({
    command: spec.command,
    describe: spec.describe,
    builder: (yargs: Argv) => {
      for (const child of spec.children) yargs.command(child(io, outcome));
      return yargs.demandCommand(1, `Say what to do: \`${spec.command} --help\` lists it.`);
    },
    handler: () => undefined,
  });
}
