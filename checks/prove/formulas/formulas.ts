/** (b) What the assembly computes is what it is said to compute: polynomials modulo p, compared with the textbook. */
import type { Report } from "../report.ts";
import type { Project } from "../source.ts";
import { checkCofactor } from "./cofactor.ts";
import { checkField } from "./field.ts";
import { checkHash } from "./hash.ts";
import { checkPairing } from "./pairing.ts";
import { checkSteps } from "./steps.ts";
import { checkSum } from "./sum.ts";

export function checkFormulas(project: Project, report: Report): void {
  const isRead = (...names: string[]) =>
    [...project.sources.keys()].some((path) => names.some((name) => path.endsWith(`/${name}.sol`)));
  if (isRead("G2")) {
    checkSteps(project, report);
    checkCofactor(project, report);
    checkSum(project, report);
  }
  if (isRead("Fp2")) checkField(project, report);
  if (isRead("HashToG2")) checkHash(project, report);
  if (isRead("BN254", "NetworkSignatures")) checkPairing(project, report);
}
