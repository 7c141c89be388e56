import { expand_message_xmd } from "@noble/curves/abstract/hash-to-curve.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { concatBytes } from "@noble/hashes/utils.js";
import { WORD_BYTES } from "./constants.ts";
import { clearCofactor, G2 } from "./curve.ts";
import type { Signature } from "./curve.ts";
import { BlsError } from "./errors.ts";
import { Fp, Fp2, sqrtFp, sqrtFp2, TWIST_B } from "./fp2.ts";
import type { Fp2Element } from "./fp2.ts";
import { integerFromBytes } from "./hex.ts";

/** The counter is one byte. */
const MAX_ATTEMPTS = 256;

/** Bytes of one uniform coordinate: 254 bits of field, 128 bits of security, rounded up (RFC 9380, section 5). */
const COORDINATE_BYTES = 48;

const EXPANDED_BYTES = 128;

/** A point of the twist before its cofactor is cleared, and how many attempts it took to find it (1 to 256). */
export interface MappedPoint {
  readonly point: Signature;
  readonly attempts: number;
}

function checkDst(dst: Uint8Array): void {
  if (dst.length !== WORD_BYTES) {
    throw new BlsError("length", `dst has ${dst.length} bytes, expected ${WORD_BYTES}`, { length: dst.length });
  }
}

/** One try: x, the right side c = x^3 + 3/(9 + i), its root y if it counts, and whether y is to be negated. */
interface Attempt {
  x: Fp2Element;
  c: Fp2Element;
  y: Fp2Element | undefined;
  negate: boolean;
}

/** The tries for a message, in order; the last one has a y. */
function* attemptsOf(message: Uint8Array, dst: Uint8Array): Generator<Attempt, void> {
  checkDst(dst);
  const input = concatBytes(message, Uint8Array.of(0));

  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    input[message.length] = attempt;
    const u = expand_message_xmd(input, dst, EXPANDED_BYTES, keccak_256);
    const x = {
      c0: Fp.create(integerFromBytes(u.subarray(0, COORDINATE_BYTES))),
      c1: Fp.create(integerFromBytes(u.subarray(COORDINATE_BYTES, 2 * COORDINATE_BYTES))),
    };
    const c = Fp2.add(Fp2.mul(Fp2.sqr(x), x), TWIST_B);
    const y = sqrtFp2(c);
    yield { x, c, y, negate: ((u[EXPANDED_BYTES - 1] ?? 0) & 1) === 1 };
    if (y !== undefined) return;
  }
  throw new BlsError("hash", "no attempt hashed to the curve", { attempts: MAX_ATTEMPTS });
}

/**
 * Maps a message to the twist by try-and-increment, without clearing the cofactor.
 *
 * For i = 0, 1, 2 ... 255: `u = expand_message_xmd(message || i, dst, 128)` of RFC 9380 with keccak256,
 * `x = (u[0:48] mod p) + (u[48:96] mod p) i`, `y = sqrt(x^3 + 3/(9 + i))` by the complex method, negated if the last bit of
 * u is set; the first x that has such a y is taken.
 *
 * @throws {@link BlsError} `hash` after 256 attempts, `length` if dst has not 32 bytes.
 */
export function mapToTwist(message: Uint8Array, dst: Uint8Array): MappedPoint {
  const attempts = [...attemptsOf(message, dst)];
  const { x, y, negate } = attempts.at(-1) as Attempt & { y: Fp2Element };
  return { point: G2.fromAffine({ x, y: negate ? Fp2.neg(y) : y }), attempts: attempts.length };
}

/**
 * The square roots that {@link mapToTwist} takes on its way, for the contract's batch entries: they check each by squaring it
 * (`HashToG2.accumulate`).
 *
 * @returns For each message in turn and each of its attempts: a root of `-(c0^2 + c1^2)`, c = c0 + c1 i the right side of the curve
 * equation, if it fails (nothing if c1 is zero); a root of y0 and then y1, y0 + y1 i the root of c, if it succeeds. Each is
 * below p.
 * @throws {@link BlsError} see {@link mapToTwist}.
 */
export function hashRoots(messages: readonly Uint8Array[], dst: Uint8Array): bigint[] {
  return messages.flatMap((message) => [...attemptsOf(message, dst)].flatMap(rootsOf));
}

function rootsOf({ c, y }: Attempt): bigint[] {
  // y0 is a square by choice of the root; where y is missing, the norm is none, and -1 is none
  if (y !== undefined) return [rootOf(y.c0), y.c1];
  return c.c1 === 0n ? [] : [rootOf(Fp.neg(Fp.add(Fp.sqr(c.c0), Fp.sqr(c.c1))))];
}

function rootOf(square: bigint): bigint {
  const root = sqrtFp(square);
  if (root === undefined) throw new BlsError("hash", "a square root is missing");
  return root;
}

/**
 * Hashes a message to G2, bit for bit as the contracts do.
 *
 * @param message - Any bytes.
 * @param dst - The 32-byte hashing tag (`tags.hashToG2`).
 * @returns The point and the number of attempts, counted from 1.
 * @throws {@link BlsError} see {@link mapToTwist}.
 */
export function hashToG2WithAttempts(message: Uint8Array, dst: Uint8Array): MappedPoint {
  const { point, attempts } = mapToTwist(message, dst);
  return { point: clearCofactor(point), attempts };
}

/**
 * Hashes a message to G2, bit for bit as the contracts do.
 *
 * @example
 * ```ts
 * const tags = deriveTags({ chainId: 42161, contract: "0xC2B9fC251aC068763EbDfdecc792E3352E351c00" });
 * const point = hashToG2(rewardMessage(tags, { recipient, amount }), tags.hashToG2);
 * ```
 */
export function hashToG2(message: Uint8Array, dst: Uint8Array): Signature {
  return hashToG2WithAttempts(message, dst).point;
}

/**
 * Sum of the hashes of several messages. The map that clears the cofactor is linear, so the mapped points are added first
 * and cleared once: the same point as the sum of {@link hashToG2} over all messages, at a fraction of the work.
 *
 * @throws {@link BlsError} `empty` without any message.
 */
export function sumHashes(messages: readonly Uint8Array[], dst: Uint8Array): Signature {
  if (messages.length === 0) throw new BlsError("empty", "no message to hash");
  let sum: Signature = G2.ZERO;
  for (const message of messages) sum = sum.add(mapToTwist(message, dst).point);
  return clearCofactor(sum);
}
