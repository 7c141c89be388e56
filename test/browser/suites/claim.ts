import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { ACCOUNTS } from "../../../devnet/run.ts";
import { expectedFor } from "../../../devnet/expected.ts";
import { parseCall } from "../../../src/chain/index.ts";
import { picture } from "../support/browser.ts";
import { atomic, confirm, says } from "../support/world.ts";
import type { World } from "../support/world.ts";

export function claimSuite(play: () => World): void {
  describe("claim", function () {
    it("shows who has signed, checks it in the browser, and pays to the atom in one transaction", async function () {
      const world = play();
      const { net } = world;
      const { page, wallet, foreign, errors } = await world.connected("#/claim", ACCOUNTS.alice);
      const before = await net.balance(wallet.address);
      await page.getByRole("button", { name: "Ask the network" }).click();
      await says(page, "Checked in your browser:");
      const signed = await atomic(page, ".box.good .amount");
      const height = await net.chain.provider.getBlockNumber();
      expect(signed).to.equal((await expectedFor(net, height)).get(wallet.address));
      await page.getByText("By whom, and against what").click();
      const facts = await page.locator(".box.good .facts").innerText();
      expect(facts).to.contain("but 4, 5, 6;").and.to.contain("read through Alpha at block");
      expect(await atomic(page, ".sum .amount")).to.equal(signed);
      expect(await page.locator(".step[data-phase=ready]").innerText()).to.match(
        /costs about 0\.\d+ ETH \([\d,]+ gas\)/,
      );
      await picture(page, "claim");

      await confirm(page, "Claim");
      await says(page, "claimed.");
      expect((await net.balance(wallet.address)) - before).to.equal(signed);
      expect(await world.claimed(ACCOUNTS.alice)).to.equal(signed);
      expect(await atomic(page, ".box.good .amount")).to.equal(signed);
      expect(wallet.sent.length).to.equal(1);
      // the button is gone with the claim, and the record is read anew
      expect(await page.getByRole("button", { name: "Claim", exact: true }).count()).to.equal(0);
      await page.locator(`.figures [data-atomic="${signed}"]`).first().waitFor();
      expect([foreign, errors]).to.deep.equal([[], []]);
    });

    it("gives a Safe the batch that the command line gives", async function () {
      const world = play();
      const { net } = world;
      const safe = net.address(ACCOUNTS.bob);
      const { page, wallet } = await world.connected("#/claim", ACCOUNTS.carol);
      await page.locator("header .account").click();
      await page.getByLabel("Look at another address").fill(safe);
      await page.getByRole("button", { name: "Look", exact: true }).click();
      await page.getByRole("button", { name: "Ask the network" }).click();
      await says(page, "Checked in your browser:");
      const signed = await atomic(page, ".box.good .amount");
      expect(await page.locator(".step").count()).to.equal(0);
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByText("as a batch for Safe").click(),
      ]);
      const batch = JSON.parse(await readFile((await download.path()) ?? "", "utf8")) as {
        chainId: string;
        meta: { createdFromSafeAddress: string };
        calldata: string[];
        transactions: { to: string; contractMethod: { name: string } }[];
      };
      expect(batch.chainId).to.equal("31337");
      expect(batch.meta.createdFromSafeAddress).to.equal(safe);
      expect(batch.transactions.map(({ to }) => to)).to.deep.equal([net.chain.addresses.rewards]);
      expect(batch.transactions[0]?.contractMethod.name).to.equal("updateRewardsBalanceAndClaim");
      expect(parseCall(batch.calldata[0] ?? "")?.values[0]).to.equal(String(signed));
      expect(wallet.sent).to.deep.equal([]);

      // the bytes do what they say, sent by that account
      const before = await net.balance(safe);
      const sent = net
        .account(ACCOUNTS.bob)
        .sendTransaction({ to: net.chain.addresses.rewards, data: batch.calldata[0] ?? "" });
      await (await sent).wait();
      expect((await net.balance(safe)) - before).to.equal(signed);
    });
  });
}
