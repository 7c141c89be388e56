/** The deployment and the operations, as processes of their own, against an endpoint with faults. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { LocalNode } from "../../test/helpers/deployCommand.ts";
import { DEPLOYER, DEPLOYER_KEY, runScript, scratch, startNode } from "../../test/helpers/deployCommand.ts";
import { rehearsalNodes, seedFileOf } from "../rehearsal/nodes.ts";
import type { Fault } from "./proxy.ts";
import { FAULTS, FaultProxy } from "./proxy.ts";
import type { Cell } from "./table.ts";

const CHAIN_ID = 421_614;
const REQUIREMENT = 20_000_000_000_000n;
const SETTINGS = { SESSION_RPC_TIMEOUT: "2", SESSION_RPC_BACKOFF: "0.02" };
const DOWN = { SESSION_RPC_TIMEOUT: "0.5", SESSION_RPC_BACKOFF: "0.02", SESSION_RPC_ATTEMPTS: "2" };

interface Operation {
  name: string;
  script: "scripts/deploy.ts" | "scripts/ops.ts";
  args: (files: { record: string; parameters: string; seed: string; dump: string }) => string[];
  /** The part of the result that must not depend on the endpoint. */
  essence: (result: never) => unknown;
}

const OPERATIONS: readonly Operation[] = [
  {
    name: "deploy, dry",
    script: "scripts/deploy.ts",
    args: ({ parameters }) => ["--parameters", parameters],
    essence: ({ steps, totalGas, ok }: Record<string, unknown>) => ({ steps, totalGas, ok }),
  },
  {
    name: "ops check",
    script: "scripts/ops.ts",
    args: () => ["check"],
    essence: (result: { checks: unknown }) => result.checks,
  },
  {
    name: "ops seed, dry",
    script: "scripts/ops.ts",
    args: ({ seed }) => ["seed", seed],
    essence: ({ ok, seeded, nodes }: Record<string, unknown>) => ({ ok, seeded, nodes }),
  },
  {
    name: "ops dump",
    script: "scripts/ops.ts",
    args: ({ dump }) => ["dump", "--out", dump],
    essence: (result: object) => Object.keys(result),
  },
];

/** Runs the operations under all faults, or one fault that is all of them in turn; and a deployment that is sent. */
export async function runOperations(part: "all" | "some", told: (cell: Cell) => void): Promise<void> {
  const node = await startNode(CHAIN_ID);
  const directory = scratch();
  try {
    const parameters = directory.file(
      "parameters.json5",
      `{
        Token: { totalSupply: "240000000000000000n", gateway: "${DEPLOYER}", router: "${DEPLOYER}" },
        StakingTestnet: {
          stakingRequirement: "${REQUIREMENT}n", maxContributors: 10, liquidatorRatio: 3, poolRatio: 17, recipientRatio: 9980,
        },
        Funding: { amount: "40000000000000000n" },
      }`,
    );
    const record = join(directory.path, "record");
    told(await deployed(node, part === "all" ? [...FAULTS] : ["mixed"], directory.path, parameters));
    const sent = await run(
      node.url,
      "scripts/deploy.ts",
      ["--broadcast", "--parameters", parameters],
      record,
      SETTINGS,
    );
    if (sent.code !== 0) throw new Error(`the deployment fails on a good endpoint: ${sent.stderr}`);
    const { addresses } = JSON.parse(sent.stdout) as { addresses: { rewards: string } };
    const contract = addresses.rewards;
    const list = seedFileOf(rehearsalNodes(4, REQUIREMENT), { chainId: CHAIN_ID, contract }, 1_700_000_000);
    const seed = directory.file("seed.json", JSON.stringify(list));
    const files = { record, parameters, seed, dump: join(directory.path, "dump.json") };

    for (const operation of OPERATIONS) {
      const right = await run(node.url, operation.script, operation.args(files), record, SETTINGS);
      for (const fault of part === "all" ? FAULTS : (["mixed"] as const)) {
        told(await underFault(node, operation, fault, operation.args(files), record, right));
      }
      for (const fault of part === "all" ? (["html", "hang", "rate-32005"] as const) : []) {
        told(await whenDown(node, operation, fault, operation.args(files), record));
      }
    }
  } finally {
    directory.remove();
    await node.close();
  }
}

function run(url: string, script: string, args: string[], record: string, env: Record<string, string>) {
  return runScript(script, [...args, "--network", "arbitrumSepolia", "--json", "--record", record], {
    env: { ARBITRUM_SEPOLIA_RPC_URL: url, DEPLOYER_PRIVATE_KEY: DEPLOYER_KEY, ...env },
  });
}

/** Deploys through each of the faults on a chain of its own: every transaction once, all checks passed. */
async function deployed(node: LocalNode, faults: Fault[], directory: string, parameters: string): Promise<Cell> {
  const why: string[] = [];
  for (const fault of faults) {
    const proxy = await new FaultProxy(node.url, { fault }).start();
    const snapshot = (await node.provider.send("evm_snapshot", [])) as string;
    const before = await node.provider.getTransactionCount(DEPLOYER);
    try {
      const record = join(directory, `under-${fault}`);
      const ran = await run(
        proxy.url,
        "scripts/deploy.ts",
        ["--broadcast", "--parameters", parameters],
        record,
        SETTINGS,
      );
      const sent = (await node.provider.getTransactionCount(DEPLOYER)) - before;
      if (ran.code !== 0) why.push(`${fault}: exit code ${ran.code}: ${ran.stderr.slice(-400)}`);
      else {
        const result = JSON.parse(await readFile(join(record, "deployment.json"), "utf8")) as { steps: unknown[] };
        if (result.steps.length !== sent) why.push(`${fault}: ${sent} transactions for ${result.steps.length} steps`);
      }
    } finally {
      await node.provider.send("evm_revert", [snapshot]);
      await proxy.stop();
    }
  }
  return { name: "deploy", fault: faults.join(", "), why: why.join("; ") };
}

async function underFault(
  node: LocalNode,
  operation: Operation,
  fault: Fault,
  args: string[],
  record: string,
  right: { stdout: string },
): Promise<Cell> {
  const proxy = await new FaultProxy(node.url, { fault }).start();
  try {
    const ran = await run(proxy.url, operation.script, args, record, SETTINGS);
    const found = essenceOf(operation, ran.stdout);
    const wanted = essenceOf(operation, right.stdout);
    const why =
      ran.code !== 0
        ? `exit code ${ran.code}: ${ran.stderr.slice(-400)}`
        : isDeepStrictEqual(found, wanted)
          ? ""
          : `another answer: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`;
    return { name: operation.name, fault, why };
  } finally {
    await proxy.stop();
  }
}

function essenceOf({ essence }: Operation, stdout: string): unknown {
  return stdout.trim() === "" ? "" : essence(JSON.parse(stdout) as never);
}

async function whenDown(
  node: LocalNode,
  operation: Operation,
  fault: Fault,
  args: string[],
  record: string,
): Promise<Cell> {
  const proxy = await new FaultProxy(node.url, { fault, always: true }).start();
  const secret = "0123456789abcdef";
  const { host } = new URL(proxy.url);
  try {
    const ran = await run(`http://user:${secret}@${host}/${secret}`, operation.script, args, record, DOWN);
    const told = ran.stdout + ran.stderr;
    const why = told.includes(secret)
      ? `the URL is printed: ${told.slice(-400)}`
      : ran.code !== 3 && operation.name !== "deploy, dry"
        ? `exit code ${ran.code}, not 3: ${ran.stderr.slice(-400)}`
        : told.includes(host)
          ? ""
          : `not the endpoint's words: ${ran.stderr.slice(-400)}`;
    return { name: operation.name, fault: `${fault}, for good`, why };
  } finally {
    await proxy.stop();
  }
}
