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

/** What is read of the compiler's syntax tree. */
interface AstNode {
  id: number;
  nodeType: string;
  name: string;
  nodes?: AstNode[];
  members?: AstNode[];
  linearizedBaseContracts?: number[];
  documentation?: { text: string };
  typeDescriptions?: { typeIdentifier: string };
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
    output: {
      contracts: Record<string, Record<string, { storageLayout: CompilerLayout }>>;
      sources: Record<string, { ast: AstNode }>;
    };
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

      it("has every ERC-7201 namespace of the bases, unchanged", async () => {
        const { output } = await compilerOutput(contract);
        const namespaces = namespacesOf(output.sources, contract);

        expect([...namespaces.keys()]).to.include.members(expected.namespaces);
        for (const [struct, members] of Object.entries(expected.structs)) {
          if (!isNamespaced(struct)) continue;
          const actual = [...namespaces.values()].find(({ name }) => `t_struct(${name})` === struct);
          expect(actual?.members, struct).to.deep.equal(
            members.map((entry) => ({ ...entry, type: typeId(entry.type) })),
          );
        }
      });
    });
  }
});

function isNamespaced(struct: string): boolean {
  return /^t_struct\(\w+Storage\)$/.test(struct);
}

/** A type of the file in the spelling of the syntax tree. */
function typeId(type: string): string {
  return type.replaceAll("(", "$_").replaceAll(",", "_$_").replaceAll(")", "_$");
}

const BYTES: Record<string, number> = { t_address: 20, t_uint64: 8, t_bool: 1 };

/** The annotated structs of a contract and its bases by namespace; slots within the struct by the rules of the compiler. */
function namespacesOf(sources: Record<string, { ast: AstNode }>, contract: string) {
  const contracts = Object.values(sources)
    .flatMap(({ ast }) => ast.nodes ?? [])
    .filter(({ nodeType }) => nodeType === "ContractDefinition");
  const own = contracts.find(({ name }) => name === contract);
  const namespaces = new Map<string, { name: string; members: Entry[] }>();
  for (const base of contracts.filter(({ id }) => own?.linearizedBaseContracts?.includes(id))) {
    for (const node of base.nodes ?? []) {
      const location = /@custom:storage-location (\S+)/.exec(node.documentation?.text ?? "")?.[1];
      if (location !== undefined) namespaces.set(location, { name: node.name, members: membersOf(node) });
    }
  }
  return namespaces;
}

function membersOf(struct: AstNode): Entry[] {
  let slot = 0;
  let offset = 0;
  return (struct.members ?? []).map(({ name, typeDescriptions }) => {
    const type = (typeDescriptions?.typeIdentifier ?? "").replace(/_ptr$/, "");
    const bytes = BYTES[type] ?? 32;
    if (offset + bytes > 32) [slot, offset] = [slot + 1, 0];
    const entry = { label: name, slot, offset, type };
    offset += bytes;
    return entry;
  });
}
