/** The contracts on Hardhat's node with six nodes that sign, a person with money, a factory and a contribution contract. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Contract, Interface } from "ethers";
import { ed25519 } from "@noble/curves/ed25519.js";
import {
  ed25519SignatureToParams,
  hexFromBytes,
  publicKeyToHex,
  signatureFromParams,
  signatureToHex,
  signRegistration,
} from "../../src/bls/index.ts";
import { serviceNodeContributionFactoryAbi } from "../../src/chain/index.ts";
import { devWallet } from "../../devnet/chain.ts";
import type { ChaosSystem } from "../../test/helpers/chaosSystem.ts";
import { RECIPIENT_KEY, startChaosSystem } from "../../test/helpers/chaosSystem.ts";
import { behindProxy } from "../../test/helpers/family.ts";
import type { Connection, System } from "../../test/helpers/staking.ts";
import { SESH_UNIT } from "../../test/helpers/staking.ts";
import { testNode } from "../../test/helpers/TestNetwork.ts";

export interface World {
  system: ChaosSystem;
  /** Account that sends. */
  account: string;
  key: string;
  /** Operator of the seeded nodes. */
  operator: string;
  operatorKey: string;
  factory: string;
  /** A contribution contract of somebody else's node, open for contributions. */
  contribution: string;
  /** File with the nodes' addresses. */
  nodes: string;
  /** File with what a new node gives its operator. */
  registration: string;
  /** File with addresses whose rewards are to be recorded. */
  people: string;
  /** A directory of its own for each use. */
  directory(): Promise<string>;
  stop(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const system = await startChaosSystem({ seeds: 6 });
  const root = await mkdtemp(join(tmpdir(), "faults-"));
  const { ethers } = system.connection;
  const operator = system.system.alice;
  await system.system.token.transfer(system.recipient.address, 60_000n * SESH_UNIT);
  system.chaos.amountOf = () => 1_234_567_890_123n;

  const implementation = await ethers.deployContract("ServiceNodeContributionFactory");
  const factory = await (
    await behindProxy(ethers, implementation, system.system.owner, [system.contract])
  ).getAddress();
  const contribution = await openContribution(system.system, system.connection, factory, operator.address);
  const nodes = join(root, "nodes.json");
  await writeFile(nodes, JSON.stringify(system.nodes.map(({ url, hex }) => ({ url, blsPubkey: hex }))));
  const people = join(root, "people.txt");
  await writeFile(people, [3, 4, 5].map((digit) => `0x${String(digit).repeat(40)}`).join("\n"));
  const departing = system.system.nodes[2];
  if (departing === undefined) throw new Error("the world has no third node");
  const { ed25519Pubkey } = departing;
  system.chaos.departed = [{ blsPubkey: publicKeyToHex(departing.publicKey), ed25519Pubkey, since: 1_700_000_000 }];
  const registration = join(root, "node.json");
  await writeFile(registration, JSON.stringify(registrationOf(system.system, 70, system.recipient.address)));
  // Nothing that a case reads is younger than a replica in arrears.
  for (let i = 0; i < 4; i++) await system.provider.send("evm_mine", []);
  return {
    system,
    account: system.recipient.address,
    key: RECIPIENT_KEY,
    operator: system.system.operator.address,
    operatorKey: devWallet(1).privateKey,
    factory,
    contribution,
    nodes,
    registration,
    people,
    directory: () => mkdtemp(join(root, "state-")),
    async stop() {
      await system.stop();
      await rm(root, { recursive: true });
    },
  };
}

/** Seed of a new node's Ed25519 key, and its public half. */
const seedOf = (index: number): Uint8Array => new Uint8Array(32).fill(index);
const identityOf = (index: number): string => hexFromBytes(ed25519.getPublicKey(seedOf(index))).slice(2);

/** What the node of a number gives its operator. */
export function registrationOf(system: System, index: number, operator: string): object {
  const node = { ...testNode(index), ed25519Pubkey: BigInt(`0x${identityOf(index)}`) };
  const proof = system.network.proofOfPossession(node, operator);
  return {
    address: operator.slice(2).toLowerCase(),
    bls_pubkey: publicKeyToHex(node.publicKey).slice(2),
    proof_of_possession: signatureToHex(signatureFromParams(proof)).slice(2),
    service_node_pubkey: identityOf(index),
    service_node_signature: hexFromBytes(signRegistration(seedOf(index), node.publicKey)).slice(2),
  };
}

/** A contribution contract of a factory, with the operator's own part paid in. */
export async function openContribution(
  system: System,
  { ethers }: Connection,
  factory: string,
  operator: string,
  index = 71,
): Promise<string> {
  const signer = await ethers.getSigner(operator);
  const node = { ...testNode(index), ed25519Pubkey: BigInt(`0x${identityOf(index)}`) };
  const [high, low] = ed25519SignatureToParams(signRegistration(seedOf(index), node.publicKey));
  const params = {
    serviceNodePubkey: node.ed25519Pubkey,
    serviceNodeSignature1: high,
    serviceNodeSignature2: low,
    fee: 500,
  };
  const proof = system.network.proofOfPossession(node, operator);
  const abi = [...serviceNodeContributionFactoryAbi];
  const deploy = new Contract(factory, abi, signer).getFunction("deploy");
  const receipt = await (await deploy.send(node.blsPubkey, proof, params, [], true)).wait();
  const event = receipt?.logs
    .map((log) => new Interface(abi).parseLog(log))
    .find((parsed) => parsed?.name === "NewServiceNodeContributionContract");
  const address = event?.args[0] as string;
  const contract = new Contract(
    address,
    [
      "function minimumContribution() view returns (uint256)",
      "function contributeFunds(uint256 amount, address beneficiary)",
    ],
    signer,
  );
  const minimum = (await contract.getFunction("minimumContribution")()) as bigint;
  await system.token.connect(signer).approve(address, minimum);
  await contract.getFunction("contributeFunds")(minimum, operator);
  return address;
}

/** The number of transactions that the accounts with a key have sent. */
export async function sentBy({ account, operator, system }: World): Promise<number> {
  const counts = await Promise.all([account, operator].map((who) => system.provider.getTransactionCount(who)));
  return counts.reduce((sum, count) => sum + count, 0);
}
