import type { Argv } from "yargs";
import { networks } from "../../chain/index.ts";
import { numeric } from "../../settings/numbers.ts";
import type { OutputMode } from "./output.ts";

export { numeric };

/** Options shared by commands. Each function adds one group to a parser; its interface is what the command then sees. */

export interface OutputOptions {
  json: boolean | undefined;
  output: OutputMode | undefined;
}

const MODES = ["table", "json"] as const;

export function withOutput(yargs: Argv, calldata: boolean): Argv<OutputOptions> {
  return yargs
    .option("json", { type: "boolean", describe: "One JSON object on standard output (same as --output json)" })
    .option("output", {
      choices: calldata ? ([...MODES, "calldata"] as const) : MODES,
      describe: calldata
        ? "Form of the result; calldata: a transaction batch for a multisig (Safe's Transaction Builder reads it), nothing is sent"
        : "Form of the result (default: table)",
    }) as Argv<OutputOptions>;
}

export interface NetworkOptions extends OutputOptions {
  network: string | undefined;
  rpc: string | undefined;
  rewardsContract: string | undefined;
}

export function withNetwork<T>(yargs: Argv<T>): Argv<T & NetworkOptions> {
  return yargs
    .option("network", {
      type: "string",
      choices: Object.keys(networks),
      describe: "Preset of endpoint, chain id and addresses (default: arbitrum, unless --rpc is given)",
      group: "Network:",
      requiresArg: true,
    })
    .option("rpc", {
      type: "string",
      describe:
        "JSON-RPC endpoint of the chain (also SESSION_RPC); repeated, or with commas: the others when the first fails",
      group: "Network:",
      requiresArg: true,
    })
    .option("profile", {
      type: "string",
      describe:
        "Options by a name, from ~/.config/session-staking/config.json5 (default: the file's own; `none`: none)",
      group: "Network:",
      requiresArg: true,
    })
    .option("rewards-contract", {
      type: "string",
      describe: "Address of ServiceNodeRewards, where the preset has none or another one is meant",
      group: "Network:",
      requiresArg: true,
    }) as unknown as Argv<T & NetworkOptions>;
}

export interface AccountOptions {
  from: string | undefined;
  keystore: string | undefined;
  passwordFile: string | undefined;
  keyVariable: string;
}

export interface SendingOptions extends AccountOptions, StateOptions {
  broadcast: boolean | undefined;
  dryRun: boolean | undefined;
  yes: boolean | undefined;
  replace: boolean | undefined;
  maxFeePerGas: string | undefined;
  maxPriorityFeePerGas: string | undefined;
  maxCost: string | undefined;
  gasLimit: string | undefined;
  nonce: number | undefined;
  confirmations: number;
  /** Seconds. */
  wait: number;
}

export function withSending<T>(yargs: Argv<T>): Argv<T & SendingOptions> {
  const group = "Sending:";
  return withState(withAccount(yargs))
    .option("broadcast", { type: "boolean", describe: "Really send; without it everything is only simulated", group })
    .option("yes", { type: "boolean", alias: "y", describe: "Do not ask before sending (a terminal is asked)", group })
    .option("replace", {
      type: "boolean",
      describe: "Raise the fees of what an earlier run sent and is not included yet, by what the pool asks",
      group,
      implies: "broadcast",
    })
    .option("dry-run", {
      type: "boolean",
      describe: "Simulate, estimate, send nothing (the default)",
      group,
      conflicts: "broadcast",
    })
    .option("max-fee-per-gas", {
      type: "string",
      describe: "Refuse to send when gas costs more: gwei, or with a unit (0.1gwei, 100000000wei)",
      group,
      requiresArg: true,
    })
    .option("max-priority-fee-per-gas", {
      type: "string",
      describe: "Highest tip, in the same units",
      group,
      requiresArg: true,
    })
    .option("max-cost", {
      type: "string",
      describe: "Refuse to send when all of it together may cost more, in ETH",
      group,
      requiresArg: true,
    })
    .option("gas-limit", { type: "string", describe: "Replaces the estimate and its margin", group, requiresArg: true })
    .option("nonce", {
      ...numeric("nonce", { whole: true }),
      describe: "Nonce of the first transaction (to replace a stuck one)",
      group,
    })
    .option("confirmations", {
      ...numeric("confirmations", { min: 1, whole: true }),
      default: 1,
      describe: "Blocks to wait for",
      group,
    })
    .option("wait", {
      ...numeric("wait", { min: 0, max: 86_400 }),
      default: 120,
      describe: "Seconds to wait for a transaction; the same command goes on waiting",
      group,
    }) as unknown as Argv<T & SendingOptions>;
}

function withAccount<T>(yargs: Argv<T>): Argv<T & AccountOptions> {
  const group = "Account:";
  return yargs
    .option("from", {
      type: "string",
      describe: "Account of the transaction, when there is no key: a dry run, or a multisig",
      group,
      requiresArg: true,
    })
    .option("keystore", {
      type: "string",
      normalize: true,
      describe: "Encrypted Ethereum JSON keystore (default: the variable KEYSTORE)",
      group,
      requiresArg: true,
    })
    .option("password-file", {
      type: "string",
      normalize: true,
      describe: "File whose first line is the keystore's password (default: the variable KEYSTORE_PASSWORD_FILE)",
      group,
      requiresArg: true,
    })
    .option("key-variable", {
      type: "string",
      default: "PRIVATE_KEY",
      describe: "Environment variable with the private key, where there is no keystore",
      group,
      requiresArg: true,
    }) as unknown as Argv<T & AccountOptions>;
}

export interface SourceOptions {
  nodesFile: string | undefined;
  nodeUrls: string | undefined;
  /** Comma-separated. */
  directory: string | undefined;
  /** Seconds. */
  directoryAge: number;
  height: number | undefined;
  daemonUrl: string | undefined;
  /** Seconds. */
  timeout: number;
  /** Seconds; what is usual for the source when left out. */
  deadline: number | undefined;
  stopAt: number | undefined;
  concurrency: number | undefined;
}

export function withSource<T>(yargs: Argv<T>): Argv<T & SourceOptions> {
  const group = "Signatures:";
  return yargs
    .option("nodes-file", {
      type: "string",
      normalize: true,
      describe:
        "JSON list of node URLs (http://…, curve://HOST:PORT/X25519HEX), or of { blsPubkey, url }; or text, one URL a line",
      group,
      requiresArg: true,
    })
    .option("node-urls", { type: "string", describe: "URLs of nodes, comma-separated", group, requiresArg: true })
    .option("directory", {
      type: "string",
      describe:
        "Daemons that list the nodes, comma-separated (http://…, curve://…, tcp://…, ipc:///…): the nodes themselves are asked; not to be trusted (default on the live networks: the variable SESSION_DIRECTORY)",
      group,
      requiresArg: true,
    })
    .option("directory-age", {
      ...numeric("directory-age", { max: 604_800 }),
      default: 600,
      describe: "Seconds that a kept list of nodes is used without asking for a new one",
      group,
    })
    .option("height", {
      ...numeric("height", { whole: true }),
      describe:
        "Height of the rewards to ask for (default: what the nodes agree on, or what a directory or daemon tells)",
      group,
    })
    .option("daemon-url", {
      alias: "daemon",
      type: "string",
      describe:
        "JSON-RPC of a Session daemon (http://…, curve://…, tcp://…, ipc:///…), which aggregates by itself; its reply is verified before use",
      group,
      requiresArg: true,
    })
    .option("timeout", {
      ...numeric("timeout", { min: 0.1, max: 600 }),
      default: 5,
      describe: "Seconds that one node may take",
      group,
    })
    .option("deadline", {
      ...numeric("deadline", { min: 0.1, max: 3_600 }),
      describe: "Seconds for a whole collection (default: 20 from nodes, 30 from a daemon)",
      group,
    })
    .option("stop-at", {
      ...numeric("stop-at", { min: 1, whole: true }),
      describe: "Stop at so many signers (default: wait for all)",
      group,
    })
    .option("concurrency", {
      ...numeric("concurrency", { min: 1, max: 10_000, whole: true }),
      describe: "Nodes asked at once over HTTP, and over OxenMQ (default: 500 and 2000)",
      group,
    }) as unknown as Argv<T & SourceOptions>;
}

export interface StateOptions {
  stateDir: string | undefined;
}

export function withState<T>(yargs: Argv<T>): Argv<T & StateOptions> {
  return yargs.option("state-dir", {
    type: "string",
    normalize: true,
    describe:
      "Where the journal of what was sent, and unfinished work, is kept (default: ~/.local/state/session-staking)",
    requiresArg: true,
  }) as unknown as Argv<T & StateOptions>;
}
