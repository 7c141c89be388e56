/** What the programs of this folder have in common before any work: endpoints by `--rpc`, and an answer to what makes no sense. */
import type { Argv } from "yargs";
import yargs from "yargs";
import { endpointsOf } from "../lib/connect.ts";
import { joinRepeated } from "../../src/chain/transport/index.ts";
import { EXIT } from "../../src/settings/exit.ts";
import { failWith, faultOfOptions, wantsJson } from "../../src/settings/usage.ts";
import { Output, refused } from "./output.ts";

class UsageError extends Error {}

/**
 * Parses the arguments, and runs the operation where the parser has one.
 *
 * @param build - Adds what the program has of its own.
 * @returns undefined where they make no sense: that is told, in JSON too where it was asked for, and the exit code is 2
 */
export async function parsed<T>(args: readonly string[], build: (parser: Argv) => Argv<T>): Promise<T | undefined> {
  const parser = yargs(joinRepeated(args, "rpc"))
    .option("rpc", {
      type: "string",
      requiresArg: true,
      coerce: endpointsOf,
      describe: "JSON-RPC endpoint, before those of the variables; repeated, or with commas: the others when it fails",
    })
    .strict()
    .showHelpOnFail(false)
    .fail(failWith((why) => new UsageError(why)));
  try {
    const fault = faultOfOptions(args, ["rpc"]);
    if (fault !== undefined) throw new UsageError(fault);
    return (await build(parser).parseAsync()) as T;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    new Output(wantsJson(args)).result({ ok: false, problems: [{ code: "usage", message: error.message }] });
    refused(`${error.message.replace(/([^.?])$/, "$1.")} --help lists the options.`);
    process.exitCode = EXIT.usage;
    return undefined;
  }
}
