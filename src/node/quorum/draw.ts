/**
 * Who votes and who is tested in a round, from the hash of the round's block alone: nobody knows before the block, and everybody
 * agrees after it.
 *
 * - **Voters**: drawn without replacement from the round's nodes, by numbers from `keccak256(hash || round || counter)`.
 * - **Workers**: an epoch of `epochRounds` rounds tests each node once. In round j of the epoch (from 0) a node that was not
 *   tested in it yet is drawn with odds of one in `epochRounds - j`: everybody is equally likely in each round, and who is left in
 *   the last one is tested then. Two tests are thus at most `2 * epochRounds - 1` rounds apart. Whether a node is a worker depends
 *   on its id and the hashes of its epoch, and on no other node.
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { concatBytes } from "@noble/hashes/utils.js";
import { bytesFromHex } from "../../bls/index.ts";

/** Numbers below a bound, uniform, from a seed. */
export class SeededNumbers {
  readonly #seed: Uint8Array;
  #counter = 0;
  #words: DataView | undefined;
  #next = 0;

  constructor(seed: Uint8Array) {
    this.#seed = seed;
  }

  /** An integer from 0 to below `bound`, which is at most 2^32. */
  below(bound: number): number {
    // The part of 2^32 that is a multiple of the bound: a word above it would favour small numbers, and is passed over.
    const limit = 2 ** 32 - (2 ** 32 % bound);
    for (;;) {
      const word = this.#word();
      if (word < limit) return word % bound;
    }
  }

  #word(): number {
    if (this.#words === undefined || this.#next === 32) {
      const block = keccak_256(concatBytes(this.#seed, uint32(this.#counter++)));
      this.#words = new DataView(block.buffer, block.byteOffset, 32);
      this.#next = 0;
    }
    const word = this.#words.getUint32(this.#next);
    this.#next += 4;
    return word;
  }
}

/** Draws `count` of the items without replacement, in the order drawn (Fisher and Yates, as far as needed). */
export function drawVoters<T>(items: readonly T[], count: number, roundHash: string, round: number): T[] {
  const numbers = new SeededNumbers(concatBytes(bytesFromHex(roundHash), uint32(round)));
  const pool = items.slice();
  const most = Math.min(count, pool.length);
  for (let i = 0; i < most; i++) {
    const j = i + numbers.below(pool.length - i);
    const drawn = pool[j] as T;
    pool[j] = pool[i] as T;
    pool[i] = drawn;
  }
  return pool.slice(0, most);
}

/** The rounds of an epoch so far: what decides who is a worker in the last of them. */
export interface EpochRound {
  /** Place in the epoch, from 0. */
  readonly place: number;
  /** Two words of the round's hash, as {@link roundWords} gives them. */
  readonly words: readonly [number, number];
}

/** Two words of a round's hash, with the round mixed in: one block may settle several rounds. */
export function roundWords(roundHash: string, round: number): [number, number] {
  const block = keccak_256(concatBytes(bytesFromHex(roundHash), uint32(round), WORKERS));
  const view = new DataView(block.buffer, block.byteOffset, 32);
  return [view.getUint32(0), view.getUint32(4)];
}

/**
 * Whether a node is tested in the last of the given rounds, which are those of one epoch up to it.
 *
 * The numbers come from a mixer and not from a hash function: they need to be unlike for all ids, and nobody chooses his id, nor
 * knows the words before the block.
 */
export function isWorker(id: bigint, rounds: readonly EpochRound[], epochRounds: number): boolean {
  // The low 53 bits: ids are counted up from one.
  const number = Number(BigInt.asUintN(53, id));
  const low = number | 0;
  const high = Math.floor(number / 2 ** 32);
  for (const [index, { place, words }] of rounds.entries()) {
    const left = epochRounds - place;
    const drawn = mix(mix(low ^ words[0]) + high + words[1]) % left === 0;
    if (drawn) return index === rounds.length - 1;
  }
  return false;
}

const WORKERS = new Uint8Array([0x77]);

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** The finalizer of MurmurHash3: each bit of the input turns each bit of the output in half of all cases. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
