/** Bounds in the documentation of a function: of its parameters where it is called, of its results where it returns. */
import type { SolNode } from "../source.ts";
import { isBound, parseBounds } from "./boundText.ts";
import type { Bound } from "./boundText.ts";
import { checkBound } from "./comments.ts";
import type { Machine } from "./machine.ts";
import { isTerm } from "./state.ts";
import type { Value } from "./state.ts";

/** The documentation as prose: `@dev` and the like, and what `@param x` is about, are no part of it. */
export function docText({ documentation }: SolNode): string {
  return (documentation?.text ?? "").replace(/@(notice|dev|return|param)\b/g, ".").replace(/\s+/g, " ");
}

const parsed = new WeakMap<SolNode, readonly Bound[]>();

function boundsOf(fn: SolNode): readonly Bound[] {
  let bounds = parsed.get(fn);
  if (bounds === undefined) parsed.set(fn, (bounds = isBound(docText(fn)) ? parseBounds(docText(fn)) : []));
  return bounds;
}

export function docBounds(machine: Machine, fn: SolNode, args: readonly Value[]) {
  const bounds = boundsOf(fn);
  if (bounds.length === 0) return { before: () => {}, after: () => {} };
  const { parameters } = fn.parameters;
  const results = fn.returnParameters.parameters;
  const { documentation } = fn;
  const place = `${machine.project.fileOf(fn.src)?.path}:${documentation!.src.split(":")[0]}`;
  const given = new Map(parameters.map(({ name }, index) => [name, args[index]!]));

  /** In an environment of names of its own. */
  const check = (names: Map<string, Value>, assigned: readonly string[], isMine: (name: string) => boolean) => {
    if (!machine.watching) return;
    const inside = machine.state.env;
    machine.state.env = names;
    for (const bound of bounds) {
      const about = bound.what.filter((what) =>
        what === "halves" ? assigned.length > 0 : what.parts.every(({ name }) => isMine(name)),
      );
      if (about.length > 0) checkBound(machine, { ...bound, what: about }, assigned, place, documentation!.src);
    }
    machine.state.env = inside;
  };

  return {
    before: () => check(given, [], (name) => given.has(name)),
    after: (value: Value | undefined) => {
      const values = value !== undefined && "kind" in value && value.kind === "tuple" ? value.values : [value];
      const names = new Map<string, Value>();
      const assigned: string[] = [];
      const add = (name: string, of: Value | undefined, declaration: SolNode) => {
        if (of === undefined) return;
        names.set(name, of);
        const words = wordsOf(machine, declaration);
        if (words === undefined && results.includes(declaration)) assigned.push(name);
        else for (let index = 0; index < (words ?? 0); index++) assigned.push(`${name}[${index}]`);
      };
      results.forEach((declaration, index) => add(declaration.name || `result${index}`, values[index], declaration));
      parameters.forEach((declaration, index) => {
        if (isTerm(args[index]) && wordsOf(machine, declaration) !== undefined)
          add(declaration.name, args[index], declaration);
      });
      check(names, assigned, (name) => results.some((result) => result.name === name));
    },
  };
}

/** Of an array of fixed length or a struct in memory. */
function wordsOf(machine: Machine, { typeDescriptions, typeName }: SolNode): number | undefined {
  const { typeIdentifier } = typeDescriptions;
  if (!typeIdentifier.endsWith("_memory_ptr")) return undefined;
  const length = /^t_array\$_t_uint256_\$(\d+)_/.exec(typeIdentifier)?.[1];
  if (length !== undefined) return Number(length);
  const struct = machine.project.find(typeName.referencedDeclaration);
  return struct?.nodeType === "StructDefinition" ? struct.members.length : undefined;
}
