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
