/** The rules of .dependency-cruiser.mjs, each shown failing on an arrow made by hand; and the same for the contracts. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import type { ICruiseOptions, ICruiseResult, IFlattenedRuleSet } from "dependency-cruiser";
import { cruise } from "dependency-cruiser";
import config from "../../.dependency-cruiser.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The rules that files made by hand break. */
async function broken(files: Record<string, string>): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), "session-arrows-"));
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(root, dirname(file)), { recursive: true });
      writeFileSync(join(root, file), text);
    }
    const { tsConfig: _, ...options } = config.options;
    const result = await cruise(["."], {
      ...(options as ICruiseOptions),
      baseDir: root,
      validate: true,
      ruleSet: { forbidden: config.forbidden } as IFlattenedRuleSet,
    });
    const { summary } = result.output as ICruiseResult;
    return [...new Set(summary.violations.map(({ rule }) => rule.name))].sort();
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const leaf = "export const here = 1;\nexport type Here = number;\n";
const importing = (path: string) =>
  `import { here } from "${path}";\nexport const there = here;\nexport type There = 1;\n`;

describe("house: arrows", function () {
  const cases: [string, Record<string, string>, string[]][] = [
    ["one that looks down", { "src/chain/a.ts": importing("../bls/b.ts"), "src/bls/b.ts": leaf }, []],
    ["a circle", { "src/bls/a.ts": importing("./b.ts"), "src/bls/b.ts": importing("./a.ts") }, ["no-circle"]],
    [
      "a circle of types alone",
      {
        "src/bls/a.ts": 'import type { There } from "./b.ts";\nexport type Here = There;\n',
        "src/bls/b.ts": 'import type { Here } from "./a.ts";\nexport type There = Here;\n',
      },
      ["no-circle"],
    ],
    ["bls to chain", { "src/bls/a.ts": importing("../chain/b.ts"), "src/chain/b.ts": leaf }, ["bls-looks-down"]],
    [
      "chain to collect",
      { "src/chain/a.ts": importing("../collect/b.ts"), "src/collect/b.ts": leaf },
      ["chain-looks-down"],
    ],
    [
      "collect to node",
      { "src/collect/a.ts": importing("../node/b.ts"), "src/node/b.ts": leaf },
      ["collect-looks-down"],
    ],
    ["node to cli", { "src/node/a.ts": importing("../cli/b.ts"), "src/cli/b.ts": leaf }, ["node-looks-down"]],
    ["src to deploy", { "src/cli/a.ts": importing("../../deploy/b.ts"), "deploy/b.ts": leaf }, ["cli-looks-down"]],
    ["deploy to checks", { "deploy/a.ts": importing("../checks/b.ts"), "checks/b.ts": leaf }, ["deploy-stands-alone"]],
    ["devnet to test", { "devnet/a.ts": importing("../test/b.ts"), "test/b.ts": leaf }, ["devnet-stands-alone"]],
    ["to a script", { "checks/a.ts": importing("../scripts/b.ts"), "scripts/b.ts": leaf }, ["scripts-are-mains"]],
    ["a browser's room to Node", { "src/chain/a.ts": 'import "node:fs";\nexport const a = 1;\n' }, ["browser-rooms"]],
    [
      "a browser's room to the files",
      { "src/chain/a.ts": importing("./files/b.ts"), "src/chain/files/b.ts": leaf },
      ["browser-index"],
    ],
    [
      "the package to Hardhat",
      { "src/cli/a.ts": importing("hardhat"), "node_modules/hardhat/index.js": "export const here = 1;\n" },
      ["no-hardhat-in-the-package"],
    ],
    [
      "the portal's schemas to Node",
      { "src/portal/api/a.ts": 'import "node:fs";\nexport const a = 1;\n' },
      ["portal-api-in-browsers"],
    ],
    [
      "the portal's schemas to another room",
      { "src/portal/api/a.ts": importing("../../bls/b.ts"), "src/bls/b.ts": leaf },
      ["portal-api-stands-alone"],
    ],
    [
      "the page to the service",
      { "src/portal/web/a.ts": importing("../service/b.ts"), "src/portal/service/b.ts": leaf },
      ["portal-web-looks-down"],
    ],
    [
      "the service to the page",
      { "src/portal/service/a.ts": importing("../web/b.ts"), "src/portal/web/b.ts": leaf },
      ["portal-rooms"],
    ],
    [
      "the index to the service",
      { "src/portal/index/a.ts": importing("../service/b.ts"), "src/portal/service/b.ts": leaf },
      ["portal-index-looks-down"],
    ],
    ["to nothing", { "src/cli/a.ts": importing("./gone.ts") }, ["resolves"]],
  ];
  for (const [what, files, rules] of cases)
    it(`${rules.length === 0 ? "allow" : "forbid"} ${what}`, async function () {
      expect(await broken(files)).to.deep.equal(rules);
    });
});

/** Libraries and interfaces share their structs, without a circle. Which folders a contract may import from, besides its own and packages. The entry points at the top may use all but doubles. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  interfaces: ["libraries"],
  libraries: ["interfaces"],
  contribution: ["interfaces", "libraries"],
  rewards: ["interfaces", "libraries", "."],
  lens: ["interfaces", "libraries"],
  token: ["interfaces", "libraries"],
  vesting: ["interfaces", "libraries"],
  testnet: ["interfaces", "libraries", "rewards", "."],
  mocks: ["interfaces", "libraries", "rewards", "token", "vesting", "testnet", "lens", "."],
  ".": ["interfaces", "libraries", "rewards", "contribution", "lens"],
};
/** What the parts of ServiceNodeRewards stand on; they know no entry point. */
const STORAGE = "contracts/ServiceNodeRewardsStorage.sol";

function forbiddenImports(sources: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  const roomOf = (file: string) => file.split("/").slice(1, -1)[0] ?? ".";
  for (const [file, text] of sources) {
    const room = roomOf(file);
    for (const [, path = ""] of text.matchAll(/^import [^;]*?"(\.[^"]+)";/gm)) {
      const target = normalize(join(dirname(file), path));
      const allowed = room === roomOf(target) || BELOW[room]?.includes(roomOf(target));
      if (!allowed || (room === "rewards" && roomOf(target) === "." && target !== STORAGE))
        found.push(`${file} -> ${target}`);
    }
  }
  return found;
}

/** A chain of imports that comes back to where it began. */
function circle(sources: ReadonlyMap<string, string>): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const [, to = ""] of (sources.get(file) ?? "").matchAll(/^import [^;]*?"(\.[^"]+)";/gm)) {
      const found = visit(normalize(join(dirname(file), to)), [...path, file]);
      if (found) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of sources.keys()) {
    const found = visit(file, []);
    if (found) return found;
  }
  return undefined;
}

describe("house: arrows of the contracts", function () {
  const sources = new Map(
    readdirSync(join(ROOT, "contracts"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".sol"))
      .map((name) => [`contracts/${name}`, readFileSync(join(ROOT, "contracts", name), "utf8")]),
  );

  it("go from entry points over their parts to libraries and interfaces", function () {
    expect(sources.size).to.be.greaterThan(30);
    expect(forbiddenImports(sources)).to.deep.equal([]);
  });

  it("make no circle", function () {
    expect(circle(sources)).to.equal(undefined);
  });

  it("are noticed when they go back", function () {
    const library = "contracts/libraries/A.sol";
    const back = new Map([
      [library, 'import {Part} from "../rewards/Part.sol";'],
      ["contracts/rewards/Part.sol", 'import {A} from "../libraries/A.sol";\nimport {Entry} from "../Entry.sol";'],
    ]);
    expect(forbiddenImports(back)).to.deep.equal([
      `${library} -> contracts/rewards/Part.sol`,
      "contracts/rewards/Part.sol -> contracts/Entry.sol",
    ]);
    expect(circle(back)).to.deep.equal([library, "contracts/rewards/Part.sol", library]);
  });
});
