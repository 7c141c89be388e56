import { readFileSync } from "node:fs";
import { CONTRACTS, LIBRARIES, prove } from "../prove.ts";
import type { Statement } from "../report.ts";
import type { Fault } from "./fault.ts";

/** The text with the fault in it. Throws if its place is not there: the list is out of date then. */
function mutate(text: string, { file, after, from, to }: Fault): string {
  const start = after === undefined ? 0 : only(text, after, file) + after.length;
  const at = after === undefined ? only(text, from, file) : text.indexOf(from, start);
  if (at < 0) throw new Error(`${file} has not, behind ${after}: ${from}`);
  return text.slice(0, at) + to + text.slice(at + from.length);
}

function only(text: string, part: string, file: string): number {
  const parts = text.split(part);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${part}`);
  return parts[0]!.length;
}

/** Proves the part with the fault in it. The statement is that this fails. */
export async function plant(fault: Fault): Promise<Statement> {
  const { part, file, what, fails } = fault;
  const path = [...LIBRARIES, ...CONTRACTS, ...EXTRA].find((candidate) => candidate.endsWith(`/${file}.sol`));
  const statement = { part: part as Statement["part"], about: file, statement: `fails when planted: ${what}` };
  if (path === undefined) return { ...statement, ok: false, detail: `no file of that name` };
  try {
    const changed = new Map([[path, mutate(readFileSync(path, "utf8"), fault)]]);
    const files = part === "list" || part === "compiled" ? [REGISTRY] : [path];
    const { failed } = await prove([part], changed, files);
    const found = failed.filter(
      ({ about, statement: text, detail }) => fails === undefined || `${about} ${text} ${detail}`.includes(fails),
    );
    if (found.length > 0) return { ...statement, ok: true, detail: "" };
    const others = failed.map(({ about, statement: text }) => `${about}: ${text}`);
    return {
      ...statement,
      ok: false,
      detail: others.length === 0 ? "all is still proved" : `only: ${others.join("; ")}`,
    };
  } catch (error) {
    return { ...statement, ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

const REGISTRY = "contracts/rewards/NodeRegistry.sol";

/** Read as imports. */
const EXTRA = ["contracts/libraries/NodeList.sol"];
