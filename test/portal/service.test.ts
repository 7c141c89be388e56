/** Every route against the tables of the interface, with real data in each field; limits, refusals, shared collections. */
import { openPortalWorld, startPortal } from "../helpers/portal.ts";
import { Client } from "./suites/client.ts";
import { httpSuite } from "./suites/http.ts";
import { liveSuite } from "./suites/live.ts";
import { registerSuite } from "./suites/register.ts";
import { signSuite } from "./suites/sign.ts";

describe("portal: service", function () {
  this.timeout(120_000);
  let client: Client | undefined;
  const play = (): Client => client as Client;

  before(async function () {
    const world = await openPortalWorld();
    client = new Client(world, await startPortal(world));
    await client.running.caughtUp();
  });
  after(async function () {
    await client?.running.stop();
    await client?.world.stop();
  });

  // One world: what a suite changes, the next one finds.
  liveSuite(play);
  signSuite(play);
  registerSuite(play);
  httpSuite(play);
});
