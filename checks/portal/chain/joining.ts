/** Nodes and contributions come. */
import { Interface } from "ethers";
import { serviceNodeContributionAbi } from "../../../src/chain/index.ts";
import type { TestNode } from "../../../test/helpers/TestNetwork.ts";
import type { Deployed } from "./driver.ts";
import type { Share, Stage } from "./stage.ts";
import { DAY } from "./stage.ts";

const CONTRIBUTION = new Interface([...serviceNodeContributionAbi]);
/** Nodes seeded in one transaction. */
const SEEDS = 20;

export async function seed(stage: Stage): Promise<void> {
  for (let left = stage.plan.seeded; left > 0; left -= SEEDS) {
    const addedTimestamp = stage.driver.time - 60 * DAY;
    const seeds = Array.from({ length: Math.min(left, SEEDS) }, () => {
      const node = stage.newNode();
      const contributors = stage.shares(8);
      stage.enter(node, contributors);
      return { blsPubkey: node.blsPubkey, ed25519Pubkey: node.ed25519Pubkey, addedTimestamp, contributors };
    });
    await stage.act(stage.owner, stage.contracts.rewards, "seedPublicKeyList", [seeds], 28_000_000);
  }
}

/** A node of one staker. */
export async function registerAlone(stage: Stage): Promise<void> {
  const shares = stage.shares(1);
  const node = stage.newNode();
  await equip(stage, shares, stage.contracts.rewards.address);
  const args = [node.blsPubkey, stage.signers.prove(node, operatorOf(shares)), params(stage, node), []];
  await stage.act(operatorOf(shares), stage.contracts.rewards, "addBLSPublicKey", args);
  stage.enter(node, shares);
}

/** A node of three to ten stakers, through a contribution contract. */
export async function registerShared(stage: Stage): Promise<void> {
  const shares = stage.shares(3 + stage.random.below(8));
  const node = stage.newNode();
  const reserved = stage.random.chance(0.3) ? shares.slice(0, 2) : [];
  const manual = stage.random.chance(0.2);
  const contract = await deployContribution(stage, shares, { node, reserved, manual });
  if (stage.random.chance(0.1)) await stage.act(operatorOf(shares), contract, "updateFee", [100]);
  await contribute(stage, contract, shares);
  if (manual) await stage.act(operatorOf(shares), contract, "finalize", []);
  stage.enter(node, shares);
}

/** A contribution contract that does not fill. */
export async function leaveOpen(stage: Stage): Promise<void> {
  const shares = stage.shares(8).slice(0, 5);
  const contract = await deployContribution(stage, shares, { node: stage.newNode(), reserved: [], manual: false });
  await contribute(stage, contract, shares);
  const paid = shares.slice(1).map(({ staker }) => staker.addr);
  stage.open.push({ contract, operator: operatorOf(shares), paid, until: stage.driver.time + DAY });
}

/** In some open contracts somebody withdraws or changes the beneficiary, or the operator ends it. */
export async function stir(stage: Stage): Promise<void> {
  for (const one of [...stage.open]) {
    if (stage.driver.next < one.until) continue;
    const dice = stage.random.next();
    const [who] = one.paid;
    if (dice < 0.15) {
      await stage.act(one.operator, one.contract, "reset", []);
      stage.open.splice(stage.open.indexOf(one), 1);
    } else if (dice < 0.4 && who !== undefined) {
      await stage.act(who, one.contract, "withdrawContribution", []);
      one.paid.shift();
    } else if (dice < 0.6 && who !== undefined) {
      await stage.act(who, one.contract, "updateBeneficiary", [stage.somebody()]);
    }
  }
}

const operatorOf = ([first]: readonly Share[]): string => first?.staker.addr as string;

/** The stakers have the tokens that they are about to stake, and let the contract take them. */
async function equip(stage: Stage, shares: readonly Share[], spender: string): Promise<void> {
  const { token } = stage.contracts;
  await stage.driver.admit(shares.map(({ staker }) => staker.addr));
  for (const { staker, stakedAmount } of shares) {
    await stage.driver.send(stage.owner, token, "transfer", [staker.addr, stakedAmount], 100_000);
    await stage.driver.send(staker.addr, token, "approve", [spender, stakedAmount], 100_000);
  }
  await stage.driver.mine();
}

/** The Ed25519 signature is a stand-in: nodes check it, not the contract. */
function params(stage: Stage, node: TestNode) {
  const fee = stage.random.below(41) * 25;
  return { serviceNodePubkey: node.ed25519Pubkey, serviceNodeSignature1: 1n, serviceNodeSignature2: 2n, fee };
}

interface Terms {
  node: TestNode;
  reserved: readonly Share[];
  manual: boolean;
}

async function deployContribution(stage: Stage, shares: readonly Share[], terms: Terms): Promise<Deployed> {
  const { node, manual } = terms;
  const operator = operatorOf(shares);
  const reserved = terms.reserved.map(({ staker, stakedAmount }) => ({ addr: staker.addr, amount: stakedAmount }));
  const args = [node.blsPubkey, stage.signers.prove(node, operator), params(stage, node), reserved, manual];
  const hash = await stage.act(operator, stage.contracts.factory, "deploy", args, 4_000_000);
  const [first] = (await stage.driver.receipt(hash)).logs;
  return { address: first?.address as string, abi: CONTRIBUTION };
}

async function contribute(stage: Stage, contract: Deployed, shares: readonly Share[]): Promise<void> {
  await equip(stage, shares, contract.address);
  for (const { staker, stakedAmount } of shares) {
    const args = [stakedAmount, staker.beneficiary];
    await stage.act(staker.addr, contract, "contributeFunds(uint256,address)", args);
  }
}
