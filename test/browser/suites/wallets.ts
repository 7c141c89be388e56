import { expect } from "chai";
import { ACCOUNTS } from "../../../devnet/run.ts";
import { shortSesh } from "../../../src/portal/web/lib/format.ts";
import { letEarn } from "../support/network.ts";
import { askNetwork, becomes, confirm, connect, says } from "../support/world.ts";
import type { World } from "../support/world.ts";

export function walletSuite(play: () => World): void {
  describe("wallets", function () {
    before(async function () {
      await letEarn(play().net, 3);
    });

    it("of several installed ones only the chosen one is asked", async function () {
      const world = play();
      const wallets = [
        world.wallet("Alpha", ACCOUNTS.alice),
        world.wallet("Beta", ACCOUNTS.dave),
        world.wallet("Gamma", ACCOUNTS.bob),
      ];
      const { page, errors } = await world.open("#/claim", { wallets });
      await page.locator("main [data-wallet]").nth(2).waitFor();
      expect(await page.locator("main [data-wallet]").allInnerTexts()).to.deep.equal(["Alpha", "Beta", "Gamma"]);
      await page.locator('main [data-wallet="test.beta"]').click();
      await page.getByRole("button", { name: "Ask the network" }).waitFor();
      expect(await page.locator("header .account").innerText()).to.contain(
        world.net.address(ACCOUNTS.dave).slice(0, 6),
      );
      expect([wallets[0]?.asked, wallets[2]?.asked]).to.deep.equal([[], []]);
      // and after a reload it is that one again, without a question
      const questions = wallets[1]?.asked.filter((method) => method === "eth_requestAccounts").length;
      await page.reload();
      await page.getByRole("button", { name: "Ask the network" }).waitFor();
      expect(wallets[1]?.asked.filter((method) => method === "eth_requestAccounts").length).to.equal(questions);
      expect(errors).to.deep.equal([]);
    });

    it("a refusal and a locked device are told in a sentence, and the way on stays open", async function () {
      const world = play();
      const { page, wallet } = await world.connected("#/claim", ACCOUNTS.dave);
      await page.getByRole("button", { name: "Ask the network" }).click();
      wallet.mood = "refusing";
      await confirm(page, "Claim");
      await page.getByText("You refused it in the wallet. Nothing was sent.").waitFor();
      await page.getByRole("button", { name: "Check again" }).click();
      wallet.mood = "locked";
      await confirm(page, "Claim");
      await page.getByText("Unlock the device, open its Ethereum app").waitFor();
      expect(await world.claimed(ACCOUNTS.dave)).to.equal(0n);

      await page.getByRole("button", { name: "Check again" }).click();
      wallet.mood = "willing";
      await confirm(page, "Claim");
      await says(page, "claimed.");
      expect(await world.net.balance(wallet.address)).to.equal(await world.claimed(ACCOUNTS.dave));
    });

    it("one whose answer is lost after it has sent is not taken for one that sent nothing", async function () {
      const world = play();
      await letEarn(world.net, 3);
      const { page, wallet } = await world.connected("#/claim", ACCOUNTS.dave);
      await askNetwork(page);
      wallet.after = (method) =>
        method === "eth_sendTransaction"
          ? Promise.reject(new Error("Could not establish connection. Receiving end does not exist."))
          : Promise.resolve();
      const before = await world.claimed(ACCOUNTS.dave);
      await confirm(page, "Claim");
      await page.getByText("It may have been sent all the same: look into the wallet's history").waitFor();
      expect(wallet.sent.length).to.equal(1);
      await becomes(async () => (await world.claimed(ACCOUNTS.dave)) > before, true);
    });

    it("one whose endpoint gives receipts without their status is not taken for done", async function () {
      const world = play();
      await letEarn(world.net, 3);
      const { page, wallet } = await world.connected("#/claim", ACCOUNTS.dave);
      await askNetwork(page);
      wallet.withoutStatus = true;
      await confirm(page, "Claim");
      await page.locator("[data-sent=pending]").waitFor();
      const receipts = () => wallet.asked.filter((method) => method === "eth_getTransactionReceipt").length;
      const asked = receipts();
      await becomes(() => Promise.resolve(receipts() > asked + 1), true);
      await page.locator("[data-sent=pending]").waitFor();
      wallet.withoutStatus = false;
      await says(page, "claimed.");
    });

    it("refuses to connect with a sentence", async function () {
      const world = play();
      const wallet = world.wallet("Alpha", ACCOUNTS.alice);
      wallet.mood = "refusing";
      const { page } = await world.open("#/claim", { wallets: [wallet] });
      await page.locator("main [data-wallet]").click();
      await page.getByText("You refused it in the wallet.").waitFor();
    });

    it("on another chain it is asked to switch, and only that", async function () {
      const world = play();
      const wallet = world.wallet("Alpha", ACCOUNTS.alice);
      wallet.chainId = 1;
      const { page } = await world.open("#/claim", { wallets: [wallet] });
      await connect(page, wallet);
      await page.getByText("Alpha is on chain 1.").waitFor();
      expect(wallet.asked.filter((method) => method === "eth_call")).to.deep.equal([]);
      await page.getByRole("button", { name: "Switch to" }).click();
      await page.getByRole("button", { name: "Ask the network" }).waitFor();
      expect(wallet.chainId).to.equal(31_337);
    });

    it("one that changes chain or account in the middle, without a word, sends nothing", async function () {
      const world = play();
      const { page, wallet } = await world.connected("#/claim", ACCOUNTS.alice);
      await askNetwork(page);
      await wallet.goTo(1, true);
      await confirm(page, "Claim");
      await page.getByText("Alpha is on chain 1 now").waitFor();
      await wallet.goTo(31_337, true);
      await page.getByRole("button", { name: "Check again" }).click();
      await page.locator(".step[data-phase=ready]").waitFor();
      wallet.asked.length = 0;
      await page.evaluate("0");
      wallet.setKeysSilently(world.wallet("x", ACCOUNTS.bob));
      await confirm(page, "Claim");
      await page.getByText("on another account now than when this was prepared").waitFor();
      expect(wallet.asked).not.to.include("eth_sendTransaction");
    });

    it("one that goes to another chain after sending has not lost what it sent", async function () {
      const world = play();
      const { provider } = world.net.chain;
      const { page, wallet } = await world.connected("#/claim", ACCOUNTS.alice);
      await askNetwork(page);
      await world.withoutMining(async () => {
        await confirm(page, "Claim");
        await page.locator("[data-sent=pending]").waitFor();
        await wallet.goTo(1);
        await page.getByText("Alpha is on another chain now: it is followed on").waitFor();
        await provider.send("evm_mine", []);
        await wallet.goTo(31_337);
        await page.locator("[data-sent=done]").waitFor();
      });
      expect(wallet.sent.length).to.equal(1);
    });

    it("two views of one figure agree in every digit", async function () {
      const world = play();
      await world.settle();
      const { page, wallet } = await world.connected("#/claim", ACCOUNTS.alice);
      const claimed = await world.claimed(ACCOUNTS.alice);
      const there = page.locator(`.figures [data-atomic="${claimed}"]`).first();
      await there.waitFor();
      const [text, title] = [await there.innerText(), await there.getAttribute("title")];
      expect(text).to.equal(`${shortSesh(claimed)} SESH`);
      await page.goto(`${world.service.url}/#/stakes/${wallet.address}`);
      const here = page.locator(`.figures [data-atomic="${claimed}"]`).first();
      await here.waitFor();
      expect([await here.innerText(), await here.getAttribute("title")]).to.deep.equal([text, title]);
    });
  });
}
