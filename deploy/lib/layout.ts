import { readFileSync } from "node:fs";
import { UpgradeableContract } from "@openzeppelin/upgrades-core";
import hre from "hardhat";
import { readTextSync } from "../../src/settings/text.ts";
import { Refusal } from "./refusal.ts";

/** Where a record keeps the layouts of what it deployed, by artifact: what the next upgrade is validated against. */
export const LAYOUT_FILE = "layouts.json";

/** One variable: where it lies and what it is. Types without the compiler's own numbers, so that two builds can be compared. */
export interface Variable {
  label: string;
  slot: number;
  offset: number;
  type: string;
}

/** A contract's storage, in the format of `test/fixtures/storage-layout.json`. */
export interface Layout {
  storage: Variable[];
  /** Members of every struct in it. */
  structs: Record<string, Variable[]>;
  /** ERC-7201 namespaces of the contract and its bases. */
  namespaces: string[];
}

interface CompilerVariable {
  label: string;
  slot: string;
  offset: number;
  type: string;
}

interface AstNode {
  id: number;
  nodeType: string;
  name: string;
  nodes?: AstNode[];
  linearizedBaseContracts?: number[];
  documentation?: { text: string };
}

interface Build {
  name: string;
  input: ConstructorParameters<typeof UpgradeableContract>[1];
  output: ConstructorParameters<typeof UpgradeableContract>[2];
  layout: { storage: CompilerVariable[]; types: Record<string, { members?: CompilerVariable[] }> | null };
  sources: Record<string, { ast: AstNode }>;
}

/** What the compiler says about a contract of this project. */
async function buildOf(contract: string): Promise<Build> {
  const artifact = await hre.artifacts.readArtifact(contract);
  const id = await hre.artifacts.getBuildInfoId(contract);
  const inputPath = id === undefined ? undefined : await hre.artifacts.getBuildInfoPath(id);
  const outputPath = id === undefined ? undefined : await hre.artifacts.getBuildInfoOutputPath(id);
  if (inputPath === undefined || outputPath === undefined) {
    throw new Error(`${contract} has no build info: run \`npx hardhat build --force\``);
  }
  const { input } = JSON.parse(readFileSync(inputPath, "utf8")) as { input: Build["input"] };
  const { output } = JSON.parse(readFileSync(outputPath, "utf8")) as { output: Build["output"] };
  const name = artifact.inputSourceName ?? artifact.sourceName;
  const contracts = output.contracts as unknown as Record<string, Record<string, { storageLayout?: Build["layout"] }>>;
  const layout = contracts[name]?.[contract]?.storageLayout;
  if (layout === undefined) throw new Error(`${contract} has no storage layout in its build info`);
  return { name, input, output, layout, sources: output.sources as unknown as Build["sources"] };
}

/** The storage of a contract of this project as it compiles now. */
export async function layoutOf(contract: string): Promise<Layout> {
  const { layout, sources } = await buildOf(contract);
  const structs: Layout["structs"] = {};
  for (const [type, { members }] of Object.entries(layout.types ?? {})) {
    if (members !== undefined && type.startsWith("t_struct")) structs[plainType(type)] = members.map(variable);
  }
  return { storage: layout.storage.map(variable), structs, namespaces: namespacesOf(sources, contract) };
}

/**
 * What an upgrade from one layout to another would break: every variable of the old one must stay what and where it is; new ones
 * come after the last. Empty when the upgrade is safe.
 */
export function compareLayouts(contract: string, before: Layout, after: Layout): string[] {
  const problems: string[] = [];
  const compare = (where: string, old: readonly Variable[], now: readonly Variable[]) => {
    old.forEach((variable, index) => {
      const found = now[index];
      const expected = describe(normalised(variable));
      const actual = found === undefined ? "nothing" : describe(normalised(found));
      if (actual !== expected) problems.push(`${where}: the deployed contract has ${expected}, the new one ${actual}`);
    });
  };
  compare(contract, before.storage, after.storage);
  for (const [struct, members] of Object.entries(before.structs)) {
    const now = after.structs[struct];
    // Structs in namespaces are no part of the compiler's layout; the namespaces themselves are compared below.
    if (now === undefined) continue;
    compare(struct, members, now);
    if (now.length > members.length)
      problems.push(`${struct}: ${now.length - members.length} members were added inside a struct`);
  }
  for (const namespace of before.namespaces) {
    if (!after.namespaces.includes(namespace)) problems.push(`${contract}: the namespace ${namespace} is gone`);
  }
  return problems;
}

/**
 * Both halves of the validation of an upgrade: OpenZeppelin's rules for an implementation (no constructor that writes, no
 * selfdestruct, no delegatecall, …) and the layout against the deployed one.
 *
 * @throws Refusal `layout` that names every difference.
 */
export async function validateUpgrade(contract: string, deployed: Layout): Promise<Layout> {
  const { name, input, output } = await buildOf(contract);
  const report = new UpgradeableContract(
    `${name}:${contract}`,
    input,
    output,
    // The variants for test networks inherit their initialiser.
    { kind: "transparent", unsafeAllow: ["missing-initializer"] },
    "0.8.34",
  ).getErrorReport();
  const layout = await layoutOf(contract);
  const problems = compareLayouts(contract, deployed, layout);
  if (!report.ok) problems.unshift(report.explain(false));
  if (problems.length > 0) {
    throw new Refusal("layout", `${contract} cannot replace the deployed implementation: ${problems.join("; ")}.`);
  }
  return layout;
}

/** The layouts of the live proxies, or of a record, by contract. */
export function readLayouts(file: string): Record<string, Layout> {
  try {
    return JSON.parse(readTextSync(file)) as Record<string, Layout>;
  } catch (cause) {
    throw new Refusal("layout", `${file} is not a layout file: name one with --layout.`, { cause });
  }
}

function variable({ label, slot, offset, type }: CompilerVariable): Variable {
  return { label, slot: Number(slot), offset, type: plainType(type) };
}

function normalised(entry: Variable): Variable {
  return { ...entry, type: plainType(entry.type) };
}

/** `t_struct(G1Point)123_storage` and `t_contract(IERC20)45` without the compiler's numbers. */
function plainType(type: string): string {
  return type
    .replace(/(t_(?:struct|contract|enum|userDefinedValueType)\([^()]*\))\d+(_storage)?/g, "$1")
    .replace(/_storage(?=\)|,)/g, "");
}

function describe({ label, slot, offset, type }: Variable): string {
  return `${label} (${type}) at slot ${slot}, byte ${offset}`;
}

function namespacesOf(sources: Build["sources"], contract: string): string[] {
  const contracts = Object.values(sources)
    .flatMap(({ ast }) => ast.nodes ?? [])
    .filter(({ nodeType }) => nodeType === "ContractDefinition");
  const bases = contracts.find(({ name }) => name === contract)?.linearizedBaseContracts ?? [];
  return contracts
    .filter(({ id }) => bases.includes(id))
    .flatMap(({ nodes }) => nodes ?? [])
    .map(({ documentation }) => /@custom:storage-location (\S+)/.exec(documentation?.text ?? "")?.[1])
    .filter((location): location is string => location !== undefined);
}
