import { MaxUint256, ZeroAddress } from "ethers";
import type { TransactionResponse } from "ethers";
import { behindProxy } from "../../test/helpers/family.ts";
import { contributor, deploySystem, nodeParams, register, update } from "../../test/helpers/staking.ts";
import type { Connection, System } from "../../test/helpers/staking.ts";
import { testNode } from "../../test/helpers/TestNetwork.ts";
import { CallLog } from "./calls.ts";
import type { ServiceNodeContribution, ServiceNodeContributionFactory } from "../../types/ethers-contracts/index.js";

/** As live was measured: 100 seeded nodes. */
const SEEDS = 100;
const SESH = 10n ** 9n;
const DAY = 86_400;
const PAY = "contributeFunds(uint256,address)";
/** The measured payments by their number. */
const PAYMENTS: Record<number, string> = {
  0: "contributeFundsOperator",
  1: "contributeFundsSecond",
  8: "contributeFundsNinth",
};

/** Gas used by whole transactions that need no network signature, each from fresh state access. */
export type PlainFigures = Record<(typeof PLAIN)[number], number>;

/** In the order of the report. */
export const PLAIN = [
  "claimRewardsFirst",
  "claimRewards",
  "claimRewardsAmount",
  "initiateExit",
  "seedTenContributors",
  "contributeFundsOperator",
  "contributeFundsSecond",
  "contributeFundsNinth",
  "topUp",
  "withdrawSecondOfNine",
  "resetOfNine",
  "updateFee",
  "updateManualFinalize",
  "updateBeneficiary",
  "updateReservedContributors",
  "rescueERC20",
  "vestingContributeFunds",
  "noStakingRevoke",
  "payoutReleased",
  "setBeneficiary",
  "setBLSNonSignerThresholdMax",
  "setClaimCycle",
] as const;

type Sent = Promise<TransactionResponse>;

/**
 * Measures on a fresh simulated chain, under the conditions in which the live contracts were measured: rewards, pool and factory behind
 * transparent proxies, SESH unproxied, allowances at the maximum, everybody holding SESH unless said.
 */
export async function measurePlain(connection: Connection, log = new CallLog()): Promise<PlainFigures> {
  const system = await deploySystem(connection, { seeds: SEEDS });
  const factory = await behindProxy(
    connection.ethers,
    await connection.ethers.deployContract("ServiceNodeContributionFactory"),
    system.owner,
    [await system.rewards.getAddress()],
  );
  const meter = new Meter(connection, system, factory, log);
  return {
    ...(await meter.rewards()),
    ...(await meter.contribution()),
    ...(await meter.others()),
  };
}

class Meter {
  readonly #connection: Connection;
  readonly #system: System;
  readonly #factory: ServiceNodeContributionFactory;
  readonly #log: CallLog;

  constructor(connection: Connection, system: System, factory: ServiceNodeContributionFactory, log: CallLog) {
    this.#connection = connection;
    this.#system = system;
    this.#factory = factory;
    this.#log = log;
  }

  /** Gas of one transaction, undone afterwards. */
  async #gas(operation: string, send: () => Sent): Promise<number> {
    const { time, takeSnapshot } = this.#connection.networkHelpers;
    const snapshot = await takeSnapshot();
    // a minute after the last block: a time that is stored is never the one that is there already
    await time.setNextBlockTimestamp((await time.latest()) + 60);
    const sent = await send();
    const receipt = await sent.wait();
    await this.#log.record(operation, sent);
    await snapshot.restore();
    return Number(receipt?.gasUsed ?? 0n);
  }

  async #from<T>(prepare: () => Promise<T>, measure: (state: T) => Promise<number>): Promise<number> {
    const snapshot = await this.#connection.networkHelpers.takeSnapshot();
    const result = await measure(await prepare());
    await snapshot.restore();
    return result;
  }

  async rewards() {
    const { rewards, alice, bob } = this.#system;
    const newcomer = (await this.#connection.ethers.getSigners())[7] as typeof alice;
    const total = 2_000n * SESH;
    // nothing was claimed in an earlier cycle, and nobody claimed in this one
    const claimRewardsFirst = await this.#from(
      async () => {
        await rewards.connect(bob)["claimRewards()"]();
        await update(this.#system, newcomer.address, total);
        await this.#connection.networkHelpers.time.increase(DAY);
      },
      () => this.#gas("claimRewardsFirst", () => rewards.connect(newcomer)["claimRewards()"]()),
    );
    // has claimed before in the same cycle, and holds SESH; 1,000 SESH are left
    const claimed = () => this.#claimed(alice, total);
    const claimRewards = await this.#from(claimed, () =>
      this.#gas("claimRewards", () => rewards.connect(alice)["claimRewards()"]()),
    );
    const claimRewardsAmount = await this.#from(claimed, () =>
      this.#gas("claimRewardsAmount", () => rewards.connect(alice)["claimRewards(uint256)"](10n * SESH)),
    );
    const initiateExit = await this.#from(
      () => register(this.#system, testNode(500), alice),
      () => this.#gas("initiateExit", () => rewards.connect(alice).initiateExitBLSPublicKey(SEEDS + 1)),
    );
    return { claimRewardsFirst, claimRewards, claimRewardsAmount, initiateExit };
  }

  /** Raises to `total`, of which half is claimed. */
  async #claimed(recipient: System["alice"], total: bigint): Promise<void> {
    await update(this.#system, recipient.address, total);
    await this.#system.rewards.connect(recipient)["claimRewards(uint256)"](total / 2n);
  }

  /** A contribution contract of the operator's without reservations and with manual finalisation, for the node of this number. */
  async #deployContribution(number: number): Promise<string> {
    const { operator, network } = this.#system;
    const node = testNode(number);
    const proof = network.proofOfPossession(node, operator.address);
    const args: Parameters<ServiceNodeContributionFactory["deploy"]["staticCall"]> = [
      node.blsPubkey,
      proof,
      nodeParams(node, 500),
      [],
      true,
    ];
    const address = await this.#factory.connect(operator).deploy.staticCall(...args);
    await this.#factory.connect(operator).deploy(...args);
    return address;
  }

  /** A contract without reservations and with manual finalisation: the operator pays a quarter, the second a quarter, others the minimum. */
  async contribution() {
    const { ethers, networkHelpers } = this.#connection;
    const { token, operator, owner, alice } = this.#system;
    const others = (await ethers.getSigners()).slice(8, 18);
    const address = await this.#deployContribution(501);
    const contribution: ServiceNodeContribution = await ethers.getContractAt("ServiceNodeContribution", address);
    const people = [operator, ...others];
    for (const person of people) {
      await token.connect(owner).transfer(person.address, 100_000n * SESH);
      await token.connect(person).approve(address, MaxUint256);
    }
    const byOperator = contribution.connect(operator);

    const updateFee = await this.#gas("updateFee", () => byOperator.updateFee(77));
    const updateManualFinalize = await this.#gas("updateManualFinalize", () => byOperator.updateManualFinalize(false));
    const reserved = [
      { addr: operator.address, amount: 6_250n * SESH },
      { addr: alice.address, amount: 3_000n * SESH },
    ];
    const updateReservedContributors = await this.#gas("updateReservedContributors", () =>
      byOperator.updateReservedContributors(reserved),
    );
    const rescueERC20 = await this.#from(
      () => token.connect(owner).transfer(address, 5n),
      () => this.#gas("rescueERC20", () => byOperator.rescueERC20(token)),
    );

    const payments: number[] = [];
    for (const [index, person] of people.slice(0, 9).entries()) {
      const amount = index < 2 ? 6_250n * SESH : await contribution.minimumContribution();
      payments.push(
        await this.#gas(PAYMENTS[index] ?? "contributeFunds", () =>
          contribution.connect(person)[PAY](amount, ZeroAddress),
        ),
      );
      await contribution.connect(person)[PAY](amount, ZeroAddress);
    }
    const second = contribution.connect(people[1] as typeof alice);
    const topUp = await this.#gas("topUp", () => second[PAY](1n, ZeroAddress));
    const updateBeneficiary = await this.#gas("updateBeneficiary", () => second.updateBeneficiary(alice.address));
    await networkHelpers.time.increase(DAY);
    const withdrawSecondOfNine = await this.#gas("withdrawSecondOfNine", () => second.withdrawContribution());
    const resetOfNine = await this.#gas("resetOfNine", () => byOperator.reset());
    return {
      contributeFundsOperator: payments[0] as number,
      contributeFundsSecond: payments[1] as number,
      contributeFundsNinth: payments[8] as number,
      topUp,
      withdrawSecondOfNine,
      resetOfNine,
      updateFee,
      updateManualFinalize,
      updateBeneficiary,
      updateReservedContributors,
      rescueERC20,
    };
  }

  async others() {
    const { ethers, networkHelpers } = this.#connection;
    const { rewards, pool, token, owner, operator, alice, bob } = this.#system;
    const now = await networkHelpers.time.latest();
    const [start, end] = [now + 1_000, now + 1_000 + 400 * DAY];

    const noStaking = await ethers.deployContract("TokenVestingNoStaking", [alice, bob, start, end, true]);
    await token.connect(owner).transfer(noStaking, 1_000n * SESH);
    const vesting = await ethers.deployContract("TokenVestingStaking", [
      alice,
      bob,
      start,
      end,
      true,
      rewards,
      this.#factory,
      token,
    ]);
    await token.connect(owner).transfer(vesting, 50_000n * SESH);
    await networkHelpers.time.increaseTo(start + 100 * DAY);
    const noStakingRevoke = await this.#gas("noStakingRevoke", () => noStaking.connect(bob).revoke(token));

    const address = await this.#deployContribution(502);
    await token.connect(owner).transfer(operator.address, 100_000n * SESH);
    await token.connect(operator).approve(address, MaxUint256);
    const contribution = await ethers.getContractAt("ServiceNodeContribution", address);
    await contribution.connect(operator)[PAY](6_250n * SESH, ZeroAddress);
    const vestingContributeFunds = await this.#gas("vestingContributeFunds", () =>
      vesting.connect(alice)["contributeFunds(address,uint256,address)"](address, 6_250n * SESH, bob.address),
    );

    await token.connect(owner).transfer(pool, 1_000_000n * SESH);
    const payoutReleased = await this.#gas("payoutReleased", () => pool.payoutReleased());
    const setBeneficiary = await this.#gas("setBeneficiary", () => pool.setBeneficiary(bob.address));
    const setBLSNonSignerThresholdMax = await this.#gas("setBLSNonSignerThresholdMax", () =>
      rewards.setBLSNonSignerThresholdMax(3_000),
    );
    const setClaimCycle = await this.#from(
      () => this.#claimed(alice, 2_000n * SESH),
      () => this.#gas("setClaimCycle", () => rewards.setClaimCycle(DAY)),
    );
    return {
      noStakingRevoke,
      vestingContributeFunds,
      payoutReleased,
      setBeneficiary,
      setBLSNonSignerThresholdMax,
      setClaimCycle,
      seedTenContributors: await this.#seeding(),
    };
  }

  /** A node of ten contributors more in one call, on a system that has not started. */
  async #seeding(): Promise<number> {
    const system = await deploySystem(this.#connection, { seeds: 10, started: false });
    const seed = (index: number) => ({
      blsPubkey: testNode(index).blsPubkey,
      ed25519Pubkey: testNode(index).ed25519Pubkey,
      addedTimestamp: 1n,
      contributors: Array.from({ length: 10 }, (_, i) =>
        contributor(`0x${(i + 1).toString(16).padStart(40, "0")}`, system.requirement / 10n),
      ),
    });
    const one = await this.#gas("seedTenContributors", () => system.rewards.seedPublicKeyList([seed(600)]));
    const two = await this.#gas("seedTenContributors, two", () =>
      system.rewards.seedPublicKeyList([seed(600), seed(601)]),
    );
    return two - one;
  }
}
