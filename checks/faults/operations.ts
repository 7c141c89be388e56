/** The deployment and the operations, as processes of their own, against an endpoint with faults. */
import { cp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { LocalNode, Ran } from "../../test/helpers/deployCommand.ts";
import {
  DEPLOYER,
  DEPLOYER_KEY,
  REQUIREMENT,
  runScript,
  scratch,
  startNode,
  testnetParameters,
} from "../../test/helpers/deployCommand.ts";
import { BRIDGE, DOWN, faultsOf, runBridge, SETTINGS } from "./bridge.ts";
import { rehearsalNodes, seedFileOf } from "../rehearsal/nodes.ts";
import type { Fault } from "./proxy.ts";
import { FaultProxy } from "./proxy.ts";
import type { Cell, Wanted } from "./table.ts";
import { otherAnswer } from "./table.ts";

const CHAIN_ID = 421_614;

interface Files {
  record: string;
  parameters: string;
  seed: string;
  vesting: string;
  dump: string;
}

interface Operation {
  name: string;
  script: "scripts/deploy.ts" | "scripts/ops.ts";
  args: (files: Files) => string[];
  /** Transactions that it sends; they are undone afterwards. */
  sends?: number;
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
    name: "ops check-deployment",
    script: "scripts/ops.ts",
    args: () => ["check-deployment"],
    // The rate follows from the time of the block that is read: that it is paid at all is the check.
    essence: ({ checks }: { checks: { name: string; found: string }[] }) =>
      checks.map((check) => (check.name === "pool.rewardRate" ? { ...check, found: Number(check.found) > 0 } : check)),
  },
  {
    name: "ops dump",
    script: "scripts/ops.ts",
    args: ({ dump }) => ["dump", "--out", dump],
    essence: ({ nodes, recipients, calls }: Record<string, unknown>) => [nodes, recipients, calls],
  },
  {
    name: "ops seed, dry",
    script: "scripts/ops.ts",
    args: ({ seed }) => ["seed", seed],
    essence: ({ ok, seeded, nodes }: Record<string, unknown>) => ({ ok, seeded, nodes }),
  },
  {
    name: "ops seed",
    script: "scripts/ops.ts",
    args: ({ seed }) => ["seed", seed, "--fund-stakes", "--broadcast"],
    sends: 3,
    essence: ({ ok, totalNodes, started }: Record<string, unknown>) => ({ ok, totalNodes, started }),
  },
  {
    name: "ops vesting",
    script: "scripts/ops.ts",
    args: ({ vesting }) => ["vesting", vesting, "--broadcast"],
    sends: 4,
    essence: ({ ok, vestings }: { ok: unknown; vestings: { contract: string; amount: unknown }[] }) => [
      ok,
      vestings.map(({ contract, amount }) => [contract, amount]),
    ],
  },
  {
    name: "ops release",
    script: "scripts/ops.ts",
    args: () => ["release", "--broadcast"],
    sends: 1,
    essence: ({ ok, pool, beneficiary, released }: Record<string, unknown>) => [ok, pool, beneficiary, typeof released],
  },
  {
    name: "ops call pause",
    script: "scripts/ops.ts",
    args: () => ["call", "pause"],
    essence: ({ call, owner }: Record<string, unknown>) => ({ call, owner }),
  },
  {
    name: "ops accept-ownership, dry",
    script: "scripts/ops.ts",
    args: () => ["accept-ownership"],
    essence: ({ accepted }: Record<string, unknown>) => accepted,
  },
  {
    name: "ops upgrade, dry",
    script: "scripts/ops.ts",
    args: () => ["upgrade", "rewards", "--artifact", "ServiceNodeRewards"],
    essence: ({ mode, from, simulation }: Record<string, unknown>) => ({ mode, from, simulation }),
  },
  {
    name: "ops verify, dry",
    script: "scripts/ops.ts",
    args: () => ["verify", "--service", "sourcify"],
    essence: ({ targets }: Record<string, unknown>) => targets,
  },
];

const DEPLOYMENT = "deploy";

/** Cells at once, of operations that send nothing and so may share a chain: their processes mostly wait. */
const AT_ONCE = 2;

/** Runs the operations under all faults, or one fault that is all of them in turn; and a deployment that is sent. */
export async function runOperations(
  part: "all" | "some",
  told: (cell: Cell) => void,
  wanted: Wanted = () => true,
): Promise<void> {
  if (wanted(BRIDGE)) await runBridge(part, told, wanted);
  const operations = OPERATIONS.filter(({ name }) => wanted(name));
  if (operations.length === 0 && !wanted(DEPLOYMENT)) return;
  const node = await startNode(CHAIN_ID);
  const directory = scratch();
  try {
    const parameters = directory.file("parameters.json5", testnetParameters());
    const record = join(directory.path, "record");
    if (wanted(DEPLOYMENT)) {
      for (const fault of faultsOf(part, DEPLOYMENT, wanted).passing) {
        told(await deployed(node, fault, directory.path, parameters));
      }
    }
    const args = ["--broadcast", "--parameters", parameters];
    const sent = await run(node.url, "scripts/deploy.ts", args, record, SETTINGS);
    if (sent.code !== 0) throw new Error(`the deployment fails on a good endpoint: ${sent.stderr}`);
    // Nothing that an operation reads is younger than a replica in arrears.
    for (let i = 0; i < 4; i++) await node.provider.send("evm_mine", []);
    const { addresses } = JSON.parse(sent.stdout) as { addresses: { rewards: string } };
    const contract = addresses.rewards;
    const list = seedFileOf(rehearsalNodes(4, REQUIREMENT), { chainId: CHAIN_ID, contract }, 1_700_000_000);
    const files: Files = {
      record,
      parameters,
      seed: directory.file("seed.json", JSON.stringify(list)),
      vesting: directory.file("vesting.csv", VESTINGS),
      dump: join(directory.path, "dump.json"),
    };
    for (const operation of operations) {
      const right = await undone(node, operation, files, (copy) =>
        run(node.url, operation.script, operation.args(copy), copy.record, SETTINGS),
      );
      if (right.code !== 0) throw new Error(`${operation.name} fails on a good endpoint: ${right.stderr}`);
      const { passing, forGood } = faultsOf(part, operation.name, wanted);
      await inLanes(operation.sends === undefined ? AT_ONCE : 1, [
        ...passing.map((fault) => async () => {
          told(await undone(node, operation, files, (copy) => underFault(node, operation, fault, copy, right)));
        }),
        ...forGood.map((fault) => async () => told(await whenDown(node, operation, fault, files))),
      ]);
    }
  } finally {
    directory.remove();
    await node.close();
  }
}

async function inLanes(lanes: number, work: (() => Promise<void>)[]): Promise<void> {
  const left = [...work];
  const lane = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await next();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

const VESTINGS = `beneficiary,revoker,start,end,transferableBeneficiary,amount
0x1111111111111111111111111111111111111111,${DEPLOYER},2040-01-01,2041-01-01,false,1000.5
0x2222222222222222222222222222222222222222,${DEPLOYER},2040-01-01,2041-01-01,true,2000
`;

/** The chain as it was before an operation that sends, and a record that is a copy. */
async function undone<T>(
  { provider }: LocalNode,
  { sends = 0 }: Operation,
  files: Files,
  work: (files: Files) => Promise<T>,
): Promise<T> {
  if (sends === 0) return work(files);
  const snapshot = (await provider.send("evm_snapshot", [])) as string;
  const record = `${files.record}-copy`;
  await cp(files.record, record, { recursive: true });
  try {
    return await work({ ...files, record });
  } finally {
    await rm(record, { recursive: true });
    await provider.send("evm_revert", [snapshot]);
  }
}

function run(url: string, script: string, args: string[], record: string, env: Record<string, string>) {
  return runScript(script, [...args, "--network", "arbitrumSepolia", "--json", "--record", record], {
    env: { ARBITRUM_SEPOLIA_RPC_URL: url, DEPLOYER_PRIVATE_KEY: DEPLOYER_KEY, ...env },
  });
}

/** Deploys through an endpoint with a fault: every transaction once, all checks passed. The chain is as before afterwards. */
async function deployed(node: LocalNode, fault: Fault, directory: string, parameters: string): Promise<Cell> {
  const proxy = await new FaultProxy(node.url, { fault }).start();
  const snapshot = (await node.provider.send("evm_snapshot", [])) as string;
  const before = await node.provider.getTransactionCount(DEPLOYER);
  const record = join(directory, `under-${fault}`);
  const args = ["--broadcast", "--parameters", parameters];
  try {
    const ran = await run(proxy.url, "scripts/deploy.ts", args, record, SETTINGS);
    const sent = (await node.provider.getTransactionCount(DEPLOYER)) - before;
    if (ran.code !== 0) return { name: DEPLOYMENT, fault, why: `exit code ${ran.code}: ${ran.stderr.slice(-400)}` };
    const { steps } = JSON.parse(await readFile(join(record, "deployment.json"), "utf8")) as { steps: unknown[] };
    const once = steps.length === sent && proxy.transactions.size === sent;
    const why = once ? "" : `${sent} transactions (${proxy.transactions.size} different) for ${steps.length} steps`;
    return { name: DEPLOYMENT, fault, why };
  } finally {
    await node.provider.send("evm_revert", [snapshot]);
    await proxy.stop();
  }
}

async function underFault(
  node: LocalNode,
  operation: Operation,
  fault: Fault,
  files: Files,
  right: { stdout: string },
): Promise<Cell> {
  const proxy = await new FaultProxy(node.url, { fault }).start();
  try {
    const before = await node.provider.getTransactionCount(DEPLOYER);
    const ran = await run(proxy.url, operation.script, operation.args(files), files.record, SETTINGS);
    const sent = (await node.provider.getTransactionCount(DEPLOYER)) - before;
    return { name: operation.name, fault, why: judge(operation, ran, right, sent) };
  } finally {
    await proxy.stop();
  }
}

function judge(operation: Operation, ran: Ran, right: { stdout: string }, sent: number): string {
  if (ran.code !== 0) return `exit code ${ran.code}: ${ran.stderr.slice(-400)}`;
  const [found, wanted] = [essenceOf(operation, ran.stdout), essenceOf(operation, right.stdout)];
  if (!isDeepStrictEqual(found, wanted)) return otherAnswer(found, wanted);
  const { sends = 0 } = operation;
  return sent === sends ? "" : `${sent} transactions on the chain, not ${sends}`;
}

function essenceOf({ essence }: Operation, stdout: string): unknown {
  return stdout.trim() === "" ? "" : essence(JSON.parse(stdout) as never);
}

async function whenDown(node: LocalNode, operation: Operation, fault: Fault, files: Files): Promise<Cell> {
  const proxy = await new FaultProxy(node.url, { fault, always: true }).start();
  const secret = "0123456789abcdef";
  const { host } = new URL(proxy.url);
  try {
    const url = `http://user:${secret}@${host}/${secret}`;
    const ran = await run(url, operation.script, operation.args(files), files.record, DOWN);
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
