import { appendFile, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { pino } from "pino";
import type { Announcement } from "../../../src/node/announcements.ts";
import { Ledger, PARAMS } from "../../../src/node/index.ts";
import type { Certificate } from "../../../src/node/index.ts";
import { Store } from "../../../src/node/store.ts";

const logger = pino({ level: "silent" });
const certificate = (round: number): Certificate => ({
  round,
  worker: 7n,
  change: "decommission",
  voters: "0xff",
  signature: `0x${"ab".repeat(128)}`,
});
const announcement: Announcement = {
  id: 7n,
  urls: ["https://node.example.org"],
  version: "1",
  timestamp: 1_800_000_000,
  height: 9,
  ed25519Signature: `0x${"12".repeat(64)}`,
  blsSignature: `0x${"34".repeat(128)}`,
};
const ledger = new Ledger({
  params: PARAMS.mainnet,
  genesis: { height: 5, hash: "0x05", timestamp: 1_800_000_000 },
  historyBlocks: 100,
});

describe("node/Store", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "store-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const filled = async (rules = "rules"): Promise<void> => {
    const store = new Store(folder, rules, logger);
    await store.load();
    await store.addCertificates([certificate(1), certificate(2)]);
    await store.addArchive({
      day: 0,
      digest: `0x${"56".repeat(32)}`,
      signers: "0xff",
      signature: `0x${"78".repeat(128)}`,
    });
    await store.checkpoint(ledger.snapshot(), { recorded: true, known: { "0x1": ["5", "3"] } }, [announcement]);
    await store.close();
  };

  it("gives back what it was given", async () => {
    const first = await new Store(folder, "rules", logger).load();
    expect(first).to.deep.equal({
      ledger: undefined,
      openings: undefined,
      certificates: [],
      archives: [],
      announcements: [],
      ofOtherRules: { certificates: [], archives: [] },
    });
    await filled();
    const stored = await new Store(folder, "rules", logger).load();
    expect(stored.certificates).to.deep.equal([certificate(1), certificate(2)]);
    expect(stored.archives.map(({ day }) => day)).to.deep.equal([0]);
    expect(stored.announcements).to.deep.equal([announcement]);
    expect(stored.openings).to.deep.equal({ recorded: true, known: { "0x1": ["5", "3"] } });
    expect(Ledger.restore(PARAMS.mainnet, 100, stored.ledger!).tip).to.deep.equal(ledger.tip);
  });

  for (const [how, end] of [
    ["a line that was damaged", "\n"],
    ["a line that a killed process has cut off", ""],
  ] as const)
    it(`leaves out ${how}, and takes what follows`, async () => {
      await filled();
      await appendFile(join(folder, "certificates.jsonl"), `{"round":3,"wor${end}`);
      const store = new Store(folder, "rules", logger);
      await store.load();
      await store.addCertificates([certificate(4)]);
      await store.close();
      const { certificates } = await new Store(folder, "rules", logger).load();
      expect(certificates.map(({ round }) => round)).to.deep.equal([1, 2, 4]);
    });

  it("puts aside a checkpoint that cannot be read, and keeps the rest", async () => {
    await filled();
    await writeFile(join(folder, "checkpoint.json"), '{"rules":');
    const stored = await new Store(folder, "rules", logger).load();
    expect(stored.ledger).to.equal(undefined);
    expect(stored.certificates).to.have.length(2);
    expect((await readdir(folder)).some((name) => /^checkpoint\.json\.\d+\.old$/.test(name))).to.equal(true);
  });

  it("does not believe the state of other rules", async () => {
    await filled();
    const stored = await new Store(folder, "other rules", logger).load();
    expect([stored.ledger, stored.certificates.length, stored.archives.length]).to.deep.equal([undefined, 0, 0]);
    expect(stored.ofOtherRules.certificates).to.deep.equal([certificate(1), certificate(2)]);
    expect(stored.ofOtherRules.archives.map(({ day }) => day)).to.deep.equal([0]);
    expect((await readdir(folder)).filter((name) => name.endsWith(".old"))).to.have.length(3);
  });
});
