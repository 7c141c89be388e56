/**
 * (a) No addition, subtraction or multiplication outside `addmod` and `mulmod` wraps, and every comment on a bound is true.
 * (c) Every store is within what its function owns, and nothing is read that was not stored.
 */
import { isBound, parseBounds } from "./machine/boundText.ts";
import { docText } from "./machine/docBounds.ts";
import type { Problem } from "./machine/machine.ts";
import { newMachine } from "./machine/solidity.ts";
import { newState } from "./machine/state.ts";
import { enter, FILES, interceptsFor, roots, storedBounds } from "./roots.ts";
import type { Report } from "./report.ts";
import { endOf, startOf } from "./source.ts";
import type { Project, SolNode, YulNode } from "./source.ts";

/** Of the libraries' checked arithmetic: what may revert, on purpose. All else there is shown not to. */
const MAY_REVERT = new Set(["position + 1", "position + 2"]);

const ARITHMETIC = new Set(["add", "sub", "mul", "shl"]);
const MEMORY = new Set([
  "mload",
  "mstore",
  "mstore8",
  "mcopy",
  "calldatacopy",
  "keccak256",
  "staticcall",
  "calldataload",
]);

interface Run {
  readonly problems: readonly Problem[];
  readonly visited: ReadonlySet<string>;
  readonly bounds: ReadonlyMap<string, boolean>;
  readonly reverts: ReadonlySet<string>;
  readonly lost: readonly string[];
}

/** The functions of the files that were read themselves; of imports, only what these call. */
function isRead(project: Project, name: string): boolean {
  return [...project.sources.keys()].some((path) => path.endsWith(`/${name.split(".")[0]}.sol`));
}

/** Runs every root. */
function runAll(project: Project): Run {
  const problems: Problem[] = [];
  const visited = new Set<string>();
  const bounds = new Map<string, boolean>();
  const reverts = new Set<string>();
  const lost: string[] = [];
  for (const root of roots) {
    if (!project.has(root.name) || !isRead(project, root.name)) continue;
    const machine = newMachine(project, { intercept: interceptsFor(root.name), stored: storedBounds });
    try {
      const outcomes = machine.explore(newState(), () => {
        enter(machine, root);
        return undefined;
      });
      if (!outcomes.some(({ kind }) => kind === "end")) lost.push(`${root.name} never returns`);
    } catch (error) {
      lost.push(`${root.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
    problems.push(...machine.problems);
    for (const src of machine.visited) visited.add(src);
    for (const src of machine.reverts) reverts.add(src);
    for (const [key, ok] of machine.bounds) bounds.set(key, ok && (bounds.get(key) ?? true));
  }
  return { problems, visited, bounds, reverts, lost };
}

export function checkBounds(project: Project, report: Report): void {
  const run = runAll(project);
  report.add("bounds", "all", "the interpreter follows every function to its end", run.lost);
  for (const path of FILES.filter((file) => project.sources.has(file))) {
    const source = project.source(path);
    for (const fn of functionsOf(source.ast)) {
      const name = project.nameOf(fn);
      const nodes = operationsOf(fn);
      const inside = ({ src }: { src: string }) =>
        src.split(":")[2] === fn.src.split(":")[2] && startOf(src) >= startOf(fn.src) && endOf(src) <= endOf(fn.src);
      const problems = (kind: Problem["kind"]) =>
        run.problems
          .filter((problem) => problem.kind === kind && inside(problem))
          .map(({ src, text }) => `${project.where(src)}: ${text}`);
      const unseen = (list: readonly { src: string }[]) =>
        list
          .filter(({ src }) => !run.visited.has(src))
          .map(({ src }) => `${project.where(src)}: not reached: ${project.textOf(src)}`);
      if (nodes.arithmetic.length > 0)
        report.add(
          "bounds",
          name,
          `${count(nodes.arithmetic, "addition, subtraction or product", "additions, subtractions and products")} outside addmod and mulmod: none wraps`,
          [...problems("wrap"), ...unseen(nodes.arithmetic)],
        );
      // what may revert in the contracts is theirs to say
      const reverts = [...run.reverts].filter((src) => inside({ src }) && !MAY_REVERT.has(project.textOf(src)));
      if (path.includes("/libraries/") && isChecked(fn))
        report.add(
          "bounds",
          name,
          "no checked addition, subtraction or index reverts, but for the position of a root",
          reverts.map((src) => `${project.where(src)}: may revert: ${project.textOf(src)}`),
        );
      if (nodes.memory.length > 0)
        report.add(
          "memory",
          name,
          `${count(nodes.memory, "access", "accesses")} to memory and calldata: each within what is its own, none of what was not stored`,
          [...problems("memory"), ...unseen(nodes.memory)],
        );
    }
    checkComments(project, path, run, report);
  }
  const running = run.problems
    .filter(({ kind, text }) => kind === "bound" && !text.startsWith('"'))
    .map(({ text }) => text);
  report.add(
    "bounds",
    "G2",
    "between operations the point is within the bounds that the library states, and callers keep to those of clearCofactor",
    running,
  );
}

function count(list: readonly unknown[], one: string, many: string): string {
  return `${list.length} ${list.length === 1 ? one : many}`;
}

/** Each bound that a comment states is a statement. */
function checkComments(project: Project, path: string, run: Run, report: Report): void {
  const source = project.source(path);
  const texts = [
    ...source.comments.map(({ text, start }) => ({ text, start })),
    ...functionsOf(source.ast).flatMap((fn) =>
      fn.documentation ? [{ text: docText(fn), start: startOf(fn.documentation.src) }] : [],
    ),
  ];
  for (const { text, start } of texts) {
    if (!isBound(text)) continue;
    const where = project.where(`${start}:0:${source.ast.src.split(":")[2]}`);
    let bounds: ReturnType<typeof parseBounds>;
    try {
      bounds = parseBounds(text);
    } catch (error) {
      report.add("bounds", where, `a comment on a bound is understood`, [(error as Error).message]);
      continue;
    }
    for (const bound of bounds) {
      const key = `${path}:${start}: ${bound.text}`;
      const said = run.problems.filter(
        ({ kind, src, text: problem }) =>
          kind === "bound" && startOf(src) === start && problem.startsWith(`"${bound.text}"`),
      );
      const reasons = run.bounds.has(key)
        ? said.map(({ text: problem }) => problem)
        : ["nothing was found to check it on"];
      report.add("bounds", where, `comment: ${bound.text}`, reasons);
    }
  }
}

function functionsOf(ast: SolNode): SolNode[] {
  return ast.nodes.flatMap(
    ({ nodes }) => nodes?.filter(({ nodeType, body }) => nodeType === "FunctionDefinition" && body) ?? [],
  );
}

/** Whether it has Solidity that could revert by itself. */
function isChecked(fn: SolNode): boolean {
  let found = false;
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(walk);
    if (node === null || typeof node !== "object") return;
    const { nodeType, operator, baseExpression } = node as SolNode;
    if (nodeType === "UncheckedBlock") return;
    if (nodeType === "BinaryOperation" && ["+", "-", "*"].includes(operator)) found = true;
    if (nodeType === "IndexAccess" && baseExpression.typeDescriptions.typeIdentifier.endsWith("_calldata_ptr"))
      found = true;
    Object.values(node).forEach(walk);
  };
  walk(fn.body);
  return found;
}

/** What has to be visited: arithmetic of assembly and of `unchecked`, and what touches memory. */
function operationsOf(fn: SolNode): { arithmetic: { src: string }[]; memory: { src: string }[] } {
  const arithmetic: { src: string }[] = [];
  const memory: { src: string }[] = [];
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(walk);
    if (node === null || typeof node !== "object") return;
    const { nodeType, functionName, src, operator } = node as YulNode & SolNode;
    if (nodeType === "YulFunctionCall") {
      if (ARITHMETIC.has(functionName.name)) arithmetic.push({ src });
      if (MEMORY.has(functionName.name)) memory.push({ src });
    }
    if (nodeType === "BinaryOperation" && ["+", "-", "*"].includes(operator)) arithmetic.push({ src });
    Object.values(node).forEach(walk);
  };
  walk(fn.body);
  return { arithmetic, memory };
}
