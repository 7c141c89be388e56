/**
 * ABI data as what it is, words of 32 bytes. For the few answers that are read thousands of times, where ethers' general decoder
 * takes ten times as long as the network; everything else is ethers'.
 */

const WORD = 32;
/** Digits of a word beyond the 48 bits that an offset or a length may take. */
const ZEROS = "0".repeat(52);

/** Words of ABI data by their place in bytes. */
export class Words {
  readonly #digits: string;

  /**
   * @param data - 0x and 64 hex digits a word.
   * @throws RangeError for anything else
   */
  constructor(data: string) {
    if (data.length % 64 !== 2 || !/^0x[0-9a-fA-F]*$/.test(data)) throw new RangeError("the data is no list of words");
    this.#digits = data.slice(2).toLowerCase();
  }

  /** `length` bytes from `at` on: hex digits without 0x. @throws RangeError beyond the end */
  slice(at: number, length: number): string {
    const end = 2 * (at + length);
    if (end > this.#digits.length) throw new RangeError("the data ends too early");
    return this.#digits.slice(2 * at, end);
  }

  /** The word at `at`, as an unsigned integer. @throws RangeError beyond the end */
  uint(at: number): bigint {
    return BigInt(`0x${this.slice(at, WORD)}`);
  }

  /** An offset, a length or a time. @throws RangeError beyond the end, or where it is 2^48 or more */
  number(at: number): number {
    const digits = this.slice(at, WORD);
    if (!digits.startsWith(ZEROS)) throw new RangeError("the data has a number that none can be");
    return Number.parseInt(digits.slice(ZEROS.length), 16);
  }

  /** An address in lower case. @throws RangeError beyond the end */
  address(at: number): `0x${string}` {
    return `0x${this.slice(at + 12, 20)}`;
  }

  /** `bytes` whose length stands at `at`: 0x and hex digits. @throws RangeError beyond the end */
  bytes(at: number): `0x${string}` {
    return `0x${this.slice(at + WORD, this.number(at))}`;
  }

  /** Where the parts begin of an array of dynamic items whose length stands at `at`. @throws RangeError beyond the end */
  items(at: number): number[] {
    const first = at + WORD;
    return Array.from({ length: this.#count(at, WORD) }, (_, i) => first + this.number(first + i * WORD));
  }

  /** Where the items begin of an array of static items, `size` bytes each, whose length stands at `at`. @throws RangeError beyond the end */
  staticItems(at: number, size: number): number[] {
    return Array.from({ length: this.#count(at, size) }, (_, i) => at + WORD + i * size);
  }

  /** The length that stands at `at`; it must fit, or a few bytes would make a list without end. */
  #count(at: number, size: number): number {
    const count = this.number(at);
    if (2 * (at + WORD + count * size) > this.#digits.length) throw new RangeError("the data ends too early");
    return count;
  }
}

/** A word: 64 hex digits. */
export function wordOf(value: bigint | number): string {
  return value.toString(16).padStart(2 * WORD, "0");
}
