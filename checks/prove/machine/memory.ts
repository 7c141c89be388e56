/**
 * Memory as a set of regions that do not overlap: scratch space, objects (each at an unknown address of its own), and what lies
 * behind the free memory pointer. A store outside of them, or a load of what nobody stored, is a fault.
 */
import { keccak256 } from "ethers";
import type { Facts } from "./facts.ts";
import { call, constant, MAX, show, symbol } from "./term.ts";
import type { Term } from "./term.ts";

/** An address or a length: a sum of terms and a constant. */
export interface Place {
  readonly atoms: readonly { readonly term: Term; readonly times: bigint }[];
  readonly offset: bigint;
}

/** `length` bytes of a word from its byte `from` on, or so many bytes without a structure. */
export interface Piece {
  readonly term: Term;
  readonly from: number;
  readonly length: Place;
}

interface Chunk extends Piece {
  readonly offset: bigint;
}

interface MemoryObject {
  readonly name: string;
  readonly size: Place;
}

export class MemoryFault extends Error {}

/** No more memory than this can be paid for: the gas would not fit a word of 64 bits. */
export const MEMORY_END = 1n << 64n;
const SCRATCH_END = 0x40n;
const FREE_POINTER = 0x40n;
const WORD = 32n;

export function size(bytes: bigint | number): Place {
  return { atoms: [], offset: BigInt(bytes) };
}

/** Takes a term apart; none of its operations wraps, which is checked where they are made. */
export function placeOf(term: Term, facts: Facts): Place {
  const { lo, hi } = facts.of(term);
  if (lo === hi) return { atoms: [], offset: lo };
  const [a, b] = term.args as [Term, Term];
  if (term.op === "add") return plus(placeOf(a, facts), placeOf(b, facts));
  if (term.op === "sub") return plus(placeOf(a, facts), placeOf(b, facts), -1n);
  if (term.op === "shl" && a.op === "const") return plus(size(0), placeOf(b, facts), 1n << a.value);
  if (term.op === "mul" && (a.op === "const" || b.op === "const")) {
    const [factor, rest] = a.op === "const" ? [a, b] : [b, a];
    return plus(size(0), placeOf(rest, facts), factor.value);
  }
  return { atoms: [{ term, times: 1n }], offset: 0n };
}

export function plus(a: Place, b: Place, times = 1n): Place {
  const sum = new Map(a.atoms.map((atom) => [atom.term, atom.times]));
  for (const atom of b.atoms) sum.set(atom.term, (sum.get(atom.term) ?? 0n) + times * atom.times);
  const atoms = [...sum].filter(([, count]) => count !== 0n).map(([term, count]) => ({ term, times: count }));
  atoms.sort((x, y) => x.term.id - y.term.id);
  return { atoms, offset: a.offset + times * b.offset };
}

function isNatural({ atoms, offset }: Place): boolean {
  return offset >= 0n && atoms.every(({ times }) => times > 0n);
}

function isNothing({ atoms, offset }: Place): boolean {
  return atoms.length === 0 && offset === 0n;
}

/** The region is named by the terms, the place in it by the constant. */
function keyOf({ atoms }: Place): string {
  return atoms.map(({ term, times }) => `${times}*${term.id}`).join("+");
}

export function showPlace({ atoms, offset }: Place): string {
  const parts = atoms.map(({ term, times }) => `${times === 1n ? "" : `${times} * `}${show(term)}`);
  return [...parts, ...(offset !== 0n || parts.length === 0 ? [`0x${offset.toString(16)}`] : [])].join(" + ");
}

export class Memory {
  #objects: Map<number, MemoryObject>;
  #chunks: Map<string, readonly Chunk[]>;
  #free: Term;

  constructor(from?: Memory) {
    this.#objects = new Map(from === undefined ? [] : from.#objects);
    this.#chunks = new Map(from === undefined ? [] : from.#chunks);
    this.#free = from === undefined ? pointer("free") : from.#free;
  }

  get free(): Term {
    return this.#free;
  }

  /** What Solidity allocates. Words given are stored; the rest of it is what lay there before. */
  allocate(name: string, bytes: Place, words: readonly Term[] = []): Term {
    const object = pointer(name);
    this.#objects.set(object.id, { name, size: bytes });
    words.forEach((word, index) =>
      this.#put({ atoms: [{ term: object, times: 1n }], offset: BigInt(index) * WORD }, word),
    );
    this.#moveFree();
    return object;
  }

  /** Bytes of unknown content behind a word with their length. */
  allocateBytes(name: string): { object: Term; length: Term; content: Term } {
    const length = symbol(`${name}.length`, 0n, MEMORY_END);
    const content = symbol(`${name}.content`);
    const bytes: Place = { atoms: [{ term: length, times: 1n }], offset: WORD };
    const object = this.allocate(name, bytes, [length]);
    const blob = { offset: WORD, term: content, from: 0, length: plus(bytes, size(-WORD)) };
    this.#chunks.set(keyOf(at(object)), [...(this.#chunks.get(keyOf(at(object))) ?? []), blob]);
    return { object, length, content };
  }

  /** Bytes that are known. */
  allocateKnown(name: string, bytes: Uint8Array): Term {
    const words = [constant(BigInt(bytes.length))];
    for (let at = 0; at < bytes.length; at += 32) {
      const word = Buffer.alloc(32);
      word.set(bytes.subarray(at, at + 32));
      words.push(constant(BigInt(`0x${word.toString("hex")}`)));
    }
    return this.allocate(name, size(32 * words.length), words);
  }

  nameOf(object: Term): string | undefined {
    return this.#objects.get(object.id)?.name;
  }

  load(place: Place): Term {
    if (place.atoms.length === 0 && place.offset === FREE_POINTER) return this.#free;
    const pieces = this.read(place, size(WORD));
    const [first] = pieces;
    if (pieces.length === 1 && first !== undefined && first.from === 0) return first.term;
    return joined(pieces);
  }

  store(place: Place, word: Term, facts: Facts): void {
    if (place.atoms.length === 0 && place.offset === FREE_POINTER) return this.#setFree(placeOf(word, facts));
    this.write(place, [{ term: word, from: 0, length: size(WORD) }]);
  }

  storeByte(place: Place, word: Term): void {
    this.write(place, [{ term: word, from: 31, length: size(1) }]);
  }

  write(place: Place, pieces: readonly Piece[]): void {
    let end = place;
    for (const { length } of pieces) end = plus(end, length);
    this.#requireOwned(place, end);
    let position = place;
    for (const piece of pieces) {
      this.#insert(position, piece);
      position = plus(position, piece.length);
    }
  }

  /** All of the bytes, which must have been stored. */
  read(place: Place, length: Place): Piece[] {
    const pieces: Piece[] = [];
    let position = place;
    let rest = length;
    while (!isNothing(rest)) {
      const chunk = this.#chunkAt(position);
      if (chunk === undefined) throw new MemoryFault(`reads ${showPlace(position)}, which was not stored`);
      const skipped = position.offset - chunk.offset;
      let piece: Piece = {
        term: chunk.term,
        from: chunk.from + Number(skipped),
        length: plus(chunk.length, size(-skipped)),
      };
      if (rest.atoms.length === 0 && piece.length.atoms.length === 0 && rest.offset < piece.length.offset)
        piece = { ...piece, length: rest };
      pieces.push(piece);
      position = plus(position, piece.length);
      rest = plus(rest, piece.length, -1n);
      if (!isNatural(rest))
        throw new MemoryFault(`reads ${showPlace(place)}: its length is no sum of what was stored there`);
    }
    return merged(pieces);
  }

  /** At the end of a block of assembly: what lies behind the free pointer, and in scratch space, is anybody's from now on. */
  forgetTemporary(): void {
    for (const key of [...this.#chunks.keys()])
      if (key === "" || key.split("+").includes(`1*${this.#free.id}`)) this.#chunks.delete(key);
  }

  /** The words that differ from an earlier state of this memory, in the objects that it had. */
  changedSince(before: Memory): { object: Term; offset: bigint; now: Term }[] {
    const changed: { object: Term; offset: bigint; now: Term }[] = [];
    for (const [key, old] of before.#chunks) {
      const object = before.#objectOf(key);
      const now = this.#chunks.get(key);
      if (object === undefined || now === undefined || now === old) continue;
      for (const { offset, term, from, length } of now) {
        if (old.some((chunk) => chunk.offset === offset && chunk.term === term)) continue;
        if (from !== 0 || length.offset !== WORD) throw new Error("a loop that stores parts of words");
        changed.push({ object, offset, now: term });
      }
    }
    return changed;
  }

  /** The allocations of a loop's body, or of a call, are not the same in each pass. */
  movedSince(before: Memory): boolean {
    return this.#free !== before.#free;
  }

  #moveFree(): void {
    this.forgetTemporary();
    this.#free = pointer("free");
  }

  move(): void {
    this.#moveFree();
  }

  put(object: Term, offset: bigint, word: Term): void {
    this.#put({ ...at(object), offset }, word);
  }

  word(object: Term, index: number): Term {
    return this.load({ ...at(object), offset: BigInt(index) * WORD });
  }

  #put(place: Place, word: Term): void {
    this.#insert(place, { term: word, from: 0, length: size(WORD) });
  }

  #setFree(place: Place): void {
    const start = at(this.#free);
    const grown = plus(place, start, -1n);
    if (!isNatural(grown))
      throw new MemoryFault(`sets the free memory pointer to ${showPlace(place)}, below where it was`);
    this.#objects.set(this.#free.id, { name: "allocated", size: grown });
    const key = keyOf(start);
    const kept = this.#chunks.get(key);
    this.#free = pointer("free");
    if (kept !== undefined) this.#chunks.set(key, kept);
  }

  #objectOf(key: string): Term | undefined {
    const id = Number(/^1\*(\d+)$/.exec(key)?.[1] ?? -1);
    return this.#objects.has(id) ? pointers.get(id) : undefined;
  }

  #requireOwned(place: Place, end: Place): void {
    const { atoms } = place;
    if (atoms.length === 0) {
      if (place.offset >= 0n && end.atoms.length === 0 && end.offset <= SCRATCH_END) return;
      throw new MemoryFault(`stores at ${showPlace(place)}, outside scratch space`);
    }
    for (const { term, times } of atoms) {
      if (times !== 1n) continue;
      const relative = plus(place, at(term), -1n);
      if (term === this.#free) {
        if (isNatural(relative)) return;
        throw new MemoryFault(`stores at ${showPlace(place)}, before the free memory`);
      }
      const object = this.#objects.get(term.id);
      if (object === undefined) continue;
      const left = plus(plus(object.size, at(term)), end, -1n);
      if (isNatural(relative) && isNatural(left)) return;
      throw new MemoryFault(
        `stores at ${showPlace(place)}, beyond the ${showPlace(object.size)} bytes of ${object.name}`,
      );
    }
    throw new MemoryFault(`stores at ${showPlace(place)}, which is in nothing that is its own`);
  }

  #chunkAt(place: Place): Chunk | undefined {
    return this.#chunks
      .get(keyOf(place))
      ?.find(({ offset, length }) =>
        length.atoms.length === 0
          ? offset <= place.offset && place.offset < offset + length.offset
          : offset === place.offset,
      );
  }

  /** Takes the place of what was there. Bytes of unknown length must not be cut: they end the region that they are in. */
  #insert(place: Place, piece: Piece): void {
    const key = keyOf(place);
    const start = place.offset;
    const kept: Chunk[] = [];
    for (const chunk of this.#chunks.get(key) ?? []) {
      if (chunk.length.atoms.length > 0) {
        if (piece.length.atoms.length > 0 ? start === chunk.offset : start + piece.length.offset <= chunk.offset) {
          if (start !== chunk.offset) kept.push(chunk);
          continue;
        }
        throw new MemoryFault(`stores at ${showPlace(place)}, over bytes of unknown length`);
      }
      const chunkEnd = chunk.offset + chunk.length.offset;
      if (piece.length.atoms.length > 0 && chunkEnd > start && chunk.offset < start + 1n)
        throw new MemoryFault(`stores bytes of unknown length at ${showPlace(place)}, over a word`);
      const end = start + piece.length.offset;
      if (chunkEnd <= start || (piece.length.atoms.length === 0 && chunk.offset >= end)) {
        kept.push(chunk);
        continue;
      }
      if (piece.length.atoms.length > 0) continue;
      if (chunk.offset < start) kept.push({ ...chunk, length: size(start - chunk.offset) });
      if (chunkEnd > end)
        kept.push({
          ...chunk,
          offset: end,
          from: chunk.from + Number(end - chunk.offset),
          length: size(chunkEnd - end),
        });
    }
    this.#chunks.set(key, [...kept, { ...piece, offset: start }]);
  }
}

/** Objects by the id of their address. */
const pointers = new Map<number, Term>();

function pointer(name: string): Term {
  const term = symbol(name, 0x80n, MEMORY_END);
  pointers.set(term.id, term);
  return term;
}

export function at(term: Term): Place {
  return { atoms: [{ term, times: 1n }], offset: 0n };
}

/** Zeros, whatever their number, and neighbours of one word are one piece. */
function merged(pieces: readonly Piece[]): Piece[] {
  const result: Piece[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    const follows =
      last !== undefined &&
      last.term === piece.term &&
      last.length.atoms.length === 0 &&
      piece.length.atoms.length === 0 &&
      (isConstantZero(piece.term) || last.from + Number(last.length.offset) === piece.from);
    if (follows) result[result.length - 1] = { ...last, length: plus(last.length, piece.length) };
    else result.push(isConstantZero(piece.term) ? { ...piece, from: 0 } : piece);
  }
  return result;
}

function isConstantZero({ op, value }: Term): boolean {
  return op === "const" && value === 0n;
}

/** The word, or the bytes to be hashed, that the pieces make. Constants are cut and joined where they can be. */
export function joined(pieces: readonly Piece[], name = "bytes"): Term {
  const shape = pieces.map(({ from, length }) => `${from}+${showPlace(length)}`).join(" ");
  const allConstant = pieces.every(({ term, length }) => term.op === "const" && length.atoms.length === 0);
  const total = pieces.reduce((sum, { length }) => sum + length.offset, 0n);
  if (name === "keccak256" && allConstant) return constant(BigInt(keccak256(`0x${pieces.map(hexOf).join("")}`)));
  if (name === "bytes" && allConstant && total === WORD) {
    return constant(BigInt(`0x${pieces.map(hexOf).join("")}`));
  }
  const words = pieces.map(({ term }) => term);
  const term = call(`${name}[${shape}]`, words, 0n, MAX);
  pieceTable.set(term, pieces);
  return term;
}

/** Of a constant. Zeros may be more than a word has. */
function hexOf({ term, from, length }: Piece): string {
  const size = Number(length.offset);
  if (isConstantZero(term)) return "00".repeat(size);
  return term.value
    .toString(16)
    .padStart(64, "0")
    .slice(2 * from, 2 * (from + size));
}

const pieceTable = new WeakMap<Term, readonly Piece[]>();

/** The bytes that a hash, or a word put together, is of. */
export function piecesOf(term: Term): readonly Piece[] {
  const pieces = pieceTable.get(term);
  if (pieces === undefined) throw new Error(`no bytes: ${show(term)}`);
  return pieces;
}
