/**
 * Values of the interpreter: expressions over unknown words, each stored once, so that equal terms are the same object. A term
 * means the 256-bit word that the EVM would hold; where the interpreter has shown that an operation does not wrap, it is the
 * integer as well.
 */
export const P = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;
export const MAX = (1n << 256n) - 1n;

export type Op =
  | "const"
  | "symbol"
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "mod"
  | "shl"
  | "shr"
  | "and"
  | "or"
  | "xor"
  | "eq"
  | "lt"
  | "gt"
  | "iszero"
  | "mulmod"
  | "addmod"
  /** Words cut and joined: see memory.ts. */
  | "bytes"
  /** Anything else that is only compared by name and operands: a hash, a load, the result of a precompile. */
  | "call";

export interface Term {
  readonly id: number;
  readonly op: Op;
  readonly args: readonly Term[];
  /** Of a constant. */
  readonly value: bigint;
  /** Of a symbol or a call. */
  readonly name: string;
  /** What is known of it from where it stands: a symbol's range. */
  readonly lo: bigint;
  readonly hi: bigint;
}

const table = new Map<string, Term>();
let nextId = 0;

function intern(key: string, make: (id: number) => Term): Term {
  let term = table.get(key);
  if (term === undefined) table.set(key, (term = make(nextId++)));
  return term;
}

/** Terms of one run of the checks are of no use to the next. */
export function forgetTerms(): void {
  table.clear();
}

export function constant(value: bigint): Term {
  value &= MAX;
  return intern(`c${value}`, (id) => ({ id, op: "const", args: [], value, name: "", lo: value, hi: value }));
}

/** An unknown of its own: two symbols of one name are two. */
export function symbol(name: string, lo = 0n, hi = MAX): Term {
  const id = nextId++;
  const term: Term = { id, op: "symbol", args: [], value: 0n, name, lo, hi };
  table.set(`s${id}`, term);
  return term;
}

export function call(name: string, args: readonly Term[], lo = 0n, hi = MAX): Term {
  const key = `f${name}(${args.map(({ id }) => id).join()})`;
  return intern(key, (id) => ({ id, op: "call", args, value: 0n, name, lo, hi }));
}

const COMMUTATIVE = new Set<Op>(["add", "mul", "and", "or", "xor", "eq", "mulmod", "addmod"]);

/** The word that the operation gives, wrapped as the EVM wraps. */
export function apply(op: Op, ...args: Term[]): Term {
  if (args.every((arg) => arg.op === "const"))
    return constant(
      evaluate(
        op,
        args.map(({ value }) => value),
      ),
    );
  const [a, b] = args as [Term, Term];
  if ((op === "add" || op === "or" || op === "xor") && isZero(a)) return b;
  if ((op === "add" || op === "sub" || op === "or" || op === "xor") && b !== undefined && isZero(b)) return a;
  if ((op === "shl" || op === "shr") && isZero(a)) return b;
  let ordered = args;
  if (COMMUTATIVE.has(op) && a.id > b.id) ordered = [b, a, ...args.slice(2)];
  const key = `${op}(${ordered.map(({ id }) => id).join()})`;
  return intern(key, (id) => ({ id, op, args: ordered, value: 0n, name: "", lo: 0n, hi: MAX }));
}

export function isZero(term: Term): boolean {
  return term.op === "const" && term.value === 0n;
}

/** The EVM's arithmetic on words. */
function evaluate(op: Op, args: readonly bigint[]): bigint {
  const [a = 0n, b = 0n, c = 0n] = args;
  switch (op) {
    case "add":
      return (a + b) & MAX;
    case "sub":
      return (a - b) & MAX;
    case "mul":
      return (a * b) & MAX;
    case "div":
      return b === 0n ? 0n : a / b;
    case "mod":
      return b === 0n ? 0n : a % b;
    case "shl":
      return a > 255n ? 0n : (b << a) & MAX;
    case "shr":
      return a > 255n ? 0n : b >> a;
    case "and":
      return a & b;
    case "or":
      return a | b;
    case "xor":
      return a ^ b;
    case "eq":
      return a === b ? 1n : 0n;
    case "lt":
      return a < b ? 1n : 0n;
    case "gt":
      return a > b ? 1n : 0n;
    case "iszero":
      return a === 0n ? 1n : 0n;
    case "mulmod":
      return c === 0n ? 0n : (a * b) % c;
    case "addmod":
      return c === 0n ? 0n : (a + b) % c;
    default:
      throw new Error(`no arithmetic for ${op}`);
  }
}

/** For messages. */
export function show(term: Term, depth = 4): string {
  if (term.op === "const") return term.value < 1n << 64n ? `${term.value}` : multiple(term.value);
  if (term.op === "symbol") return term.name;
  if (depth === 0) return "...";
  const name = term.op === "call" ? term.name : term.op;
  return `${name}(${term.args.map((arg) => show(arg, depth - 1)).join(", ")})`;
}

/** A bound in multiples of p where it is near one. */
export function multiple(value: bigint): string {
  if (value === MAX) return "2^256 - 1";
  const k = (value + 2n ** 32n) / P;
  const rest = value - k * P;
  if (k === 0n || rest > 2n ** 32n || rest < -(2n ** 32n))
    return value < 2n ** 64n ? `${value}` : `0x${value.toString(16)}`;
  const times = k === 1n ? "p" : `${k}p`;
  return rest === 0n ? times : `${times} ${rest < 0n ? "-" : "+"} ${rest < 0n ? -rest : rest}`;
}
