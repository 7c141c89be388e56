/** The sources as solc reads them: their abstract syntax, positions and comments. Nothing is compiled further here. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import solc from "solc";
import { settings } from "./settings.ts";

/** A node of Solidity's syntax tree, with the fields that its type has; to read others is a mistake in the reader. */
export interface SolNode {
  readonly id: number;
  readonly nodeType: string;
  readonly src: string;
  readonly name: string;
  readonly kind: string;
  readonly operator: string;
  readonly value: string | SolNode | undefined;
  readonly hexValue: string;
  readonly scope: number;
  readonly constant: boolean;
  readonly stateVariable: boolean;
  readonly nodes: readonly SolNode[];
  readonly members: readonly SolNode[];
  readonly statements: readonly SolNode[] | null;
  readonly body: SolNode | null;
  readonly parameters: { readonly parameters: readonly SolNode[] };
  readonly returnParameters: { readonly parameters: readonly SolNode[] };
  readonly declarations: readonly (SolNode | null)[];
  readonly assignments: readonly (number | null)[];
  readonly initialValue: SolNode | null;
  readonly expression: SolNode;
  readonly arguments: readonly SolNode[];
  readonly names: readonly string[];
  readonly components: readonly (SolNode | null)[];
  readonly isInlineArray: boolean;
  readonly leftHandSide: SolNode;
  readonly rightHandSide: SolNode;
  readonly leftExpression: SolNode;
  readonly rightExpression: SolNode;
  readonly subExpression: SolNode;
  readonly prefix: boolean;
  readonly baseExpression: SolNode;
  readonly indexExpression: SolNode;
  readonly memberName: string;
  readonly referencedDeclaration: number;
  readonly condition: SolNode;
  readonly trueBody: SolNode;
  readonly falseBody: SolNode | null;
  readonly trueExpression: SolNode;
  readonly falseExpression: SolNode;
  readonly initializationExpression: SolNode | null;
  readonly loopExpression: SolNode | null;
  readonly typeDescriptions: { readonly typeIdentifier: string; readonly typeString: string };
  readonly typeName: SolNode;
  readonly documentation: { readonly text: string; readonly src: string } | null;
  readonly AST: YulNode;
  readonly externalReferences: readonly { declaration: number; src: string; isSlot: boolean; suffix?: string }[];
}

/** A node of inline assembly. */
export interface YulNode {
  readonly nodeType: string;
  readonly src: string;
  readonly name: string;
  readonly kind: string;
  readonly type: string;
  readonly statements: readonly YulNode[];
  readonly variables: readonly YulNode[];
  readonly variableNames: readonly YulNode[];
  readonly functionName: YulNode;
  readonly arguments: readonly YulNode[];
  readonly expression: YulNode;
  readonly condition: YulNode;
  readonly pre: YulNode;
  readonly post: YulNode;
  readonly body: YulNode;
}

/** The value of a Yul assignment, declaration or literal. */
export function yulValue(node: YulNode): YulNode | string | undefined {
  return (node as unknown as { value?: YulNode | string }).value;
}

export interface Comment {
  readonly text: string;
  /** Of its first character and behind its last, in the file. */
  readonly start: number;
  readonly end: number;
}

export interface Source {
  readonly path: string;
  readonly text: string;
  readonly ast: SolNode;
  /** `//` comments; lines that follow each other are one. */
  readonly comments: readonly Comment[];
}

interface CompilerOutput {
  readonly errors?: readonly { severity: string; formattedMessage: string }[];
  readonly sources: Readonly<Record<string, { id: number; ast: SolNode }>>;
}

/** Sources by path, as solc's standard input wants them; imports are read from the project and from node_modules. */
export function readImport(path: string): { contents: string } | { error: string } {
  for (const candidate of [path, join("node_modules", path)])
    if (existsSync(candidate)) return { contents: readFileSync(candidate, "utf8") };
  return { error: `${path} not found` };
}

export class Project {
  readonly sources: ReadonlyMap<string, Source>;
  #nodes = new Map<number, SolNode>();
  #files = new Map<number, Source>();
  #functions = new Map<string, SolNode>();

  constructor(sources: ReadonlyMap<string, Source>, output: CompilerOutput) {
    this.sources = sources;
    for (const { id, ast } of Object.values(output.sources)) {
      this.#index(ast);
      const source = [...sources.values()].find((candidate) => candidate.ast === ast);
      if (source !== undefined) this.#files.set(id, source);
    }
    for (const node of this.#nodes.values())
      if (node.nodeType === "FunctionDefinition" && node.name !== "") this.#functions.set(this.nameOf(node), node);
  }

  node(id: number): SolNode {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Error(`no node ${id}`);
    return node;
  }

  find(id: number): SolNode | undefined {
    return this.#nodes.get(id);
  }

  source(path: string): Source {
    const source = this.sources.get(path);
    if (source === undefined) throw new Error(`${path} was not read`);
    return source;
  }

  /** `Library.CONSTANT`. */
  constant(name: string): SolNode {
    for (const node of this.#nodes.values())
      if (node.constant && `${this.#nodes.get(node.scope)?.name}.${node.name}` === name) return node;
    throw new Error(`no constant ${name}`);
  }

  struct(name: string): SolNode {
    for (const node of this.#nodes.values())
      if (node.nodeType === "StructDefinition" && node.name === name) return node;
    throw new Error(`no struct ${name}`);
  }

  has(name: string): boolean {
    return this.#functions.has(name);
  }

  /** `Library.function`. */
  function(name: string): SolNode {
    const fn = this.#functions.get(name);
    if (fn === undefined) throw new Error(`no function ${name}`);
    return fn;
  }

  /** The contract that declares the node, for messages. */
  nameOf(fn: SolNode): string {
    return `${this.#nodes.get(fn.scope)?.name}.${fn.name}`;
  }

  fileOf(src: string): Source | undefined {
    return this.#files.get(Number(src.split(":")[2]));
  }

  /** `path:line` of a node. */
  where(src: string): string {
    const source = this.fileOf(src);
    if (source === undefined) return src;
    return `${source.path}:${lineOf(source.text, startOf(src))}`;
  }

  textOf(src: string): string {
    const [start = 0, length = 0] = src.split(":").map(Number);
    return (
      this.fileOf(src)
        ?.text.slice(start, start + length)
        .replace(/\s+/g, " ") ?? ""
    );
  }

  #index(node: unknown): void {
    if (Array.isArray(node)) for (const child of node) this.#index(child);
    else if (node !== null && typeof node === "object") {
      const { id, nodeType } = node as SolNode;
      if (typeof id === "number" && nodeType !== undefined) this.#nodes.set(id, node as SolNode);
      for (const child of Object.values(node)) this.#index(child);
    }
  }
}

export function startOf(src: string): number {
  return Number(src.split(":")[0]);
}

export function endOf(src: string): number {
  const [start = 0, length = 0] = src.split(":").map(Number);
  return start + length;
}

function lineOf(text: string, position: number): number {
  return text.slice(0, position).split("\n").length;
}

/** Reads the files, with other text for some of them: that is how a fault is planted. */
export function readProject(paths: readonly string[], changed: ReadonlyMap<string, string> = new Map()): Project {
  const texts = new Map(paths.map((path) => [path, changed.get(path) ?? readFileSync(path, "utf8")]));
  const input = {
    language: "Solidity",
    sources: Object.fromEntries([...texts].map(([path, content]) => [path, { content }])),
    settings: { evmVersion: settings.evmVersion, outputSelection: { "*": { "": ["ast"] } } },
  };
  const read = (path: string) => {
    const content = changed.get(path);
    return content === undefined ? readImport(path) : { contents: content };
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read })) as CompilerOutput;
  const errors = output.errors?.filter(({ severity }) => severity === "error") ?? [];
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const sources = new Map<string, Source>();
  for (const [path, { ast }] of Object.entries(output.sources)) {
    const text = texts.get(path);
    // bytes and characters are the same in these files; solc counts bytes
    if (text !== undefined && Buffer.byteLength(text) !== text.length) throw new Error(`${path} is not plain ASCII`);
    if (text !== undefined) sources.set(path, { path, text, ast, comments: commentsOf(text) });
  }
  return new Project(sources, output);
}

function commentsOf(text: string): Comment[] {
  const comments: Comment[] = [];
  for (const match of text.matchAll(/(?<!\/)\/\/(?!\/) ?(.*)$/gm)) {
    const start = match.index;
    const last = comments.at(-1);
    if (last !== undefined && /^\s*$/.test(text.slice(last.end, start)) && !/\n\s*\n/.test(text.slice(last.end, start)))
      comments[comments.length - 1] = {
        text: `${last.text} ${match[1]}`,
        start: last.start,
        end: start + match[0].length,
      };
    else comments.push({ text: match[1] ?? "", start, end: start + match[0].length });
  }
  return comments;
}
