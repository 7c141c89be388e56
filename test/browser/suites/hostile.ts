import { expect } from "chai";
import type { Page } from "playwright-core";
import { ACCOUNTS } from "../../../devnet/run.ts";
import { hexFromBytes, rewardMessage } from "../../../src/bls/index.ts";
import { letEarn } from "../support/network.ts";
import { picture } from "../support/browser.ts";
import type { World } from "../support/world.ts";

/** What the service says at the end of a collection. */
interface Result {
  address: string;
  amount: number | string;
  msg_to_sign: string;
  signature: string;
  non_signer_indices: number[];
}

/** A real reply of the service. */
async function collect(world: World, account: number): Promise<Result> {
  const reply = await fetch(`${world.service.url}/app/collect/rewards/${world.net.address(account)}`);
  const body = await reply.text();
  const data = /event: result\ndata: (.*)\n/.exec(body)?.[1];
  if (data === undefined) throw new Error(`the service collects nothing: ${body}`);
  return JSON.parse(data) as Result;
}

export function hostileSuite(play: () => World): void {
  describe("a service that lies", function () {
    const account = ACCOUNTS.alice;
    /** What it would say if it did not: of one moment, so that each lie is judged by itself. */
    let truth: Result;
    let ofAnother: Result;

    /** The page asks, and is answered so. */
    const hear = async (result: Result) => {
      const visitor = await play().connected("#/claim", account);
      const body = `event: result\ndata: ${JSON.stringify(result)}\n\n`;
      await visitor.page.route("**/app/collect/rewards/**", (route) =>
        route.fulfill({ contentType: "text/event-stream", body }),
      );
      await visitor.page.getByRole("button", { name: "Ask the network" }).click();
      return visitor;
    };
    const refused = async (lie: Partial<Result>, why: string): Promise<Page> => {
      const { page, wallet } = await hear({ ...truth, ...lie });
      const verdict = page.locator(".box.bad, .box.good");
      await verdict.first().waitFor();
      const words = (await verdict.allInnerTexts()).join(" | ");
      expect(words).to.contain(why).and.to.contain("The page refuses it");
      expect(await page.locator(".step").count()).to.equal(0);
      expect(wallet.asked).not.to.include("eth_sendTransaction");
      return page;
    };
    const messageOf = (recipient: string, amount: bigint) =>
      hexFromBytes(rewardMessage(play().net.tags, { recipient, amount })).slice(2);

    before(async function () {
      const world = play();
      await letEarn(world.net, 3);
      await world.service.caughtUp();
      truth = await collect(world, account);
      ofAnother = await collect(world, ACCOUNTS.dave);
    });

    it("is believed when it does not", async function () {
      const { page } = await hear(truth);
      const verdict = page.locator(".box.bad, .box.good");
      await verdict.first().waitFor();
      expect((await verdict.allInnerTexts()).join(" | ")).to.match(/^Checked in your browser:/);
    });

    it("about the amount is refused, by the message and by the signature", async function () {
      const more = BigInt(truth.amount) + 1n;
      await refused({ amount: String(more) }, "another message");
      const lie = { amount: String(more), msg_to_sign: messageOf(truth.address, more) };
      const page = await refused(lie, "not the signers' over this message");
      await picture(page, "refused");
    });

    it("with the signature of another message is refused", async function () {
      await refused({ signature: ofAnother.signature }, "not the signers' over this message");
      await refused(ofAnother, "for another account");
    });

    it("about who signed is refused", async function () {
      const { non_signer_indices: ids } = truth;
      const [first = 0, ...others] = ids;
      expect(ids.length).to.be.greaterThan(1);
      await refused({ non_signer_indices: others }, "not the signers' over this message");
      await refused({ non_signer_indices: [first, first] }, "lists a node twice");
      await refused({ non_signer_indices: [...others, 999] }, "node 999 is not registered");
    });

    it("in form is refused", async function () {
      const { page } = await hear({ ...truth, signature: "zz" });
      const verdict = page.locator(".box.bad, .box.good");
      await verdict.first().waitFor();
      expect(await verdict.allInnerTexts()).to.deep.equal(["The service's answer is malformed. Ask again."]);
    });

    it("with an old one, of less than is on record, is refused although the network signed it", async function () {
      const { net, service } = play();
      const recipient = net.address(account);
      await letEarn(net, 3);
      await net.submit(ACCOUNTS.owner, (await net.collect({ kind: "reward", recipient }, () => undefined)).call());
      await service.caughtUp();
      await refused({}, "it is an old one");
    });
  });
}
