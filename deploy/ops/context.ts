import type { ethers, Signer } from "ethers";
import type { Argv } from "yargs";
import type { Consent } from "../lib/consent.ts";
import { consent, processAsking } from "../lib/consent.ts";
import { access, keySigner, rpcProvider } from "../lib/connect.ts";
import type { Deployment } from "../lib/deployment.ts";
import { DEPLOYMENT_FILE, newestBlockOf } from "../lib/deployment.ts";
import type { NetworkInfo } from "../lib/networks.ts";
import { NETWORK_NAMES, networkInfo } from "../lib/networks.ts";
import { locked, readRecord, recordDirectory } from "../lib/record.ts";
import { Refusal } from "../lib/refusal.ts";
import { parseAddress } from "../../src/chain/address.ts";
import { ChainError } from "../../src/chain/errors.ts";
import { redact } from "../../src/chain/networks.ts";
import { EndpointError } from "../../src/chain/transport/index.ts";
import type { EndpointProvider } from "../../src/chain/transport/index.ts";
import type { Output } from "./output.ts";

/** The options that every operation has, and the deployment. */
export interface CommonArguments {
  network: string;
  broadcast: boolean;
  yes: boolean;
  json: boolean;
  record: string | undefined;
  /** Endpoints before those of the variables: an option of the program, see arguments.ts. */
  rpc?: readonly string[] | undefined;
}

export function commonOptions(parser: Argv): Argv<CommonArguments> {
  return parser
    .option("network", { type: "string", demandOption: true, describe: `one of ${NETWORK_NAMES.join(", ")}` })
    .option("broadcast", { type: "boolean", default: false, describe: "send it; without this it is a dry run" })
    .option("yes", {
      type: "boolean",
      alias: "y",
      default: false,
      describe: "do not ask before sending (a terminal is asked)",
    })
    .option("json", { type: "boolean", default: false, describe: "one JSON object on standard output" })
    .option("record", { type: "string", describe: "where records and journals live, instead of deployments/NAME" });
}

/** What an operation works with. */
export interface Context {
  info: NetworkInfo;
  provider: EndpointProvider;
  /** There is one when a key (or an unlocked account) is; a dry run needs none. */
  signer?: Signer;
  /** Address of the signer. */
  from?: string;
  record: string;
  deployment: Deployment | undefined;
  output: Output;
  broadcast: boolean;
  /** Asks before the first transaction; undefined where nobody is to be asked. */
  consent: Consent | undefined;
  /** Fires at the first Ctrl-C: a transaction under way is left to the next run. */
  signal: AbortSignal;
}

/**
 * Opens a network for an operation and closes it afterwards; a broadcast has the record to itself.
 *
 * @param needsKey - False where a broadcast is not signed by the deployer.
 * @throws Refusal when the RPC is missing, silent or another chain, when the record is another chain's, or when a broadcast has
 * no key.
 */
export async function withContext<T>(
  args: CommonArguments,
  output: Output,
  work: (context: Context) => Promise<T>,
  needsKey = args.broadcast,
): Promise<T> {
  const info = networkInfo(args.network);
  if (info.kind === "edr") {
    throw new Refusal(
      "network",
      'The network "hardhat" lives in one process only: use localhost (`npx hardhat node`).',
    );
  }
  const reach = await access(info, args.rpc);
  const missing = reach.problems.filter((problem) => needsKey || reach.url === undefined || problem.code === "key");
  if (missing[0] !== undefined) throw missing[0];
  const url = reach.url ?? "";
  const record = recordDirectory(info.name, args.record);
  const deployment = recordOf(info, record);
  const provider = rpcProvider(url, info.chainId, newestBlockOf(info, deployment));
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  // The first asks, the second ends the process.
  for (const name of SIGNALS) process.once(name, interrupt);
  try {
    await requireChain(provider, info, url);
    const signer = reach.deployer === undefined ? undefined : await keySigner(info, provider);
    const unlocked = info.kind === "node" ? await provider.getSigner(0) : undefined;
    const either = signer ?? unlocked;
    const context: Context = {
      info,
      provider,
      record,
      deployment,
      output,
      broadcast: args.broadcast,
      consent: consent(args.yes, processAsking(interruption.signal)),
      signal: interruption.signal,
    };
    if (either !== undefined) Object.assign(context, { signer: either, from: await either.getAddress() });
    return await (args.broadcast ? locked(record, () => work(context)) : work(context));
  } finally {
    for (const name of SIGNALS) process.off(name, interrupt);
    provider.destroy();
  }
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

function recordOf(info: NetworkInfo, record: string): Deployment | undefined {
  const deployment = readRecord<Deployment>(record, DEPLOYMENT_FILE);
  if (deployment === undefined || deployment.chainId === info.chainId) return deployment;
  throw new Refusal(
    "record",
    `${record} is the record of ${deployment.network} (chain id ${deployment.chainId}), not of ${info.name}: name another with --record.`,
  );
}

/** The signer of a broadcast. */
export function requireSigner(context: Context): { signer: Signer; from: string } {
  const { signer, from } = context;
  if (signer === undefined || from === undefined) {
    throw new Refusal(
      "account",
      `There is no account on ${context.info.name}: set ${context.info.keyVariable ?? "one"}.`,
    );
  }
  return { signer, from };
}

/** An address of the deployment: from the option (by default of the same name) if given, else from the record. */
export function requireAddress(context: Context, name: string, given?: string, option = name): string {
  const address = given ?? context.deployment?.addresses[name];
  if (address === undefined) {
    throw new Refusal("record", `${context.record} names no ${name}: give --${option} 0x…, or deploy first.`);
  }
  return addressOption(address, `--${option}`);
}

/** An address that an option gives. @throws Refusal `parameters` */
export function addressOption(text: string, option: string): string {
  try {
    return parseAddress(text, option);
  } catch (cause) {
    throw new Refusal("parameters", (cause as Error).message, { cause });
  }
}

async function requireChain(provider: ethers.JsonRpcProvider, info: NetworkInfo, url: string): Promise<void> {
  let chainId: bigint;
  try {
    chainId = BigInt((await provider.send("eth_chainId", [])) as string);
  } catch (cause) {
    if (cause instanceof ChainError && cause.code === "wrong-chain")
      throw new Refusal("chain-id", cause.message, { cause });
    const { host, words } = cause instanceof EndpointError ? cause : { host: redact(url), words: "no JSON-RPC" };
    const fix = `check ${info.urlVariable ?? "that a node runs there"}`;
    throw new Refusal("rpc", `${host} does not answer (${words}): ${fix}.`, { cause });
  }
  if (chainId !== BigInt(info.chainId)) {
    throw new Refusal(
      "chain-id",
      `The RPC answers with chain id ${chainId}, but ${info.name} is ${info.chainId}: ` +
        `set ${info.urlVariable ?? "--network"} to a node of ${info.name}.`,
    );
  }
}
