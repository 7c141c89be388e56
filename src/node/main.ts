#!/usr/bin/env node
/**
 * A node as a process: `node src/node/main.ts --help`. Secrets come from a key file and the environment, never from arguments. Logs
 * are JSON lines on standard output; the first with `url` says that the node is up. SIGINT and SIGTERM stop it.
 */
import { resolve as resolvePath } from "node:path";
import { pino } from "pino";
import yargs from "yargs";
import type { Options } from "yargs";
import { hideBin } from "yargs/helpers";
import { z } from "zod";
import { addressFault, prefixAddress } from "../chain/address.ts";
import { joinRepeated, RPC_VARIABLE, transportSettings } from "../chain/transport/index.ts";
import type { Environment } from "../settings/environment.ts";
import { readEnvironment } from "../settings/environment.ts";
import { hex } from "../settings/hex.ts";
import { numeric } from "../settings/numbers.ts";
import { readPassword, readText } from "../settings/text.ts";
import { failWith, faultOfOptions } from "../settings/usage.ts";
import { optionsFromVariables } from "../settings/variables.ts";
import {
  createNode,
  generateNodeKeys,
  NODE_VERSION,
  nodeKeysFromSeed,
  PARAMS,
  readKeyFile,
  writeKeyFile,
} from "./index.ts";
import type { NodeKeys, NodeParams, Peer } from "./index.ts";

const OPTIONS = {
  rpc: {
    type: "string",
    requiresArg: true,
    describe:
      "JSON-RPC endpoint, repeated or with commas for several: the others when the first fails; also SESSION_NODE_RPC or SESSION_RPC, where an access key in it is not seen by others",
  },
  contract: { type: "string", requiresArg: true, describe: "address of ServiceNodeRewards" },
  pool: {
    type: "string",
    requiresArg: true,
    describe: "address of RewardRatePool (default: the contract's foundationPool)",
  },
  network: {
    choices: Object.keys(PARAMS) as (keyof typeof PARAMS)[],
    default: "mainnet" as const,
    describe: "rules",
  },
  params: { type: "string", requiresArg: true, describe: "JSON file with parameters that replace the network's" },
  "chain-id": { ...numeric("chain-id", { min: 1, whole: true }), describe: "refuse to run on any other chain" },
  "genesis-height": {
    ...numeric("genesis-height", { whole: true }),
    default: 0,
    describe: "block that the ledger starts from, the same for all nodes",
  },
  keys: {
    type: "string",
    requiresArg: true,
    describe: "key file, mode 0600; $SESSION_NODE_SEED instead derives test keys",
  },
  "create-keys": {
    type: "boolean",
    default: false,
    describe: "make the key file if there is none",
  },
  "password-file": {
    type: "string",
    requiresArg: true,
    describe: "file whose first line opens the key file; also $SESSION_NODE_PASSWORD",
  },
  seeds: {
    type: "string",
    requiresArg: true,
    describe:
      'JSON file [{ "url", "ed25519Pubkey"? }] of a few other nodes, from whom all are learnt; read again on SIGHUP',
  },
  peers: { type: "string", requiresArg: true, describe: "the former name of --seeds" },
  announce: {
    type: "string",
    requiresArg: true,
    describe: "base URL at which others reach this node (default: where it listens)",
  },
  "state-dir": {
    type: "string",
    requiresArg: true,
    describe: "folder for what the node keeps, so that a restart needs no archive",
  },
  fees: {
    type: "string",
    requiresArg: true,
    describe:
      "JSON file { ed25519Pubkey: fee in 1/10,000 } for nodes registered before genesis; the same for all nodes",
  },
  "opening-rewards": {
    type: "string",
    requiresArg: true,
    describe: 'JSON file { address: "atomic SESH" } earned before genesis; the same for all nodes',
  },
  clock: {
    choices: ["wall", "chain"] as const,
    default: "wall" as const,
    describe: "chain: for local chains with a moved clock",
  },
  host: { type: "string", requiresArg: true, default: "127.0.0.1", describe: "address to listen on" },
  port: {
    ...numeric("port", { max: 65_535, whole: true }),
    default: 0,
    describe: "port to listen on, 0 for any",
  },
  operators: {
    type: "string",
    requiresArg: true,
    describe: "addresses, separated by commas, that the public port gives registrations for (default: none)",
  },
  "admin-port": {
    ...numeric("admin-port", { max: 65_535, whole: true }),
    describe: "port on 127.0.0.1 for yourself, where the JSON-RPC gives registrations for any operator",
  },
  "omq-port": {
    ...numeric("omq-port", { max: 65_535, whole: true }),
    describe: "port for OxenMQ, as nodes of the live network ask one another (there 22025); 0 for any",
  },
  socket: {
    type: "string",
    requiresArg: true,
    describe: "path of a local OxenMQ socket for yourself: the JSON-RPC as rpc.*, and registrations for any operator",
  },
  "log-level": {
    choices: ["fatal", "error", "warn", "info", "debug", "silent"] as const,
    default: "info" as const,
    describe: "the least that is logged, as JSON lines on standard output",
  },
} as const satisfies Record<string, Options>;

class UsageError extends Error {}

refuseSecrets(process.argv);
const environment = readSettings();
const variables = optionsFromVariables("SESSION_NODE", Object.keys(OPTIONS), environment);

const parser = yargs(joinRepeated(hideBin(process.argv), "rpc"))
  .scriptName("session-node")
  .usage("$0 --contract 0x... --keys FILE [options]")
  .config(withSwitches(variables.values))
  .options(OPTIONS)
  .check((argv) => {
    if (!argv.rpc && !environment[RPC_VARIABLE]) throw new UsageError("give --rpc, $SESSION_NODE_RPC or $SESSION_RPC");
    if (!argv.contract) throw new UsageError("give --contract");
    return true;
  }, true)
  .strict()
  .epilogue("Every option has a variable, e.g. SESSION_NODE_LOG_LEVEL; `.env` in the working directory is read too.")
  .version(NODE_VERSION)
  .wrap(Math.min(process.stdout.columns ?? 100, 120))
  .showHelpOnFail(false)
  .fail(failWith((why) => new UsageError(why)))
  .help();

/** Secrets reach the program through files and the environment only; as options they would be in `ps`. */
function refuseSecrets(given: readonly string[]): void {
  for (const name of ["seed", "password"]) {
    if (!given.some((argument) => argument === `--${name}` || argument.startsWith(`--${name}=`))) continue;
    process.stderr.write(
      `--${name} is not an option: others can read arguments. Use $SESSION_NODE_${name.toUpperCase()}\n`,
    );
    process.exit(1);
  }
}

/** The parser takes every text but "true" for false. */
function withSwitches(values: Readonly<Record<string, string>>): Record<string, string> {
  const switches = Object.entries(OPTIONS).filter(([, option]) => "type" in option && option.type === "boolean");
  const read = switches.flatMap(([name]) => {
    const value = values[name];
    if (value === undefined) return [];
    if (/^(true|1|yes)$/i.test(value)) return [[name, "true"]];
    if (/^(false|0|no)$/i.test(value)) return [[name, "false"]];
    process.stderr.write(`$SESSION_NODE_${name.toUpperCase().replaceAll("-", "_")} is neither true nor false\n`);
    process.exit(1);
  });
  return { ...values, ...(Object.fromEntries(read) as Record<string, string>) };
}

function readSettings(): Environment {
  try {
    return readEnvironment();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
}

async function parseArguments() {
  try {
    const fault = faultOfOptions(hideBin(process.argv), ["rpc"]);
    if (fault !== undefined) throw new UsageError(fault);
    return await parser.parseAsync();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message.replace(/([^.?])$/, "$1.")}\n\n--help lists the options.\n`);
    process.exit(1);
  }
}

const argv = await parseArguments();
const logger = pino({ level: argv["log-level"] });
if (variables.ignored.length > 0) {
  logger.warn({ variables: variables.ignored }, "not options but addresses that a container platform sets: ignored");
}

const peerFile = z.array(z.object({ url: z.url(), ed25519Pubkey: hex(32, "ed25519Pubkey").optional() }));
const feeFile = z.record(hex(32, "ed25519Pubkey"), z.number().int().min(0).max(10_000));
const address = z.string().transform((text, context) => {
  const fault = addressFault(text);
  if (fault === undefined) return prefixAddress(text).toLowerCase();
  context.addIssue({ code: "custom", message: `it ${fault}` });
  return z.NEVER;
});
const rewardFile = z.record(
  address,
  z
    .string()
    .regex(/^\d{1,30}$/, "atomic SESH in decimal digits")
    .transform(BigInt),
);

async function loadPeers(path: string | undefined): Promise<Peer[]> {
  return path === undefined ? [] : readShape(path, peerFile);
}

/** A JSON file of that shape; what is wrong in it is named. */
async function readShape<T>(path: string, shape: z.ZodType<T>): Promise<T> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readText(path));
  } catch (error) {
    throw error instanceof SyntaxError ? new Error(`${path} is not JSON: ${error.message}`, { cause: error }) : error;
  }
  const result = shape.safeParse(parsed);
  if (result.success) {
    const lost = countOf(parsed) - countOf(result.data);
    if (lost > 0) throw new Error(`${path}: ${lost} of its names are there twice, in two spellings`);
    return result.data;
  }
  const [outer] = result.error.issues;
  // Of a name that is wrong zod says only that it is.
  const [inner] = outer?.code === "invalid_key" ? outer.issues : [];
  const issue = outer && inner ? { path: outer.path, message: inner.message } : outer;
  throw new Error(`${path}: ${issue?.path.map((part) => `${String(part)}: `).join("") ?? ""}${issue?.message ?? ""}`);
}

/** Names of an object, entries of a list. */
function countOf(value: unknown): number {
  return typeof value === "object" && value !== null ? Object.keys(value).length : 0;
}

async function loadKeys(): Promise<NodeKeys> {
  const seed = environment["SESSION_NODE_SEED"];
  if (argv.keys === undefined) {
    if (!seed) throw new Error("give --keys or $SESSION_NODE_SEED");
    return nodeKeysFromSeed(seed);
  }
  const password = await loadPassword();
  if (argv["create-keys"]) {
    try {
      await writeKeyFile(argv.keys, generateNodeKeys(), password);
      if (password === undefined)
        logger.warn({ path: argv.keys }, "keys created, not encrypted: no password was given");
      else logger.info({ path: argv.keys }, "keys created");
    } catch (error) {
      if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code !== "EEXIST") throw error;
    }
  }
  return readKeyFile(argv.keys, password);
}

async function loadPassword(): Promise<string | undefined> {
  if (argv["password-file"] !== undefined) return readPassword(argv["password-file"]);
  const password = environment["SESSION_NODE_PASSWORD"];
  if (password?.trim() === "") throw new Error("$SESSION_NODE_PASSWORD is blank: set a password, or none");
  return password;
}

async function loadParams(path: string | undefined): Promise<NodeParams> {
  const preset: NodeParams = PARAMS[argv.network];
  if (path === undefined) return preset;
  const shape = z.strictObject(
    Object.fromEntries(Object.keys(preset).map((name) => [name, z.number().int().nonnegative().optional()])),
  );
  return { ...preset, ...((await readShape(path, shape)) as Partial<NodeParams>) };
}

let isStopping = false;
try {
  const node = createNode(
    {
      rpcUrl: argv.rpc || (environment[RPC_VARIABLE] ?? ""),
      transport: transportSettings(environment),
      contract: argv.contract ?? "",
      keys: await loadKeys(),
      params: await loadParams(argv.params),
      nettype: argv.network,
      genesisHeight: argv["genesis-height"],
      peers: await loadPeers(argv.seeds ?? argv.peers),
      clock: argv.clock,
      host: argv.host,
      port: argv.port,
      ...(argv.announce === undefined ? {} : { announce: [argv.announce] }),
      ...(argv["state-dir"] === undefined ? {} : { stateDir: argv["state-dir"] }),
      ...(argv.fees === undefined ? {} : { fees: await readShape(argv.fees, feeFile) }),
      ...(argv["opening-rewards"] === undefined
        ? {}
        : { openingRewards: await readShape(argv["opening-rewards"], rewardFile) }),
      ...(argv.operators === undefined ? {} : { operators: argv.operators.split(",").map((text) => text.trim()) }),
      ...(argv["admin-port"] === undefined ? {} : { adminPort: argv["admin-port"] }),
      ...(argv["omq-port"] === undefined ? {} : { omqPort: argv["omq-port"] }),
      ...(argv.socket === undefined ? {} : { socket: resolvePath(argv.socket) }),
      ...(argv["chain-id"] === undefined ? {} : { chainId: argv["chain-id"] }),
      ...(argv.pool === undefined ? {} : { pool: argv.pool }),
    },
    { logger },
  );

  const stop = (signal: string): void => {
    isStopping = true;
    logger.info({ signal }, "stopping");
    node.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, "could not stop cleanly");
        process.exit(1);
      },
    );
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  process.on("SIGHUP", () => {
    loadPeers(argv.seeds ?? argv.peers).then(
      (peers) => {
        node.setPeers(peers);
        logger.info({ peers: peers.length }, "seeds read");
      },
      (error: unknown) => logger.error({ err: error }, "the file of seeds cannot be read, the old list stays"),
    );
  });

  await node.start();
} catch (error) {
  // Told to stop while it started: that is no failure.
  if (!isStopping) {
    logger.fatal({ reason: error instanceof Error ? error.message : String(error) }, "the node cannot start");
    process.exitCode = 1;
  }
}
