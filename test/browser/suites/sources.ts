import { expect } from "chai";
import { Wallet } from "ethers";
import type { z } from "zod";
import { tickAll } from "../../../devnet/network.ts";
import { ACCOUNTS } from "../../../devnet/run.ts";
import { hexFromBytes, publicKeyFromHex, rewardMessage, signatureFromHex, verify } from "../../../src/bls/index.ts";
import type * as api from "../../../src/portal/api/index.ts";
import { letEarn } from "../support/network.ts";
import type { Service, ServiceSource } from "../support/service.ts";
import { startService } from "../support/service.ts";
import type { World } from "../support/world.ts";

type InfoReply = z.infer<typeof api.infoReply>;
type RewardsSignatureReply = z.infer<typeof api.rewardsSignatureReply>;

/** No browser: the service's other ways to the nodes, on the same network. */
export function sourcesSuite(play: () => World): void {
  describe("the service's sources", function () {
    let service: Service | undefined;
    const open = async (source: ServiceSource): Promise<string> => {
      const world = play();
      service = await startService(world.net, "nowhere", [], source);
      await service.caughtUp();
      return service.url;
    };
    const ask = async <T>(url: string, method = "GET"): Promise<{ status: number; body: T }> => {
      const reply = await fetch(url, { method });
      return { status: reply.status, body: (await reply.json()) as T };
    };
    before(async function () {
      const { net } = play();
      await letEarn(net, 3);
      // They announce themselves: a node that is asked for the network's list and signature knows the others by that.
      await tickAll(net.nodes);
    });
    afterEach(async function () {
      await service?.stop();
    });

    /** Signed by the network, for what an honest node's own ledger says. */
    const expectSigned = async ({ rewards }: RewardsSignatureReply, account: number): Promise<void> => {
      const world = play();
      const { tags } = world.net;
      const recipient = world.net.address(account);
      const message = rewardMessage(tags, { recipient, amount: BigInt(rewards.amount) });
      expect(BigInt(rewards.amount)).to.equal(await world.lifetime(account, rewards.height));
      expect(rewards.msg_to_sign).to.equal(hexFromBytes(message).slice(2));
      const key = publicKeyFromHex(rewards.aggregate_pubkey);
      expect(verify(key, message, signatureFromHex(rewards.signature), tags.hashToG2)).to.equal(true);
    };

    it("nodes over OxenMQ, from a directory's list", async function () {
      const [node] = play().net.honest;
      const url = await open({ directory: node?.url ?? "" });
      const { status, body } = await ask<RewardsSignatureReply>(
        `${url}/rewards/${play().net.address(ACCOUNTS.alice)}`,
        "POST",
      );
      expect(status, JSON.stringify(body)).to.equal(200);
      await expectSigned(body, ACCOUNTS.alice);

      const nobody = Wallet.createRandom().address;
      const refused = await ask<api.ErrorReply>(`${url}/rewards/${nobody}`, "POST");
      expect(refused.status).to.equal(504);
      expect(refused.body.error.error).to.match(/^No node has rewards of this address .* earned none yet/);
    });

    it("a daemon: signatures, the heights of its chain, who is leaving, and its refusals", async function () {
      const { net } = play();
      const [node] = net.honest;
      const url = await open({ daemonUrl: node?.url ?? "" });
      const { status, body } = await ask<RewardsSignatureReply>(
        `${url}/rewards/${net.address(ACCOUNTS.alice)}`,
        "POST",
      );
      expect(status, JSON.stringify(body)).to.equal(200);
      await expectSigned(body, ACCOUNTS.alice);
      const { network } = (await ask<InfoReply>(`${url}/info`)).body;
      expect(network.node_count).to.equal(Number(await net.rewards.getFunction("totalNodes").staticCall()));
      expect(network.nettype).to.equal("devnet");
      const list = await ask<{ result: unknown[] }>(`${url}/exit_liquidation_list`);
      expect([list.status, Array.isArray(list.body.result)]).to.deep.equal([200, true]);
      const refused = await ask<api.ErrorReply>(`${url}/exit/${node?.keys.ed25519Pubkey.slice(2) ?? ""}`);
      expect(refused.status).to.be.oneOf([403, 504]);
      expect(refused.body.error.error).to.match(/^[A-Z].*\.$/);
    });
  });
}
