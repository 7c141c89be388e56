/** Solidity's statements and expressions, as far as the proved files use them; what is not known here throws. */
import { CommentBounds } from "./comments.ts";
import { docBounds } from "./docBounds.ts";
import { layoutOf } from "./layout.ts";
import type { WordLayout } from "./layout.ts";
import { Machine } from "./machine.ts";
import type { Options } from "./machine.ts";
import { isTerm, Signal } from "./state.ts";
import type { StorageRef, Tuple, Value } from "./state.ts";
import { at, size } from "./memory.ts";
import { apply, call, constant, isZero, MAX } from "./term.ts";
import type { Op, Term } from "./term.ts";
import { runAssembly } from "./yul.ts";
import type { Project, SolNode } from "../source.ts";

const OPERATORS: Readonly<Record<string, Op>> = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "div",
  "%": "mod",
  "|": "or",
  "&": "and",
  "^": "xor",
  "==": "eq",
  "<": "lt",
  ">": "gt",
};

/** Calls `Library.function` with the values; throws a Signal where it reverts. */
export function callFunction(machine: Machine, fn: SolNode, args: readonly Value[]): Value | undefined {
  const name = machine.project.nameOf(fn);
  const run = () => runFunction(machine, fn, name, args);
  const intercept = machine.options.intercept?.[name];
  return intercept === undefined ? run() : intercept(machine, args, run);
}

function runFunction(machine: Machine, fn: SolNode, name: string, args: readonly Value[]): Value | undefined {
  const outside = machine.state.env;
  machine.state.env = new Map();
  machine.stack.push(name);
  if (machine.stack.length > 24) throw new Error(`recursion: ${machine.stack.join(" > ")}`);
  fn.parameters.parameters.forEach((parameter, index) => machine.state.env.set(parameter.name, args[index]!));
  const results = fn.returnParameters.parameters;
  for (const result of results) if (result.name !== "") machine.state.env.set(result.name, initial(machine, result));
  const doc = docBounds(machine, fn, args);
  doc.before();
  let value: Value | undefined;
  try {
    new Runner(machine).statement(fn.body!);
    value = named(machine, results);
  } catch (error) {
    if (!(error instanceof Signal) || error.kind !== "return") throw error;
    value = error.value ?? named(machine, results);
  }
  doc.after(value);
  machine.stack.pop();
  machine.state.env = outside;
  return value;
}

function named(machine: Machine, results: readonly SolNode[]): Value | undefined {
  const values = results.map(({ name }) => machine.state.env.get(name));
  return values.length === 1 ? values[0] : { kind: "tuple", values };
}

/** The value of a declaration that is given none: 0, or memory that the compiler allocates and clears. */
function initial(machine: Machine, declaration: SolNode): Value {
  const { typeIdentifier } = declaration.typeDescriptions;
  const layout = typeIdentifier.endsWith("_memory_ptr") ? layoutOf(machine.project, declaration.typeName) : undefined;
  return layout === undefined ? constant(0n) : allocate(machine, declaration.name, layout);
}

export function allocate(machine: Machine, name: string, layout: WordLayout, words: readonly Term[] = []): Term {
  const values = layout.words.map(
    (inner, index) =>
      words[index] ?? (inner === undefined ? constant(0n) : allocate(machine, `${name}.${index}`, inner)),
  );
  return machine.memory.allocate(name, size(32 * layout.words.length), values);
}

class Runner {
  readonly machine: Machine;
  #unchecked = false;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  statement(node: SolNode): void {
    const { machine } = this;
    switch (node.nodeType) {
      case "Block":
        return this.#block(node);
      case "UncheckedBlock": {
        this.#unchecked = true;
        try {
          return this.#block(node);
        } finally {
          this.#unchecked = false;
        }
      }
      case "VariableDeclarationStatement":
        return this.#declare(node);
      case "ExpressionStatement":
        this.expression(node.expression);
        return;
      case "IfStatement":
        if (machine.branch(this.term(node.condition))) this.statement(node.trueBody);
        else if (node.falseBody !== null && node.falseBody !== undefined) this.statement(node.falseBody);
        return;
      case "ForStatement":
        if (node.initializationExpression) this.statement(node.initializationExpression);
        return machine.loop(
          node.src,
          () => this.term(node.condition),
          () => this.#pass(node),
        );
      case "Return":
        throw new Signal("return", node.expression ? this.expression(node.expression) : undefined);
      case "RevertStatement":
        throw new Signal("revert", undefined, machine.project.textOf(node.src));
      case "Continue":
        throw new Signal("continue");
      case "InlineAssembly":
        return runAssembly(machine, node);
      default:
        throw new Error(`${node.nodeType}: ${machine.project.where(node.src)}`);
    }
  }

  #block({ statements, src }: SolNode): void {
    const list = statements ?? [];
    const comments = new CommentBounds(this.machine, src, list);
    list.forEach((statement, index) => {
      this.statement(statement);
      comments.after(index);
    });
  }

  #pass({ body, loopExpression }: SolNode): void {
    try {
      this.statement(body!);
    } catch (error) {
      if (!(error instanceof Signal) || error.kind !== "continue") throw error;
    }
    if (loopExpression) this.statement(loopExpression);
  }

  #declare({ declarations, initialValue }: SolNode): void {
    const { env } = this.machine.state;
    if (!initialValue) {
      for (const declaration of declarations)
        if (declaration) env.set(declaration.name, initial(this.machine, declaration));
      return;
    }
    const value = this.expression(initialValue);
    const values = declarations.length === 1 ? [value] : (value as Tuple).values;
    declarations.forEach((declaration, index) => {
      if (declaration === null) return;
      const given = values[index]!;
      this.machine.state.env.set(declaration.name, this.#toMemory(declaration, given));
    });
  }

  /** What is given to a variable is read, and a struct of storage copied, at that moment; a reference to storage stays one. */
  #toMemory({ typeDescriptions, name }: SolNode, value: Value): Value {
    if (isTerm(value) || value.kind !== "storage") return value;
    const { typeIdentifier } = typeDescriptions;
    if (/^t_(uint\d+|int\d+|bool|address|address_payable|bytes\d+|contract\$.*)$/.test(typeIdentifier))
      return this.#read(value);
    const struct = typeIdentifier.endsWith("_memory_ptr") ? this.#structOf({ typeDescriptions }) : undefined;
    if (struct === undefined) return value;
    const words = struct.members.map((member) => this.#read({ ...value, path: `${value.path}.${member.name}` }));
    return allocate(this.machine, name, { words: words.map(() => undefined) }, words);
  }

  term(node: SolNode): Term {
    const value = this.expression(node);
    if (isTerm(value)) return value;
    if (value?.kind === "storage") return this.#read(value);
    throw new Error(`no word: ${this.machine.project.where(node.src)}`);
  }

  expression(node: SolNode): Value {
    const { machine } = this;
    switch (node.nodeType) {
      case "Literal":
        if (node.kind === "bool") return constant(node.value === "true" ? 1n : 0n);
        if (node.kind === "string") return constant(BigInt(`0x${node.hexValue.padEnd(64, "0")}`));
        return constant(BigInt(node.value as string));
      case "Identifier":
        return this.#identifier(node);
      case "TupleExpression":
        return this.#tuple(node);
      case "Assignment":
        return this.#assignment(node);
      case "BinaryOperation":
        return this.#binary(node);
      case "UnaryOperation":
        return this.#unary(node);
      case "Conditional":
        return machine.branch(this.term(node.condition))
          ? this.expression(node.trueExpression)
          : this.expression(node.falseExpression);
      case "FunctionCall":
        return this.#call(node) ?? constant(0n);
      case "MemberAccess":
        return this.#member(node);
      case "IndexAccess":
        return this.#index(node);
      default:
        throw new Error(`${node.nodeType}: ${machine.project.where(node.src)}`);
    }
  }

  #identifier({ name, referencedDeclaration, src }: SolNode): Value {
    const { machine } = this;
    const value = machine.state.env.get(name);
    if (value !== undefined) return value;
    const declaration = machine.project.find(referencedDeclaration);
    if (declaration?.constant === true) return machine.constantOf(declaration);
    if (declaration?.stateVariable === true) return { kind: "storage", path: name, keys: [] };
    throw new Error(`${name} has no value: ${machine.project.where(src)}`);
  }

  #tuple({ components, isInlineArray }: SolNode): Value {
    if (isInlineArray) {
      const words = components.map((component) => this.term(component!));
      return allocate(this.machine, "array", { words: words.map(() => undefined) }, words);
    }
    if (components.length === 1) return this.expression(components[0]!);
    return { kind: "tuple", values: components.map((part) => (part === null ? undefined : this.expression(part))) };
  }

  #assignment({ leftHandSide, rightHandSide, operator, src }: SolNode): Value {
    if (operator === "=") {
      const value = this.expression(rightHandSide);
      this.#assign(leftHandSide, value);
      return value;
    }
    const operation = OPERATORS[operator.slice(0, -1)];
    if (operation === undefined) throw new Error(`${operator}: ${this.machine.project.where(src)}`);
    const right = this.term(rightHandSide);
    const value = this.#arithmetic(operation, this.term(leftHandSide), right, src);
    this.#assign(leftHandSide, value);
    return value;
  }

  #assign(target: SolNode, value: Value): void {
    const { machine } = this;
    if (target.nodeType === "TupleExpression") {
      const { values } = value as Tuple;
      // a variable that is read on the right side has been read
      target.components.forEach((part, index) => part !== null && this.#assign(part, values[index]!));
      return;
    }
    if (target.nodeType === "Identifier" && machine.state.env.has(target.name)) {
      machine.state.env.set(target.name, this.#toMemory(target, value));
      return;
    }
    if (target.nodeType === "IndexAccess" || target.nodeType === "MemberAccess") {
      const place = this.#memoryWord(target);
      if (place !== undefined)
        return machine.touch(target.src, () => machine.memory.store(place, value as Term, machine.facts));
    }
    const reference = this.expression(target);
    if (isTerm(reference) || reference.kind !== "storage")
      throw new Error(`assignment: ${machine.project.where(target.src)}`);
    this.#write(reference, target, value);
  }

  /** A word in storage, or each word of a struct that comes from memory or storage. */
  #write(reference: StorageRef, target: SolNode, value: Value): void {
    const struct = this.#structOf(target);
    if (struct === undefined) {
      const word = isTerm(value) ? value : this.#read(value as StorageRef);
      this.machine.state.storage.push({ path: reference.path, keys: reference.keys, value: word });
      return;
    }
    struct.members.forEach(({ name }, index) => {
      const path = `${reference.path}.${name}`;
      const word = isTerm(value)
        ? this.machine.memory.word(value, index)
        : this.#read({ ...(value as StorageRef), path });
      this.machine.state.storage.push({ path, keys: reference.keys, value: word });
    });
  }

  #structOf({ typeDescriptions }: Pick<SolNode, "typeDescriptions">): SolNode | undefined {
    const id = /^t_struct\$_\w+?_\$(\d+)_/.exec(typeDescriptions.typeIdentifier)?.[1];
    return id === undefined ? undefined : this.machine.project.find(Number(id));
  }

  /** The word as it is after the writes so far; the model that reads such terms has the list of writes. */
  #read({ path, keys }: StorageRef): Term {
    const { lo, hi } = this.machine.options.stored?.(path) ?? { lo: 0n, hi: MAX };
    return call(`${path}@${this.machine.state.storage.length}`, keys, lo, hi);
  }

  #binary({ leftExpression, rightExpression, operator, src }: SolNode): Term {
    const [left, right] = [this.term(leftExpression), this.term(rightExpression)];
    switch (operator) {
      case "&&":
        return apply("and", left, right);
      case "||":
        return apply("or", left, right);
      case "!=":
        return apply("iszero", apply("eq", left, right));
      case "<=":
        return apply("iszero", apply("gt", left, right));
      case ">=":
        return apply("iszero", apply("lt", left, right));
      case "<<":
        return this.#arithmetic("shl", right, left, src);
      case ">>":
        return apply("shr", right, left);
    }
    const operation = OPERATORS[operator];
    if (operation === undefined) throw new Error(`${operator}: ${this.machine.project.where(src)}`);
    return this.#arithmetic(operation, left, right, src);
  }

  /** Checked arithmetic reverts where it would wrap; which operations may is noted apart. */
  #arithmetic(operation: Op, left: Term, right: Term, src: string): Term {
    const { machine } = this;
    if (operation === "div" && isZero(right)) throw new Signal("revert", undefined, "division by zero");
    if (!["add", "sub", "mul", "shl"].includes(operation)) return apply(operation, left, right);
    if (this.#unchecked) return machine.arithmetic(operation, [left, right], src);
    const term = machine.arithmetic(operation, [left, right], src, true);
    if (term.op !== "const" && machine.facts.wraps(term)) {
      machine.noteRevert(src);
      const { lo, hi } = machine.facts.exact(term);
      machine.facts.limit(term, { lo: lo < 0n ? 0n : lo, hi: hi > MAX ? MAX : hi });
    }
    return term;
  }

  #unary({ operator, prefix, subExpression, src }: SolNode): Value {
    switch (operator) {
      case "!":
        return apply("iszero", this.term(subExpression));
      case "-":
        return this.#arithmetic("sub", constant(0n), this.term(subExpression), src);
      case "++":
      case "--": {
        const before = this.term(subExpression);
        const after = this.#arithmetic(operator === "++" ? "add" : "sub", before, constant(1n), src);
        this.#assign(subExpression, after);
        return prefix ? after : before;
      }
      case "delete": {
        const reference = this.expression(subExpression) as StorageRef;
        const struct = this.#structOf(subExpression);
        if (struct === undefined) this.#write(reference, subExpression, constant(0n));
        else this.#clear(reference, struct);
        return constant(0n);
      }
      default:
        throw new Error(`${operator}: ${this.machine.project.where(src)}`);
    }
  }

  #clear({ path, keys, kind }: StorageRef, struct: SolNode): void {
    for (const { name, typeName } of struct.members) {
      const inner = this.machine.project.find(typeName.referencedDeclaration);
      const reference: StorageRef = { kind, path: `${path}.${name}`, keys };
      if (inner?.nodeType === "StructDefinition") this.#clear(reference, inner);
      else this.machine.state.storage.push({ path: reference.path, keys, value: constant(0n) });
    }
  }

  #member(node: SolNode): Value {
    const { machine } = this;
    const { expression, memberName, referencedDeclaration, src } = node;
    const declaration = machine.project.find(referencedDeclaration);
    if (declaration?.constant === true) return machine.constantOf(declaration);
    if (expression.nodeType === "Identifier" && ["block", "msg", "tx"].includes(expression.name))
      return call(`${expression.name}.${memberName}`, []);
    const place = this.#memoryWord(node);
    if (place !== undefined) return machine.touch(src, () => machine.memory.load(place));
    const base = this.expression(expression);
    if (!isTerm(base) && base.kind === "calldata" && memberName === "length") return base.length;
    if (!isTerm(base) && base.kind === "storage") return { ...base, path: `${base.path}.${memberName}` };
    throw new Error(`${memberName}: ${machine.project.where(src)}`);
  }

  #index(node: SolNode): Value {
    const { machine } = this;
    const place = this.#memoryWord(node);
    if (place !== undefined) return machine.touch(node.src, () => machine.memory.load(place));
    const base = this.expression(node.baseExpression);
    const index = this.term(node.indexExpression);
    if (isTerm(base)) throw new Error(`index: ${machine.project.where(node.src)}`);
    if (base.kind === "storage") return { kind: "storage", path: `${base.path}[]`, keys: [...base.keys, index] };
    // the compiler checks it against the length
    if (base.kind === "calldata") {
      if (!machine.isBelow(index, base.length)) machine.noteRevert(node.src);
      return call("calldataload", [apply("add", base.offset, apply("mul", index, constant(32n)))]);
    }
    throw new Error(`index: ${machine.project.where(node.src)}`);
  }

  /** Of a member of a struct or an element of an array in memory. */
  #memoryWord(node: SolNode) {
    const base = node.nodeType === "IndexAccess" ? node.baseExpression : node.expression;
    const { typeIdentifier } = base.typeDescriptions;
    if (!typeIdentifier.endsWith("_memory_ptr") || /dyn_memory_ptr$|^t_bytes/.test(typeIdentifier)) return undefined;
    const object = this.expression(base);
    if (!isTerm(object)) return undefined;
    const index =
      node.nodeType === "IndexAccess"
        ? Number(this.term(node.indexExpression).value)
        : this.#structOf(base)!.members.findIndex(({ name }) => name === node.memberName);
    if (index < 0) return undefined;
    return { ...at(object), offset: 32n * BigInt(index) };
  }

  #call(node: SolNode): Value | undefined {
    const { machine } = this;
    const { kind, expression: callee, src } = node;
    if (kind === "typeConversion") return this.expression(node.arguments[0]!);
    if (kind === "structConstructorCall") {
      const words = node.arguments.map((argument) => this.term(argument));
      return allocate(machine, this.#structOf(node)?.name ?? "struct", { words: words.map(() => undefined) }, words);
    }
    const name = callee.nodeType === "MemberAccess" ? callee.memberName : callee.name;
    const declaration = machine.project.find(callee.referencedDeclaration);
    if (declaration?.nodeType === "FunctionDefinition") {
      const receiver = this.#receiverOf(callee);
      const args = node.arguments.map((argument) => this.expression(argument));
      const all = receiver === undefined ? args : [receiver, ...args];
      const copied = declaration.parameters.parameters.map((parameter, index) =>
        this.#toMemory(parameter, all[index]!),
      );
      return callFunction(machine, declaration, copied);
    }
    switch (name) {
      case "mulmod":
      case "addmod":
        return apply(name, ...node.arguments.map((argument) => this.term(argument)));
      case "require":
        if (machine.branch(this.term(node.arguments[0]!))) return undefined;
        throw new Signal("revert", undefined, machine.project.textOf(node.arguments.at(-1)!.src));
      case "encodePacked":
        return call(
          "encodePacked",
          node.arguments.map((argument) => this.term(argument)),
        );
      case "push": {
        const list = this.expression(callee.expression) as StorageRef;
        machine.state.storage.push({ path: `${list.path}.push`, keys: list.keys, value: call("pushed", []) });
        return undefined;
      }
      default:
        throw new Error(`${name}(): ${machine.project.where(src)}`);
    }
  }

  /** What `using for` puts first. */
  #receiverOf(callee: SolNode): Value | undefined {
    if (callee.nodeType !== "MemberAccess") return undefined;
    return callee.expression.typeDescriptions.typeIdentifier.startsWith("t_type$")
      ? undefined
      : this.expression(callee.expression);
  }
}

export function newMachine(project: Project, options: Options = {}): Machine {
  return new Machine(project, options, (machine, declaration) =>
    new Runner(machine).term(declaration.value as SolNode),
  );
}
