import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  HardhatArtifactResolver,
  errorDeploymentResultToExceptionMessage,
} from "@nomicfoundation/hardhat-ignition/helpers";
import type { DeploymentParameters, ExecutionEvent, ExecutionEventListener } from "@nomicfoundation/ignition-core";
import { DeploymentResultType, ExecutionEventType, deploy } from "@nomicfoundation/ignition-core";
import { ethers } from "ethers";
import hre from "hardhat";
import type { Chain } from "./chain.ts";
import { ChainError } from "../../src/chain/errors.ts";
import { confirmationsFor, Waiting } from "./confirmations.ts";
import { wholeLines } from "./journalLines.ts";
import type { Addresses, Stage } from "./stages.ts";

export type { Chain } from "./chain.ts";

/** One transaction of a deployment. */
export interface Step {
  stage: string;
  /** Ignition's name of the step, `Module#Step`. */
  step: string;
  hash: string;
  gasUsed: bigint;
  blockNumber: number;
}

export interface ExecuteOptions {
  /** Where the stage's journal lives; none keeps it in memory (a dry run). */
  journal?: string;
  accounts: string[];
  onStep?: (step: string, what: "sent" | "confirmed", hash: string) => void;
  /** Blocks to wait for; found out when left out. */
  confirmations?: number | undefined;
  /** Is told now and then what is waited for. */
  onWaiting?: ((line: string) => void) | undefined;
}

/**
 * Runs one stage through Ignition and answers its contracts and its transactions, those of an earlier run that was killed
 * included. A stage that is complete sends nothing.
 *
 * @throws Error with Ignition's account of what failed.
 */
export async function execute(
  chain: Chain,
  stage: Stage,
  addresses: Addresses,
  options: ExecuteOptions,
): Promise<{ contracts: Record<string, string>; steps: Step[] }> {
  const sent = new Map<string, string>();
  const requiredConfirmations = await confirmationsFor(chain, options.confirmations);
  const waiting = new Waiting(chain, requiredConfirmations, options.onWaiting ?? (() => undefined));
  const listen = (event: ExecutionEvent) => {
    if (event.type === ExecutionEventType.TRANSACTION_SEND) {
      options.onStep?.(event.futureId, "sent", event.hash);
      waiting.start(event.futureId);
    }
    if (event.type === ExecutionEventType.TRANSACTION_CONFIRM) {
      waiting.stop();
      sent.set(event.futureId, event.hash);
      options.onStep?.(event.futureId, "confirmed", event.hash);
    }
  };
  const result = await deploy({
    artifactResolver: new HardhatArtifactResolver(hre.artifacts),
    provider: chain.provider,
    ...(options.journal === undefined ? {} : { deploymentDir: options.journal }),
    ignitionModule: stage.module,
    deploymentParameters: stage.parameters(addresses) as DeploymentParameters,
    accounts: options.accounts,
    executionEventListener: listener(listen),
    config: { requiredConfirmations, ...(chain.fast ? { blockPollingInterval: 50 } : {}) },
  }).finally(() => waiting.stop());
  if (result.type !== DeploymentResultType.SUCCESSFUL_DEPLOYMENT) {
    throw new Error(`${stage.name}: ${errorDeploymentResultToExceptionMessage(result)}`);
  }
  const hashes = new Map([...journalTransactions(options.journal), ...sent]);
  const contracts = Object.fromEntries(
    Object.entries(stage.module.results).map(([name, future]) => {
      const contract = result.contracts[future.id];
      if (contract === undefined) throw new Error(`${stage.name}: Ignition does not name ${future.id}`);
      return [name, ethers.getAddress(contract.address)];
    }),
  );
  return { contracts, steps: await receipts(chain, stage.name, hashes) };
}

/** The transactions that a stage's journal holds as confirmed: step name to hash. */
export function journalTransactions(journal: string | undefined): Map<string, string> {
  const hashes = new Map<string, string>();
  const file = journal === undefined ? undefined : join(journal, "journal.jsonl");
  if (file === undefined || !existsSync(file)) return hashes;
  for (const line of wholeLines(file)) {
    if (!line.includes("TRANSACTION_CONFIRM")) continue;
    const entry = JSON.parse(line) as { type: string; futureId: string; hash: string };
    if (entry.type === "TRANSACTION_CONFIRM") hashes.set(entry.futureId, entry.hash);
  }
  return hashes;
}

async function receipts(chain: Chain, stage: string, hashes: Map<string, string>): Promise<Step[]> {
  const steps: Step[] = [];
  for (const [step, hash] of hashes) {
    const receipt = (await chain.provider.request({ method: "eth_getTransactionReceipt", params: [hash] })) as {
      gasUsed: string;
      blockNumber: string;
    } | null;
    if (receipt === null) {
      const text = `${step}: the endpoint gives no receipt of ${hash}: run the same command again, it goes on from there.`;
      throw new ChainError("no-receipt", text, { hash });
    }
    steps.push({ stage, step, hash, gasUsed: BigInt(receipt.gasUsed), blockNumber: Number(receipt.blockNumber) });
  }
  return steps;
}

/** Ignition wants a method for every one of its thirty events; one function hears them all. */
function listener(hear: (event: ExecutionEvent) => void): ExecutionEventListener {
  return new Proxy({} as ExecutionEventListener, {
    get: () => (event: ExecutionEvent) => {
      hear(event);
      return Promise.resolve();
    },
  });
}
