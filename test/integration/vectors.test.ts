import { expect } from "chai";
import hre from "hardhat";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Check } from "../../checks/vectors/checks.ts";
import { readVectors, VectorsFileError } from "../../checks/vectors/file.ts";
import type { VectorsFile } from "../../checks/vectors/file.ts";
import { generateVectors } from "../../checks/vectors/generate.ts";
import { checkSolidity } from "../../checks/vectors/solidity.ts";
import { checkTypeScript } from "../../checks/vectors/typescript.ts";

const options = { count: 1, seed: "test", chainId: "31337", contract: "0x5e55105e55105e55105e55105e55105e55105e55" };
const generated = generateVectors(options);
const sections = ["tags", "hashToG2", "proofOfPossession", "reward", "exit", "liquidate", "aggregate"] as const;

type Path = (string | number)[];

/** Paths of all values of the file that are neither objects nor lists. */
function leaves(value: unknown, path: Path = []): Path[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => leaves(item, [...path, i]));
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
  return [path];
}

/** The file's section with one value changed: the last digit of a string, a number plus one. */
function mutated(file: VectorsFile, path: Path): VectorsFile {
  const section = path[0] as (typeof sections)[number];
  const copy = structuredClone({ chainId: file.chainId, contract: file.contract, [section]: file[section] });
  let holder = copy as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) holder = holder[key] as Record<string | number, unknown>;
  const last = path.at(-1)!;
  const value = holder[last];
  const other = (digit: string): string => (digit === "1" ? "2" : "1");
  holder[last] =
    typeof value === "number"
      ? value + 1
      : value === "0x"
        ? "0x01"
        : (value as string).slice(0, -1) + other((value as string).at(-1)!);
  return copy as VectorsFile;
}

const failures = (checks: Check[]): string[] => checks.filter(({ ok }) => !ok).map(({ name }) => name);

describe("vectors script", function () {
  this.timeout(120_000);

  it("a generated file is the same for the same seed, and right in both halves", async function () {
    expect(generateVectors(options)).to.deep.equal(generated);
    expect(generateVectors({ ...options, seed: "another" })).to.not.deep.equal(generated);
    const checks = [...(await checkTypeScript(generated)), ...(await checkSolidity(generated, hre))];
    expect(failures(checks)).to.deep.equal([]);
    expect(checks.length).to.be.greaterThan(50);
  });

  it("TypeScript: any change of any value is noticed", async function () {
    const paths = sections.flatMap((section) => leaves(generated[section], [section]));
    expect(paths.length).to.be.greaterThan(60);
    for (const path of paths) {
      expect(failures(await checkTypeScript(mutated(generated, path))), path.join(".")).to.not.deep.equal([]);
    }
  });

  it("Solidity: a change of what a contract can compute is noticed", async function () {
    const paths: Path[] = [
      ["tags", "exit", "value"],
      ["hashToG2", 0, "point", "y_c1"],
      ["proofOfPossession", 0, "publicKey", "X"],
      ["proofOfPossession", 0, "message"],
      ["reward", 0, "amount"],
      ["reward", 0, "signature", "sigs3"],
      ["exit", 0, "timestamp"],
      ["liquidate", 0, "nodePublicKey", "Y"],
      ["aggregate", 0, "aggregatePublicKeyAll", "X"],
      ["aggregate", 0, "aggregatePublicKeySigners", "Y"],
    ];
    for (const path of paths) {
      expect(failures(await checkSolidity(mutated(generated, path), hre)), path.join(".")).to.not.deep.equal([]);
    }
  });

  describe("reading", function () {
    const folder = mkdtempSync(join(tmpdir(), "vectors-"));
    after(() => rmSync(folder, { recursive: true }));
    const read = (text: string) => {
      const path = join(folder, "file.json");
      writeFileSync(path, text);
      return readVectors(path);
    };
    const refused = (text: string, reason: string): void => {
      expect(() => read(text)).to.throw(VectorsFileError, reason);
    };

    it("names what is unknown, and refuses what is missing, empty or malformed", function () {
      expect(read(JSON.stringify(generated))).to.deep.equal({ file: generated, unknown: [] });
      const more = { ...generated, about: "text", extra: 1, reward: generated.reward!.map((v) => ({ ...v, foo: 1 })) };
      expect(read(JSON.stringify(more)).unknown).to.have.members(["extra", "reward.[].foo"]);

      expect(() => readVectors(join(folder, "none.json"))).to.throw(VectorsFileError, "cannot be read (ENOENT)");
      refused("", "is empty");
      refused("{", "is not JSON");
      refused("[]", "is not of the format");
      refused(JSON.stringify({ ...generated, contract: "0x00" }), "contract: not an address");
      const [first] = generated.aggregate!;
      const aggregate = [{ ...first!, nonSignerIndexes: [1] }];
      refused(JSON.stringify({ ...generated, aggregate }), "nonSignerIndexes: out of range");
    });
  });
});
