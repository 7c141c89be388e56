import { MaxUint256 } from "ethers";
import type { TransactionResponse } from "ethers";
import { proofOfPossessionMessage } from "../../src/bls/index.ts";
import { deployFamily, REQUIREMENT, signPermit } from "../../test/helpers/family.ts";
import type { Family } from "../../test/helpers/family.ts";
import type { Connection } from "../../test/helpers/staking.ts";
import { registration, testNode } from "../../test/helpers/testNode.ts";
import type { CallLog } from "./calls.ts";
import type { TestNode } from "../../test/helpers/testNode.ts";

/** Nodes per mean: the proof of possession is hashed, and a hash takes one try or more. */
const SAMPLES = 8;
const QUARTER = REQUIREMENT / 4n;
const PAY = "contributeFunds(uint256,address)";
const NOBODY = "0x0000000000000000000000000000000000000000";

/** Gas used by whole transactions of a node that four people fund, without reservations. */
export interface FamilyFigures {
  /** A new contribution contract. */
  factoryDeploy: number;
  contributeWithPermit: number;
  /** The payment that fills the contract, registering the node. */
  contributeAndFinalize: number;
  /** The operator's call on a full contract, registering the node. */
  finalize: number;
}

/** Whether to measure with this message, which is hashed with the tag `dst`. */
type Accept = (message: Uint8Array, dst: Uint8Array) => boolean;

/** Measures on a simulated chain that it deploys the family on; `accept` chooses the proofs of possession to measure with. */
export async function measureFamily(connection: Connection, accept: Accept, log: CallLog): Promise<FamilyFigures> {
  const family = await deployFamily(connection.ethers);
  const { operator } = family;
  const message = (node: TestNode) =>
    proofOfPossessionMessage(family.tags, {
      publicKey: node.publicKey,
      operator: operator.address,
      ed25519PublicKey: node.ed25519,
    });
  const runs: FamilyFigures[] = [];
  for (let i = 2_000; runs.length < SAMPLES; i++) {
    if (!accept(message(testNode(i)), family.tags.hashToG2)) continue;
    const snapshot = await connection.networkHelpers.takeSnapshot();
    runs.push(await measureNode(connection, family, testNode(i), log));
    await snapshot.restore();
  }
  const mean = (key: keyof FamilyFigures) => Math.round(runs.reduce((sum, run) => sum + run[key], 0) / runs.length);
  return {
    factoryDeploy: mean("factoryDeploy"),
    contributeWithPermit: mean("contributeWithPermit"),
    contributeAndFinalize: mean("contributeAndFinalize"),
    finalize: mean("finalize"),
  };
}

async function measureNode(
  connection: Connection,
  family: Family,
  node: TestNode,
  log: CallLog,
): Promise<FamilyFigures> {
  const gasOf = async (operation: string, sending: Promise<TransactionResponse>): Promise<number> => {
    const sent = await sending;
    const receipt = await sent.wait();
    await log.record(operation, sent);
    return Number(receipt?.gasUsed ?? 0n);
  };
  const { ethers, networkHelpers } = connection;
  const { factory, sesh, tags, operator, alice, bob, carol } = family;
  const { key, proof, params } = registration(tags, node, operator.address);
  const args: Parameters<typeof factory.deploy.staticCall> = [key, proof, params, [], false];
  const address = await factory.connect(operator).deploy.staticCall(...args);
  const factoryDeploy = await gasOf("factoryDeploy", factory.connect(operator).deploy(...args));
  const contribution = await ethers.getContractAt("ServiceNodeContribution", address);
  for (const account of [operator, alice, carol]) await sesh.connect(account).approve(address, MaxUint256);

  await contribution.connect(operator)[PAY](QUARTER, NOBODY);
  await contribution.connect(alice)[PAY](QUARTER, NOBODY);
  const permit = { spender: address, value: QUARTER, deadline: MaxUint256 };
  const { v, r, s } = await signPermit(bob, sesh, permit);
  const seen = await contribution.paramsHash();
  const contributeWithPermit = await gasOf(
    "contributeWithPermit",
    contribution.connect(bob).contributeFundsWithPermit(QUARTER, NOBODY, seen, permit.deadline, v, r, s),
  );

  const fill = () => contribution.connect(carol)[PAY](QUARTER, NOBODY);
  const again = await networkHelpers.takeSnapshot();
  const contributeAndFinalize = await gasOf("contributeAndFinalize", fill());
  await again.restore();

  await contribution.connect(operator).updateManualFinalize(true);
  await fill();
  const finalize = await gasOf("finalize", contribution.connect(operator).finalize());
  return { factoryDeploy, contributeWithPermit, contributeAndFinalize, finalize };
}
