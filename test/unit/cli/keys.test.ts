import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decrypt } from "@chainsafe/bls-keystore";
import { expect } from "chai";
import { Wallet } from "ethers";
import { GROUP_ORDER, publicKeyOf, publicKeyToHex } from "../../../src/bls/index.ts";
import { cli } from "./support/io.ts";

const SECRET = `0x${"11".repeat(32)}`;

describe("cli: keys", () => {
  let directory: string;
  let password: string;
  const at = (name: string) => join(directory, name);

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "cli-keys-"));
    password = at("password");
    await writeFile(password, "correct horse\nsecond line\n");
  });
  after(() => rm(directory, { recursive: true }));

  it("generates a BLS keystore that only its owner may read", async () => {
    const ran = await cli(["keys", "generate", "--out", at("new.json"), "--password-file", password, "--json"]);
    expect(ran.code).to.equal(0);
    expect(ran.json()["blsPubkey"]).to.match(/^0x[0-9a-f]{128}$/);
    expect((await stat(at("new.json"))).mode & 0o777).to.equal(0o600);
    const opened = await cli(["keys", "show", at("new.json"), "--password-file", password, "--json"]);
    expect(opened.json()).to.deep.include({ type: "bls", blsPubkey: ran.json()["blsPubkey"], opens: true });
  });

  it("imports a BLS key from standard input, reduced mod r, into an EIP-2335 keystore", async () => {
    const large = GROUP_ORDER + 5n;
    const args = ["keys", "import", "--out", at("large.json"), "--password-file", password, "--json"];
    const ran = await cli(args, { stdin: `${large.toString(16).padStart(64, "0")}\n` });
    expect(ran.code).to.equal(0);
    expect(ran.json()["blsPubkey"]).to.equal(publicKeyToHex(publicKeyOf(5n)));
    const keystore = JSON.parse(await readFile(at("large.json"), "utf8"));
    expect(keystore.version).to.equal(4);
    expect(Buffer.from(await decrypt(keystore, "correct horse")).at(-1)).to.equal(5);
  });

  it("imports an account from a file", async function () {
    this.timeout(60_000);
    await writeFile(at("secret"), `${SECRET}\n`, { mode: 0o600 });
    const args = ["keys", "import", "--type", "account", "--secret-file", at("secret"), "--out", at("account.json")];
    const ran = await cli([...args, "--password-file", password, "--json"]);
    expect(ran.code).to.equal(0);
    expect(ran.json()["address"]).to.equal(new Wallet(SECRET).address);
    const shown = (await cli(["keys", "show", at("account.json"), "--json"])).json();
    expect(shown).to.deep.equal({
      type: "account",
      address: new Wallet(SECRET).address.toLowerCase(),
      encrypted: true,
    });
  });

  it("never replaces a file", async () => {
    await writeFile(at("there.json"), "precious");
    const ran = await cli(["keys", "generate", "--out", at("there.json"), "--password-file", password]);
    expect(ran.code).to.equal(2);
    expect(ran.err).to.include("exists already");
    expect(await readFile(at("there.json"), "utf8")).to.equal("precious");
  });

  it("refuses a wrong password, with exit code 7", async () => {
    await cli(["keys", "generate", "--out", at("locked.json"), "--password-file", password]);
    await writeFile(at("wrong"), "battery staple\n");
    const ran = await cli(["keys", "show", at("locked.json"), "--password-file", at("wrong")]);
    expect(ran.code).to.equal(7);
    expect(ran.err).to.include("does not open");
  });

  it("refuses a keystore whose outer key is not the inner one's", async () => {
    await cli(["keys", "generate", "--out", at("a.json"), "--password-file", password]);
    const keystore = JSON.parse(await readFile(at("a.json"), "utf8"));
    await writeFile(at("b.json"), JSON.stringify({ ...keystore, pubkey: publicKeyToHex(publicKeyOf(7n)).slice(2) }));
    const ran = await cli(["keys", "show", at("b.json"), "--password-file", password]);
    expect(ran.code).to.equal(7);
    expect(ran.err).to.include("another public key");
  });

  it("keeps secrets out of every message", async () => {
    const bad = `${SECRET}ff`;
    for (const type of ["bls", "account"]) {
      const args = ["keys", "import", "--type", type, "--out", at("bad.json"), "--password-file", password, "--json"];
      const ran = await cli(args, { stdin: bad });
      expect(ran.code).to.equal(7);
      expect(ran.out + ran.err).not.to.include("1111");
    }
    await writeFile(at("notjson"), `{"crypto": ${bad}`);
    const shown = await cli(["keys", "show", at("notjson"), "--json"]);
    expect(shown.code).to.equal(7);
    expect(shown.out + shown.err).not.to.include("1111");
  });

  it("refuses an empty password", async () => {
    await writeFile(at("empty"), "\n");
    const ran = await cli(["keys", "generate", "--out", at("never.json"), "--password-file", at("empty")]);
    expect(ran.code).to.equal(7);
  });
});
