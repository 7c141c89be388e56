import { expect } from "chai";
import { ACCOUNTS } from "../../../devnet/run.ts";
import { RULES } from "../../../devnet/network.ts";
import { picture } from "../support/browser.ts";
import { atomic, confirm, included, says } from "../support/world.ts";
import type { World } from "../support/world.ts";

const DAY = 86_400;

export function leaveSuite(play: () => World): void {
  describe("leave", function () {
    it("by request and signature; who left all nodes claims the stake and what was earned", async function () {
      const world = play();
      const { net } = world;
      const { page, wallet } = await world.connected("#/leave/1", ACCOUNTS.alice);
      await confirm(page, "Request the exit");
      await included(page);
      const requested = (await net.rewards.getFunction("serviceNodes").staticCall(1n)) as {
        leaveRequestTimestamp: bigint;
      };
      expect(requested.leaveRequestTimestamp).to.be.greaterThan(0n);
      await page.locator('[data-node="1"]', { hasText: "unlocking" }).waitFor();
      await picture(page, "leave");

      await world.advance(RULES.unlockDelay);
      await page.reload();
      await page.getByRole("button", { name: "Ask the network for the exit" }).click();
      await says(page, "Checked in your browser:");
      await confirm(page, "Leave");
      await included(page);
      expect(await world.isRegistered(1n)).to.equal(false);

      await world.settle();
      const before = await net.balance(wallet.address);
      const claimedBefore = await world.claimed(ACCOUNTS.alice);
      await page.goto(`${world.service.url}/#/claim`);
      await page.getByRole("button", { name: "Ask the network" }).click();
      await says(page, "Checked in your browser:");
      const signed = await atomic(page, ".box.good .amount");
      expect(signed).to.equal(await world.lifetime(ACCOUNTS.alice));
      await confirm(page, "Claim");
      await says(page, "claimed.");
      expect((await net.balance(wallet.address)) - before).to.equal(signed - claimedBefore);
      expect(signed - claimedBefore).to.be.greaterThan(net.requirement);
      await page.goto(`${world.service.url}/#/stakes`);
      await page.locator("[data-node='1']", { hasText: "has left" }).waitFor();
    });

    it("overdue nodes are liquidated by anybody, with the gain that was shown, to the atom", async function () {
      const world = play();
      const { net } = world;
      const { id } = net.special.bob;
      const { page: bob } = await world.connected(`#/leave/${id}`, ACCOUNTS.bob);
      await confirm(bob, "Request the exit");
      await included(bob);
      await world.advance(RULES.unlockDelay + RULES.exitSigningWindow + 60);

      const { page, wallet } = await world.connected("#/leave", ACCOUNTS.liquidator);
      const row = page.locator(`[data-liquidate="${id}"]`);
      await row.getByRole("button", { name: "Liquidate…" }).click();
      const gain = BigInt((await row.locator(".amount").nth(1).getAttribute("data-atomic")) ?? "");
      expect(gain).to.equal((net.requirement * 3n) / 10_000n);
      const before = await net.balance(wallet.address);
      await row.getByRole("button", { name: "Ask the network for the liquidation" }).click();
      await says(page, "Checked in your browser:");
      await picture(page, "liquidate");
      await confirm(page, "Liquidate");
      await included(page);
      expect((await net.balance(wallet.address)) - before).to.equal(gain);
      expect(await world.isRegistered(id)).to.equal(false);
    });

    it("without any signature, thirty days after the request", async function () {
      const world = play();
      const { net } = world;
      const { id } = net.special.erin;
      const { page } = await world.connected(`#/leave/${id}`, ACCOUNTS.erin);
      await confirm(page, "Request the exit");
      await included(page);
      await world.advance(30 * DAY);
      await page.reload();
      await confirm(page, "Leave");
      await included(page);
      expect(await world.isRegistered(id)).to.equal(false);
    });

    it("what a vesting contract holds is released when it unlocks", async function () {
      const world = play();
      const { net } = world;
      const who = net.address(ACCOUNTS.vesting);
      const before = await net.balance(who);
      const { page } = await world.connected("#/vesting", ACCOUNTS.vesting);
      await page.getByRole("button", { name: "Release" }).waitFor();
      await confirm(page, "Release");
      await included(page);
      expect((await net.balance(who)) - before).to.equal(net.requirement);
      expect(await net.balance(world.vesting.ending)).to.equal(0n);
    });
  });
}
