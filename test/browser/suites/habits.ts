import { expect } from "chai";
import type { Locator } from "playwright-core";
import { ACCOUNTS } from "../../../devnet/run.ts";
import { letEarn } from "../support/network.ts";
import { printed } from "../support/registration.ts";
import { askNetwork, atomic, becomes, confirm, connect, says } from "../support/world.ts";
import type { World } from "../support/world.ts";

/** Has no stake and no SESH. */
const NOBODY = "0x00000000000000000000000000000000000c0ffe";

/** What visitors do that pages of this kind do not expect. */
export function habitsSuite(play: () => World): void {
  describe("habits", function () {
    const earn = async (): Promise<void> => {
      await letEarn(play().net, 3);
      await play().service.caughtUp();
    };

    it("back, reload and another tab in the middle of a claim: it is followed, and not offered again", async function () {
      const world = play();
      await earn();
      const { page, wallet, context, errors } = await world.connected("#/claim", ACCOUNTS.dora);
      await askNetwork(page);
      const signed = await atomic(page, ".box.good .amount");
      const other = await context.newPage();
      const onItsWay = "A claim of this account is on its way";
      await world.withoutMining(async () => {
        await confirm(page, "Claim");
        await page.locator(".step[data-phase=pending]").waitFor();
        await page.locator("nav a", { hasText: "Network" }).click();
        await page.locator(".plot").first().waitFor();
        await page.goBack();
        await page.getByText(onItsWay).waitFor();
        await page.reload();
        await page.getByText(onItsWay).waitFor();
        await other.goto(`${world.service.url}/#/claim`);
        await other.getByText(onItsWay).waitFor();
        for (const one of [page, other]) expect(await one.locator(".step").count()).to.equal(0);
      });
      for (const one of [page, other]) {
        await one.getByText(onItsWay).waitFor({ state: "detached" });
        await one.locator(`.figures [data-atomic="${signed}"]`).first().waitFor();
      }
      expect(await world.claimed(ACCOUNTS.dora)).to.equal(signed);
      expect(wallet.sent.length).to.equal(1);
      expect(errors).to.deep.equal([]);
    });

    it("two tabs with the same claim ready: it is sent once", async function () {
      const world = play();
      await earn();
      const { page, wallet, context } = await world.connected("#/claim", ACCOUNTS.dora);
      const other = await context.newPage();
      await other.goto(`${world.service.url}/#/claim`);
      await askNetwork(page);
      await askNetwork(other);
      // As when the other tab has not heard of it yet.
      await other.evaluate(`addEventListener("storage", (event) => event.stopImmediatePropagation(), true)`);
      await confirm(page, "Claim");
      await says(page, "claimed.");
      // Pressed if it is still there: the other tab may have looked at the chain by itself meanwhile.
      await other.evaluate(`document.querySelector(".step[data-phase=ready] button.primary")?.click()`);
      await other.locator(".box.bad, .box:has-text('nothing to claim')").first().waitFor();
      expect(wallet.sent.length).to.equal(1);
    });

    it("a wallet that announces itself late is offered, and remembered over a reload", async function () {
      const world = play();
      const wallet = world.wallet("Alpha", ACCOUNTS.alice);
      const { page } = await world.open("#/claim", { wallets: [wallet], late: true });
      await page.getByText("No wallet has announced itself").waitFor();
      await page.evaluate("__announceWallets()");
      await page.locator('main [data-wallet="test.alpha"]').click();
      await page.getByRole("button", { name: "Ask the network" }).waitFor();
      await page.reload();
      await page.getByText("No wallet has announced itself").waitFor();
      await page.evaluate("__announceWallets()");
      await page.getByRole("button", { name: "Ask the network" }).waitFor();
      expect(wallet.asked.filter((method) => method === "eth_requestAccounts").length).to.equal(1);
    });

    it("an account without stakes is told so, and what it can do", async function () {
      const world = play();
      const { page, errors } = await world.open(`#/stakes/${NOBODY}`);
      await page.getByText("This address has no stake in a node.").waitFor();
      await page.locator(".figures .amount").first().waitFor();
      expect(await atomic(page, ".figures .amount")).to.equal(0n);
      expect(errors).to.deep.equal([]);
    });

    it("a service that accepts and says nothing is given up after 45 seconds, in a sentence", async function () {
      const world = play();
      const { page } = await world.connected("#/claim", ACCOUNTS.alice);
      await page.clock.install();
      await page.route("**/app/collect/rewards/**", () => undefined);
      await page.getByRole("button", { name: "Ask the network" }).click();
      await page.getByText("Waiting for the first signatures…").waitFor();
      await page.clock.fastForward(46_000);
      await page.getByText("The service has said nothing for 45 seconds.").waitFor();
      expect(await page.getByRole("button", { name: "Ask the network" }).isEnabled()).to.equal(true);
    });

    it("a stream that breaks off is taken up again; progress is spoken in quarters; one that ends for ever is given up", async function () {
      const world = play();
      await earn();
      const { page } = await world.connected("#/claim", ACCOUNTS.alice);
      const progress = { of: 9, asked: 5, signed: 4, needed: 7, refused: 0, silent: 0, nodes: 9 };
      let asked = 0;
      let whole = true;
      let heard: () => void = () => undefined;
      const isHeard = new Promise<void>((resolve) => (heard = resolve));
      await page.route("**/app/collect/rewards/**", async (route) => {
        if (++asked > 1 && whole) {
          await isHeard;
          return route.continue();
        }
        const said = whole ? `event: progress\ndata: ${JSON.stringify(progress)}\n\n` : "";
        return route.fulfill({ contentType: "text/event-stream", body: `retry: 400\n\n${said}` });
      });
      await page.getByRole("button", { name: "Ask the network" }).click();
      await page
        .locator(".progress [role=status]", { hasText: "50 percent of the signatures" })
        .waitFor({ state: "attached" });
      heard();
      await says(page, "Checked in your browser:");
      expect(asked).to.equal(2);
      await page.getByText("By whom, and against what").click();
      await page.getByRole("button", { name: "Add up all nodes' keys" }).click();
      await page.getByText(/It is the sum of the keys of all \d+ nodes of block/).waitFor();

      whole = false;
      await page.reload();
      await page.getByRole("button", { name: "Ask the network" }).click();
      await page.getByText("The service does not answer.").waitFor();
    });

    it("commas, blanks and wrong checksums are told apart", async function () {
      const world = play();
      const who = world.net.address(ACCOUNTS.carol);
      const { page } = await world.connected("#/register", ACCOUNTS.carol);
      const { registration } = printed(world, who);
      await page.getByLabel("Paste what the node printed").fill(`\n  ${JSON.stringify(registration)}  \n`);
      await page.getByRole("button", { name: "Check it" }).click();
      await page.getByLabel("With others").check();
      await page.getByLabel("My fee, percent").fill("1e1");
      await page.getByRole("button", { name: "Prepare" }).click();
      await page.getByText("The fee is a percentage from 0 to 100, with two decimals at most.").waitFor();
      await page.getByLabel("My fee, percent").fill("12,5");
      await page.getByLabel("Mine", { exact: true }).fill("30,5");
      await page.getByRole("button", { name: "Prepare" }).click();
      await page.getByText('"30,5" can be read as 30.5 SESH or as 305 SESH.').waitFor();
      await page.getByLabel("Mine", { exact: true }).fill(" 30.5 ");
      await page.getByRole("button", { name: "Prepare" }).click();
      await page.locator(".step").first().waitFor();

      await page.locator("header .account").click();
      const field = page.getByLabel("Look at another address");
      const wrong = who.replace(/[a-f](?=[^a-f]*$)/, (letter) => letter.toUpperCase());
      await field.fill(wrong);
      await page.getByRole("button", { name: "Look", exact: true }).click();
      await page.getByText("This is no address").waitFor();
      await field.fill(`  ${who}\t`);
      await page.getByRole("button", { name: "Look", exact: true }).click();
      await page.locator("dialog").waitFor({ state: "detached" });
    });

    it("claims by keyboard alone", async function () {
      const world = play();
      await earn();
      const { page, wallet } = await world.connected("#/claim", ACCOUNTS.alice);
      const press = async (name: string): Promise<void> => {
        for (let i = 0; i < 40; i++) {
          await page.keyboard.press("Tab");
          const at = String(await page.evaluate("document.activeElement.textContent"));
          if (at.startsWith(name)) return page.keyboard.press("Enter");
        }
        throw new Error(`Tab does not come to ${name}`);
      };
      await press("Ask the network");
      await page.locator(".step[data-phase=ready]").waitFor();
      await press("Claim");
      await says(page, "claimed.");
      expect(wallet.sent.length).to.equal(1);
    });

    it("a visitor whose clock is days off sees the chain's countdowns", async function () {
      const world = play();
      const left: Locator[] = [];
      for (const clock of [0, 3 * 86_400]) {
        const wallet = world.wallet("Alpha", ACCOUNTS.alice);
        const { page } = await world.open("#/claim", { wallets: [wallet], clock });
        await connect(page, wallet);
        const countdown = page.locator(".figures time.number");
        await countdown.waitFor();
        left.push(countdown);
      }
      const units = () => Promise.all(left.map(async (one) => /^\d+ \w+/.exec(await one.innerText())?.[0]));
      // Side by side: what is left goes on.
      await becomes(async () => new Set(await units()).size, 1);
      expect((await units())[0]).to.match(/^\d+ (h|min)$/);
    });

    it("numbers as long as they can be stay within 360 pixels", async function () {
      const world = play();
      const who = world.net.address(ACCOUNTS.alice);
      const { page } = await world.open("#/open", { width: 360 });
      const long = (text: string) =>
        text.replace(
          /"(amount|lifetime_\w+|locked_stakes|total\w+|staking\w+)":\s*"?\d+"?/g,
          '"$1":"98765432109876543210"',
        );
      for (const path of ["**/rewards/**", "**/stakes/**", "**/app/state"]) {
        await page.route(path, async (route) => {
          const reply = await route.fetch();
          await route.fulfill({ response: reply, body: long(await reply.text()) });
        });
      }
      for (const view of [`stakes/${who}`, "network"]) {
        await page.goto(`${world.service.url}/?${view}#/${view}`);
        await page.locator('[data-atomic="98765432109876543210"]').first().waitFor();
        const over = Number(await page.evaluate("document.documentElement.scrollWidth - innerWidth"));
        expect(over, view).to.be.at.most(0);
      }
    });
  });
}
