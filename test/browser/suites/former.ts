import { expect } from "chai";
import type { Page } from "playwright-core";
import { ACCOUNTS } from "../../../devnet/run.ts";
import { watchFormer } from "../support/former.ts";
import { letEarn } from "../support/network.ts";
import { printed } from "../support/registration.ts";
import type { TestWallet } from "../support/wallet.ts";
import { askNetwork, confirm, included, says } from "../support/world.ts";
import type { World } from "../support/world.ts";

/** Of the account that was there before nothing is left, in no moment: looked for after each change of the page. */
export function formerSuite(play: () => World): void {
  describe("another account", function () {
    const other = ACCOUNTS.carol;
    const names = (page: Page, address: string) =>
      page.locator("header .account", { hasText: address.slice(0, 6) }).waitFor();

    /** The person goes to another account in the wallet, and the page has heard of it. */
    const goTo = async (page: Page, wallet: TestWallet, account: number): Promise<void> => {
      await wallet.choose(play().wallet("x", account).key);
      await names(page, play().net.address(account));
    };
    const expectNothing = async (found: () => Promise<string[]>): Promise<void> => {
      expect(await found()).to.deep.equal([]);
    };

    before(async function () {
      await letEarn(play().net, 3);
      await play().service.caughtUp();
    });

    it("finds no signed claim of the former, no step, no figure; nor does who disconnects or looks at another", async function () {
      const world = play();
      const { net } = world;
      const { page, wallet, errors } = await world.connected("#/claim", ACCOUNTS.alice);
      const claimed = await world.claimed(ACCOUNTS.alice);
      const ask = async (): Promise<() => Promise<string[]>> => {
        await page.locator(`.figures [data-atomic="${claimed}"]`).first().waitFor();
        await page.getByRole("button", { name: "Ask the network" }).click();
        await says(page, "Checked in your browser:");
        await page.locator(".step[data-phase=ready]").waitFor();
        return watchFormer(page, ["text=Checked in your browser:", ".step", ".sum", `[data-atomic="${claimed}"]`]);
      };
      const found = await ask();
      await goTo(page, wallet, other);
      await page.getByRole("button", { name: "Ask the network" }).waitFor();
      await expectNothing(found);

      await goTo(page, wallet, ACCOUNTS.alice);
      const foundByNobody = await ask();
      await wallet.choose();
      await page.getByText("Its figures are gone from this page.").waitFor();
      await expectNothing(foundByNobody);
      expect(await page.locator("main .amount").count()).to.equal(0);

      await page.locator("main [data-wallet]").click();
      await wallet.choose(world.wallet("x", ACCOUNTS.alice).key);
      await page.locator("main [data-wallet]").click();
      const foundByOnlooker = await ask();
      await page.locator("header .account").click();
      await page.getByLabel("Look at another address").fill(net.address(other));
      await page.getByRole("button", { name: "Look", exact: true }).click();
      await names(page, net.address(other));
      await expectNothing(foundByOnlooker);
      expect([wallet.sent, errors]).to.deep.equal([[], []]);
    });

    it("is not told of a claim that the former has made", async function () {
      const world = play();
      const { page, wallet } = await world.connected("#/claim", ACCOUNTS.alice);
      await page.getByRole("button", { name: "Ask the network" }).click();
      await confirm(page, "Claim");
      await says(page, "claimed.");
      const found = await watchFormer(page, ["text=claimed.", "text=They are in the wallet of"]);
      await goTo(page, wallet, other);
      await page.getByRole("button", { name: "Ask the network" }).waitFor();
      await expectNothing(found);
      expect(await page.locator(".sent").count()).to.equal(0);
    });

    it("is not given what was asked for the former, when it comes", async function () {
      const world = play();
      const { page, wallet, errors } = await world.connected("#/claim", ACCOUNTS.alice);
      let answer: () => void = () => undefined;
      const held = new Promise<void>((resolve) => (answer = resolve));
      const heard = page.waitForRequest("**/app/collect/rewards/**");
      await page.route("**/app/collect/rewards/**", async (route) => {
        await held;
        await route.continue().catch(() => undefined);
      });
      await page.getByRole("button", { name: "Ask the network" }).click();
      await heard;
      await page.getByText("Waiting for the first signatures…").waitFor();
      const found = await watchFormer(page, ["text=Waiting for the first signatures…", ".progress"]);
      await goTo(page, wallet, other);
      answer();
      await page.unrouteAll({ behavior: "wait" });
      await expectNothing(found);
      expect(await page.getByRole("button", { name: "Ask the network" }).isEnabled()).to.equal(true);
      expect(await page.locator(".box.good, .box.bad").count()).to.equal(0);
      expect(errors).to.deep.equal([]);
    });

    it("does not send what was prepared for the former, were it in the last moment", async function () {
      const world = play();
      await letEarn(world.net, 3);
      await world.service.caughtUp();
      const { page, wallet } = await world.connected("#/claim", ACCOUNTS.alice);
      await askNetwork(page);
      const found = await watchFormer(page, [".step"]);
      // The last look before the wallet is asked: with its answer comes another account.
      const switched = new Promise<void>((resolve, reject) => {
        wallet.after = async (method) => {
          if (method !== "eth_call") return;
          wallet.after = undefined;
          await wallet.choose(world.wallet("x", other).key).then(resolve, reject);
        };
      });
      await page.locator(".step button.primary").click();
      await switched;
      // The page has heard the answer when it answers itself; what it asks upon it has come when it does so again.
      for (let i = 0; i < 2; i++) await page.evaluate("0");
      await names(page, world.net.address(other));
      await expectNothing(found);
      expect(wallet.asked).not.to.include("eth_sendTransaction");
    });

    it("finds none of the former's nodes, nor the exit that was prepared", async function () {
      const world = play();
      const { page, wallet } = await world.connected("#/leave/1", ACCOUNTS.alice);
      await page.locator(".step[data-phase=ready]").waitFor();
      const found = await watchFormer(page, ['[data-node="1"]', ".step", "text=The request cannot be taken back"]);
      await goTo(page, wallet, other);
      await page.locator("[data-node]").first().waitFor();
      await expectNothing(found);
    });

    it("finds neither stakes nor plots of the former", async function () {
      const world = play();
      const alice = world.net.address(ACCOUNTS.alice);
      const { page, wallet } = await world.connected("#/network", ACCOUNTS.alice);
      const day = (t: number, earned: string) => ({ t, block: t, lifetime: earned, earned, claimed: "0" });
      await page.route(`**/app/history/${alice}`, (route) =>
        route.fulfill({ json: [day(1_700_000_000, "1000000000"), day(1_700_086_400, "777000000000")] }),
      );
      await page.locator("nav a", { hasText: "My stakes" }).click();
      await page.locator(".plot p.number", { hasText: "777 SESH" }).waitFor();
      await page.locator('[data-node="1"]').waitFor();
      const marks = [`[title^="${alice}"]`, '[data-node="1"]', "text=777 SESH"];
      const found = await watchFormer(page, marks);
      await goTo(page, wallet, other);
      await page.locator("[data-node]").first().waitFor();
      await expectNothing(found);
    });

    it("finds none of the former's vesting contracts, and registers for itself; what was pasted is kept", async function () {
      const world = play();
      const { net } = world;
      const vesting = world.vesting.locked;
      const { page, wallet } = await world.connected("#/vesting", ACCOUNTS.vesting);
      await page.locator(`[title^="${vesting}"]`).first().waitFor();
      const contracts = await watchFormer(page, [`[title^="${vesting}"]`, "text=Ask the network what it has earned"]);
      await goTo(page, wallet, other);
      await page.getByText("The service knows no vesting contract of this account.").waitFor();
      await expectNothing(contracts);

      await goTo(page, wallet, ACCOUNTS.vesting);
      await page.locator("nav a", { hasText: "Register" }).click();
      await page.getByLabel("Stake the tokens of").selectOption(vesting);
      const text = JSON.stringify(printed(world, vesting).registration);
      await page.getByLabel("Paste what the node printed").fill(text);
      await page.getByRole("button", { name: "Check it" }).click();
      await says(page, "Both signatures are right:");
      await page.getByRole("button", { name: "Prepare" }).click();
      await page.locator(".step").first().waitFor();
      const found = await watchFormer(page, [
        `[title^="${vesting}"]`,
        "text=Both signatures are right:",
        "text=3. Terms",
        ".step",
      ]);
      await goTo(page, wallet, other);
      await page
        .locator(`[title^="${net.address(other)}"]`)
        .first()
        .waitFor();
      await expectNothing(found);
      expect(await page.getByLabel("Paste what the node printed").inputValue()).to.equal(text);
      await page.getByRole("button", { name: "Check it" }).click();
      await page.getByText(`The registration is for the operator ${vesting.toLowerCase()}`).waitFor();
      expect(await page.locator(".step").count()).to.equal(0);
    });

    it("sees what the former has sent while it is on its way, and whose it is", async function () {
      const world = play();
      const { page, wallet } = await world.connected("#/claim", ACCOUNTS.alice);
      await askNetwork(page);
      await world.withoutMining(async () => {
        await confirm(page, "Claim");
        await page.locator(".sent [data-sent=pending]").waitFor();
        await goTo(page, wallet, other);
        const whose = `by ${world.net.address(ACCOUNTS.alice).slice(0, 6)}`;
        await page.locator(".sent [data-sent=pending]", { hasText: whose }).waitFor();
      });
      await page.locator(".sent").waitFor({ state: "detached" });
      await goTo(page, wallet, ACCOUNTS.alice);
      await included(page);
      expect(await page.locator(".sent", { hasText: "by 0x" }).count()).to.equal(0);
    });
  });
}
