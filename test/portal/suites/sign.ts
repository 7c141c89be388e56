import { expect } from "chai";
import type { z } from "zod";
import {
  publicKeyFromHex,
  rewardMessage,
  exitMessage,
  signatureFromHex,
  verify,
  hexFromBytes,
} from "../../../src/bls/index.ts";
import { readNodeSet } from "../../../src/chain/index.ts";
import * as api from "../../../src/portal/api/index.ts";
import type { ChaosNode } from "../../helpers/chaosNode.ts";
import { SESH_UNIT } from "../../helpers/staking.ts";
import type { Client } from "./client.ts";
import { strict } from "./client.ts";

export function signSuite(c: () => Client): void {
  describe("what the network signs", function () {
    it("POST /rewards: a signature that the contract takes", async function () {
      const reply = await fetch(`${c().running.url}/rewards/${c().alice}`, { method: "POST" });
      expect(reply.status).to.equal(200);
      const { rewards } = strict(api.rewardsSignatureReply).parse(await reply.json()) as z.infer<
        typeof api.rewardsSignatureReply
      >;
      const { tags } = c().world.chain.system.network;
      const message = rewardMessage(tags, { recipient: c().alice, amount: BigInt(rewards.amount) });
      expect(rewards.msg_to_sign).to.equal(hexFromBytes(message).slice(2));
      expect(rewards.amount).to.equal(Number(779n * SESH_UNIT));
      expect(
        verify(publicKeyFromHex(rewards.aggregate_pubkey), message, signatureFromHex(rewards.signature), tags.hashToG2),
      ).to.equal(true);
      // Nodes 7 and 8 run nowhere.
      expect(rewards.non_signer_indices).to.deep.equal([7, 8]);
    });

    it("/exit, /liquidation, /exit_liquidation_list", async function () {
      const { result } = await c().ask(`/exit/${c().keyOf(3)}`, api.exitReply);
      const { tags } = c().world.chain.system.network;
      const message = exitMessage(tags, {
        publicKey: publicKeyFromHex(result.bls_pubkey),
        timestamp: result.timestamp,
      });
      expect(result.msg_to_sign).to.equal(hexFromBytes(message).slice(2));
      const set = await readNodeSet(c().world.chain.rewards);
      expect(result.non_signer_indices.every((id) => set.nodes.some((node) => Number(node.id) === id))).to.equal(true);
      await c().ask(`/liquidation/${c().keyOf(4)}`, api.exitReply);
      await c().ask(`/exit/${"ab".repeat(32)}`, api.errorReply, 404);
      await c().ask(`/exit/${c().keyOf(1)}`, api.errorReply, 404);

      // By the rules, as these nodes tell no list: unlocked half a minute after its request.
      await c().world.chain.connection.networkHelpers.time.increase(60);
      await c().running.caughtUp();
      const { result: list } = await c().ask("/exit_liquidation_list", api.departingReply);
      expect(list.map(({ service_node_pubkey, type }) => [service_node_pubkey, type])).to.deep.equal([
        [c().keyOf(3), "exit"],
      ]);
      expect((await c().ask("/info", api.infoReply)).network.active_node_count).to.equal(5);
    });

    it("collects once for all who ask at once, and tells each how it goes", async function () {
      const before = c().toSign();
      c().world.chain.chaos.amountOf = () => 888n * SESH_UNIT;
      const slow = c().world.chain.nodes[0] as ChaosNode;
      slow.delayMs = 300;
      const bob = c().world.chain.system.bob.address;
      const all = await Promise.all(Array.from({ length: 5 }, () => c().stream(`/app/collect/rewards/${bob}`)));
      slow.delayMs = 0;
      for (const events of all) {
        expect(events.at(-1)?.event).to.equal("result");
        expect(strict(api.rewardsResult).safeParse(events.at(-1)?.data).error?.issues ?? []).to.deep.equal([]);
        expect(events[0]?.event).to.equal("progress");
        expect(strict(api.collectProgress).safeParse(events[0]?.data).error?.issues ?? []).to.deep.equal([]);
      }
      // Each node was asked once.
      const again = c().toSign();
      expect(again - before).to.be.within(1, c().world.chain.nodes.length);
      expect((await c().stream(`/app/collect/rewards/${bob}`)).map(({ event }) => event)).to.deep.equal(["result"]);
      expect(c().toSign()).to.equal(again);
    });

    it("refuses politely when too many are under way, and when too few sign", async function () {
      const slow = c().world.chain.nodes[1] as ChaosNode;
      slow.delayMs = 1_000;
      const asked = [1, 2, 3].map((i) =>
        fetch(`${c().running.url}/rewards/0x${String(i).repeat(40)}`, { method: "POST" }),
      );
      const replies = await Promise.all(asked);
      slow.delayMs = 0;
      expect(replies.map(({ status }) => status).sort()).to.deep.equal([200, 200, 503]);
      const refused = replies.find(({ status }) => status === 503) as Response;
      expect(refused.headers.get("retry-after")).to.equal("5");
      expect(((await refused.json()) as api.ErrorReply).error.code).to.equal("busy");

      for (const node of c().world.chain.nodes.slice(2, 5)) node.behaviour = "unwilling";
      const person = `0x${"4".repeat(40)}`;
      const failed = (await c().stream(`/app/collect/rewards/${person}`)).at(-1);
      expect(failed?.event).to.equal("failure");
      const failure = strict(api.collectFailure).parse(failed?.data) as api.CollectFailure;
      expect(failure.signed).to.be.below(failure.needed as number);
      expect(failure.error).to.match(/^[A-Z].*\.$/);
      for (const node of c().world.chain.nodes) node.behaviour = "honest";
    });
  });
}
