import { expect } from "chai";
import { Interface } from "ethers";
import { ACCOUNTS } from "../../../devnet/run.ts";
import { serviceNodeRewardsAdditions } from "../../../src/chain/abi.ts";
import { claimRewardsCall } from "../../../src/chain/calls.ts";
import {
  hexFromBytes,
  publicKeyToHex,
  rewardMessage,
  signatureFromParams,
  signatureToHex,
} from "../../../src/bls/index.ts";
import { letEarn } from "../support/network.ts";
import { printed } from "../support/registration.ts";
import { askNetwork, atomic, confirm, connect, included, says } from "../support/world.ts";
import type { World } from "../support/world.ts";

/** Of a contract of the live kind this entry is missing; of a token without permits these. */
const AT_ONCE = new Interface(serviceNodeRewardsAdditions).getFunction("updateRewardsBalanceAndClaim")?.selector ?? "";
const PERMITS = ["0x84b0196e", "0x7ecebe00"];

/** Nobody's: has no node and no SESH. */
const NEWCOMER = ACCOUNTS.vesting + 1;

export function waysSuite(play: () => World): void {
  describe("other ways", function () {
    it("claims in two transactions where the contract cannot in one, to the atom", async function () {
      const world = play();
      const { net } = world;
      await letEarn(net, 3);
      await world.service.caughtUp();
      const wallet = world.wallet("Alpha", ACCOUNTS.dave);
      wallet.lacks = [AT_ONCE];
      const { page, errors } = await world.open("#/claim", { wallets: [wallet] });
      await connect(page, wallet);
      const [balance, claimed] = [await net.balance(wallet.address), await world.claimed(ACCOUNTS.dave)];
      await page.getByRole("button", { name: "Ask the network" }).click();
      await page.getByText("This contract takes the signature in one transaction and pays in a second.").waitFor();
      const signed = await atomic(page, ".box.good .amount");
      expect(await page.locator(".step").count()).to.equal(2);
      await confirm(page, "Record the rewards");
      await confirm(page, "Claim");
      await says(page, "claimed.");
      expect((await net.balance(wallet.address)) - balance).to.equal(signed - claimed);
      expect(await world.claimed(ACCOUNTS.dave)).to.equal(signed);
      expect(wallet.sent.length).to.equal(2);
      expect(await page.locator(".step").count()).to.equal(0);
      expect(errors).to.deep.equal([]);
    });

    it("cannot press a claim of zero: what was signed is claimed already", async function () {
      const world = play();
      const { net } = world;
      const recipient = net.address(ACCOUNTS.dave);
      await letEarn(net, 3);
      const signed = await net.collect({ kind: "reward", recipient }, () => undefined);
      await net.submit(ACCOUNTS.owner, signed.call());
      const { to, data } = claimRewardsCall(net.chain.addresses.rewards);
      await world.wallet("Other", ACCOUNTS.dave).request("eth_sendTransaction", [{ from: recipient, to, data }]);
      await world.service.caughtUp();
      const amount = signed.rewards[0]?.amount ?? 0n;
      expect(await world.claimed(ACCOUNTS.dave)).to.equal(amount);
      const { page, wallet } = await world.connected("#/claim", ACCOUNTS.dave);
      await page.route("**/app/collect/rewards/**", (route) =>
        route.fulfill({ contentType: "text/event-stream", body: resultOf(world, signed, recipient) }),
      );
      await page.getByRole("button", { name: "Ask the network" }).click();
      await page.getByText("There is nothing to claim: everything that was earned has been claimed.").waitFor();
      expect(await page.locator(".step").count()).to.equal(0);
      expect(await page.getByRole("button", { name: /^Claim/ }).count()).to.equal(0);
      expect(wallet.sent).to.deep.equal([]);
    });

    it("registers from the service's list, by an approval where the token has no permit", async function () {
      const world = play();
      const { net } = world;
      const who = net.address(NEWCOMER);
      const { node, registration } = printed(world, who);
      const stored = await fetch(`${world.service.url}/store/${registration.service_node_pubkey}`, {
        method: "POST",
        body: new URLSearchParams({
          pubkey_bls: registration.bls_pubkey,
          sig_ed25519: registration.service_node_signature,
          sig_bls: registration.proof_of_possession,
          operator: who,
        }),
      });
      expect(stored.status).to.equal(200);
      await net.fund(NEWCOMER, net.requirement);
      const before = await net.balance(who);
      const wallet = world.wallet("Alpha", NEWCOMER);
      wallet.lacks = PERMITS;
      const { page } = await world.open("#/register", { wallets: [wallet] });
      await connect(page, wallet);
      await page.getByRole("button", { name: "Use it" }).click();
      await says(page, "Both signatures are right:");
      await page.getByRole("button", { name: "Prepare" }).click();
      await confirm(page, "Allow the stake");
      await confirm(page, "Register");
      await says(page, "The node is registered.");
      expect(before - (await net.balance(who))).to.equal(net.requirement);
      expect(await net.token.getFunction("allowance").staticCall(who, net.chain.addresses.rewards)).to.equal(0n);
      expect(wallet.asked).not.to.include("eth_signTypedData_v4");
      expect(wallet.sent.length).to.equal(2);
      await world.bringUp(node);
    });

    it("registers with the tokens of a vesting contract, from a file, and claims into it", async function () {
      const world = play();
      const { net } = world;
      const vesting = world.vesting.staking;
      const { node, registration } = printed(world, vesting);
      const { page } = await world.connected("#/register", ACCOUNTS.vesting);
      await page.getByLabel("Stake the tokens of").selectOption(vesting);
      await page.locator("input[type=file]").setInputFiles({
        name: "registration.json",
        mimeType: "application/json",
        buffer: Buffer.from(JSON.stringify(registration)),
      });
      await says(page, "Both signatures are right:");
      await page.getByLabel("Rewards go to").fill(vesting);
      await page.getByRole("button", { name: "Prepare" }).click();
      await confirm(page, "Register");
      await says(page, "The node is registered.");
      await world.bringUp(node);
      const struct = (await net.rewards.getFunction("serviceNodes").staticCall(node.id)) as {
        contributors: { staker: { addr: string; beneficiary: string }; stakedAmount: bigint }[];
      };
      expect(
        struct.contributors.map(({ staker, stakedAmount }) => [staker.addr, staker.beneficiary, stakedAmount]),
      ).to.deep.equal([[vesting, vesting, net.requirement]]);

      await letEarn(net, 4);
      await world.settle();
      await page.goto(`${world.service.url}/#/vesting`);
      const card = page.locator("section.card", { has: page.locator(`[title^="${vesting}"]`) });
      const before = await net.balance(vesting);
      await card.getByRole("button", { name: "Ask the network what it has earned" }).click();
      await says(card, "Checked in your browser:");
      const signed = BigInt((await card.locator(".aside .amount").first().getAttribute("data-atomic")) ?? "");
      expect(signed > 0n).to.equal(true);
      await confirm(page, "Record the rewards");
      await confirm(page, "Claim into the vesting contract");
      await included(page, 3);
      expect((await net.balance(vesting)) - before).to.equal(signed);
    });

    it("a wallet that does not know the chain is told of it, or its owner is", async function () {
      const world = play();
      const wallet = world.wallet("Alpha", ACCOUNTS.alice);
      wallet.chainId = 1;
      wallet.unknown.add(31_337);
      wallet.connected = true;
      const { page } = await world.open("#/claim", { wallets: [wallet] });
      await connect(page, wallet);
      await page.getByRole("button", { name: "Switch to" }).click();
      await page.getByText("Alpha does not know local network, and this service names no endpoint").waitFor();
      expect(wallet.added).to.deep.equal([]);
      await page.route("**/app/config", async (route) => {
        const reply = await route.fetch();
        await route.fulfill({ json: { ...((await reply.json()) as object), rpcUrl: world.net.chain.url } });
      });
      await page.reload();
      await page.getByRole("button", { name: "Switch to" }).click();
      await page.getByRole("button", { name: "Ask the network" }).waitFor();
      expect(wallet.added).to.deep.equal([
        {
          chainId: "0x7a69",
          chainName: "local network",
          rpcUrls: [world.net.chain.url],
          nativeCurrency: { name: "ETH", symbol: "ETH", decimals: 18 },
        },
      ]);
      expect(wallet.chainId).to.equal(31_337);
    });

    it("a chain that is left while the wallet asks: nothing is sent, and the way back works", async function () {
      const world = play();
      await letEarn(world.net, 3);
      await world.service.caughtUp();
      const { page, wallet, errors } = await world.connected("#/claim", ACCOUNTS.dora);
      await askNetwork(page);
      const answer = wallet.hold();
      await confirm(page, "Claim");
      await page.getByText("In the wallet…").waitFor();
      await wallet.goTo(1);
      await page.getByText("Alpha is on chain 1.").waitFor();
      answer();
      await page.getByRole("button", { name: "Switch to" }).click();
      await page.getByRole("button", { name: "Ask the network" }).waitFor();
      expect(wallet.sent).to.deep.equal([]);
      expect(errors).to.deep.equal([]);
    });
  });
}

type Signed = Awaited<ReturnType<World["net"]["collect"]>>;

/** What the service says of it. */
function resultOf(world: World, signed: Signed, recipient: string): string {
  const amount = signed.rewards[0]?.amount ?? 0n;
  const result = {
    address: recipient,
    amount: String(amount),
    aggregate_pubkey: publicKeyToHex(signed.aggregatePublicKey).slice(2),
    height: 1,
    msg_to_sign: hexFromBytes(rewardMessage(world.net.tags, { recipient, amount })).slice(2),
    non_signer_indices: signed.nonSignerIds.map(Number),
    signature: signatureToHex(signatureFromParams(signed.signature)).slice(2),
    blockheight: 1,
    nodes: signed.set.nodes.length,
    signed: signed.set.nodes.length - signed.nonSignerIds.length,
    collectedAt: 1,
  };
  return `event: result\ndata: ${JSON.stringify(result)}\n\n`;
}
