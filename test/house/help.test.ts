/** Every command of package.json that is ours explains itself, and does nothing else then. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect } from "chai";

const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
/** Commands whose mains are one file in scripts/. The command line's own doors have tests of their own. */
const ours = Object.entries(scripts).filter(([, command]) => /^node scripts\/[\w-]+\.ts$/.test(command));

describe("house: --help", function () {
  this.timeout(60_000);

  it("finds the commands", function () {
    expect(ours.length).to.be.greaterThan(20);
  });

  for (const [name, command] of ours) {
    it(`npm run ${name} -- --help`, function () {
      const { status, stdout, stderr } = spawnSync(process.execPath, [command.slice("node ".length), "--help"], {
        encoding: "utf8",
      });
      expect(status, stderr).to.equal(0);
      expect(stdout.length).to.be.greaterThan(40);
      expect(stderr).to.equal("");
    });
  }

  // One of each parser.
  for (const [name, line] of [
    ["fuzz", /^Unknown option '--nonsense'.*\n$/],
    ["vectors", /^Unknown argument: nonsense\n$/],
    ["start", /^Unknown argument: nonsense\. --help lists the options\.\n$/],
  ] as const) {
    it(`npm run ${name}: an option that there is not is told in one line, with exit code 2`, function () {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [String(scripts[name]).slice("node ".length), "--nonsense"],
        {
          encoding: "utf8",
        },
      );
      expect([status, stdout]).to.deep.equal([2, ""]);
      expect(stderr).to.match(line);
    });
  }
});
