/** The contracts on Hardhat's node with six nodes that sign, a person with money, a factory and a contribution contract. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Contract, Interface, Wallet } from "ethers";
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
import type { ChaosSystem } from "../../test/helpers/chaosSystem.ts";
import { RECIPIENT_KEY, startChaosSystem } from "../../test/helpers/chaosSystem.ts";
import { behindProxy } from "../../test/helpers/family.ts";
import { SESH_UNIT } from "../../test/helpers/staking.ts";
import { testNode } from "../../test/helpers/TestNetwork.ts";

export interface World {
  system: ChaosSystem;
  /** Account that sends. */
  account: string;
  key: string;
  /** Operator of the seeded nodes. */
  operator: string;
  factory: string;
  /** A contribution contract of somebody else's node, open for contributions. */
  contribution: string;
  /** File with the nodes' addresses. */
  nodes: string;
  /** File with what a new node gives its operator. */
  registration: string;
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
  const contribution = await openContribution(system, factory, operator.address);
  const nodes = join(root, "nodes.json");
  await writeFile(nodes, JSON.stringify(system.nodes.map(({ url, hex }) => ({ url, blsPubkey: hex }))));
  const registration = join(root, "node.json");
  await writeFile(registration, JSON.stringify(registrationOf(system, 70, system.recipient.address)));
  // Nothing that a case reads is younger than a replica in arrears.
  for (let i = 0; i < 4; i++) await system.provider.send("evm_mine", []);
  return {
    system,
    account: system.recipient.address,
    key: RECIPIENT_KEY,
    operator: system.system.operator.address,
    factory,
    contribution,
    nodes,
    registration,
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

function registrationOf(system: ChaosSystem, index: number, operator: string): object {
  const node = { ...testNode(index), ed25519Pubkey: BigInt(`0x${identityOf(index)}`) };
  const proof = system.system.network.proofOfPossession(node, operator);
  return {
    address: operator.slice(2).toLowerCase(),
    bls_pubkey: publicKeyToHex(node.publicKey).slice(2),
    proof_of_possession: signatureToHex(signatureFromParams(proof)).slice(2),
    service_node_pubkey: identityOf(index),
    service_node_signature: hexFromBytes(signRegistration(seedOf(index), node.publicKey)).slice(2),
  };
}

async function openContribution(system: ChaosSystem, factory: string, operator: string): Promise<string> {
  const { ethers } = system.connection;
  const signer = await ethers.getSigner(operator);
  const node = { ...testNode(71), ed25519Pubkey: BigInt(`0x${identityOf(71)}`) };
  const [high, low] = ed25519SignatureToParams(signRegistration(seedOf(71), node.publicKey));
  const params = {
    serviceNodePubkey: node.ed25519Pubkey,
    serviceNodeSignature1: high,
    serviceNodeSignature2: low,
    fee: 500,
  };
  const proof = system.system.network.proofOfPossession(node, operator);
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
  await system.system.token.connect(signer).approve(address, minimum);
  await contract.getFunction("contributeFunds")(minimum, operator);
  return address;
}

/** The number of transactions that an account has sent. */
export function sentBy(world: World): Promise<number> {
  return world.system.provider.getTransactionCount(new Wallet(world.key).address);
}
