/** docs/node.md and .env.example say what the program has: each option, each variable, each parameter with its value. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { PARAMS } from "../../../src/node/index.ts";
import { consensusParams } from "../../../src/node/params.ts";

const text = readFileSync("docs/node.md", "utf8");
const rowsOf = (from: string, until: string): string[][] =>
  text
    .slice(text.indexOf(from), text.indexOf(until))
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
const namesOf = (cell: string): string[] => [...cell.matchAll(/`(?:--)?([\w-]+)`/g)].map(([, name]) => name as string);

describe("node: what its documents say", function () {
  this.timeout(30_000);
  /** Default by option, as --help has it. */
  const options = new Map<string, string | undefined>();

  before(() => {
    const { stdout } = spawnSync(process.execPath, ["src/node/main.ts", "--help"], { encoding: "utf8" });
    for (const [, name, rest] of stdout.matchAll(/^ +--([\w-]+)(.*)$/gm)) {
      const described = (rest as string).replace(/\[[\w :",]*\]/g, "").trim();
      if (name !== "help" && name !== "version") expect(described, name).to.not.equal("");
      options.set(name as string, /\[default: "?([^\]"]*)"?\]/.exec(rest as string)?.[1]);
    }
    options.delete("help");
    options.delete("version");
    expect(options.size).to.be.greaterThan(20);
  });

  it("each option, and its default", () => {
    const rows = rowsOf("| option | default |", "## HTTP");
    expect(rows.flatMap(([names]) => namesOf(names!)).sort()).to.deep.equal([...options.keys()].sort());
    for (const [names, defaults] of rows) {
      for (const [index, name] of namesOf(names!).entries()) {
        const told = options.get(name);
        if (told === undefined) continue;
        const said = defaults!.split(", ")[index];
        expect(said === "no" ? "false" : said, name).to.equal(told);
      }
    }
  });

  it("each option's variable", () => {
    const variables = [...readFileSync(".env.example", "utf8").matchAll(/^SESSION_NODE_(\w+)=$/gm)];
    const secrets = ["PASSWORD", "SEED"];
    const wanted = [...options.keys()].map((name) => name.replaceAll("-", "_").toUpperCase());
    expect(variables.map(([, name]) => name).sort()).to.deep.equal([...wanted, ...secrets].sort());
  });

  it("each parameter, and its three values", () => {
    const units: Record<string, number> = { s: 1, min: 60, h: 3_600, d: 86_400 };
    const rows = rowsOf("## Parameters", "## Trust");
    expect(rows.map(([name]) => namesOf(name!)[0]).sort()).to.deep.equal(Object.keys(PARAMS.mainnet).sort());
    for (const [cell, ...values] of rows) {
      const [name] = namesOf(cell!) as [keyof typeof PARAMS.mainnet];
      for (const [index, network] of (["mainnet", "testnet", "devnet"] as const).entries()) {
        const [amount, unit = ""] = values[index]!.split(" ");
        expect(Number(amount) * (units[unit] ?? 1), `${network} ${name}`).to.equal(PARAMS[network][name]);
      }
    }
    const consensus = rowsOf("## Parameters", "The rows so far are consensus").map(([name]) => namesOf(name!)[0]);
    expect(consensus.sort()).to.deep.equal(Object.keys(consensusParams(PARAMS.mainnet)).sort());
  });
});
