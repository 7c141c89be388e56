/** Comments on bounds within functions, checked each time that the statements below them have run. */
import { isBound, parseBounds } from "./boundText.ts";
import type { Bound, Sum } from "./boundText.ts";
import type { Machine } from "./machine.ts";
import { isTerm } from "./state.ts";
import { multiple, P } from "./term.ts";
import { endOf, startOf } from "../source.ts";
import type { Comment, SolNode, Source, YulNode } from "../source.ts";

interface Group {
  readonly comment: Comment;
  readonly bounds: readonly Bound[];
  /** Of the last statement that it belongs to. */
  readonly last: number;
  readonly assigned: readonly string[];
}

type Statement = { readonly src: string };

const groups = new WeakMap<Source, Map<string, readonly Group[]>>();

export class CommentBounds {
  readonly #machine: Machine;
  readonly #groups: readonly Group[];
  readonly #source: Source | undefined;

  constructor(machine: Machine, block: string, statements: readonly Statement[]) {
    this.#machine = machine;
    this.#source = machine.project.fileOf(block);
    this.#groups = this.#source === undefined ? [] : groupsOf(this.#source, block, statements);
  }

  /** To be called when the statement with this index has run. */
  after(index: number): void {
    for (const group of this.#groups) if (group.last === index) this.#check(group);
  }

  #check({ comment, bounds, assigned }: Group): void {
    const machine = this.#machine;
    if (!machine.watching) return;
    const src = `${comment.start}:${comment.end - comment.start}:${fileIndex(machine, this.#source!)}`;
    for (const bound of bounds) checkBound(machine, bound, assigned, `${this.#source!.path}:${comment.start}`, src);
  }
}

/** Notes whether the bound holds here. */
export function checkBound(
  machine: Machine,
  bound: Bound,
  assigned: readonly string[],
  place: string,
  src: string,
): void {
  const key = `${place}: ${bound.text}`;
  const fail = (text: string) => {
    machine.bounds.set(key, false);
    machine.note("bound", src, `"${bound.text}": ${text}`);
  };
  if (!machine.bounds.has(key)) machine.bounds.set(key, true);
  const sums = bound.what.flatMap((what) => (what === "halves" ? assigned.map(single) : [what]));
  if (sums.length === 0) return fail("says something of nothing");
  for (const sum of sums) {
    const range = rangeOf(machine, sum);
    if (range === undefined) return fail(`${sum.parts.map(({ name }) => name).join(", ")}: not known here`);
    if (range.hi > bound.to) fail(`${showSum(sum)} may be ${multiple(range.hi)}`);
    if (range.lo < bound.from) fail(`${showSum(sum)} may be ${multiple(range.lo)}`);
  }
  if (bound.same === undefined) return;
  const value = machine.state.env.get(bound.same);
  const limit = bound.to + 1n;
  if (!isTerm(value) || value.op !== "const" || value.value !== limit) fail(`${bound.same} is not ${multiple(limit)}`);
}

function single(name: string): Sum {
  const match = /^(\w+)\[(\d+)\]$/.exec(name);
  return {
    parts: [{ name: match?.[1] ?? name, index: match === null ? undefined : Number(match[2]), times: 1n }],
    constant: 0n,
  };
}

function rangeOf(machine: Machine, { parts, constant }: Sum): { lo: bigint; hi: bigint } | undefined {
  let [lo, hi] = [constant, constant];
  for (const { name, index, times } of parts) {
    const value = machine.state.env.get(name);
    if (!isTerm(value)) return undefined;
    const range = machine.facts.of(index === undefined ? value : machine.memory.word(value, index));
    lo += times * (times > 0n ? range.lo : range.hi);
    hi += times * (times > 0n ? range.hi : range.lo);
  }
  return { lo, hi };
}

function showSum({ parts, constant }: Sum): string {
  const terms = parts.map(
    ({ name, index, times }) => `${times === 1n ? "" : `${times} `}${name}${index === undefined ? "" : `[${index}]`}`,
  );
  return [...terms, ...(constant === 0n ? [] : [constant % P === 0n ? `${constant / P}p` : `${constant}`])].join(" + ");
}

function groupsOf(source: Source, block: string, statements: readonly Statement[]): readonly Group[] {
  let known = groups.get(source);
  if (known === undefined) groups.set(source, (known = new Map()));
  let result = known.get(block);
  if (result !== undefined) return result;
  const own = source.comments.filter(({ start, end }) => {
    if (start < startOf(block) || end > endOf(block)) return false;
    return !statements.some(({ src }) => startOf(src) < start && end < endOf(src));
  });
  const made: Group[] = [];
  own.forEach((comment, index) => {
    if (!isBound(comment.text)) return;
    const next = own[index + 1]?.start ?? Infinity;
    const mine = statements.flatMap(({ src }, at) => (startOf(src) > comment.end && startOf(src) < next ? [at] : []));
    const assigned = [...new Set(mine.flatMap((at) => assignedIn(statements[at]!)))];
    made.push({ comment, bounds: parseBounds(comment.text), last: mine.at(-1) ?? -1, assigned });
  });
  known.set(block, (result = made));
  return result;
}

/** Variables that outlive the statement: those that nested blocks declare are not among them. */
function assignedIn(statement: Statement): string[] {
  const node = statement as YulNode & SolNode;
  switch (node.nodeType) {
    case "YulVariableDeclaration":
      return node.variables.map(({ name }) => name);
    case "YulAssignment":
      return node.variableNames.map(({ name }) => name);
    case "YulBlock": {
      const inside = (node as YulNode).statements;
      const declared = new Set(
        inside.filter(({ nodeType }) => nodeType === "YulVariableDeclaration").flatMap(assignedIn),
      );
      return inside.flatMap(assignedIn).filter((name) => !declared.has(name));
    }
    case "VariableDeclarationStatement":
      return node.declarations.flatMap((declaration) => (declaration === null ? [] : [declaration.name]));
    case "ExpressionStatement":
      return node.expression.nodeType === "Assignment" ? targetsOf(node.expression.leftHandSide) : [];
    default:
      return [];
  }
}

function targetsOf(node: SolNode): string[] {
  if (node.nodeType === "TupleExpression")
    return node.components.flatMap((part) => (part === null ? [] : targetsOf(part)));
  if (node.nodeType === "Identifier") return [node.name];
  if (node.nodeType === "IndexAccess" && node.indexExpression.nodeType === "Literal")
    return [`${node.baseExpression.name}[${node.indexExpression.value as string}]`];
  return [];
}

function fileIndex(machine: Machine, source: Source): string {
  return source.ast.src.split(":")[2] ?? `${machine.project.sources.size}`;
}
