import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect } from "chai";
import { ACCOUNTS } from "../../../devnet/run.ts";
import { picture } from "../support/browser.ts";
import { atomic, connect } from "../support/world.ts";
import type { World } from "../support/world.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const VIEWS = ["network", "claim", "stakes", "open", "register", "leave", "vesting"];

export function lookSuite(play: () => World): void {
  describe("look", function () {
    it("the network's figures are the contract's, and nothing is asked of anybody else", async function () {
      const world = play();
      const { net } = world;
      const { page, foreign, errors } = await world.open("#/network");
      const nodes = BigInt(net.nodes.length);
      await page.locator(`.figures [data-atomic="${net.requirement * nodes}"]`).waitFor();
      expect(await page.locator(".figures dd").first().innerText()).to.equal(String(nodes));
      await page.locator(".plot canvas").first().waitFor();
      await page
        .locator(".plot")
        .nth(1)
        .locator("p.number", { hasText: /: 1,200 SESH$/ })
        .waitFor();
      await picture(page, "network");
      expect([foreign, errors]).to.deep.equal([[], []]);
    });

    it("the table of 9,600 nodes sorts, filters, and makes only the rows that are seen", async function () {
      const world = play();
      const { page } = await world.open("#/network");
      await page.route("**/app/nodes", async (route) => {
        const reply = await route.fetch();
        const body = (await reply.json()) as { rows: unknown[][] };
        const [first = []] = body.rows;
        const rows = Array.from({ length: 9_600 }, (_, i) => {
          const key = i.toString(16).padStart(64, "0");
          return [
            i + 1,
            key,
            first[2],
            first[3],
            (i % 10) + 1,
            String(25_000n * 10n ** 9n + BigInt(i)),
            i % 10_001,
            1_700_000_000 + i,
            0,
            "active",
          ];
        });
        await route.fulfill({ response: reply, json: { ...body, rows } });
      });
      await page.reload();
      await page.getByText("9,600 of 9,600 nodes").waitFor();
      expect(await page.locator(".rows tbody tr[data-id]").count()).to.be.lessThan(60);
      await page.locator("[data-sort=stake]").click();
      await page.locator("[data-sort=stake]").click();
      expect(await page.locator(".rows tbody tr[data-id]").first().getAttribute("data-id")).to.equal("9600");
      expect(await page.locator("th", { has: page.locator("[data-sort=stake]") }).getAttribute("aria-sort")).to.equal(
        "descending",
      );
      await page.getByLabel("Find by id, key or operator").fill("00000000002580");
      expect(await page.locator(".rows tbody tr[data-id]").count()).to.equal(0);
      await page.getByLabel("Find by id, key or operator").fill("000000000000257f");
      await page.locator('.rows tbody tr[data-id="9600"]').waitFor();
      await page.getByText("1 of 9,600 nodes").waitFor();
    });

    it("any address is shown read-only, without a wallet", async function () {
      const world = play();
      const who = world.net.address(ACCOUNTS.alice);
      const { page } = await world.open(`#/stakes/${who}`);
      await page.getByText("read-only").waitFor();
      await page.locator('[data-node="1"]').waitFor();
      await page.locator(".figures .amount").first().waitFor();
      expect(await atomic(page, ".figures .amount")).to.equal(world.net.requirement);
      await page.locator('[data-node="1"] .tag', { hasText: /^active$/ }).waitFor();
    });

    it("fits 360 and 2,560 pixels, light and dark, and axe finds nothing serious", async function () {
      const world = play();
      const seen: string[] = [];
      for (const [width, dark] of [
        [360, true],
        [2_560, false],
      ] as const) {
        const wallet = world.wallet("Alpha", ACCOUNTS.alice);
        const { page } = await world.open("#/network", { wallets: [wallet], width, dark });
        await connect(page, wallet);
        for (const view of VIEWS) {
          await page.goto(`${world.service.url}/#/${view}`);
          await page.locator(`nav a[href="#/${view}"][aria-current=page]`).waitFor();
          await page.locator(".view > :not(.loading)").first().waitFor();
          await page.waitForLoadState("networkidle");
          const over = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
          if (Number(over) > 0) seen.push(`${view} is ${String(over)} px too wide at ${width}`);
          await page.evaluate(AXE);
          const found = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as {
            violations: { id: string; impact: string; nodes: { html: string }[] }[];
          };
          for (const { id, impact, nodes } of found.violations)
            if (impact === "serious" || impact === "critical")
              seen.push(`${view} at ${width}: ${id}: ${nodes[0]?.html}`);
          await picture(page, `${view} ${width}`);
        }
      }
      expect(seen).to.deep.equal([]);
    });

    it("goes by keyboard alone", async function () {
      const world = play();
      const wallet = world.wallet("Alpha", ACCOUNTS.alice);
      const { page } = await world.open("#/claim", { wallets: [wallet] });
      await page.locator("main [data-wallet]").waitFor();
      const focus = () => page.evaluate("document.activeElement.textContent.trim()");
      await page.keyboard.press("Tab");
      expect(await focus()).to.equal("To the content");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      expect(await focus()).to.equal("Alpha");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Ask the network" }).waitFor();
      await page.locator("header .account").focus();
      await page.keyboard.press("Enter");
      await page.getByRole("dialog").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      expect(await page.evaluate("document.activeElement.className")).to.equal("account");
    });

    it("nothing jumps while it loads", async function () {
      const world = play();
      const { page, context } = await world.open("#/open");
      await context.addInitScript(`
        globalThis.jumps = 0;
        new PerformanceObserver((list) => { for (const entry of list.getEntries()) jumps += entry.value; })
          .observe({ type: "layout-shift", buffered: true });`);
      for (const view of ["network", `stakes/${world.net.address(ACCOUNTS.alice)}`]) {
        await page.goto(`${world.service.url}/?${view}#/${view}`);
        await page.locator(".amount").first().waitFor();
        await page.waitForLoadState("networkidle");
        expect(Number(await page.evaluate("jumps")), view).to.be.lessThan(0.1);
      }
    });
  });
}
