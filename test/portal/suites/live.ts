import { expect } from "chai";
import * as api from "../../../src/portal/api/index.ts";
import { SESH_UNIT } from "../../helpers/staking.ts";
import type { Client } from "./client.ts";

export function liveSuite(c: () => Client): void {
  describe("what everybody reads", function () {
    it("/info: the network, from contract and index", async function () {
      const { network, t } = await c().ask("/info", api.infoReply);
      const { rewards, provider } = c().world.chain;
      const block = await provider.getBlock("latest");
      expect(network).to.deep.include({
        node_count: Number(await rewards.totalNodes()),
        // All but the one whose exit was requested a moment ago are active, and that one until it unlocks.
        active_node_count: 6,
        block_hash: block?.hash?.slice(2),
        block_height: block?.number,
        block_timestamp: block?.timestamp,
        max_stakers: 10,
        staking_requirement: Number(c().world.chain.system.requirement),
        min_operator_contribution: Number(c().world.chain.system.requirement / 4n),
        nettype: "devnet",
        version: "0.0.0",
      });
      expect(Math.abs(t - Date.now() / 1_000)).to.be.below(60);
    });

    it("/nodes and /nodes/bls: the nodes of the contract", async function () {
      const nodes = await c().ask("/nodes", api.nodesReply);
      const { ids, pubkeys } = await c().world.chain.rewards.allServiceNodeIDs();
      const expected = Object.fromEntries(
        ids.map((id, i) => [
          [pubkeys[i]?.X, pubkeys[i]?.Y].map((half) => half?.toString(16).padStart(64, "0")).join(""),
          Number(id),
        ]),
      );
      expect(nodes.added_bls_keys).to.deep.equal(expected);
      expect((await c().ask("/nodes/bls", api.blsKeysReply)).bls_keys).to.deep.equal(expected);
      expect(nodes.stakes.map(({ contract_id }) => contract_id)).to.have.members([...ids].map(Number));
      const shared = nodes.stakes.find(({ contract_id }) => contract_id === 7);
      const { requirement, bob, stranger } = c().world.chain.system;
      expect(shared?.contributors[1]).to.deep.equal({
        address: bob.address,
        beneficiary: stranger.address,
        amount: Number(requirement / 4n),
      });
      expect(shared).to.deep.include({ operator_address: c().alice, operator_fee: 500, active: true, exit_type: null });
      expect(shared?.events.map(({ name }) => name)).to.deep.equal(["NewServiceNodeV2"]);
      expect(nodes.stakes.find(({ contract_id }) => contract_id === 3)?.requested_unlock_height).to.be.above(0);
      // They are somebody's: /stakes has them.
      expect(nodes.vesting).to.deep.equal([]);
    });

    it("/stakes: what an address has a share in, what left included, and what its vesting contract has", async function () {
      const operator = c().world.chain.system.operator.address;
      const { stakes } = await c().ask(`/stakes/${operator}`, api.nodesReply);
      const left = stakes.filter(({ exit_type }) => exit_type !== null);
      expect(left.map(({ contract_id, exit_type, active }) => [contract_id, exit_type, active])).to.deep.equal([
        [1, "exit", false],
        [2, "deregister", false],
      ]);
      expect(left[0]?.events.map(({ name }) => name)).to.deep.equal([
        "NewSeededServiceNode",
        "ServiceNodeExitRequest",
        "ServiceNodeExit",
      ]);
      expect(left[1]?.events.map(({ name }) => name)).to.deep.equal([
        "NewSeededServiceNode",
        "ServiceNodeLiquidated",
        "ServiceNodeExit",
      ]);

      const mine = await c().ask(`/stakes/${c().carol.toLowerCase()}`, api.nodesReply);
      expect(mine.stakes.map(({ contract_id }) => contract_id)).to.deep.equal([7, 8]);
      expect(mine.vesting[0]).to.deep.include({
        address: c().world.vesting,
        beneficiary: c().carol,
        initial_beneficiary: c().carol,
        transferable_beneficiary: true,
      });
      expect(mine.contracts.map(({ address }) => address)).to.deep.equal([c().world.contribution]);
      expect((await c().ask(`/stakes/0x${"00".repeat(19)}01`, api.nodesReply)).stakes).to.deep.equal([]);
    });

    it("/contract/contribution: contributors, reservations and every event", async function () {
      const { contracts } = await c().ask("/contract/contribution", api.contributionsReply);
      const { requirement, bob, stranger } = c().world.chain.system;
      const [one] = contracts;
      expect(one).to.deep.include({
        address: c().world.contribution,
        operator_address: c().alice,
        status: 1,
        fee: 250,
        manual_finalize: true,
      });
      expect(one?.contributors).to.deep.equal([
        {
          address: c().alice,
          beneficiary_address: null,
          amount: Number(requirement / 4n),
          reserved: Number(requirement / 4n),
        },
        { address: bob.address, beneficiary_address: stranger.address, amount: Number(requirement / 8n), reserved: 0 },
        { address: c().carol, beneficiary_address: null, amount: 0, reserved: Number(requirement / 4n) },
      ]);
      expect(one?.events.map(({ name }) => name)).to.include.members([
        "NewServiceNodeContributionContract",
        "NewContribution",
        "UpdateStakerBeneficiary",
      ]);
      expect(one?.events.find(({ name }) => name === "NewContribution")?.main_arg).to.equal(c().world.contribution);
      expect(
        (await c().ask(`/contract/contribution/${one?.service_node_pubkey}`, api.contributionReply)).contract,
      ).to.deep.equal(one);
      expect((await c().ask(`/contract/contribution/${"ab".repeat(32)}`, api.contributionReply)).contract).to.equal(
        null,
      );
    });

    it("/rewards and /daily-rewards: by the network's word and the contract's record", async function () {
      const { rewards } = await c().ask(`/rewards/${c().alice}`, api.rewardsReply);
      const { requirement, operator } = c().world.chain.system;
      expect(rewards).to.deep.equal({
        // The nodes say 777, the contract paid 600.
        amount: Number(177n * SESH_UNIT),
        lifetime_rewards: Number(777n * SESH_UNIT),
        claimed_rewards: Number(600n * SESH_UNIT),
        claimed_stakes: 0,
        lifetime_locked_stakes: Number(requirement / 2n),
        lifetime_unlocked_stakes: 0,
        lifetime_liquidated_stakes: 0,
        locked_stakes: Number(requirement / 2n),
        timelocked_stakes: 0,
      });
      const penalty = requirement - (c().running.portal.follower.state.nodes.get(2)?.exit?.returned ?? 0n);
      const ofOperator = (await c().ask(`/rewards/${operator.address}`, api.rewardsReply)).rewards;
      expect(ofOperator).to.deep.include({
        lifetime_locked_stakes: Number(6n * requirement),
        lifetime_unlocked_stakes: Number(2n * requirement),
        lifetime_liquidated_stakes: Number(penalty),
        locked_stakes: Number(4n * requirement),
      });
      const daily = (await c().ask(`/daily-rewards/${c().alice}`, api.dailyRewardsReply)).rewards;
      expect(daily.map(({ lifetime_rewards }) => lifetime_rewards)).to.deep.equal([500, 777].map((sesh) => sesh * 1e9));
      const days = await c().ask(`/app/history/${c().alice}`, api.addressHistory);
      expect(days.map(({ earned, claimed }) => [earned, claimed])).to.deep.equal([
        [500e9, 200e9],
        [277e9, 400e9],
      ]);
    });

    it("/daily-rewards: a figure a day for everybody who earns, asked or not", async function () {
      const { chain } = c().world;
      const { operator } = chain.system;
      chain.chaos.amountOf = (recipient) =>
        (recipient.toLowerCase() === c().alice.toLowerCase() ? 778n : 5n) * SESH_UNIT;
      await chain.connection.networkHelpers.time.increase(86_400);
      await chain.connection.networkHelpers.mine();
      await c().running.caughtUp();
      const last = async (address: string) =>
        (await c().ask(`/daily-rewards/${address}`, api.dailyRewardsReply)).rewards.at(-1);
      const dayOf = (timestamp = 0) => Math.floor(timestamp / 86_400);
      const today = dayOf((await chain.provider.getBlock("latest"))?.timestamp);
      for (const [address, sesh] of [
        [c().alice, 778],
        [operator.address, 5],
      ] as const) {
        // The service may have asked between the new figure and the new day: yesterday's bears it too then.
        for (let i = 0; dayOf((await last(address))?.timestamp) !== today && i < 200; i++)
          await new Promise((resolve) => setTimeout(resolve, 50));
        const figure = await last(address);
        expect([figure?.lifetime_rewards, dayOf(figure?.timestamp)], address).to.deep.equal([sesh * 1e9, today]);
      }
      chain.chaos.amountOf = (recipient) =>
        recipient.toLowerCase() === c().alice.toLowerCase() ? 779n * SESH_UNIT : 0n;
    });
  });
}
