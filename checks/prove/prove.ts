/** All that is proved, part by part. */
import { checkBounds } from "./bounds.ts";
import { checkFormulas } from "./formulas/formulas.ts";
import { checkList } from "./list/list.ts";
import { forgetTerms } from "./machine/term.ts";
import { Report } from "./report.ts";
import { readProject } from "./source.ts";
import type { Project } from "./source.ts";

export const LIBRARIES = ["BN254", "Fp2", "G2", "HashToG2"].map((name) => `contracts/libraries/${name}.sol`);
export const CONTRACTS = ["NetworkSignatures", "NodeRegistry", "Registration"].map(
  (name) => `contracts/rewards/${name}.sol`,
);

export type Part = "bounds" | "formulas" | "list" | "compiled";

type Check = (project: Project, report: Report, changed: ReadonlyMap<string, string>) => void | Promise<void>;

/** Loads Hardhat, which the other parts do without. */
const compiled: Check = async (_project, report, changed) => {
  const { checkCompiled } = await import("./compiled/compiled.ts");
  await checkCompiled(changed, report);
};

const checks: Readonly<Record<string, Check>> = {
  bounds: checkBounds,
  formulas: checkFormulas,
  list: checkList,
  compiled,
};

export const parts = Object.keys(checks) as Part[];

/** Proves the parts of the sources as they are, or with other text for some files. */
export async function prove(
  chosen: readonly Part[] = parts,
  changed: ReadonlyMap<string, string> = new Map(),
  files: readonly string[] = [...LIBRARIES, ...CONTRACTS],
): Promise<Report> {
  const report = new Report();
  const project = readProject(files, changed);
  for (const part of chosen) await checks[part]!(project, report, changed);
  forgetTerms();
  return report;
}
