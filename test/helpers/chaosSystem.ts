import { expect } from "chai";
import hre, { network } from "hardhat";
import type { JsonRpcProvider } from "ethers";
import { Wallet } from "ethers";
import type { SecretKey } from "../../src/bls/index.ts";
import { isInSubgroup, signatureFromParams } from "../../src/bls/index.ts";
import type { NodeSet, RewardsContract } from "../../src/chain/index.ts";
import { connect, getRewards, readNodeSet } from "../../src/chain/index.ts";
import type { Collected } from "../../src/collect/index.ts";
import { submit } from "../../src/collect/index.ts";
import type { ChaosNetwork } from "./chaosNode.ts";
import { ChaosNode } from "./chaosNode.ts";
import type { Connection, System, SystemOptions } from "./staking.ts";
import { deploySystem } from "./staking.ts";

/** Key of a person's account on Hardhat's chain: worthless anywhere else. */
export const RECIPIENT_KEY = `0x${"5e".repeat(32)}`;

/** The contracts on Hardhat's own JSON-RPC server over real HTTP, and one node behind HTTP for each registered one. */
export interface ChaosSystem {
  url: string;
  provider: JsonRpcProvider;
  system: System;
  connection: Connection;
  rewards: RewardsContract;
  contract: string;
  recipient: Wallet;
  nodes: ChaosNode[];
  /** What the nodes say; change it at will. */
  chaos: ChaosNetwork;
  stop(): Promise<void>;
}

export async function startChaosSystem(options: SystemOptions & { seeds: number }): Promise<ChaosSystem> {
  const server = await hre.network.createServer("hardhat", "127.0.0.1", 0);
  const { port } = await server.listen();
  const url = `http://127.0.0.1:${port}`;
  const http = await network.create({ network: "localhost", override: { url } });
  const connection = http as unknown as Connection;
  const system = await deploySystem(connection, options);
  const contract = await system.rewards.getAddress();
  const { provider } = await connect(url, 31_337n);
  provider.pollingInterval = 20;
  const recipient = new Wallet(RECIPIENT_KEY, provider);
  await connection.networkHelpers.setBalance(recipient.address, 10n ** 18n);

  const chaos: ChaosNetwork = { tags: system.network.tags, height: 10, amountOf: () => 0n };
  const nodes = system.nodes.map((node) => new ChaosNode(chaos, node.secretKey as SecretKey));
  await Promise.all(nodes.map((node) => node.start()));
  return {
    url,
    provider,
    system,
    connection,
    rewards: getRewards(contract, provider),
    contract,
    recipient,
    nodes,
    chaos,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
      provider.destroy();
      await http.close();
      await server.close();
    },
  };
}

/** Sends what was collected: the contract itself is the judge. The recipient's record is `lifetime` then, atomic SESH. */
export async function expectAccepted(chain: ChaosSystem, collected: Collected, lifetime: bigint): Promise<void> {
  const { provider, recipient: signer, rewards } = chain;
  const readSet = (previous?: NodeSet) => readNodeSet(rewards, previous ? { previous } : {});
  const { record } = await submit(collected, { provider, signer, broadcast: true, readSet });
  expect(record.status).to.equal("included");
  expect((await chain.system.rewards.recipients(signer.address)).rewards).to.equal(lifetime);
  expect(isInSubgroup(signatureFromParams(collected.signature))).to.equal(true);
}
