/** Inline assembly, statement by statement, as solc's legacy code generator compiles it: one opcode for each function. */
import { CommentBounds } from "./comments.ts";
import type { Machine } from "./machine.ts";
import { joined, placeOf, plus } from "./memory.ts";
import { precompile } from "./precompiles.ts";
import { isTerm, Signal } from "./state.ts";
import { apply, call, constant, MAX, symbol } from "./term.ts";
import type { Op, Term } from "./term.ts";
import type { SolNode, YulNode } from "../source.ts";
import { yulValue } from "../source.ts";

const ARITHMETIC = new Set(["add", "sub", "mul", "shl"]);
const PURE = new Set(["shr", "and", "or", "xor", "eq", "lt", "gt", "iszero", "mulmod", "addmod", "div", "mod"]);

export function runAssembly(machine: Machine, node: SolNode): void {
  const references = new Map(node.externalReferences.map((reference) => [reference.src, reference]));
  new Assembly(machine, references).block(node.AST);
  machine.memory.forgetTemporary();
}

class Assembly {
  readonly machine: Machine;
  readonly references: ReadonlyMap<string, SolNode["externalReferences"][number]>;

  constructor(machine: Machine, references: Assembly["references"]) {
    this.machine = machine;
    this.references = references;
  }

  block(node: YulNode): void {
    const before = new Set(this.machine.state.env.keys());
    this.statements(node);
    for (const name of [...this.machine.state.env.keys()]) if (!before.has(name)) this.machine.state.env.delete(name);
  }

  statements({ statements, src }: YulNode): void {
    const comments = new CommentBounds(this.machine, src, statements);
    statements.forEach((statement, index) => {
      this.statement(statement);
      comments.after(index);
    });
  }

  statement(node: YulNode): void {
    const { env } = this.machine.state;
    switch (node.nodeType) {
      case "YulBlock":
        return this.block(node);
      case "YulVariableDeclaration": {
        const value = yulValue(node) as YulNode | undefined;
        if (node.variables.length !== 1) throw new Error("declarations of several variables");
        env.set(node.variables[0]!.name, value === undefined ? constant(0n) : this.expression(value));
        return;
      }
      case "YulAssignment":
        if (node.variableNames.length !== 1) throw new Error("assignments to several variables");
        return this.assign(node.variableNames[0]!, this.expression(yulValue(node) as YulNode));
      case "YulExpressionStatement":
        this.expression(node.expression);
        return;
      case "YulIf":
        if (this.machine.branch(this.expression(node.condition))) this.block(node.body);
        return;
      case "YulForLoop":
        return this.loop(node);
      default:
        throw new Error(`${node.nodeType}: ${this.machine.project.where(node.src)}`);
    }
  }

  loop(node: YulNode): void {
    const before = new Set(this.machine.state.env.keys());
    this.statements(node.pre);
    this.machine.loop(
      node.src,
      () => this.expression(node.condition),
      () => {
        this.block(node.body);
        this.block(node.post);
      },
    );
    for (const name of [...this.machine.state.env.keys()]) if (!before.has(name)) this.machine.state.env.delete(name);
  }

  assign(name: YulNode, value: Term): void {
    const { env } = this.machine.state;
    if (!env.has(name.name)) throw new Error(`${name.name} is assigned and not declared`);
    env.set(name.name, value);
  }

  expression(node: YulNode): Term {
    if (node.nodeType === "YulLiteral") return constant(BigInt(yulValue(node) as string));
    if (node.nodeType === "YulIdentifier") return this.identifier(node);
    // operands are evaluated from the right to the left
    const args = [...node.arguments]
      .reverse()
      .map((argument) => this.expression(argument))
      .reverse();
    return this.builtin(node, node.functionName.name, args);
  }

  identifier({ name, src }: YulNode): Term {
    const { machine } = this;
    const reference = this.references.get(src);
    if (reference?.suffix !== undefined || reference?.isSlot === true) {
      const suffix = reference.suffix ?? "slot";
      const base = machine.project.node(reference.declaration);
      if (suffix === "slot") return call(`slot of ${base.name}`, []);
      const value = machine.state.env.get(base.name);
      if (value !== undefined && "kind" in value && value.kind === "calldata")
        return suffix === "length" ? value.length : value.offset;
      throw new Error(`${name}: ${machine.project.where(src)}`);
    }
    const value = machine.state.env.get(name);
    if (isTerm(value)) return value;
    const declaration = reference === undefined ? undefined : machine.project.node(reference.declaration);
    if (declaration?.constant === true) return machine.constantOf(declaration);
    throw new Error(`${name} has no value: ${machine.project.where(src)}`);
  }

  builtin(node: YulNode, name: string, args: readonly Term[]): Term {
    const { machine } = this;
    const { src } = node;
    const [a, b, c] = args as [Term, Term, Term];
    if (ARITHMETIC.has(name)) return machine.arithmetic(name as Op, args, src, isSlotArithmetic(name, args));
    if (PURE.has(name)) return apply(name as Op, ...args);
    switch (name) {
      case "mload":
        return machine.touch(src, () => {
          const place = machine.place(a);
          machine.options.loaded?.(place);
          return machine.options.given?.(place) ?? machine.memory.load(place);
        });
      case "mstore":
        machine.touch(src, () => machine.memory.store(machine.place(a), b, machine.facts));
        return constant(0n);
      case "mstore8":
        machine.touch(src, () => machine.memory.storeByte(machine.place(a), b));
        return constant(0n);
      case "mcopy":
        machine.touch(src, () => {
          const pieces = machine.memory.read(machine.place(b), placeOf(c, machine.facts));
          machine.memory.write(machine.place(a), pieces);
        });
        return constant(0n);
      case "calldatacopy":
        machine.touch(src, () => {
          if (b.name !== "calldatasize") throw new Error(`calldatacopy of calldata: ${machine.project.where(src)}`);
          const zeros = { term: constant(0n), from: 0, length: placeOf(c, machine.facts) };
          machine.memory.write(machine.place(a), [zeros]);
        });
        return constant(0n);
      case "keccak256":
        return machine.touch(src, () =>
          joined(machine.memory.read(machine.place(a), placeOf(b, machine.facts)), "keccak256"),
        );
      case "calldataload":
        return this.calldataload(a, src);
      case "sstore":
        machine.visit(src);
        machine.state.storage.push({ path: "slot", keys: [a], value: b });
        return constant(0n);
      case "sload":
        return call("sload", [a]);
      case "staticcall":
        return machine.touch(src, () => precompile(machine, args));
      case "gas":
      case "codesize":
        return symbol(name);
      case "calldatasize":
      case "chainid":
        return call(name, [], 0n, 1n << 64n);
      case "address":
        return call(name, [], 0n, (1n << 160n) - 1n);
      case "pop":
        return constant(0n);
      case "revert":
        throw new Signal("revert", undefined, "assembly");
      default:
        throw new Error(`${name}: ${machine.project.where(src)}`);
    }
  }

  /** Only words of arrays that the caller was given, the index below the length. */
  calldataload(position: Term, src: string): Term {
    const { machine } = this;
    machine.visit(src);
    const place = placeOf(position, machine.facts);
    for (const value of machine.state.env.values()) {
      if (!("kind" in value) || value.kind !== "calldata") continue;
      const relative = plus(place, placeOf(value.offset, machine.facts), -1n);
      const [atom] = relative.atoms;
      if (relative.atoms.length > 1 || relative.offset % 32n !== 0n || (atom !== undefined && atom.times !== 32n))
        continue;
      const index =
        atom === undefined ? constant(relative.offset / 32n) : apply("add", atom.term, constant(relative.offset / 32n));
      if (machine.isBelow(index, value.length)) return call("calldataload", [position]);
    }
    machine.note("memory", src, "reads calldata that is in no array");
    return call("calldataload", [position], 0n, MAX);
  }
}

/** Slots behind a hash: storage is a ring of 2^256 slots, and the sum is meant to wrap. */
function isSlotArithmetic(name: string, [a, b]: readonly Term[]): boolean {
  const isHash = (term: Term | undefined): boolean =>
    term?.op === "add" ? term.args.some(isHash) : term?.op === "call" && term.name.startsWith("keccak256");
  return name === "add" && (isHash(a) || isHash(b));
}
