import { expect } from "chai";
import { ACCOUNTS } from "../../../devnet/run.ts";
import { silence } from "../../../devnet/network.ts";
import { picture } from "../support/browser.ts";
import { atomic, confirm, says } from "../support/world.ts";
import type { World } from "../support/world.ts";

export function troubleSuite(play: () => World): void {
  describe("trouble", function () {
    it("a service that goes down leaves figures that are marked, and a sentence", async function () {
      const world = play();
      const { page } = await world.open(`#/stakes/${world.net.address(ACCOUNTS.dave)}`);
      await page.locator(".figures .amount").first().waitFor();
      await page.route("**/stakes/**", (route) => route.abort());
      await page
        .getByText(/These figures are from/)
        .first()
        .waitFor();
      await page.getByText("The service does not answer.").first().waitFor();
      expect(await page.locator(".figures .amount").count()).to.be.greaterThan(0);
    });

    it("an index that lags is said to lag; a list that is not whole says so", async function () {
      const world = play();
      const { page } = await world.open("#/open");
      await page.route("**/app/state", async (route) => {
        const reply = await route.fetch();
        const body = (await reply.json()) as { head: object };
        const head = {
          ...body.head,
          lagSeconds: 600,
          complete: false,
          missing: ["Events before block 100 are not known."],
        };
        await route.fulfill({ response: reply, json: { ...body, head } });
      });
      await page.reload();
      await page.getByText("10 min behind the chain").waitFor();
      await page.getByText("Events before block 100 are not known.").waitFor();
      await page.getByText("This list is not complete").waitFor();
    });

    it("nodes that stay silent: how many signed and how many must; what is on record is claimed without them", async function () {
      const world = play();
      const { net } = world;
      const who = net.address(ACCOUNTS.dave);
      await net.submit(ACCOUNTS.owner, (await net.collect({ kind: "reward", recipient: who }, () => undefined)).call());
      // for the next test: what a liquidated node's staker has left
      const bob = net.address(ACCOUNTS.bob);
      await net.submit(ACCOUNTS.owner, (await net.collect({ kind: "reward", recipient: bob }, () => undefined)).call());
      for (const node of net.honest.slice(0, net.honest.length - 2)) await silence(node);
      const { page, wallet } = await world.connected("#/claim", ACCOUNTS.dave);
      await page.getByRole("button", { name: "Ask the network" }).click();
      await page.getByText(/Too few nodes signed \(\d+ of \d+ needed\)/).waitFor();
      await picture(page, "silent");
      const [before, claimed] = [await net.balance(wallet.address), await world.claimed(ACCOUNTS.dave)];
      await page.getByRole("button", { name: "Claim only these" }).click();
      await confirm(page, "Claim");
      // not says(): what the nodes did not sign stands beside it
      await page.getByText("claimed.").waitFor();
      const paid = (await net.balance(wallet.address)) - before;
      expect(paid).to.equal((await world.claimed(ACCOUNTS.dave)) - claimed);
      expect(await atomic(page, ".box.good .amount")).to.equal(paid);
    });

    it("a reorganisation takes the claim back from the screen too", async function () {
      const world = play();
      const { net } = world;
      const { provider } = net.chain;
      const snapshot = (await provider.send("evm_snapshot", [])) as string;
      const { page } = await world.connected("#/claim", ACCOUNTS.bob);
      await page.getByRole("button", { name: "Claim only these" }).click();
      await confirm(page, "Claim");
      await says(page, "claimed.");
      await provider.send("evm_revert", [snapshot]);
      await page.getByText("does not know this transaction any more").first().waitFor();
      expect(await page.locator(".box.good").count()).to.equal(0);
    });
  });
}
