import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { ADDRESS_BYTES, WORD_BYTES } from "./constants.ts";
import { BlsError } from "./errors.ts";

/** A string of hexadecimal digits with its prefix. */
export type Hex = `0x${string}`;

const HEX_DIGITS = /^[0-9a-fA-F]*$/;

/**
 * Decodes hexadecimal digits, in either case, with or without `0x`.
 *
 * @param name - What is decoded, for the error.
 * @param length - Exact number of bytes expected; any if left out.
 * @throws {@link BlsError} `hex` for anything but digits in pairs, `length` for another number of bytes.
 */
export function bytesFromHex(value: string, name = "value", length?: number): Uint8Array {
  if (typeof value !== "string") throw new BlsError("hex", `${name} is not a string`, { name, type: typeof value });

  const digits = value.startsWith("0x") || value.startsWith("0X") ? value.slice(2) : value;
  if (length !== undefined && digits.length !== 2 * length) {
    throw new BlsError("length", `${name} has ${digits.length} hex digits, expected ${2 * length}`, {
      name,
      expected: length,
      digits: digits.length,
    });
  }
  if (digits.length % 2 !== 0) throw new BlsError("hex", `${name} has an odd number of hex digits`, { name });
  if (!HEX_DIGITS.test(digits)) throw new BlsError("hex", `${name} holds something else than hex digits`, { name });

  return hexToBytes(digits);
}

/** Encodes bytes as lower-case digits with `0x`. */
export function hexFromBytes(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}

/**
 * Lower-case digits with `0x`, from digits in either case with or without it: the one form that keys are compared in.
 *
 * @throws {@link BlsError} as {@link bytesFromHex}
 */
export function normalizeHex(value: string, name = "value", length?: number): Hex {
  return hexFromBytes(bytesFromHex(value, name, length));
}

/** Reads 20 bytes in hex; the case of the digits (EIP-55 checksum) is not checked here. */
export function addressBytes(address: string, name = "address"): Uint8Array {
  return bytesFromHex(address, name, ADDRESS_BYTES);
}

/**
 * Encodes an unsigned integer as 32 bytes, big-endian.
 *
 * @throws {@link BlsError} `range` unless it is an integer from 0 to 2^256 - 1. A `number` must be a safe integer: above
 * 2^53 it may already have lost digits.
 */
export function wordFromInteger(value: bigint | number, name = "value"): Uint8Array {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new BlsError("range", `${name} is not a safe integer`, { name, value });
  }
  const integer = BigInt(value);
  if (integer < 0n || integer >> 256n !== 0n) {
    throw new BlsError("range", `${name} does not fit 256 bits unsigned`, { name, value: integer });
  }
  return hexToBytes(integer.toString(16).padStart(2 * WORD_BYTES, "0"));
}

/** Reads bytes as one unsigned integer, big-endian. */
export function integerFromBytes(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytesToHex(bytes)}`);
}
