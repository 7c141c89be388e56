import { expect } from "chai";
import type { Page } from "playwright-core";
import type { DevNode } from "../../../devnet/network.ts";
import { ACCOUNTS } from "../../../devnet/run.ts";
import { formatSesh, formatTime, getContribution } from "../../../src/chain/index.ts";
import { picture } from "../support/browser.ts";
import { watchFormer } from "../support/former.ts";
import { printed } from "../support/registration.ts";
import { confirm, included, says } from "../support/world.ts";
import type { World } from "../support/world.ts";

const DAY = 86_400;

async function paste(page: Page, registration: object): Promise<void> {
  await page.getByLabel("Paste what the node printed").fill(JSON.stringify(registration));
  await page.getByRole("button", { name: "Check it" }).click();
}

export function joinSuite(play: () => World): void {
  describe("join", function () {
    const [operator, reserved, third] = [ACCOUNTS.crowd, ACCOUNTS.crowd + 1, ACCOUNTS.crowd + 2];
    let contract = "";
    let joining: DevNode;

    it("refuses a registration that is not right in either signature, or for somebody else", async function () {
      const world = play();
      const { page } = await world.connected("#/register", ACCOUNTS.carol);
      const { registration } = printed(world, world.net.address(ACCOUNTS.carol));
      const other = printed(world, world.net.address(ACCOUNTS.dave)).registration;
      await paste(page, { ...registration, service_node_signature: "00".repeat(64) });
      await page.getByText("Ed25519 key has not signed this registration").waitFor();
      await paste(page, { ...registration, proof_of_possession: other.proof_of_possession });
      await page.getByText("the BLS key has not signed for this operator").waitFor();
      await paste(page, other);
      await page.getByText("The registration is for the operator").waitFor();
      await paste(page, { hello: 1 });
      await page.getByText("This is no registration").waitFor();
    });

    it("registers alone by permit, rewards to a named address", async function () {
      const world = play();
      const { net } = world;
      const who = net.address(ACCOUNTS.carol);
      await net.fund(ACCOUNTS.carol, net.requirement);
      const before = await net.balance(who);
      const { page, wallet } = await world.connected("#/register", ACCOUNTS.carol);
      const { node, registration } = printed(world, who);
      await paste(page, registration);
      await says(page, "Both signatures are right:");
      await page.getByLabel("Rewards go to").fill(await net.rewards.getAddress());
      await page.getByRole("button", { name: "Prepare" }).click();
      await page.getByText("Rewards would go to the rewards contract, and nobody could claim them there.").waitFor();
      await page.getByLabel("Rewards go to").fill(net.address(ACCOUNTS.dora));
      await page.getByRole("button", { name: "Prepare" }).click();
      await confirm(page, "Register");
      await says(page, "The node is registered.");
      await picture(page, "registered");

      expect(before - (await net.balance(who))).to.equal(net.requirement);
      expect(wallet.sent.length).to.equal(1);
      await world.bringUp(node);
      const struct = (await net.rewards.getFunction("serviceNodes").staticCall(node.id)) as {
        contributors: { staker: { addr: string; beneficiary: string }; stakedAmount: bigint }[];
      };
      expect(
        struct.contributors.map(({ staker, stakedAmount }) => [staker.addr, staker.beneficiary, stakedAmount]),
      ).to.deep.equal([[who, net.address(ACCOUNTS.dora), net.requirement]]);
    });

    it("makes a shared node with a fee, reserved places and manual activation", async function () {
      const world = play();
      const { net } = world;
      const { page, wallet } = await world.connected("#/register", operator);
      const { node, registration } = printed(world, wallet.address);
      joining = node;
      await paste(page, registration);
      await page.getByLabel("With others").check();
      await page.getByLabel("My fee, percent").fill("12.5");
      await page.getByLabel("Mine", { exact: true }).fill("29");
      await page.getByRole("button", { name: "Prepare" }).click();
      await page.getByText("Your own place: at least 30 SESH.").waitFor();
      await page.getByLabel("Mine", { exact: true }).fill("30");
      await page.getByRole("button", { name: "Reserve a place" }).click();
      await page.getByLabel("Address of place 2").fill(net.address(reserved));
      await page.getByLabel("Its amount").fill("40");
      await page.getByLabel("I register it myself").check();
      await page.getByRole("button", { name: "Prepare" }).click();
      await confirm(page, "Make it");
      await page.getByRole("link", { name: "its page" }).click();
      await page.waitForURL(/#\/contribution\/0x/);
      contract = page.url().split("/").at(-1) ?? "";
      expect(await net.factory.getFunction("owns").staticCall(contract)).to.equal(true);
      const made = getContribution(contract, net.chain.provider);
      expect((await made.serviceNodeParams()).fee).to.equal(1_250n);
      expect(await made.manualFinalize()).to.equal(true);
      const places = await made.getReserved();
      expect([[...places.addrs], [...places.contribs]]).to.deep.equal([
        [wallet.address, net.address(reserved)],
        [30n * 10n ** 9n, 40n * 10n ** 9n],
      ]);

      // its own part, by permit and on the terms shown
      await net.fund(operator, net.requirement);
      await stake(page, "30");
      expect(await made.contributions(wallet.address)).to.equal(30n * 10n ** 9n);
      expect(await made.status()).to.equal(1n);
    });

    const stake = async (page: Page, amount: string): Promise<void> => {
      const already = await page.locator(".sent [data-sent=done]").count();
      await page.getByLabel("Amount", { exact: true }).fill(amount);
      await page.getByRole("button", { name: "Prepare" }).click();
      await confirm(page, "Stake");
      await included(page, already + 1);
    };

    it("stakes to it: minimum and maximum, top up, withdrawal with its countdown, beneficiary", async function () {
      const world = play();
      const { net } = world;
      const made = getContribution(contract, net.chain.provider);
      await net.fund(third, net.requirement);
      await world.service.caughtUp();
      const { page, wallet } = await world.connected("#/open", third);
      const row = page.locator(`[data-contribution="${contract}"]`);
      await row.waitFor();
      const minimum = await made.minimumContribution();
      const free = 50n * 10n ** 9n;
      expect(await row.innerText()).to.contain("12.5 %");
      await row.locator(`[data-atomic="${minimum}"]`).waitFor();
      await row.locator(`[data-atomic="${free}"]`).waitFor();
      await picture(page, "open");
      await row.getByRole("link").first().click();
      await page.getByText("made by the factory").waitFor();
      await page.getByLabel("Amount", { exact: true }).fill("51");
      await page.getByRole("button", { name: "Prepare" }).click();
      await page.getByText("At most 50 SESH are free.").waitFor();
      await page.getByLabel("Amount", { exact: true }).fill(formatSesh(minimum - 1n));
      await page.getByRole("button", { name: "Prepare" }).click();
      await page.getByText(`At least ${formatSesh(minimum)} SESH.`).waitFor();
      await stake(page, "20");
      expect(await made.contributions(wallet.address)).to.equal(20n * 10n ** 9n);
      await page.getByRole("heading", { name: "Add to my stake" }).waitFor();
      await stake(page, "0.000000001");
      expect(await made.contributions(wallet.address)).to.equal(20n * 10n ** 9n + 1n);
      await picture(page, "contribution");

      await page.getByLabel("New address").fill(contract);
      await page.getByText("Rewards would go to the contribution contract itself").waitFor();
      expect(await page.getByRole("button", { name: "Change it" }).count()).to.equal(0);
      await page.getByLabel("New address").fill(net.address(ACCOUNTS.dora));
      await confirm(page, "Change it");
      await included(page, 3);
      expect([...(await made.getContributions()).beneficiaries]).to.deep.equal([
        net.address(operator),
        net.address(ACCOUNTS.dora),
      ]);

      const withdraw = page.locator("section", { has: page.getByRole("heading", { name: "Take it back" }) });
      const paidAt = (await made.getFunction("contributionTimestamp").staticCall(wallet.address)) as bigint;
      const countdown = withdraw.locator(`time[datetime="${formatTime(paidAt + BigInt(DAY))}"]`);
      expect(await countdown.innerText()).to.match(/^(23 h \d+ min|1 d( \d+ s)?)$/);
      expect(await withdraw.getByRole("button", { name: "Withdraw" }).count()).to.equal(0);
      await world.advance(DAY);
      await page.reload();
      const before = await net.balance(wallet.address);
      await confirm(page, "Withdraw");
      await included(page);
      expect((await net.balance(wallet.address)) - before).to.equal(20n * 10n ** 9n + 1n);
    });

    it("offers no other account what was prepared for one", async function () {
      const world = play();
      const { net } = world;
      await net.fund(reserved, net.requirement);
      const { page, wallet } = await world.connected(`#/contribution/${contract}`, reserved);
      const amount = page.getByLabel("Amount", { exact: true });
      await amount.fill("40");
      await page.getByRole("button", { name: "Prepare" }).click();
      await page.locator(".step[data-phase=ready]").waitFor();
      const found = await watchFormer(page, [".step", "text=reserved for you"]);
      await wallet.choose(world.wallet("x", third).key);
      await page.locator("header .account", { hasText: net.address(third).slice(0, 6) }).waitFor();
      await amount.waitFor();
      expect(await found()).to.deep.equal([]);
      expect(await amount.inputValue()).to.equal("");
      expect(wallet.asked).not.to.include("eth_sendTransaction");
    });

    it("has no other account sign the allowance that one has prepared", async function () {
      const world = play();
      const { page, wallet } = await world.connected(`#/contribution/${contract}`, reserved);
      const amount = page.getByLabel("Amount", { exact: true });
      await amount.fill("40");
      // Read for the deadline, right before the wallet is asked: with the answer comes another account.
      const switched = new Promise<void>((resolve, reject) => {
        wallet.after = async (method) => {
          if (method !== "eth_getBlockByNumber") return;
          wallet.after = undefined;
          await wallet.choose(world.wallet("x", third).key).then(resolve, reject);
        };
      });
      await page.getByRole("button", { name: "Prepare" }).click();
      await switched;
      await page.locator("header .account", { hasText: world.net.address(third).slice(0, 6) }).waitFor();
      // Read anew for the other account: behind everything that was asked for the one before.
      await amount.waitFor();
      expect(await page.locator(".step").count()).to.equal(0);
      expect(wallet.asked).not.to.include("eth_signTypedData_v4");
    });

    it("prepares anew when an amount, an address or a payer is changed", async function () {
      const { page, wallet } = await play().connected(`#/contribution/${contract}`, ACCOUNTS.vesting);
      await page.getByLabel("Stake the tokens of").selectOption(play().vesting.locked);
      const prepare = async (): Promise<void> => {
        await page.getByLabel("Amount", { exact: true }).fill("20");
        await page.getByRole("button", { name: "Prepare" }).click();
        await page.locator(".step").waitFor();
      };
      const step = page.locator(".step");
      for (const change of [
        () => page.getByRole("button", { name: "All that is free" }).click(),
        () => page.getByLabel("Rewards go to").fill(wallet.address),
        () => page.getByLabel("Stake the tokens of").selectOption(""),
      ]) {
        await prepare();
        await change();
        expect(await step.count()).to.equal(0);
      }
    });

    it("is filled by a vesting contract and the reserved place, and registered by its operator", async function () {
      const world = play();
      const { net } = world;
      const made = getContribution(contract, net.chain.provider);
      const { page: first } = await world.connected(`#/contribution/${contract}`, reserved);
      await first.getByText("reserved for you").waitFor();
      await stake(first, "40");
      const { page: investor } = await world.connected(`#/contribution/${contract}`, ACCOUNTS.vesting);
      await investor.getByLabel("Stake the tokens of").selectOption(world.vesting.locked);
      await stake(investor, "20");
      // Less than a new staker's least, which is a part of what is left.
      expect(await made.minimumContribution()).to.be.greaterThan(10n ** 9n);
      await stake(investor, "1");
      await stake(investor, "29");
      expect(await made.contributions(world.vesting.locked)).to.equal(50n * 10n ** 9n);
      expect(await made.status()).to.equal(2n);

      const { page } = await world.connected(`#/contribution/${contract}`, operator);
      await confirm(page, "Register the node");
      await included(page);
      expect(await made.status()).to.equal(3n);
      const key = await made.blsPubkey();
      const hex = `0x${key.X.toString(16).padStart(64, "0")}${key.Y.toString(16).padStart(64, "0")}`;
      const id = (await net.rewards.getFunction("serviceNodeIDs").staticCall(hex)) as bigint;
      expect(id).to.be.greaterThan(0n);
      expect(await net.balance(contract)).to.equal(0n);
      await world.bringUp(joining);
      expect(joining.id).to.equal(id);

      await page.getByRole("button", { name: "Reset…" }).click();
      await confirm(page, "Reset");
      await included(page, 2);
      expect(await made.status()).to.equal(0n);
    });
  });
}
