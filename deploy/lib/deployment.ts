import { join } from "node:path";
import { ethers } from "ethers";
import hre from "hardhat";
import { build } from "./build.ts";
import type { Check } from "./checks.ts";
import { artifactOf, checkDeployment } from "./checks.ts";
import type { Access } from "./connect.ts";
import { access, isLoopback, keySigner, rpcProvider } from "./connect.ts";
import { throughRelay } from "./relay.ts";
import type { Transport } from "../../src/chain/transport/index.ts";
import type { Plan } from "./dryRun.ts";
import { collect, collectAdmins, dryRun } from "./dryRun.ts";
import type { ExecuteOptions, Step } from "./execute.ts";
import { execute, journalTransactions } from "./execute.ts";
import type { Layout } from "./layout.ts";
import { LAYOUT_FILE, layoutOf } from "./layout.ts";
import type { NetworkInfo } from "./networks.ts";
import type { Parameters } from "./parameters.ts";
import type { Preflight } from "./preflight.ts";
import { preflight } from "./preflight.ts";
import { expectingReceipts } from "./receipts.ts";
import { journalDirectory, locked, readRecord, writeRecord } from "./record.ts";
import { Refusal, Refusals } from "./refusal.ts";
import { mend, noting } from "./resume.ts";
import type { Addresses, Stage } from "./stages.ts";
import { OWNED, givenToken, proxiesOf, stagesOf } from "./stages.ts";

/** What a run would do, or has left to do. */
export interface DeploymentPlan extends Preflight {
  info: NetworkInfo;
  /** Those of `--rpc`. */
  endpoints: readonly string[];
  parameters: Parameters;
  stages: Stage[];
  plan: Plan;
  /** Steps that an earlier run has done. */
  done: Map<string, string>;
}

/** What a broadcast leaves behind; `deployments/<network>/deployment.json` holds it. */
export interface Deployment {
  network: string;
  chainId: number;
  deployer: string;
  finishedAt: string;
  parameters: Parameters;
  addresses: Addresses;
  /** Set while the new owner has yet to accept. */
  waitingFor?: string;
  steps: Step[];
  totalGas: bigint;
  checks: Check[];
}

export const DEPLOYMENT_FILE = "deployment.json";

/** The newest block that a record names. A local network may have been started anew since. */
export function newestBlockOf({ kind, chainId }: NetworkInfo, deployment: Deployment | undefined): number {
  if (kind !== "live" || deployment?.chainId !== chainId) return 0;
  return Math.max(0, ...deployment.steps.map(({ blockNumber }) => blockNumber));
}

/**
 * Everything that can be known before sending: the dry run with its gas, and every refusal the chain or the variables give.
 * `problems` is empty exactly when a broadcast may start.
 *
 * @param endpoints - Those of `--rpc`, before those of the variables.
 */
export async function planDeployment(
  info: NetworkInfo,
  parameters: Parameters,
  record: string,
  endpoints: readonly string[] = [],
): Promise<DeploymentPlan> {
  await build();
  const stages = stagesOf(parameters);
  const plan = await dryRun(info, parameters, stages);
  const done = new Map(stages.flatMap((stage) => [...journalTransactions(journalDirectory(record, stage.name))]));
  const left = plan.steps.filter((step) => !done.has(step.step) && !step.afterAcceptance);
  const recorded = readRecord<Deployment>(record, DEPLOYMENT_FILE);
  const funded = plan.steps.some((step) => step.stage === "Funding" && done.has(step.step));
  const remaining = {
    gas: left.reduce((sum, step) => sum + step.gasUsed, 0n),
    funding: funded ? 0n : BigInt(parameters.Funding?.["amount"] ?? 0n),
    ...(parameters.TokenL2 === undefined ? {} : { bridgedToken: recorded?.addresses.token ?? "" }),
  };
  const before: Preflight =
    info.kind === "edr"
      ? { problems: [] }
      : await preflight(info, await access(info, endpoints), parameters, remaining);
  if (before.balance !== undefined) before.problems.push(...(await staleJournals(info, endpoints, record, stages)));
  return { info, endpoints, parameters, stages, plan, done, ...before };
}

/** What a deployment tells while it is sent, and how many blocks it waits for. */
export type DeploymentListener = Pick<ExecuteOptions, "onStep" | "onWaiting" | "confirmations">;

/**
 * Sends what is left of a plan, checks the result on the chain and writes the record. Killed and called again, it goes on.
 *
 * @throws Refusals when the plan has problems; nothing has been sent then.
 */
export async function broadcast(
  plan: DeploymentPlan,
  record: string,
  listener: DeploymentListener,
): Promise<Deployment> {
  if (plan.problems.length > 0) throw new Refusals(plan.problems);
  return locked(record, () => send(plan, record, listener));
}

async function send(plan: DeploymentPlan, record: string, listener: DeploymentListener): Promise<Deployment> {
  const { info, endpoints } = plan;
  const reach = await access(info, endpoints);
  if (reach.url === undefined) return sendOn(plan, record, listener, reach, undefined, undefined);
  const recorded = readRecord<Deployment>(record, DEPLOYMENT_FILE);
  const remote = rpcProvider(reach.url, info.chainId, newestBlockOf(info, recorded));
  try {
    await knowTheTip(remote.transport);
    // Hardhat and Ignition bring a connection of their own: it goes through ours.
    return await throughRelay(remote.transport, (url) => sendOn(plan, record, listener, reach, remote, url));
  } finally {
    remote.destroy();
  }
}

/** Times that the newest block is asked for: an address in front of two or three replicas shows each of them. */
const LOOKS = 4;

/**
 * Finds the newest block before Ignition counts what the account has sent: the record of a run that was cut off ends before its last
 * transaction, and a replica without that one would have it for another program's.
 */
async function knowTheTip(transport: Transport): Promise<void> {
  for (let look = 0; look < LOOKS; look++) transport.notBefore(Number(await transport.request("eth_blockNumber", [])));
}

async function sendOn(
  { info, parameters, stages }: DeploymentPlan,
  record: string,
  listener: DeploymentListener,
  reach: Access,
  remote: ethers.Provider | undefined,
  url: string | undefined,
): Promise<Deployment> {
  const connection = await hre.network.create({
    network: info.name,
    ...(url === undefined ? {} : { override: { url } }),
  });
  const provider = remote ?? connection.ethers.provider;
  try {
    const accounts = (await connection.provider.request({ method: "eth_accounts" })) as string[];
    const deployer = ethers.getAddress(accounts[0] ?? ethers.ZeroAddress);
    const fast = reach.url === undefined || isLoopback(reach.url);
    const chain = expectingReceipts({ provider: connection.provider, fast });
    const wallet = info.kind === "live" ? await keySigner(info) : undefined;
    const token = givenToken(parameters);
    const addresses: Addresses = { ...(token === undefined ? {} : { token: ethers.getAddress(token) }) };
    const steps: Step[] = [];
    let waitingFor: string | undefined;
    for (const stage of stages) {
      if (stage.afterAcceptance === true) {
        waitingFor = await stillToAccept(provider, parameters, addresses);
        if (waitingFor !== undefined) break;
      }
      const journal = journalDirectory(record, stage.name);
      await mend(chain, provider, deployer, journal);
      const noted = wallet === undefined ? chain : noting(chain, provider, wallet, info.chainId, journal);
      const result = await execute(noted, stage, addresses, {
        accounts,
        ...listener,
        ...(info.kind === "edr" ? {} : { journal }),
      });
      collect(addresses, stage, result.contracts);
      await collectAdmins(addresses, parameters, provider);
      steps.push(...result.steps);
    }
    const checks = await checkDeployment(provider, { chainId: info.chainId, parameters, addresses, deployer });
    const deployment: Deployment = {
      network: info.name,
      chainId: info.chainId,
      deployer,
      finishedAt: new Date().toISOString(),
      parameters,
      addresses,
      ...(waitingFor === undefined ? {} : { waitingFor }),
      steps,
      totalGas: steps.reduce((sum, step) => sum + step.gasUsed, 0n),
      checks,
    };
    writeRecord(record, DEPLOYMENT_FILE, deployment);
    await keepLayouts(record, parameters, addresses);
    return deployment;
  } finally {
    await connection.close();
  }
}

/** Writes down the storage of what stands behind proxies; a layout that an upgrade has written since is left alone. */
async function keepLayouts(record: string, parameters: Parameters, addresses: Addresses): Promise<void> {
  const layouts = readRecord<Record<string, Layout>>(record, LAYOUT_FILE) ?? {};
  for (const name of proxiesOf(parameters)) {
    if (addresses[name] === undefined) continue;
    const artifact = artifactOf(name, parameters);
    layouts[artifact] ??= await layoutOf(artifact);
  }
  writeRecord(record, LAYOUT_FILE, layouts);
}

/** The named owner while it owns not yet all of the contracts. */
async function stillToAccept(
  provider: ethers.Provider,
  parameters: Parameters,
  addresses: Addresses,
): Promise<string | undefined> {
  const owner = String(parameters.Handover?.["owner"]);
  for (const name of OWNED) {
    const address = addresses[name];
    if (address === undefined) continue;
    const contract = new ethers.Contract(address, ["function owner() view returns (address)"], provider);
    if (ethers.getAddress((await contract.getFunction("owner")()) as string) !== ethers.getAddress(owner)) return owner;
  }
  return undefined;
}

async function staleJournals(
  info: NetworkInfo,
  endpoints: readonly string[],
  record: string,
  stages: Stage[],
): Promise<Refusal[]> {
  const { url } = await access(info, endpoints);
  if (url === undefined) return [];
  const provider = rpcProvider(url, info.chainId);
  try {
    for (const { name } of stages) {
      const stale = await staleRecord(info, provider, journalDirectory(record, name));
      if (stale !== undefined) return [stale];
    }
    return [];
  } finally {
    provider.destroy();
  }
}

/** A journal whose transactions the chain does not know is of another chain: a local node started anew, or one that stood in. */
async function staleRecord(
  info: NetworkInfo,
  provider: ethers.Provider,
  journal: string,
): Promise<Refusal | undefined> {
  for (const hash of journalTransactions(journal).values()) {
    if ((await provider.getTransactionReceipt(hash)) !== null) continue;
    const known = `does not know transaction ${hash} of ${join(journal, "journal.jsonl")}`;
    return new Refusal(
      "record",
      info.kind === "node"
        ? `The local node ${known}: it was started anew. Run again with --fresh to forget the old deployment.`
        : `The RPC of ${info.name} ${known}: the record is of another chain with this id (a rehearsal?). Move it away, or name another with --record.`,
    );
  }
  return undefined;
}
