/** The story of a network on anvil, with the programs as processes; `npm run clients` plays all of it, on Hardhat and geth as well. */
import { expect } from "chai";
import { findAnvil, startAnvil } from "../../checks/clients/clients.ts";
import type { Client } from "../../checks/clients/clients.ts";
import { playOn } from "../../checks/clients/main.ts";
import { Programs } from "../../checks/clients/programs.ts";

describe("another client than Hardhat's", function () {
  this.timeout(400_000);
  let programs: Programs;
  let client: Client | undefined;

  before(async () => {
    programs = await Programs.open();
  });
  after(async () => {
    await client?.stop();
    await programs.stop();
  });

  it("has the same network, at the same gas: anvil", async function () {
    const anvil = findAnvil();
    // Not made for this platform.
    if (anvil === undefined) return this.skip();
    client = await startAnvil(anvil, programs);
    const steps: string[] = [];
    const tell: Parameters<typeof playOn>[2] = async (name, step) => {
      await step(() => undefined);
      steps.push(name);
    };
    const gas = await playOn(client, programs, tell, true);
    expect(steps).to.deep.equal("deploy seed nodes register claim batch requests exit liquidate gas".split(" "));
    expect(gas).to.have.length(20);
  });

  it("is found where npm puts it, by platform and processor", () => {
    expect(findAnvil("linux", "mips")).to.equal(undefined);
    if (process.platform === "linux" && process.arch === "x64") {
      expect(findAnvil()).to.match(/anvil-linux-amd64\/bin\/anvil$/);
    }
  });
});
