#!/usr/bin/env node
/**
 * A node as a process: `node src/node/main.ts --help`. Secrets come from a key file and the environment, never from arguments. Logs
 * are JSON lines on standard output; the first with `url` says that the node is up. SIGINT and SIGTERM stop it.
 */
import { readFile } from "node:fs/promises";
import { pino } from "pino";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { z } from "zod";
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

const parser = yargs(hideBin(process.argv))
  .scriptName("session-node")
  .usage("$0 --contract 0x... --keys FILE [options]")
  .env("SESSION_NODE")
  .options({
    rpc: {
      type: "string",
      describe: "JSON-RPC endpoint; also SESSION_NODE_RPC, where an access key in it is not seen by others",
    },
    contract: { type: "string", describe: "address of ServiceNodeRewards" },
    pool: { type: "string", describe: "address of RewardRatePool (default: the contract's foundationPool)" },
    network: {
      choices: Object.keys(PARAMS) as (keyof typeof PARAMS)[],
      default: "mainnet" as const,
      describe: "rules",
    },
    params: { type: "string", describe: "JSON file with parameters that replace the network's" },
    "chain-id": { type: "number", describe: "refuse to run on any other chain" },
    "genesis-height": {
      type: "number",
      default: 0,
      describe: "block that the ledger starts from, the same for all nodes",
    },
    keys: { type: "string", describe: "key file, mode 0600; $SESSION_NODE_SEED instead derives test keys" },
    "create-keys": { type: "boolean", default: false, describe: "make the key file if there is none" },
    "password-file": {
      type: "string",
      describe: "file whose first line opens the key file; also $SESSION_NODE_PASSWORD",
    },
    seeds: {
      type: "string",
      alias: "peers",
      describe:
        'JSON file [{ "url", "ed25519Pubkey"? }] of a few other nodes, the rest is learnt; read again on SIGHUP',
    },
    announce: { type: "string", describe: "base URL at which others reach this node (default: where it listens)" },
    "state-dir": { type: "string", describe: "folder for what the node keeps, so that a restart needs no archive" },
    fees: {
      type: "string",
      describe: "JSON file { ed25519Pubkey: fee in 1/10,000 }, for nodes registered before genesis",
    },
    "opening-rewards": {
      type: "string",
      describe: "JSON file { address: atomic SESH as a string } earned before genesis",
    },
    clock: {
      choices: ["wall", "chain"] as const,
      default: "wall" as const,
      describe: "chain: for local chains with a moved clock",
    },
    host: { type: "string", default: "127.0.0.1", describe: "address to listen on" },
    port: { type: "number", default: 0, describe: "port to listen on, 0 for any" },
    operators: {
      type: "string",
      describe: "addresses, separated by commas, that the public port gives registrations for (default: none)",
    },
    "admin-port": {
      type: "number",
      describe: "port on 127.0.0.1 for yourself, where the JSON-RPC gives registrations for any operator",
    },
    "log-level": { choices: ["fatal", "error", "warn", "info", "debug", "silent"] as const, default: "info" as const },
  })
  // Secrets reach the program through the environment only; as options they would be in `ps`.
  .check((argv) => {
    for (const name of ["seed", "password"]) {
      if (process.argv.some((argument) => argument === `--${name}` || argument.startsWith(`--${name}=`))) {
        throw new Error(
          `--${name} is not an option: others can read arguments. Use $SESSION_NODE_${name.toUpperCase()}`,
        );
      }
    }
    if (!argv.rpc) throw new Error("give --rpc or $SESSION_NODE_RPC");
    if (!argv.contract) throw new Error("give --contract");
    return true;
  })
  .version(NODE_VERSION)
  .wrap(null)
  .help();

const argv = await parser.parseAsync();
const logger = pino({ level: argv["log-level"] });

const peerFile = z.array(
  z.object({
    url: z.url(),
    ed25519Pubkey: z
      .string()
      .regex(/^0x[0-9a-fA-F]{64}$/)
      .optional(),
  }),
);
const feeFile = z.record(z.string().regex(/^0x[0-9a-fA-F]{64}$/), z.number().int().min(0).max(10_000));
const rewardFile = z.record(
  z.string().regex(/^0x[0-9a-fA-F]{40}$/),
  z
    .string()
    .regex(/^\d{1,30}$/)
    .transform(BigInt),
);

async function loadJson<T>(path: string, shape: z.ZodType<T>): Promise<T> {
  return shape.parse(JSON.parse(await readFile(path, "utf8")));
}

async function loadPeers(path: string | undefined): Promise<Peer[]> {
  return path === undefined ? [] : peerFile.parse(JSON.parse(await readFile(path, "utf8")));
}

async function loadKeys(): Promise<NodeKeys> {
  const seed = process.env.SESSION_NODE_SEED;
  if (argv.keys === undefined) {
    if (!seed) throw new Error("give --keys or $SESSION_NODE_SEED");
    return nodeKeysFromSeed(seed);
  }
  const password = argv["password-file"]
    ? (await readFile(argv["password-file"], "utf8")).split(/\r?\n/)[0]
    : process.env.SESSION_NODE_PASSWORD;
  if (argv["create-keys"]) {
    try {
      await writeKeyFile(argv.keys, generateNodeKeys(), password);
      logger.info({ path: argv.keys }, "keys created");
    } catch (error) {
      if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code !== "EEXIST") throw error;
    }
  }
  return readKeyFile(argv.keys, password);
}

async function loadParams(path: string | undefined): Promise<NodeParams> {
  const preset: NodeParams = PARAMS[argv.network];
  if (path === undefined) return preset;
  const shape = z.strictObject(
    Object.fromEntries(Object.keys(preset).map((name) => [name, z.number().int().nonnegative().optional()])),
  );
  return { ...preset, ...(shape.parse(JSON.parse(await readFile(path, "utf8"))) as Partial<NodeParams>) };
}

try {
  const node = createNode(
    {
      rpcUrl: argv.rpc ?? "",
      contract: argv.contract ?? "",
      keys: await loadKeys(),
      params: await loadParams(argv.params),
      nettype: argv.network,
      genesisHeight: argv["genesis-height"],
      peers: await loadPeers(argv.seeds),
      clock: argv.clock,
      host: argv.host,
      port: argv.port,
      ...(argv.announce === undefined ? {} : { announce: [argv.announce] }),
      ...(argv["state-dir"] === undefined ? {} : { stateDir: argv["state-dir"] }),
      ...(argv.fees === undefined ? {} : { fees: await loadJson(argv.fees, feeFile) }),
      ...(argv["opening-rewards"] === undefined
        ? {}
        : { openingRewards: await loadJson(argv["opening-rewards"], rewardFile) }),
      ...(argv.operators === undefined ? {} : { operators: argv.operators.split(",").map((text) => text.trim()) }),
      ...(argv["admin-port"] === undefined ? {} : { adminPort: argv["admin-port"] }),
      ...(argv["chain-id"] === undefined ? {} : { chainId: argv["chain-id"] }),
      ...(argv.pool === undefined ? {} : { pool: argv.pool }),
    },
    { logger },
  );

  const stop = (signal: string): void => {
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
    loadPeers(argv.seeds).then(
      (peers) => {
        node.setPeers(peers);
        logger.info({ peers: peers.length }, "seeds read");
      },
      (error: unknown) => logger.error({ err: error }, "the file of seeds cannot be read, the old list stays"),
    );
  });

  await node.start();
} catch (error) {
  logger.fatal({ reason: error instanceof Error ? error.message : String(error) }, "the node cannot start");
  process.exitCode = 1;
}
