import { expect } from "chai";
import type { Page } from "playwright-core";
import { ACCOUNTS } from "../../../devnet/run.ts";
import { hexFromBytes, rewardMessage, signatureFromParams, signatureToHex } from "../../../src/bls/index.ts";
import { letEarn } from "../support/network.ts";
import { picture } from "../support/browser.ts";
import type { World } from "../support/world.ts";

interface Result {
  address: string;
  amount: number | string;
  msg_to_sign: string;
  signature: string;
  non_signer_indices: number[];
}

/** A service that answers like ours, but for what is changed here. */
async function lie(page: Page, change: (result: Result) => Partial<Result>): Promise<void> {
  await page.route("**/app/collect/rewards/**", async (route) => {
    const reply = await route.fetch();
    const body = (await reply.text()).replace(/event: result\ndata: (.*)\n/, (_, data: string) => {
      const result = JSON.parse(data) as Result;
      return `event: result\ndata: ${JSON.stringify({ ...result, ...change(result) })}\n`;
    });
    await route.fulfill({ response: reply, body });
  });
}

export function hostileSuite(play: () => World): void {
  describe("a service that lies", function () {
    const account = ACCOUNTS.alice;
    const refused = async (change: (result: Result) => Partial<Result>, why: string): Promise<Page> => {
      const { page, wallet } = await play().connected("#/claim", account);
      await lie(page, change);
      await page.getByRole("button", { name: "Ask the network" }).click();
      await page.locator(".box.bad", { hasText: why }).waitFor();
      expect(await page.getByText("The page refuses it").count()).to.equal(1);
      expect(await page.locator(".step").count()).to.equal(0);
      expect(wallet.asked).not.to.include("eth_sendTransaction");
      return page;
    };
    const messageOf = (recipient: string, amount: bigint) =>
      hexFromBytes(rewardMessage(play().net.tags, { recipient, amount })).slice(2);

    before(async function () {
      await letEarn(play().net, 3);
    });

    it("about the amount is refused, by the message and by the signature", async function () {
      await refused(({ amount }) => ({ amount: String(BigInt(amount) + 1n) }), "another message");
      const page = await refused(({ address, amount }) => {
        const more = BigInt(amount) + 1n;
        return { amount: String(more), msg_to_sign: messageOf(address, more) };
      }, "not the signers' over this message");
      await picture(page, "refused");
    });

    it("with the signature of another message is refused", async function () {
      const world = play();
      const other = await world.net.collect(
        { kind: "reward", recipient: world.net.address(ACCOUNTS.dave) },
        () => undefined,
      );
      const signature = signatureToHex(signatureFromParams(other.signature)).slice(2);
      await refused(() => ({ signature }), "not the signers' over this message");
      await refused(
        ({ address }) => ({ address: address.replace(/.$/, (last) => (last === "0" ? "1" : "0")) }),
        "for another account",
      );
    });

    it("with an old one, of less than is on record, is refused although the network signed it", async function () {
      const world = play();
      const { net } = world;
      const recipient = net.address(account);
      const old = await net.collect({ kind: "reward", recipient }, () => undefined);
      await letEarn(net, 3);
      await net.submit(ACCOUNTS.owner, (await net.collect({ kind: "reward", recipient }, () => undefined)).call());
      await world.service.caughtUp();
      const amount = old.rewards[0]?.amount ?? 0n;
      await refused(
        () => ({
          amount: String(amount),
          msg_to_sign: messageOf(recipient, amount),
          signature: signatureToHex(signatureFromParams(old.signature)).slice(2),
          non_signer_indices: old.nonSignerIds.map(Number),
        }),
        "it is an old one",
      );
    });

    it("about who signed is refused", async function () {
      await refused(
        ({ non_signer_indices: ids }) => ({ non_signer_indices: ids.slice(1) }),
        "not the signers' over this message",
      );
      await refused(
        ({ non_signer_indices: ids }) => ({ non_signer_indices: [ids[0] ?? 0, ids[0] ?? 0] }),
        "lists a node twice",
      );
      await refused(
        ({ non_signer_indices: ids }) => ({ non_signer_indices: [...ids.slice(1), 999] }),
        "node 999 is not registered",
      );
    });

    it("in form is refused", async function () {
      const { page } = await play().connected("#/claim", ACCOUNTS.dave);
      await lie(page, () => ({ signature: "zz" }));
      await page.getByRole("button", { name: "Ask the network" }).click();
      await page.getByText("The service's answer is malformed.").waitFor();
    });
  });
}
