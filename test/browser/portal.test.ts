import type { Browser } from "playwright-core";
import type { Devnet } from "../../devnet/run.ts";
import { deployVesting, startNetwork } from "./support/network.ts";
import { buildPage, startBrowser } from "./support/browser.ts";
import type { Service } from "./support/service.ts";
import { startService } from "./support/service.ts";
import { World } from "./support/world.ts";
import { claimSuite } from "./suites/claim.ts";
import { formerSuite } from "./suites/former.ts";
import { habitsSuite } from "./suites/habits.ts";
import { hostileSuite } from "./suites/hostile.ts";
import { joinSuite } from "./suites/join.ts";
import { leaveSuite } from "./suites/leave.ts";
import { lookSuite } from "./suites/look.ts";
import { sourcesSuite } from "./suites/sources.ts";
import { troubleSuite } from "./suites/trouble.ts";
import { walletSuite } from "./suites/wallets.ts";
import { waysSuite } from "./suites/ways.ts";

describe("the portal's page, in a browser", function () {
  // A limit, and no measure: the machine may have much else to do.
  this.timeout(300_000);
  let net: Devnet | undefined;
  let service: Service | undefined;
  let browser: Browser | undefined;
  let page: Awaited<ReturnType<typeof buildPage>> | undefined;
  let world: World | undefined;
  const play = (): World => world as World;

  before(async function () {
    // a chain, its nodes, a database, the page's build and a browser: half a minute, and more where others work too
    this.timeout(600_000);
    [net, page, browser] = await Promise.all([startNetwork(), buildPage(), startBrowser()]);
    const vesting = await deployVesting(net);
    service = await startService(net, page.directory, Object.values(vesting));
    await service.caughtUp();
    world = new World(net, service, browser, vesting);
  });

  afterEach(async function () {
    await world?.close(this.currentTest?.state === "failed" ? this.currentTest.fullTitle() : undefined);
  });

  after(async function () {
    await browser?.close();
    await service?.stop();
    await net?.stop();
    page?.remove();
  });

  // In this order: what a suite leaves behind is the next one's world, and the last ones break things.
  lookSuite(play);
  claimSuite(play);
  walletSuite(play);
  hostileSuite(play);
  joinSuite(play);
  formerSuite(play);
  waysSuite(play);
  habitsSuite(play);
  sourcesSuite(play);
  leaveSuite(play);
  troubleSuite(play);
});
