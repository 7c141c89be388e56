/** What people write and set: nothing guessed with money, everything else as its users expect. */
import { spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { encryptKeystoreJson } from "ethers";
import { CollectError, readNodesFile } from "../../../src/collect/index.ts";
import { readRows } from "../../../src/cli/claiming/recipients.ts";
import { seshOf } from "../../../src/cli/terminal/amounts.ts";
import { SettingsError } from "../../../src/settings/errors.ts";
import { CliError } from "../../../src/cli/terminal/exit.ts";
import { cli } from "./support/io.ts";
import { ACCOUNT, CliNetwork, PRIVATE_KEY } from "./support/network.ts";

const MAIN = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));
const key = { env: { PRIVATE_KEY } };
const BOM = "\ufeff";

describe("cli: what people write", function () {
  this.timeout(60_000);
  let net: CliNetwork;

  before(async () => {
    net = await new CliNetwork().start();
  });
  after(() => net.stop());

  const file = async (name: string, content: string): Promise<string> => {
    const path = join(net.directory, name);
    await writeFile(path, content);
    return path;
  };
  const failure = async (promise: Promise<unknown>): Promise<Error> =>
    promise.then(
      () => new Error("nothing failed"),
      (error: Error) => error,
    );

  describe("amounts", () => {
    it("that could be two are refused with both, before anything else happens", async () => {
      const asked = net.chain.requests.length;
      for (const [argv, both] of [
        [["claim", ...net.with, "--amount", "1,5"], '--amount: "1,5" can be read as 1.5 SESH or as 15 SESH.'],
        [["watch", ...net.with, "--sesh-price", "0,00002"], "can be read as 0.00002 ETH or as 2 ETH."],
        [["watch", ...net.with, "--any-price", "--min-profit", "0,5"], "can be read as 0.5 ETH or as 5 ETH."],
        [["claim", ...net.with, "--max-cost", "0,001"], "can be read as 0.001 ETH or as 1 ETH."],
        [["claim", ...net.with, "--max-fee-per-gas", "0,1"], "can be read as 0.1 gwei or as 1 gwei."],
      ] as const) {
        const ran = await cli([...argv, "--broadcast"], key);
        expect(ran.code, argv.join(" ")).to.equal(2);
        expect(ran.err).to.include(both);
      }
      expect(net.chain.sent).to.have.length(0);
      expect(net.chain.requests.slice(asked)).to.not.include("eth_sendRawTransaction");
    });

    it("of gas, prices and fees are taken as people and programs print them", async () => {
      const ran = await cli(["claim", ...net.with, "--max-fee-per-gas", "100000000 wei", "--max-cost", "1e-2"], key);
      expect(ran.code, ran.err).to.equal(0);
      for (const price of ["2e-05", "0.000020000000000000001"]) {
        const watched = await cli(
          ["watch", ...net.with, "--daemon-url", net.daemonUrl, "--sesh-price", price, "--once"],
          key,
        );
        expect(watched.code, watched.err).to.equal(0);
      }
    });

    it("in lists are read by the same rule, JSON numbers to the last digit", async () => {
      const other = `0x${"22".repeat(20)}`;
      const amounts = async (name: string, content: string) =>
        (await readRows(await file(name, content))).map(({ amount }) => seshOf(amount ?? "", name).toString());
      expect(await amounts("a.csv", `${BOM}address,amount\n${ACCOUNT},"1,234.5"\n${other},60.5\n`)).to.deep.equal([
        "1234500000000",
        "60500000000",
      ]);
      expect(await amounts("b.csv", `address;amount\n${ACCOUNT};60\n`)).to.deep.equal(["60000000000"]);
      expect(
        await amounts(
          "c.json",
          `${BOM}[{"address":"${ACCOUNT}","amount":12345678.123456789},{"address":"${other}","amount":1.5e3}]`,
        ),
      ).to.deep.equal(["12345678123456789", "1500000000000"]);

      for (const [content, why] of [
        [`address,amount\n${ACCOUNT},"60,5"\n`, '"60,5" can be read as 60.5 SESH or as 605 SESH'],
        [`address;amount\n${ACCOUNT};60,5\n`, '"60,5" can be read as 60.5 SESH or as 605 SESH'],
        [`address;amount\n${ACCOUNT};2,500\n`, 'line 2: "2,500" can be read as 2.5 SESH or as 2500 SESH'],
        [`sep=;\naddress;amount\n${ACCOUNT};1.250\n`, '"1.250" can be read as 1.25 SESH or as 1250 SESH'],
        [`{"recipients":["${ACCOUNT}"]}`, "holds no list: it begins with ["],
        [`address,amount\n${ACCOUNT},60,5\n`, "line 2 has 3 fields for 2 columns"],
        [`address,amount,benificiary\n${ACCOUNT},60,${other}\n`, 'there is a column "benificiary"'],
        [`[{"address":"${ACCOUNT}","amount":60,"benificiary":"${other}"}]`, 'an entry has a "benificiary"'],
        [`address,amount\n${ACCOUNT},60\n${ACCOUNT.toLowerCase()},5\n`, `${ACCOUNT} is listed twice`],
        [`address,amount\n${ACCOUNT},1E+05\n`, "written with an exponent"],
        [`[{"address":"${ACCOUNT}","amount":-1}]`, "is negative"],
        [`[{"address":"${ACCOUNT}","amount":1e-10}]`, "more than 9 decimals"],
      ] as const) {
        const error = await failure(amounts("wrong", content));
        expect(error instanceof CliError || error instanceof SettingsError, content).to.equal(true);
        expect(error.message).to.include(why);
      }
    });

    it("go to nobody's zero address in no list", async () => {
      const path = await file("zero.csv", `address,amount,beneficiary\n${ACCOUNT},60,0x${"0".repeat(40)}\n`);
      expect((await failure(readRows(path))).message).to.equal(
        `${path}, beneficiary: this is the zero address, which nobody has.`,
      );
    });

    it("stand under their column, in whatever order", async () => {
      const other = `0x${"22".repeat(20)}`;
      const [row] = await readRows(
        await file("order.csv", `"Amount";"Beneficiary";"ADDRESS"\r\n"60";${other};${ACCOUNT}\r\n`),
      );
      expect(row).to.deep.equal({ address: ACCOUNT, amount: "60", beneficiary: other });
    });
  });

  describe("nodes files", () => {
    it("take keys as daemons print them, and a byte order mark", async () => {
      const entries = net.nodes.map(({ url, hex }, i) =>
        i % 2 === 0 ? { url, blsPubkey: hex.slice(2).toUpperCase() } : { url, pubkey_bls: hex.slice(2) },
      );
      const path = await file("keys.json", `${BOM}${JSON.stringify({ nodes: entries })}`);
      expect((await readNodesFile(path)).map(({ blsPubkey }) => blsPubkey)).to.deep.equal(
        net.nodes.map(({ hex }) => hex),
      );
      const ran = await cli(["rewards", ACCOUNT, ...net.on, "--nodes-file", path, "--json"]);
      expect((ran.json()["collected"] as { signers: unknown[] }).signers).to.have.length(net.nodes.length);
      const urls = await file("urls.txt", `${BOM}${net.nodes[0]?.url}\r\n# none\r\n`);
      expect(await readNodesFile(urls)).to.deep.equal([{ url: net.nodes[0]?.url }]);
    });

    it("that list nobody are refused", async () => {
      for (const content of ["", "# later\n", "[]", '{"nodes":[]}']) {
        const ran = await cli(["claim", ...net.on, "--nodes-file", await file("nobody", content)], key);
        expect([ran.code, ran.err.split("\n")[0]]).to.deep.equal([
          2,
          `error ${join(net.directory, "nobody")} lists no node.`,
        ]);
      }
    });

    it("name a key that is wrong", async () => {
      const key = net.nodes[0]?.hex ?? "";
      for (const [blsPubkey, why] of [
        [key.slice(0, -2), "node 2: blsPubkey has 126 hex digits, expected 128."],
        [`${key.slice(0, -1)}g`, "node 2: blsPubkey holds something else than hex digits."],
        [`${key.slice(0, -1)}${key.endsWith("0") ? "1" : "0"}`, "node 2: blsPubkey: "],
        [12, "node 2: blsPubkey has 2 hex digits"],
      ] as const) {
        const path = await file("wrong.json", JSON.stringify(["http://127.0.0.1:1", { url: "http://b", blsPubkey }]));
        const error = await failure(readNodesFile(path));
        expect(error).to.be.instanceOf(CollectError);
        expect(error.message).to.include(why);
      }
    });
  });

  it("takes addresses and keys with or without 0x, and says what is wrong with them", async () => {
    for (const address of [ACCOUNT.slice(2), ACCOUNT.toLowerCase(), `0X${ACCOUNT.slice(2)}`]) {
      expect((await cli(["rewards", address, ...net.on])).code, address).to.equal(0);
    }
    const flipped = ACCOUNT.replace(/[a-f]/, (letter) => letter.toUpperCase()).replace(/[A-F]$/, "a");
    for (const [address, why] of [
      [flipped === ACCOUNT ? ACCOUNT.replace(/[A-F]/, "a") : flipped, "wrong checksum"],
      [ACCOUNT.slice(0, -1), "has 39 hex digits, an address has 40"],
      ["alice.eth", "is not an address but a name, and names are not looked up"],
      ["XE7338O073KYGTWWZN0F2WZ0R8PX5ZPPZS", "is not an address"],
      [`0x${"9f".repeat(32)}`, "has 64 hex digits, an address has 40"],
    ] as const) {
      const ran = await cli(["rewards", address, ...net.on]);
      expect(ran.code, address).to.equal(2);
      expect(ran.err).to.include(why);
    }
    const env = { PRIVATE_KEY: `0X${PRIVATE_KEY.slice(2).toUpperCase()}` };
    expect((await cli(["claim", ...net.with, "--json"], { env })).json()).to.include({ recipient: ACCOUNT });
  });

  it("takes no daemon without a scheme for one that is silent", async () => {
    for (const argv of [
      ["claim", ...net.on, "--daemon-url", "127.0.0.1:22023"],
      ["claim", ...net.on, "--directory", "localhost:22023"],
      ["register", ...net.on, "--daemon", "daemon"],
    ]) {
      const ran = await cli(argv, key);
      expect(ran.code, argv.join(" ")).to.equal(2);
      expect(ran.err).to.match(/error ".*" is not the URL of a daemon\.\n {2}fix It begins with http:\/\//);
    }
  });

  describe("keystores", () => {
    let keystore: string;
    let password: string;
    before(async function () {
      const encrypted = JSON.parse(
        await encryptKeystoreJson({ address: ACCOUNT, privateKey: PRIVATE_KEY }, "correct horse", {
          scrypt: { N: 1 << 10, r: 8, p: 1 },
        }),
      ) as Record<string, unknown>;
      // As Foundry writes them.
      delete encrypted["address"];
      keystore = await file(
        "foundry",
        `${BOM}${JSON.stringify({ crypto: encrypted["Crypto"], id: encrypted["id"], version: 3 })}`,
      );
      password = await file("password", `${BOM}correct horse\r\n`);
    });

    it("need no address in them, and lose the byte order mark, as passwords do", async () => {
      const shown = (await cli(["keys", "show", keystore, "--password-file", password, "--json"])).json();
      expect(shown).to.deep.include({ type: "account", address: ACCOUNT, opens: true });
      expect((await cli(["keys", "show", keystore])).out).to.include("not in the file");
      const ran = await cli(["claim", ...net.with, "--keystore", keystore, "--password-file", password, "--json"]);
      expect(ran.json()).to.include({ recipient: ACCOUNT });
    });

    it("say when the address in them is another key's", async () => {
      const stored = JSON.parse((await readFile(keystore, "utf8")).slice(1)) as object;
      const path = await file("other.json", JSON.stringify({ ...stored, address: "22".repeat(20) }));
      for (const argv of [
        ["keys", "show", path],
        ["claim", ...net.with, "--keystore", path],
      ]) {
        const ran = await cli([...argv, "--password-file", password]);
        expect(ran.code).to.equal(7);
        expect(ran.err).to.include("other.json names another address than its key has.");
      }
    });

    it("ask for their password at a terminal", async () => {
      const asked: string[] = [];
      const askSecret = (question: string) => {
        asked.push(question);
        return Promise.resolve("correct horse");
      };
      const ran = await cli(["claim", ...net.with, "--keystore", keystore, "--json"], { askSecret });
      expect(ran.json()).to.include({ recipient: ACCOUNT });
      expect(asked).to.deep.equal(["Password of the keystore: "]);

      const out = join(net.directory, "typed.json");
      asked.length = 0;
      expect((await cli(["keys", "generate", "--out", out], { askSecret })).code).to.equal(0);
      expect(asked).to.deep.equal(["New password: ", "The same again: "]);
      expect(JSON.parse(await readFile(out, "utf8"))).to.include({ version: 4 });

      let nth = 0;
      const differing = () => Promise.resolve(`password ${nth++}`);
      const slip = await cli(["keys", "generate", "--out", `${out}2`], { askSecret: differing });
      expect([slip.code, slip.err]).to.deep.equal([7, "error The two passwords differ.\n  fix Run it again.\n"]);
      expect((await cli(["keys", "generate", "--out", `${out}2`])).err).to.include("A keystore needs a password.");
    });
  });

  it("takes the variable that is named before the environment's keystore, and says when it is empty", async () => {
    const env = { OTHER: PRIVATE_KEY, KEYSTORE: join(net.directory, "none.json") };
    const ran = await cli(["claim", ...net.with, "--key-variable", "OTHER", "--json"], { env });
    expect(ran.json()).to.include({ recipient: ACCOUNT });
    const unset = await cli(["claim", ...net.with, "--key-variable", "OTHR"], { env: { PRIVATE_KEY } });
    expect([unset.code, unset.err.split("\n")[0]]).to.deep.equal([7, "error $OTHR is not set."]);
    const both = await cli(["claim", ...net.with, "--key-variable", "OTHR", "--keystore", env.KEYSTORE]);
    expect([both.code, both.err.includes("none.json"), both.err.includes("OTHR")]).to.deep.equal([2, true, false]);
    const bare = await cli(["claim", ...net.with, "--key-variable", PRIVATE_KEY]);
    expect([bare.code, bare.err.includes(PRIVATE_KEY)]).to.deep.equal([7, false]);
    expect(bare.err).to.include("--key-variable takes the name of a variable, and this is none.");
  });

  it("is coloured or not as the variables say", async () => {
    const coloured = async (env: Record<string, string>, tty = false) =>
      (await cli(["status", ...net.on], { env, tty })).out.includes("\u001b[");
    expect(await coloured({ FORCE_COLOR: "1" })).to.equal(true);
    expect(await coloured({ FORCE_COLOR: "0" }, true)).to.equal(false);
    expect(await coloured({ NO_COLOR: "1" }, true)).to.equal(false);
  });

  it("reads .env in the working directory; an empty variable counts as not given", async () => {
    const directory = join(net.directory, "home");
    await mkdir(directory);
    await writeFile(join(directory, ".env"), `${BOM}PRIVATE_KEY=${PRIVATE_KEY}\nKEYSTORE=\nKEYSTORE_PASSWORD_FILE=\n`);
    const child = spawn(process.execPath, [MAIN, "claim", ...net.with, "--json"], {
      cwd: directory,
      env: { ...process.env, PRIVATE_KEY: "", KEYSTORE: "" },
    });
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    expect(await new Promise((resolve) => child.on("close", resolve))).to.equal(0);
    expect(JSON.parse(out)).to.include({ recipient: ACCOUNT, status: "simulated" });
  });
});
