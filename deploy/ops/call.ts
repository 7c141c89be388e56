import { writeFileSync } from "node:fs";
import { ethers } from "ethers";
import type { Argv } from "yargs";
import { Refusal } from "../lib/refusal.ts";
import * as abis from "../../src/chain/abi.ts";
import type { Call } from "../../src/chain/calls.ts";
import { explain } from "../../src/chain/errors.ts";
import { parseCall } from "../../src/chain/parseCall.ts";
import { toBatch } from "../../src/chain/safeBatch.ts";
import { AmountError } from "../../src/chain/amounts.ts";
import { optional } from "../../src/chain/optional.ts";
import { formatSesh, parseSesh, SESH_DECIMALS } from "../../src/chain/units.ts";
import type { CommonArguments, Context } from "./context.ts";
import { addressOption, commonOptions, requireAddress, requireSigner, withContext } from "./context.ts";
import { openJournal } from "./journal.ts";
import { Output, grouped, guarded } from "./output.ts";

/** What an owner may call, by contract. */
const CONTRACTS = {
  rewards: [...abis.testnetServiceNodeRewardsAbi, ...abis.serviceNodeRewardsAdditions],
  pool: [...abis.testnetRewardRatePoolAbi, ...abis.rewardRatePoolAdditions],
  factory: [...abis.serviceNodeContributionFactoryAbi, ...abis.serviceNodeContributionFactoryAdditions],
} as const;
type ContractName = keyof typeof CONTRACTS;

/** Functions of the owner: everything else is for stakers, or has an operation of its own. */
const OWNERS = /^(pause|unpause|start|set[A-Z]\w*|transferOwnership|acceptOwnership|rederive\w*)$/;

const ONE_SESH = 10n ** BigInt(SESH_DECIMALS);

/** Functions whose one argument is an amount of SESH. */
const AMOUNTS = /^set(StakingRequirement|ClaimThreshold)$/;

interface Arguments extends CommonArguments {
  function: string;
  args: string[];
  on: ContractName;
  address: string | undefined;
  out: string | undefined;
}

export const command = "call <function> [args..]";
export const describe =
  "an owner's call (pause, unpause, set…): calldata with names for a multisig, or sent by the owner";

export function builder(parser: Argv): Argv<Arguments> {
  return commonOptions(parser)
    .positional("function", { type: "string", demandOption: true, describe: "pause, unpause, setClaimThreshold, …" })
    .positional("args", {
      describe: "its arguments; amounts in atomic SESH, or as 25000SESH",
      // A number would lose its last digits, and an address become one. Nothing else makes a text of a positional (`string` does not).
      type: "string",
    })
    .option("on", {
      choices: Object.keys(CONTRACTS) as ContractName[],
      default: "rewards" as ContractName,
      describe: "which contract",
    })
    .option("address", { type: "string", describe: "its address, instead of the recorded one" })
    .option("out", { type: "string", describe: "write the batch for Safe's Transaction Builder to this file" })
    .example("$0 call pause --network arbitrum", "what the owner has to send to pause the rewards contract")
    .example("$0 call setStakingRequirement 25000SESH --network arbitrum --out pause.json", "the same as a file")
    .epilogue(`Functions:\n${listFunctions()}`) as unknown as Argv<Arguments>;
}

export async function handler(args: Arguments): Promise<void> {
  const output = new Output(args.json);
  await guarded(output, () => withContext(args, output, (context) => run(context, args)));
}

async function run(context: Context, args: Arguments): Promise<boolean> {
  const { provider, output, info } = context;
  const to = requireAddress(context, args.on, args.address, "address");
  const iface = new ethers.Interface(CONTRACTS[args.on]);
  const call = makeCall(iface, to, args);
  const owner = await ownerOf(provider, to, call.method);
  const before = await currentValue(provider, iface, to, call.method);
  await simulate(provider, call, owner);
  const named = parseCall(call.data);
  output.say(`${args.on} ${to}: ${call.what}`);
  const shown = (value: unknown) =>
    AMOUNTS.test(call.method) ? `${formatSesh(BigInt(String(value)))} SESH (${String(value)})` : String(value);
  const rows = (named?.inputs ?? []).map(({ name }, i) => [name, shown(named?.values[i])] as const);
  const width = Math.max(...["now", ...rows.map(([name]) => name)].map(({ length }) => length));
  if (before !== undefined) output.say(`  ${"now".padEnd(width)}  ${shown(before)}`);
  for (const [name, value] of rows) output.say(`  ${name.padEnd(width)}  ${value}`);
  const batch = toBatch(BigInt(info.chainId), owner, [call]);
  if (args.out !== undefined) {
    writeBatch(args.out, batch);
    output.say(`Written to ${args.out}: import it into Safe's Transaction Builder.`);
  }
  let transaction: unknown;
  if (context.broadcast) {
    const { signer, from } = requireSigner(context);
    if (from.toLowerCase() !== owner.toLowerCase()) {
      throw new Refusal("account", `Only ${owner} may do this, and this account is ${from}: leave --broadcast out.`);
    }
    const operation = `call-${args.on}-${call.method}`;
    const journal = await openJournal(context, operation);
    await journal.renew(call.data, provider);
    const entry = await journal.once(call.data, call, { provider, signer, from });
    output.say(`Done in block ${entry.block} with ${grouped(BigInt(entry.gasUsed ?? 0))} gas: ${entry.hash}`);
    transaction = entry;
  } else {
    output.say(`\nNothing was sent. Have ${owner} send\n  to    ${to}\n  value 0\n  data  ${call.data}`);
  }
  output.result({
    ok: true,
    mode: context.broadcast ? "broadcast" : "prepared",
    network: info.name,
    owner,
    ...(before === undefined ? {} : { before }),
    call: { to, value: "0", data: call.data, method: call.method },
    batch,
    ...(transaction === undefined ? {} : { transaction }),
  });
  return true;
}

function writeBatch(path: string, batch: unknown): void {
  try {
    writeFileSync(path, `${JSON.stringify(batch, null, 2)}\n`);
  } catch (cause) {
    const { code = "error" } = cause as NodeJS.ErrnoException;
    throw new Refusal("parameters", `Cannot write ${path} (${code}): name another file with --out.`, { cause });
  }
}

function makeCall(iface: ethers.Interface, to: string, args: Arguments): Call {
  const fragments = iface.fragments.filter(
    (fragment): fragment is ethers.FunctionFragment =>
      fragment.type === "function" && (fragment as ethers.FunctionFragment).name === args.function,
  );
  const fragment = fragments.find(({ inputs }) => inputs.length === args.args.length) ?? fragments[0];
  if (fragment === undefined || !OWNERS.test(args.function)) {
    throw new Refusal(
      "parameters",
      `${args.on} has no owner's function "${args.function}":\n${listFunctions(args.on)}`,
    );
  }
  if (fragment.inputs.length !== args.args.length) {
    throw new Refusal("parameters", `${signatureOf(fragment)} takes ${fragment.inputs.length} arguments.`);
  }
  const values = fragment.inputs.map((input, i) => valueOf(input, args.args[i] ?? "", AMOUNTS.test(fragment.name)));
  let data: string;
  try {
    data = iface.encodeFunctionData(fragment, values);
  } catch (cause) {
    throw new Refusal("parameters", `The arguments do not fit ${signatureOf(fragment)}.`, { cause });
  }
  const what = `${fragment.name}(${fragment.inputs.map((input, i) => `${input.name} ${args.args[i]}`).join(", ")})`;
  return { to, data, value: 0n, method: fragment.name, what };
}

/** Atomic SESH where the unit is named; anything else as it is. An amount below one SESH without a unit is most likely meant in SESH. */
function valueOf(input: ethers.ParamType, text: string, isAmount: boolean): string | bigint {
  if (input.type === "address") return addressOption(text, input.name);
  if (!input.type.startsWith("uint")) return text;
  try {
    if (/sesh$/i.test(text.trim())) return parseSesh(text.trim().slice(0, -4).trim());
  } catch (error) {
    if (!(error instanceof AmountError)) throw error;
    throw new Refusal("parameters", `${input.name}: ${error.message} ${error.fix}`, { cause: error });
  }
  if (/^\d+$/.test(text.trim())) {
    const value = BigInt(text.trim());
    if (!isAmount || value === 0n || value >= ONE_SESH) return value;
    throw new Refusal(
      "parameters",
      `${input.name}: "${text}" can be read as ${formatSesh(value * ONE_SESH)} SESH or, in atomic SESH, as ` +
        `${formatSesh(value)}. Write ${value}SESH or ${formatSesh(value)}SESH.`,
    );
  }
  throw new Refusal("parameters", `${input.name}: "${text}" is no whole number (amounts: atomic SESH, or 25000SESH).`);
}

/** Who has to send it: the pending owner for an acceptance, else the owner. */
async function ownerOf(provider: Context["provider"], to: string, method: string): Promise<string> {
  const name = method === "acceptOwnership" ? "pendingOwner" : "owner";
  const contract = new ethers.Contract(to, [`function ${name}() view returns (address)`], provider);
  const owner = await optional(contract.getFunction(name)() as Promise<string>, provider, to);
  if (owner !== undefined) return owner;
  const what = (await provider.getCode(to)) === "0x" ? "There is no contract" : "There is a contract without an owner";
  throw new Refusal("parameters", `${what} at ${to}: give the right --address, --on and --network.`);
}

/** What a setter is about to change, as text. */
async function currentValue(
  provider: Context["provider"],
  iface: ethers.Interface,
  to: string,
  method: string,
): Promise<string | undefined> {
  if (!method.startsWith("set")) return undefined;
  const getter = `${method.charAt(3)}${method.slice(4)}`;
  const names = [getter.charAt(0).toLowerCase() + getter.slice(1), getter.replace(/^BLS/, "bls")];
  for (const name of names) {
    if (iface.getFunction(name)?.inputs.length !== 0) continue;
    return String(await new ethers.Contract(to, iface, provider).getFunction(name)());
  }
  return undefined;
}

async function simulate(provider: Context["provider"], call: Call, owner: string): Promise<void> {
  try {
    await provider.call({ to: call.to, data: call.data, from: owner });
  } catch (cause) {
    const decoded = explain(cause);
    if (decoded === undefined) throw cause;
    throw new Refusal("state", `The contract refuses: ${decoded.sentence} ${decoded.fix}`.trim(), { cause });
  }
}

function signatureOf({ name, inputs }: ethers.FunctionFragment): string {
  return `${name}(${inputs.map((input) => `${input.type} ${input.name}`).join(", ")})`;
}

function listFunctions(only?: ContractName): string {
  const lines = Object.entries(CONTRACTS)
    .filter(([name]) => only === undefined || name === only)
    .flatMap(([name, abi]) => {
      const signatures = new ethers.Interface(abi).fragments
        .filter((fragment): fragment is ethers.FunctionFragment => fragment.type === "function")
        .filter((fragment) => OWNERS.test(fragment.name) && !fragment.constant)
        .map(signatureOf);
      return [...new Set(signatures)].map((signature) => `  ${name.padEnd(8)} ${signature}`);
    });
  return lines.join("\n");
}
