import { fileURLToPath } from "node:url";
import { ethers } from "ethers";
import type { Argv } from "yargs";
import { build } from "../lib/build.ts";
import { checkDeployment } from "../lib/checks.ts";
import { collectAdmins } from "../lib/dryRun.ts";
import type { Layout } from "../lib/layout.ts";
import { LAYOUT_FILE } from "../lib/layout.ts";
import { checkInUse } from "../lib/liveChecks.ts";
import { checkParameters, parametersFile, readParameters } from "../lib/parameters.ts";
import { readRecord } from "../lib/record.ts";
import type { Addresses } from "../lib/stages.ts";
import { givenToken } from "../lib/stages.ts";
import type { CommonArguments, Context } from "./context.ts";
import { commonOptions, requireAddress, withContext } from "./context.ts";
import { Output, guarded } from "./output.ts";

const LIVE_LAYOUTS = fileURLToPath(new URL("../../test/fixtures/storage-layout.json", import.meta.url));

interface Arguments extends CommonArguments {
  parameters: string | undefined;
  token: string | undefined;
  pool: string | undefined;
  rewards: string | undefined;
  factory: string | undefined;
}

export const command = "check-deployment";
export const describe = "check a deployment end to end: code, owners, wiring, parameters, tags, balances, layout";

export function builder(parser: Argv): Argv<Arguments> {
  let with_ = commonOptions(parser).option("parameters", {
    type: "string",
    describe: "what it must be, instead of what the record says",
  }) as unknown as Argv<Arguments>;
  for (const name of ["token", "pool", "rewards", "factory"]) {
    with_ = with_.option(name, { type: "string", describe: `address, instead of the recorded one` }) as typeof with_;
  }
  return with_;
}

export async function handler(args: Arguments): Promise<void> {
  const output = new Output(args.json);
  await guarded(output, () => withContext({ ...args, broadcast: false }, output, (context) => check(context, args)));
}

async function check(context: Context, args: Arguments): Promise<boolean> {
  const { provider, output, info, deployment } = context;
  await build();
  const recorded = deployment?.parameters;
  const parameters =
    args.parameters !== undefined || recorded === undefined
      ? readParameters(args.parameters ?? parametersFile(info.name))
      : checkParameters(revived(recorded), `${context.record}/deployment.json`);

  const addresses: Addresses = { ...deployment?.addresses };
  const token = args.token ?? givenToken(parameters);
  if (token !== undefined) addresses.token ??= ethers.getAddress(token);
  const staking = parameters.Devnet ?? parameters.StakingTestnet ?? parameters.Staking;
  for (const name of staking === undefined ? ["token"] : ["token", "pool", "rewards", "factory"]) {
    addresses[name] = requireAddress(
      { ...context, deployment: { ...deployment, addresses } as never },
      name,
      given(args, name),
    );
  }
  await collectAdmins(addresses, parameters, provider);
  const owner = async (): Promise<string> => {
    const admin = new ethers.Contract(
      addresses.rewardsAdmin ?? "",
      ["function owner() view returns (address)"],
      provider,
    );
    return admin.getFunction("owner")() as Promise<string>;
  };
  const deployer = deployment?.deployer ?? (staking === undefined ? ethers.ZeroAddress : await owner());
  const checks = [
    ...(await checkDeployment(provider, { chainId: info.chainId, parameters, addresses, deployer })),
    ...(await checkInUse(provider, parameters, addresses, {
      recorded: readRecord<Record<string, Layout>>(context.record, LAYOUT_FILE),
      live: LIVE_LAYOUTS,
    })),
  ];
  output.checks(checks);
  const failed = checks.filter(({ ok }) => !ok).length;
  output.say(`${checks.length - failed} passed, ${failed} failed`);
  output.result({ ok: failed === 0, network: info.name, addresses, checks });
  return failed === 0;
}

function given(args: Arguments, name: string): string | undefined {
  return (args as unknown as Record<string, string | undefined>)[name];
}

/** A record holds integers as decimal strings. */
function revived(parameters: object): object {
  return JSON.parse(JSON.stringify(parameters), (_, value: unknown) =>
    typeof value === "string" && /^\d+$/.test(value) ? BigInt(value) : value,
  ) as object;
}
