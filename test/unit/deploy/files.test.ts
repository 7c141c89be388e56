/** Files that people write for the operations on a deployment: the same rules as everywhere. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { readLayouts } from "../../../deploy/lib/layout.ts";
import { checkParameters, readParameters } from "../../../deploy/lib/parameters.ts";
import { readRecord } from "../../../deploy/lib/record.ts";
import { refusalsOf } from "../../../deploy/lib/refusal.ts";
import { checkSeedList, readSeedFile } from "../../../deploy/ops/seedFile.ts";
import { readVestingFile } from "../../../deploy/ops/vestingFile.ts";
import { publicKeyOf, publicKeyToHex, sign, signatureToHex } from "../../../src/bls/index.ts";

const BOM = "\ufeff";
const ADDRESS = "0x10Ea9E5303670331Bdddfa66A4cEA47dae4fcF3b";
const OTHER = "0xC2B9fC251aC068763EbDfdecc792E3352E351c00";

describe("deploy: files that people write", () => {
  let directory: string;
  const file = async (name: string, content: string | Uint8Array): Promise<string> => {
    const path = join(directory, name);
    await writeFile(path, content);
    return path;
  };
  const problems = (work: () => unknown): string[] => {
    try {
      work();
    } catch (error) {
      return (refusalsOf(error) ?? []).map(({ message }) => message.replace(/^.*\/[\w.]+:(\d+: )?\s*/, ""));
    }
    return [];
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "deploy-files-"));
  });
  after(() => rm(directory, { recursive: true }));

  describe("the vesting list", () => {
    const HEADER = "beneficiary,revoker,start,end,transferableBeneficiary,amount";
    const row = (end: string, amount: string, beneficiary = ADDRESS) =>
      `${beneficiary},${OTHER},2026-01-31T12:00Z,${end},true,${amount}`;

    it("takes a byte order mark, addresses without 0x, and amounts in groups", async () => {
      const path = await file("a.csv", `${BOM}${HEADER}\n${row("2031-02-28", '"12,345.5"', ADDRESS.slice(2))}\n`);
      const [vesting] = readVestingFile(path, 0);
      expect(vesting).to.include({ beneficiary: ADDRESS, end: 1_930_003_200n, amount: 12_345_500_000_000n });
    });

    it("is read as the other lists are: semicolons, TRUE, any order; no column of another name", async () => {
      const lines = ["Amount;END;start;revoker;beneficiary;transferablebeneficiary"];
      lines.push(`12,345.5;2031-02-28;2026-01-31;${OTHER};${ADDRESS};TRUE`);
      const [vesting] = readVestingFile(await file("order.csv", lines.join("\r\n")), 0);
      expect(vesting).to.include({ beneficiary: ADDRESS, transferableBeneficiary: true, amount: 12_345_500_000_000n });
      const wrong = await file("wrong.csv", `${HEADER},note\n${row("2031-02-28", "1")},x\n`);
      expect(problems(() => readVestingFile(wrong, 0))).to.deep.equal([
        `there is a column "note". Columns are ${HEADER.replaceAll(",", ", ")}.`,
      ]);
    });

    it("refuses amounts that are other ones where lists have semicolons", async () => {
      const lines = [HEADER.replaceAll(",", ";"), row("2031-02-28", "2,500").replaceAll(/,(?!500)/g, ";")];
      const path = await file("semicolons.csv", lines.join("\n"));
      expect(problems(() => readVestingFile(path, 0))).to.deep.equal([
        'amount "2,500" can be read as 2.5 SESH or as 2500 SESH in a list with semicolons. Write 2.5 or 2500.',
      ]);
    });

    it("refuses days that there are not, and amounts that could be two", async () => {
      const path = await file("b.csv", [HEADER, row("2027-02-30", "1"), row("2031-01-01", '"60,5"')].join("\n"));
      expect(problems(() => readVestingFile(path, 0))).to.deep.equal([
        'end "2027-02-30" is neither unix seconds nor a date such as 2026-01-31 or 2026-01-31T12:00Z (UTC).',
        "start is after end.",
        "end is past: nothing would be locked.",
        'amount "60,5" can be read as 60.5 SESH or as 605 SESH. Write 60.5 or 605.',
      ]);
    });
  });

  it("name an address whose checksum is wrong", async () => {
    const wrong = ADDRESS.replace("Ea", "eA");
    const list = `beneficiary,revoker,start,end,transferableBeneficiary,amount\n${wrong},${OTHER},2026-01-31,2031-01-31,true,1\n`;
    const vesting = await file("checksum.csv", list);
    expect(problems(() => readVestingFile(vesting, 0))).to.deep.equal([
      `beneficiary "${wrong}" has a wrong checksum: copy the address again.`,
    ]);
    const contributors = [
      { address: wrong, amount: 1 },
      { address: `0x${"0".repeat(40)}`, amount: 1 },
    ];
    const seed = await file("checksum.json", JSON.stringify({ nodes: [{ contributors }] }));
    expect(problems(() => readSeedFile(seed))).to.include.members([
      `nodes.0.contributors.0.address "${wrong}" has a wrong checksum: copy the address again.`,
      `nodes.0.contributors.1.address "0x${"0".repeat(40)}" is the zero address.`,
    ]);
  });

  it("a seed file takes a byte order mark, and keys as daemons print them", async () => {
    const key = publicKeyToHex(publicKeyOf(7n));
    const proof = signatureToHex(sign(new Uint8Array(1), 7n, new Uint8Array(32)));
    const node = (blsPubkey: string) => ({
      blsPubkey,
      ed25519Pubkey: "0XAB".padEnd(66, "0"),
      addedTimestamp: "1700000000",
      proofOfPossession: proof.slice(2),
      contributors: [{ address: ADDRESS.slice(2), amount: "25000000000000" }],
    });
    const path = await file("seed.json", `${BOM}${JSON.stringify({ nodes: [node(key.slice(2).toUpperCase())] })}`);
    const [seed] = readSeedFile(path);
    expect(seed).to.include({ blsPubkey: key, ed25519Pubkey: 0xabn << 248n });
    expect(seed?.contributors[0]?.staker.addr).to.equal(ADDRESS);

    const misspelt = node(key);
    misspelt.contributors = [{ address: ADDRESS, amount: "1", benificiary: OTHER } as never];
    const strange = await file("strange.json", JSON.stringify({ nodes: [misspelt] }));
    expect(problems(() => readSeedFile(strange))).to.deep.equal([
      'nodes.0.contributors.0 Unrecognized key: "benificiary".',
    ]);
    // Written in SESH where atomic SESH belong.
    const [inSesh] = readSeedFile(path);
    const said = checkSeedList(
      [
        {
          ...inSesh,
          contributors: [{ staker: { addr: ADDRESS, beneficiary: ADDRESS }, stakedAmount: 25_000n }],
        } as never,
      ],
      25_000_000_000_000n,
      10n,
      2_000_000_000,
    );
    expect(said.map(({ message }) => message)).to.deep.equal([
      "nodes.0: its contributions sum up to 25000 (0.000025 SESH), the requirement is 25000000000000 (25,000 SESH).",
    ]);

    const wrong = await file("wrong.json", JSON.stringify({ nodes: [node(key.slice(0, -2))] }));
    expect(problems(() => readSeedFile(wrong))).to.deep.equal([
      "nodes.0.blsPubkey the BLS key has 126 hex digits, expected 128.",
    ]);
  });

  it("parameters, layouts and records lose the marks that editors put at their beginning", async () => {
    const text = `{ Token: { totalSupply: "5000n", gateway: "${ADDRESS}", router: "${OTHER}" } } // said by hand`;
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
    for (const content of [text, `\ufeff${text}`, utf16]) {
      const { Token } = readParameters(await file("p.json5", content));
      expect(Token).to.deep.equal({ totalSupply: 5_000n, gateway: ADDRESS, router: OTHER });
    }
    const broken = await file("broken.json5", "{ Token: ");
    expect(problems(() => readParameters(broken))[0]).to.match(/broken\.json5 is not valid JSON5 \(.*1:10.*\)\.$/);
    expect(problems(() => readParameters(`${broken}x`))[0]).to.equal("name one with --parameters.");

    const layouts = await file("layouts.json", '\ufeff{ "SESH": { "name": "SESH" } }');
    expect(Object.keys(readLayouts(layouts))).to.deep.equal(["SESH"]);
    expect(readRecord(dirname(layouts), "layouts.json")).to.deep.equal({ SESH: { name: "SESH" } });
  });

  it("a parameter file takes addresses without 0x, and says what is wrong with them", () => {
    const section = (l1Address: string) => ({ TokenL2: { l2Gateway: OTHER, l1Address } });
    expect(checkParameters(section(ADDRESS.slice(2)), "p.json5").TokenL2?.["l1Address"]).to.equal(ADDRESS);
    expect(problems(() => checkParameters(section(ADDRESS.replace("Ea", "eA")), "p.json5"))[0]).to.include(
      "has a wrong checksum",
    );
  });
});
