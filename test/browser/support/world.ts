import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { expect } from "chai";
import type { Browser, Locator, Page } from "playwright-core";
import type { Devnet } from "../../../devnet/run.ts";
import type { DevNode } from "../../../devnet/network.ts";
import { syncAll } from "../../../devnet/network.ts";
import type { Visitor, VisitorOptions } from "./browser.ts";
import { LIMIT_MS, picture, visit } from "./browser.ts";
import { keyOf } from "./network.ts";
import type { Service } from "./service.ts";
import { TestWallet } from "./wallet.ts";

/** Everything that a suite plays with; one for all suites. */
export class World {
  readonly net: Devnet;
  readonly service: Service;
  readonly browser: Browser;
  /** Vesting contracts: two that are locked for a year, one that ends soon. */
  readonly vesting: { locked: string; ending: string; staking: string };
  #visitors: Visitor[] = [];

  constructor(net: Devnet, service: Service, browser: Browser, vesting: World["vesting"]) {
    this.net = net;
    this.service = service;
    this.browser = browser;
    this.vesting = vesting;
  }

  wallet(name: string, ...accounts: number[]): TestWallet {
    return new TestWallet(name, this.net.chain.provider, ...accounts.map(keyOf));
  }

  /** Opens the page; closed after the test. */
  async open(path: string, options: VisitorOptions = {}): Promise<Visitor> {
    const visitor = await visit(this.browser, this.service.url, path, options);
    this.#visitors.push(visitor);
    return visitor;
  }

  /** Opens the page with one wallet, connected. */
  async connected(path: string, account: number): Promise<Visitor & { wallet: TestWallet }> {
    const wallet = this.wallet("Alpha", account);
    wallet.connected = true;
    const visitor = await this.open(path, { wallets: [wallet] });
    await connect(visitor.page, wallet);
    return { ...visitor, wallet };
  }

  /** Closes what a test has opened; a test that failed leaves a picture. */
  async close(failed: string | undefined): Promise<void> {
    for (const { page, close } of this.#visitors) {
      if (failed !== undefined) await picture(page, `failed ${failed.replaceAll(/\W+/g, " ")}`).catch(() => undefined);
      await close();
    }
    this.#visitors = [];
  }

  /** Moves the chain's clock; nodes and index follow. */
  async advance(seconds: number): Promise<void> {
    await this.net.chain.advance(seconds);
    await this.settle();
  }

  /** Nodes and index at the newest block, the pool paid in. */
  async settle(): Promise<void> {
    await this.net.releasePool();
    await syncAll(this.net.nodes);
    await this.service.caughtUp();
  }

  /** Lifetime rewards by an honest node's own ledger, atomic SESH. */
  async lifetime(account: number, height: number | "latest" = "latest"): Promise<bigint> {
    return (await this.net.honest[0]?.running?.lifetimeRewards(this.net.address(account), height)) ?? 0n;
  }

  /** While the chain includes nothing: what is sent meanwhile stays under way, until the end or a block that `work` has made. */
  async withoutMining(work: () => Promise<void>): Promise<void> {
    const { provider } = this.net.chain;
    await provider.send("evm_setAutomine", [false]);
    try {
      await work();
    } finally {
      await provider.send("evm_setAutomine", [true]);
      await provider.send("evm_mine", []);
    }
  }

  /** Takes a node that has registered into the network, and starts it. */
  async bringUp(node: DevNode): Promise<void> {
    await this.net.adopt(node);
    await this.net.runNodes(() => undefined);
    await this.service.nodesChanged();
  }

  async claimed(account: number): Promise<bigint> {
    const entry = (await this.net.rewards.getFunction("recipients").staticCall(this.net.address(account))) as {
      claimed: bigint;
    };
    return entry.claimed;
  }

  async isRegistered(id: bigint): Promise<boolean> {
    const [ids] = (await this.net.rewards.getFunction("allServiceNodeIDs").staticCall()) as [bigint[]];
    return ids.includes(id);
  }
}

/** Chooses the wallet in the page, wherever it is offered. */
export async function connect(page: Page, wallet: TestWallet): Promise<void> {
  await page.locator("header .account").click();
  await page.locator(`dialog [data-wallet="${wallet.rdns}"]`).click();
  await page.locator("dialog").waitFor({ state: "detached" });
}

/** The exact amount of an element that shows one. */
export async function atomic(page: Page, selector: string): Promise<bigint> {
  return BigInt((await page.locator(selector).first().getAttribute("data-atomic")) ?? "");
}

/** Asks the network what the account has earned, until the claim may be sent. */
export async function askNetwork(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Ask the network" }).click();
  await page.locator(".step[data-phase=ready]").waitFor();
}

/** Presses the button of the present step once the simulation allows it. */
export async function confirm(page: Page, name: string): Promise<void> {
  const button = page.locator(".step[data-phase=ready] button.primary", { hasText: name });
  await shown(button, page.locator(".step .box.bad"));
  await button.click();
}

/** Until the page says it. Trouble that it tells of instead fails at once, in its words. */
export async function says(place: Page | Locator, text: string | RegExp): Promise<void> {
  await shown(place.getByText(text), place.locator(".box.bad"));
}

/** Until so many transactions are included. One that fails instead fails the test at once. */
export async function included(page: Page, count = 1): Promise<void> {
  const failed = page.locator("[data-sent=failed], .step[data-phase=failed]");
  await shown(page.locator(".sent [data-sent=done]").nth(count - 1), failed);
}

async function shown(wanted: Locator, instead: Locator): Promise<void> {
  await wanted.or(instead).first().waitFor();
  if (await wanted.first().isVisible()) return;
  throw new Error(`instead the page has: ${(await instead.allInnerTexts()).join(" | ")}`);
}

/** Until what is read is this: the page follows in its own time. What was read last is in the failure. */
export async function becomes<T>(read: () => Promise<T>, expected: T): Promise<void> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const found = await read();
    if (isDeepStrictEqual(found, expected)) return;
    if (Date.now() > deadline) expect(found).to.deep.equal(expected);
    await sleep(50);
  }
}
