import { fileURLToPath } from "node:url";
import { ethers } from "ethers";
import hre from "hardhat";
import type { Argv } from "yargs";
import { build } from "../lib/build.ts";
import { artifactOf, codeOf } from "../lib/checks.ts";
import { readInitialized, readProxy } from "../lib/erc1967.ts";
import type { Layout } from "../lib/layout.ts";
import { LAYOUT_FILE, readLayouts, validateUpgrade } from "../lib/layout.ts";
import { readRecord, writeRecord } from "../lib/record.ts";
import { Refusal, Refusals } from "../lib/refusal.ts";
import type { CommonArguments, Context } from "./context.ts";
import { addressOption, commonOptions, requireAddress, requireSigner, withContext } from "./context.ts";
import { openJournal } from "./journal.ts";
import { Output, grouped, guarded } from "./output.ts";
import type { Simulation, UpgradePlan } from "./simulate.ts";
import { compareStates, simulateUpgrade, upgradeCall } from "./simulate.ts";
import { readState } from "./state.ts";
import { optional } from "../../src/chain/optional.ts";

const KINDS = ["rewards", "pool", "factory", "token"] as const;
type Kind = (typeof KINDS)[number];

/** Layouts of the contracts that are live; a record's own go before. */
const LIVE_LAYOUTS = fileURLToPath(new URL("../../test/fixtures/storage-layout.json", import.meta.url));

interface Arguments extends CommonArguments {
  contract: Kind;
  artifact: string | undefined;
  proxy: string | undefined;
  layout: string | undefined;
  to: string | undefined;
  call: string | undefined;
  simulate: boolean;
}

export const command = "upgrade <contract>";
export const describe = "put a new implementation behind a proxy: validated, simulated, then sent";

export function builder(parser: Argv): Argv<Arguments> {
  return commonOptions(parser)
    .positional("contract", { choices: KINDS, demandOption: true, describe: "which proxy" })
    .option("artifact", { type: "string", describe: "the new implementation, instead of the one the record says" })
    .option("proxy", { type: "string", describe: "the proxy, instead of the recorded one" })
    .option("layout", {
      type: "string",
      describe: "file with the deployed layout, instead of the recorded or the live one",
    })
    .option("to", { type: "string", describe: "an implementation that exists already (the way back)" })
    .option("call", {
      type: "string",
      describe: 'function without arguments to call with it, e.g. "initializePermit()"',
    })
    .option("simulate", {
      type: "boolean",
      default: true,
      describe: "do it on a fork in this process first; --no-simulate leaves that out",
    }) as unknown as Argv<Arguments>;
}

export async function handler(args: Arguments): Promise<void> {
  const output = new Output(args.json);
  await guarded(output, () => withContext(args, output, (context) => upgrade(context, args)));
}

async function upgrade(context: Context, args: Arguments): Promise<boolean> {
  const { provider, output, info } = context;
  await build();
  const proxy = requireAddress(context, args.contract, args.proxy);
  const artifact = args.artifact ?? artifactOf(args.contract, context.deployment?.parameters ?? {});
  const before = await readProxy(provider, proxy);
  if (before.admin === ethers.ZeroAddress) {
    throw new Refusal("state", `${proxy} is no transparent proxy: its ERC-1967 admin slot is empty.`);
  }

  const layout = args.to === undefined ? await validated(context, artifact, args.layout) : undefined;
  const adminOwner = await ownerOf(provider, before.admin);
  const plan: UpgradePlan = {
    proxy,
    admin: before.admin,
    adminOwner,
    artifact,
    initData: await initData(context, proxy, artifact, args),
    oldAdmin: await isOldAdmin(provider, before.admin),
    ...(args.to === undefined ? {} : { existing: addressOption(args.to, "--to") }),
  };
  if (plan.existing !== undefined && (await provider.getCode(plan.existing)) === "0x") {
    throw new Refusal("state", `There is no contract at ${plan.existing}: name the implementation to go back to.`);
  }
  output.say(
    `${args.contract} ${proxy}\n  implementation ${before.implementation}\n  ProxyAdmin     ${before.admin}, owner ${adminOwner}`,
  );
  output.say(args.to === undefined ? `  layout of ${artifact} fits the deployed one` : `  back to ${args.to}`);

  if (await isThere(provider, before.implementation, plan))
    return done(context, args, plan, before.implementation, layout);

  const simulation = args.simulate ? await simulated(context, args.contract, plan) : undefined;
  const summary = {
    network: info.name,
    contract: args.contract,
    proxy,
    artifact,
    from: before.implementation,
    simulation,
  };
  if (!context.broadcast) {
    output.say("Nothing was sent: add --broadcast.");
    output.result({ ok: true, mode: "dry-run", ...summary });
    return true;
  }
  return send(context, args, plan, before.implementation, layout, summary);
}

/** Whether the proxy runs what it is to run, by an earlier run or by an owner elsewhere. */
async function isThere(provider: ethers.Provider, implementation: string, plan: UpgradePlan): Promise<boolean> {
  if (plan.existing !== undefined) return plan.existing === implementation;
  return plan.initData === "0x" && (await codeOf(provider, implementation, plan.artifact)) === plan.artifact;
}

function done(context: Context, args: Arguments, plan: UpgradePlan, implementation: string, layout?: Layout): boolean {
  const { output, info } = context;
  if (context.broadcast) keepLayout(context, plan.artifact, layout);
  const what = plan.existing === undefined ? `the code of ${plan.artifact}, byte for byte` : "the one that was named";
  output.say(`Nothing to do: the implementation is ${what}.`);
  output.result({
    ok: true,
    mode: "done",
    network: info.name,
    contract: args.contract,
    proxy: plan.proxy,
    artifact: plan.artifact,
    implementation,
  });
  return true;
}

/** Writes down what the next upgrade is validated against. */
function keepLayout(context: Context, artifact: string, layout: Layout | undefined): void {
  if (layout === undefined) return;
  const layouts = readRecord<Record<string, Layout>>(context.record, LAYOUT_FILE) ?? {};
  writeRecord(context.record, LAYOUT_FILE, { ...layouts, [artifact]: layout });
}

async function send(
  context: Context,
  args: Arguments,
  plan: UpgradePlan,
  from: string,
  layout: Layout | undefined,
  summary: object,
): Promise<boolean> {
  const { provider, output } = context;
  const account = requireSigner(context);
  const id = plan.existing ?? ethers.id((await hre.artifacts.readArtifact(plan.artifact)).bytecode);
  const journal = await openJournal(context, `upgrade-${args.contract}-${from.slice(2, 10)}-${id.slice(2, 10)}`);
  let implementation = plan.existing;
  if (implementation === undefined) {
    const { bytecode } = await hre.artifacts.readArtifact(plan.artifact);
    const call = { to: "", data: bytecode, value: 0n, method: "constructor", what: `deploy ${plan.artifact}` };
    implementation = (await journal.create("implementation", call, { provider, ...account })).contract ?? "";
    output.progress(`implementation ${implementation}`);
    const code = await codeOf(provider, implementation, plan.artifact);
    if (code !== plan.artifact)
      throw new Refusal("state", `${implementation} is ${code}, not ${plan.artifact}: nothing was upgraded.`);
  }
  const { data, method } = upgradeCall(plan, implementation);
  if (account.from.toLowerCase() !== plan.adminOwner.toLowerCase()) {
    output.say(
      `The ProxyAdmin belongs to ${plan.adminOwner}: have it send\n  to    ${plan.admin}\n  value 0\n  data  ${data}\n` +
        "then run the same command once more to check it.",
    );
    output.result({
      ok: true,
      mode: "prepared",
      ...summary,
      implementation,
      transaction: { to: plan.admin, value: "0", data },
    });
    return true;
  }
  const stateBefore = args.contract === "rewards" ? await readState(provider, plan.proxy) : undefined;
  const target = implementation;
  const call = { to: plan.admin, data, value: 0n, method, what: `upgrade ${args.contract} to ${implementation}` };
  // The proxy runs something else by now: whatever this journal has done was an earlier time there and back.
  await journal.renew("upgrade", provider);
  const entry = await journal.once("upgrade", call, { provider, ...account }, async () => {
    return (await readProxy(provider, plan.proxy)).implementation === target;
  });
  const after = await readProxy(provider, plan.proxy);
  const differences = after.implementation === target ? [] : [`the implementation is ${after.implementation}`];
  if (stateBefore !== undefined) differences.push(...compareStates(stateBefore, await readState(provider, plan.proxy)));
  journal.note("from", from);
  journal.note("to", target);
  keepLayout(context, plan.artifact, layout);
  if (differences.length === 0) journal.finish();
  output.say(
    differences.length === 0
      ? `Upgraded with ${grouped(BigInt(entry.gasUsed ?? 0))} gas; the whole state is what it was. The way back: --to ${from}`
      : `Upgraded, but the state differs: ${differences.join("; ")}`,
  );
  output.result({
    ok: differences.length === 0,
    mode: "broadcast",
    ...summary,
    implementation: target,
    differences,
    transaction: entry,
    record: journal.file,
  });
  return differences.length === 0;
}

/** The layout of the new implementation, after it was compared with the deployed one. */
async function validated(context: Context, artifact: string, file: string | undefined): Promise<Layout> {
  const base = artifact.replace(/^(Testnet|Devnet)/, "");
  const recorded =
    file === undefined ? readRecord<Record<string, Layout>>(context.record, LAYOUT_FILE) : readLayouts(file);
  const deployed = recorded?.[artifact] ?? recorded?.[base] ?? readLayouts(LIVE_LAYOUTS)[base];
  if (deployed === undefined) {
    throw new Refusal("layout", `No deployed layout of ${artifact} is known: name a file with --layout.`);
  }
  return validateUpgrade(artifact, deployed);
}

async function simulated(context: Context, kind: Kind, plan: UpgradePlan): Promise<Simulation> {
  const { output, info, provider } = context;
  output.progress("simulating on a fork of the chain in this process");
  const simulation = await simulateUpgrade(provider, info.chainId, kind, plan);
  if (simulation.differences.length > 0) {
    throw new Refusals(
      simulation.differences.map(
        (difference) => new Refusal("state", `The simulated upgrade changes the state: ${difference}.`),
      ),
    );
  }
  output.say(
    `  simulated: deployment ${grouped(simulation.deployGas)} gas, upgrade ${grouped(simulation.upgradeGas)} gas, state unchanged`,
  );
  output.table(
    [{ name: "call" }, { name: "gas before", align: "right" }, { name: "gas after", align: "right" }],
    simulation.gas.map(({ operation, before, after }) => [
      operation,
      before === undefined ? "reverts" : grouped(before),
      after === undefined ? "reverts" : grouped(after),
    ]),
  );
  return simulation;
}

/** What the new implementation must initialise once: SESHL2's permit, unless it is there already. */
async function initData(context: Context, proxy: string, artifact: string, args: Arguments): Promise<string> {
  if (args.call !== undefined) return ethers.id(args.call).slice(0, 10);
  if (artifact !== "SESHL2" || args.to !== undefined) return "0x";
  return (await readInitialized(context.provider, proxy)) < 2n ? ethers.id("initializePermit()").slice(0, 10) : "0x";
}

async function ownerOf(provider: ethers.Provider, admin: string): Promise<string> {
  const contract = new ethers.Contract(admin, ["function owner() view returns (address)"], provider);
  return contract.getFunction("owner")() as Promise<string>;
}

async function isOldAdmin(provider: ethers.Provider, admin: string): Promise<boolean> {
  const contract = new ethers.Contract(admin, ["function UPGRADE_INTERFACE_VERSION() view returns (string)"], provider);
  const version = contract.getFunction("UPGRADE_INTERFACE_VERSION")() as Promise<string>;
  return (await optional(version, provider, admin)) === undefined;
}
