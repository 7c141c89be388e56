import { resolve } from "node:path";
import { writeFileSync } from "node:fs";
import type { Argv } from "yargs";
import { toJson, writeRecord } from "../lib/record.ts";
import type { CommonArguments, Context } from "./context.ts";
import { commonOptions, requireAddress, withContext } from "./context.ts";
import { Output, guarded } from "./output.ts";
import { readState } from "./state.ts";
import { numeric } from "../../src/settings/numbers.ts";

interface Arguments extends CommonArguments {
  rewards: string | undefined;
  out: string | undefined;
  block: number | undefined;
  fromBlock: number;
}

export const command = "dump";
export const describe = "write the whole state (nodes, contributors, recipients, settings) to a JSON file";

export function builder(parser: Argv): Argv<Arguments> {
  return commonOptions(parser)
    .option("rewards", { type: "string", describe: "rewards contract, instead of the recorded one" })
    .option("out", { type: "string", describe: "file, instead of one in the record" })
    .option("block", { ...numeric("block", { whole: true }), describe: "at this block instead of the newest" })
    .option("from-block", {
      ...numeric("from-block", { whole: true }),
      default: 0,
      describe: "where the search for recipients begins (the block of deployment)",
    }) as unknown as Argv<Arguments>;
}

export async function handler(args: Arguments): Promise<void> {
  const output = new Output(args.json);
  await guarded(output, () => withContext({ ...args, broadcast: false }, output, (context) => dump(context, args)));
}

async function dump(context: Context, args: Arguments): Promise<boolean> {
  const address = requireAddress(context, "rewards", args.rewards);
  const state = await readState(context.provider, address, {
    ...(args.block === undefined ? {} : { block: args.block }),
    fromBlock: args.fromBlock,
  });
  const content = { network: context.info.name, chainId: context.info.chainId, ...state };
  let file: string;
  if (args.out === undefined) file = writeRecord(context.record, `state-${state.block}.json`, content);
  else {
    file = resolve(args.out);
    writeFileSync(file, `${toJson(content, 2)}\n`);
  }
  const recipients = Object.keys(state.recipients).length;
  context.output.say(
    `${state.nodes.length} nodes and ${recipients} recipients at block ${state.block}, read in ${state.calls} calls: ${file}`,
  );
  context.output.result({
    ok: true,
    file,
    block: state.block,
    nodes: state.nodes.length,
    recipients,
    calls: state.calls,
  });
  return true;
}
