import { OmqError } from "./errors.ts";

/**
 * What can be written: integers from -2^63 to 2^64 - 1 (a `number` must be safe), bytes, text (as UTF-8), lists and dictionaries.
 * The keys of a dictionary are bytes, one character for each (see {@link BtDict}).
 */
export type BtInput = bigint | number | string | Uint8Array | readonly BtInput[] | BtInputDict;

/** A dictionary to be written. An entry that is undefined is left out. */
export interface BtInputDict {
  readonly [key: string]: BtInput | undefined;
}

/** 2^64 - 1, the greatest integer of the encoding. */
export const BT_MAX_INTEGER = 2n ** 64n - 1n;
/** -2^63, the least. */
export const BT_MIN_INTEGER = -(2n ** 63n);

/**
 * Encodes a value, in the one form that there is for it: no leading zeros, keys in ascending order of their bytes.
 *
 * @example
 * btEncode({ height: 7, address: new Uint8Array(2) }); // d7:address2:\0\0 6:heighti7e e (without the spaces)
 * @throws OmqError `bt-value` for integers out of range, numbers that are not safe integers, keys that are not bytes
 */
export function btEncode(value: BtInput): Uint8Array {
  const chunks: Uint8Array[] = [];
  write(value, chunks);
  return Buffer.concat(chunks);
}

function write(value: BtInput, chunks: Uint8Array[]): void {
  if (typeof value === "bigint" || typeof value === "number") chunks.push(latin1(`i${integer(value)}e`));
  else if (typeof value === "string") writeBytes(Buffer.from(value, "utf8"), chunks);
  else if (value instanceof Uint8Array) writeBytes(value, chunks);
  else if (Array.isArray(value)) {
    chunks.push(latin1("l"));
    for (const item of value as readonly BtInput[]) write(item, chunks);
    chunks.push(latin1("e"));
  } else writeDict(value as BtInputDict, chunks);
}

function writeDict(dict: BtInputDict, chunks: Uint8Array[]): void {
  chunks.push(latin1("d"));
  // One character is one byte, so the order of code units is that of the bytes.
  for (const key of Object.keys(dict).sort()) {
    const value = dict[key];
    if (value === undefined) continue;
    if (/[^\0-\xff]/.test(key)) throw new OmqError("bt-value", "a key holds a character that is no byte");
    writeBytes(latin1(key), chunks);
    write(value, chunks);
  }
  chunks.push(latin1("e"));
}

function writeBytes(bytes: Uint8Array, chunks: Uint8Array[]): void {
  chunks.push(latin1(`${bytes.length}:`), bytes);
}

function integer(value: bigint | number): bigint {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new OmqError("bt-value", `${value} is not a safe integer`);
  }
  const exact = BigInt(value);
  if (exact < BT_MIN_INTEGER || exact > BT_MAX_INTEGER) {
    throw new OmqError("bt-value", `${exact} does not fit 64 bits`);
  }
  return exact;
}

function latin1(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}
