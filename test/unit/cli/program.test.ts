import { expect } from "chai";
import { cli } from "./support/io.ts";

const COMMANDS = [
  ["status"],
  ["nodes"],
  ["mine"],
  ["rewards"],
  ["claim"],
  ["register"],
  ["contribute"],
  ["exit"],
  ["liquidate"],
  ["watch"],
  ["network"],
  ["keys"],
  ["keys", "generate"],
  ["keys", "import"],
  ["keys", "show"],
];

describe("cli: the program", () => {
  it("lists its commands", async () => {
    const ran = await cli(["--help"]);
    expect(ran.code).to.equal(0);
    for (const [name] of COMMANDS) expect(ran.out).to.include(`session-staking ${name}`);
    expect(ran.out).to.include("Exit codes");
  });

  for (const command of COMMANDS) {
    it(`explains ${command.join(" ")}`, async () => {
      const ran = await cli([...command, "--help"]);
      expect(ran.code).to.equal(0);
      expect(ran.err).to.equal("");
      expect(ran.out).to.match(new RegExp(`^session-staking ${command.join(" ")}\\b`));
      if (command.join() !== "keys") expect(ran.out).to.include("Exit codes");
      for (const line of ran.out.split("\n")) expect(line.length, line).to.be.at.most(120);
    });
  }

  it("refuses unknown commands and options, with exit code 2 and a fix", async () => {
    for (const argv of [
      ["stauts"],
      ["status", "--colour"],
      [],
      ["keys"],
      ["nodes", "1", "2"],
      ["status", "--output", "xml"],
    ]) {
      const ran = await cli(argv);
      expect(ran.code, argv.join(" ")).to.equal(2);
      expect(ran.out).to.equal("");
      expect(ran.err).to.match(/error .+\n {2}fix .+/);
    }
  });

  it("answers in JSON what it cannot even parse, in every spelling of --json", async () => {
    for (const json of [["--json"], ["--json=true"], ["--json", "true"], ["--output", "json"], ["--output=json"]]) {
      for (const argv of [
        ["status", "--colour"],
        ["stauts"],
        [],
        ["status", "--rpc", "ftp://x"],
        ["nodes", "1", "2"],
      ]) {
        const ran = await cli([...argv, ...json]);
        const { error } = ran.json<{ error: { exit: string; exitCode: number; message: string } }>();
        expect([ran.code, error.exit, error.exitCode], [...argv, ...json].join(" ")).to.deep.equal([2, "usage", 2]);
        expect(ran.err.replace(/\s+/g, " ")).to.include(`error ${error.message}`);
      }
    }
    for (const none of [["--no-json"], ["--json=false"], ["--json", "false"], ["--output", "table"]]) {
      expect((await cli(["status", "--colour", ...none])).out, none.join(" ")).to.equal("");
    }
  });

  it("refuses two forms of one result before anything is read or sent", async () => {
    for (const output of ["calldata", "table"]) {
      const ran = await cli(["claim", "--rpc", "http://127.0.0.1:9", "--broadcast", "--json", "--output", output]);
      expect(ran.code).to.equal(2);
      expect(ran.json<{ error: { message: string } }>().error.message).to.equal(
        `--json and --output ${output} are two forms of one result.`,
      );
    }
  });

  it("names what is no command", async () => {
    expect((await cli(["stauts"])).err).to.include("There is no such command. Did you mean status?");
  });

  it("names the option that was meant, and refuses one given twice or with nothing behind it", async () => {
    for (const [argv, why] of [
      [["claim", "--brodcast"], "Unknown argument: brodcast. Did you mean --broadcast?"],
      [["claim", "--min_amount", "5"], "Unknown argument: min_amount. Did you mean --min-amount?"],
      [["claim", "--amount", "5", "--amount", "50"], "--amount is given twice."],
      // yargs itself fails at this one, as a bug would.
      [["claim", "--nodes-file", "a", "--nodes-file", "b"], "--nodes-file is given twice."],
      // Without the option it would be the live network.
      [["status", "--rpc", ""], "--rpc has nothing behind it."],
      [["claim", "--nonce", "0x10"], "--nonce is not a whole number, 0 or more."],
    ] as const) {
      const ran = await cli([...argv, "--json"]);
      expect([ran.code, ran.json<{ error: { message: string } }>().error.message]).to.deep.equal([2, why]);
    }
  });

  it("names an unknown option once", async () => {
    expect((await cli(["status", "--state-dir", "x"])).err).to.match(/Unknown argument: state-dir\n/);
  });

  it("writes a completion script, and completes", async () => {
    const script = await cli(["completion"]);
    expect(script.code).to.equal(0);
    expect(script.out).to.include("session-staking");
    const completed = await cli(["--get-yargs-completions", "session-staking", "st"]);
    expect(completed.out).to.include("status");
  });

  it("says its version", async () => {
    const ran = await cli(["--version"]);
    expect(ran.out.trim()).to.match(/^\d+\.\d+\.\d+$/);
  });
});
