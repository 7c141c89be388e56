import { BT_MAX_INTEGER, BT_MIN_INTEGER } from "./btEncode.ts";
import { OmqError } from "./errors.ts";

/** What is read: integers as bigint, strings as the bytes they are, lists, dictionaries. */
export type BtValue = bigint | Uint8Array | readonly BtValue[] | BtDict;

/**
 * A dictionary as the vendor's reader sees it. It moves forward only, so of keys out of order just those count that are greater than
 * all before them, and of a key that comes twice the first. A key is a string with one character (0 to 255) for each of its bytes.
 */
export type BtDict = ReadonlyMap<string, BtValue>;

/** How much is read before it is taken for an attack. */
export interface BtBounds {
  /** Lists and dictionaries inside one another. Default 16; the protocol's own are one deep. */
  maxDepth?: number;
  /** Bytes of the input. Default 1 MiB, the limit of a frame. */
  maxBytes?: number;
}

/** The defaults of {@link BtBounds}. */
export const BT_BOUNDS = { maxDepth: 16, maxBytes: 1_048_576 } as const;

/**
 * Reads one value from the start of `bytes`. As tolerant as the vendor's reader and no more: leading zeros are read, bytes behind the
 * end are ignored, keys may come in any order (see {@link BtDict}); `i-0e`, `i+1e`, blanks, integers beyond 64 bits and anything cut
 * short are refused. Strings of the result are views of the input.
 *
 * @throws OmqError `bt-encoding`
 */
export function btDecode(bytes: Uint8Array, bounds: BtBounds = {}): BtValue {
  const { maxDepth = BT_BOUNDS.maxDepth, maxBytes = BT_BOUNDS.maxBytes } = bounds;
  if (bytes.length > maxBytes) throw new OmqError("bt-encoding", `more than ${maxBytes} bytes`);
  return new Reader(bytes).value(maxDepth);
}

/**
 * Reads a dictionary, which is what every request and reply of the protocol holds.
 *
 * @throws OmqError `bt-encoding` for anything else
 */
export function btDecodeDict(bytes: Uint8Array, bounds: BtBounds = {}): BtDict {
  const value = btDecode(bytes, bounds);
  if (value instanceof Map) return value;
  throw new OmqError("bt-encoding", "no dictionary");
}

const MINUS = 0x2d;
const ZERO = 0x30;
const COLON = 0x3a;
const DICT = 0x64;
const END = 0x65;
const INTEGER = 0x69;
const LIST = 0x6c;

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  value(depth: number): BtValue {
    const head = this.#bytes[this.#at];
    if (head === INTEGER) return this.#integer();
    if (head !== LIST && head !== DICT) return this.#string();
    if (depth === 0) throw refuse("lists inside lists, too deep", this.#at);
    this.#at++;
    return head === LIST ? this.#list(depth - 1) : this.#dict(depth - 1);
  }

  #list(depth: number): BtValue[] {
    const items: BtValue[] = [];
    while (!this.#took(END)) items.push(this.value(depth));
    return items;
  }

  #dict(depth: number): BtDict {
    const entries = new Map<string, BtValue>();
    let greatest: string | undefined;
    while (!this.#took(END)) {
      const key = Buffer.from(this.#string()).toString("latin1");
      const value = this.value(depth);
      if (greatest !== undefined && key <= greatest) continue;
      greatest = key;
      entries.set(key, value);
    }
    return entries;
  }

  #integer(): bigint {
    const start = this.#at++;
    const negative = this.#took(MINUS);
    const digits = this.#digits(END, start);
    const value = negative ? -BigInt(digits) : BigInt(digits);
    if (negative && value === 0n) throw refuse("minus zero", start);
    if (value < BT_MIN_INTEGER || value > BT_MAX_INTEGER) throw refuse("an integer beyond 64 bits", start);
    return value;
  }

  #string(): Uint8Array {
    const start = this.#at;
    const length = Number(this.#digits(COLON, start));
    if (length > this.#bytes.length - this.#at) throw refuse("a string that is cut short", start);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** The digits up to `end`, less their leading zeros: what is left of more than 20 of them fits no integer and no length. */
  #digits(end: number, start: number): string {
    const from = this.#at;
    while (isDigit(this.#bytes[this.#at])) this.#at++;
    const to = this.#at;
    if (to === from || !this.#took(end)) throw refuse("no integer, string, list or dictionary", start);
    let first = from;
    while (first < to - 1 && this.#bytes[first] === ZERO) first++;
    if (to - first > 20) throw refuse("an integer beyond 64 bits", start);
    return Buffer.from(this.#bytes.subarray(first, to)).toString("latin1");
  }

  #took(byte: number): boolean {
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= ZERO + 9;
}

function refuse(what: string, at: number): OmqError {
  return new OmqError("bt-encoding", `at byte ${at}: ${what}`);
}
