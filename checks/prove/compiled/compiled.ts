/** What is compiled is what was proved: the interpreter against the code, and the list as code. */
import type { Report } from "../report.ts";
import { readProject } from "../source.ts";
import { checkInterpreter, HARNESS } from "./interpreter.ts";
import { checkCompiledList } from "./nodes.ts";

export async function checkCompiled(changed: ReadonlyMap<string, string>, report: Report): Promise<void> {
  await checkInterpreter(readProject([HARNESS], changed), report);
  await checkCompiledList(changed, report);
}
