import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from "../constants.ts";
import { readWords } from "./calls.ts";
import { loadAnother } from "./instance.ts";
import type { Exports } from "./instance.ts";

/** Where a finite point lies in the memory of the module. */
export type Place = number;

/** Degree of the field that coordinates are in: 1 for public keys, 2 for signatures. */
export type Degree = 1 | 2;

const PAGE = 65_536;
const ADDRESS_BYTES = 4;

/**
 * Points in a memory of their own, each by its place: sums of many pairs at once, and pairings. undefined is infinity. Places are given
 * out one after the other; {@link temporarily} takes back what some work has used.
 */
export class Arena {
  readonly #wasm: Exports;
  #end: number;

  private constructor(wasm: Exports) {
    this.#wasm = wasm;
    this.#end = wasm.arena();
  }

  /** An empty one; undefined where there is no WebAssembly. */
  static open(): Arena | undefined {
    const wasm = loadAnother();
    return wasm === null ? undefined : new Arena(wasm);
  }

  /**
   * Takes in points of the curve, 64 or 128 bytes each, zeros being infinity. That they are of the curve is not checked.
   *
   * @returns undefined when a coordinate is not reduced
   */
  read(degree: Degree, points: readonly Uint8Array[]): (Place | undefined)[] | undefined {
    const bytes = degree === 1 ? PUBLIC_KEY_BYTES : SIGNATURE_BYTES;
    const words = this.#end + points.length * bytes;
    const list = words + points.length * bytes;
    this.#reach(list + points.length * ADDRESS_BYTES);
    const room = new Uint8Array(this.#wasm.memory.buffer);
    points.forEach((point, i) => room.set(point, words + i * bytes));
    if (this.#wasm.readPoints(degree, words, points.length, list, this.#end) === 0) return undefined;
    this.#end = words;
    return this.#places(list, points.length);
  }

  /** Adds pairwise; the lists are of equal length. */
  add(
    degree: Degree,
    left: readonly (Place | undefined)[],
    right: readonly (Place | undefined)[],
  ): (Place | undefined)[] {
    const count = left.length;
    const bytes = degree === 1 ? PUBLIC_KEY_BYTES : SIGNATURE_BYTES;
    const scratch = this.#end + count * bytes;
    const lists = scratch + count * bytes;
    this.#reach(lists + 3 * count * ADDRESS_BYTES);
    const addresses = new Uint32Array(this.#wasm.memory.buffer, lists, 2 * count);
    for (let i = 0; i < count; i++) {
      addresses[i] = left[i] ?? 0;
      addresses[count + i] = right[i] ?? 0;
    }
    const sums = lists + 2 * count * ADDRESS_BYTES;
    const { addPairs } = this.#wasm;
    this.#end = addPairs(degree, lists, lists + count * ADDRESS_BYTES, sums, count, this.#end, scratch);
    return this.#places(sums, count);
  }

  /** The 64 or 128 bytes of a point. */
  write(degree: Degree, place: Place): Uint8Array {
    const bytes = degree === 1 ? PUBLIC_KEY_BYTES : SIGNATURE_BYTES;
    this.#wasm.writePoint(degree, this.#wasm.output(), place);
    return new Uint8Array(this.#wasm.memory.buffer, this.#wasm.output(), bytes).slice();
  }

  /** As `pairingByWasm`. */
  pairing(key: Place | undefined, signature: Place | undefined, hash: Place): bigint[] {
    this.#wasm.pairingOf(key ?? 0, signature ?? 0, hash);
    return readWords(this.#wasm, 12);
  }

  /** Forgets the points that the work makes. */
  temporarily<T>(work: () => T): T {
    const end = this.#end;
    try {
      return work();
    } finally {
      this.#end = end;
    }
  }

  #places(list: number, count: number): (Place | undefined)[] {
    // The result must hold no hole and no number 0.
    return Array.from(new Uint32Array(this.#wasm.memory.buffer, list, count), (place) =>
      place === 0 ? undefined : place,
    );
  }

  #reach(end: number): void {
    const missing = end - this.#wasm.memory.buffer.byteLength;
    if (missing > 0) this.#wasm.memory.grow(Math.ceil(missing / PAGE));
  }
}
