import { BN_X, FIELD_ORDER } from "./constants.ts";
import { conjugate, FROBENIUS_X, FROBENIUS_Y, TWIST_B } from "./fp2.ts";
import type { Fp2Element } from "./fp2.ts";
import { invertAll, LazyFp, LazyFp2, signedDigits } from "./fields.ts";
import type { AffineG1, AffineG2, AffinePoint } from "./points.ts";
import {
  conjugate12,
  equal12,
  frobenius,
  invert,
  multiply,
  ONE,
  square,
  squareCyclotomic,
  timesXi,
  wide2,
} from "./tower.ts";
import type { Fp12Element } from "./tower.ts";
import { pairingByWasm } from "./wasm/calls.ts";
import type { TwistWords } from "./wasm/calls.ts";

/**
 * The optimal ate pairing, cut for one question: is `e(P1, S) e(-K, H)` one, and if not, what is it? P1 is the generator and
 * H one and the same hash in a whole run, so the lines of H are prepared once, and each step of the loop multiplies the two
 * lines before they meet the accumulator. A test compares with noble's pairing. About four times as fast as that, thanks to
 * late reduction (tower.ts); see docs/decisions.md for the figures.
 *
 * Sources: Vercauteren, "Optimal pairings" (the loop length 6x + 2); Costello, Lange, Naehrig, "Faster pairing computations
 * on curves with high-degree twists" (steps in homogeneous coordinates); Fuentes-Castaneda et al., "Faster hashing to G2"
 * (final exponentiation).
 */

const P = FIELD_ORDER;
const { add, sub, mul, sqr } = LazyFp2;

const LOOP_DIGITS = signedDigits(6n * BN_X + 2n);
const SEED_DIGITS = signedDigits(BN_X);
const TWIST_3B = { c0: (3n * TWIST_B.c0) % P, c1: (3n * TWIST_B.c1) % P };

/**
 * A line through points of the untwisted curve, at `(xP, yP)` of G1: `a yP - b xP w + c w^3`.
 * A factor in Fp2 is free, as the final exponentiation removes it.
 */
interface Line {
  readonly a: Fp2Element;
  readonly b: Fp2Element;
  readonly c: Fp2Element;
}

/** All lines of one point of G2, in the order in which the Miller loop takes them. */
export type Lines = readonly Line[];

interface Homogeneous {
  X: Fp2Element;
  Y: Fp2Element;
  Z: Fp2Element;
}

const twice = (a: Fp2Element): Fp2Element => ({ c0: 2n * a.c0, c1: 2n * a.c1 });
const threeTimes = (a: Fp2Element): Fp2Element => ({ c0: 3n * a.c0, c1: 3n * a.c1 });

/** Doubles T in place; the tangent at T, times 2YZ: a = 2YZ, b = 3X^2, c = Y^2 - 3bZ^2. */
function doubleStep(T: Homogeneous): Line {
  const { X, Y, Z } = T;
  const B = sqr(Y);
  const E = mul(TWIST_3B, sqr(Z));
  const F = threeTimes(E);
  const H = twice(mul(Y, Z));
  const line = { a: H, b: threeTimes(sqr(X)), c: sub(B, E) };
  // Coordinates scaled by 4, which saves the halves.
  T.X = mul(twice(mul(X, Y)), sub(B, F));
  T.Y = sub(sqr(add(B, F)), mul(E, threeTimes(twice(twice(E)))));
  T.Z = mul(twice(twice(B)), H);
  return line;
}

/** Adds Q to T in place; the line through both, times mu: a = mu, b = theta, c = theta xQ - mu yQ. */
function addStep(T: Homogeneous, Q: AffinePoint<Fp2Element>): Line {
  const { X, Y, Z } = T;
  const theta = sub(Y, mul(Q.y, Z));
  const mu = sub(X, mul(Q.x, Z));
  const D = sqr(mu);
  const E = mul(mu, D);
  const G = mul(X, D);
  const H = sub(add(E, mul(Z, sqr(theta))), twice(G));
  T.X = mul(mu, H);
  T.Y = sub(mul(theta, sub(G, H)), mul(Y, E));
  T.Z = mul(Z, E);
  return { a: mu, b: theta, c: sub(mul(theta, Q.x), mul(mu, Q.y)) };
}

const psiAffine = ({ x, y }: AffinePoint<Fp2Element>): AffinePoint<Fp2Element> => ({
  x: mul(conjugate(LazyFp2.canonical(x)), FROBENIUS_X),
  y: mul(conjugate(LazyFp2.canonical(y)), FROBENIUS_Y),
});

/** Lines of the Miller loop for a point of G2 (of order r: the steps then meet no exception), infinity excluded. */
function linesOf(Q: AffinePoint<Fp2Element>): Lines {
  const T = { X: Q.x, Y: Q.y, Z: LazyFp2.ONE };
  const negative = { x: Q.x, y: { c0: -Q.y.c0, c1: -Q.y.c1 } };
  const lines: Line[] = [];
  for (const digit of LOOP_DIGITS) {
    lines.push(doubleStep(T));
    if (digit !== 0) lines.push(addStep(T, digit > 0 ? Q : negative));
  }
  const Q1 = psiAffine(Q);
  const Q2 = psiAffine(Q1);
  lines.push(addStep(T, Q1));
  lines.push(addStep(T, { x: Q2.x, y: { c0: -Q2.y.c0, c1: -Q2.y.c1 } }));
  return lines;
}

/** The same lines, each divided by its `a`: worth it for a point that takes part in many pairings. */
export function preparedLinesOf(Q: AffinePoint<Fp2Element>): Lines {
  const lines = linesOf(Q);
  const inverses = invertAll(
    LazyFp2,
    lines.map((line) => line.a),
  );
  return lines.map(({ b, c }, i) => {
    const inverse = inverses[i] as Fp2Element;
    return { a: LazyFp2.ONE, b: mul(b, inverse), c: mul(c, inverse) };
  });
}

const scale = ({ c0, c1 }: Fp2Element, factor: bigint): Fp2Element => ({ c0: c0 * factor, c1: c1 * factor });
const reduce = ({ c0, c1 }: Fp2Element): Fp2Element => ({ c0: c0 % P, c1: c1 % P });
const ZERO2: Fp2Element = { c0: 0n, c1: 0n };
const NO_LINE: Line = { a: LazyFp2.ONE, b: ZERO2, c: ZERO2 };

/** `(a1 + b1 w + c1 w^3)(1 + b2 w + c2 w^3)`, with w^2 = v and w^6 = 9 + i. */
function multiplyLines(first: Line, second: Line): Fp12Element {
  const { a: a1, b: b1, c: c1 } = first;
  const { b: b2, c: c2 } = second;
  return {
    c0: {
      c0: reduce(add(a1, timesXi(wide2(c1, c2)))),
      c1: mul(b1, b2),
      c2: reduce(add(wide2(b1, c2), wide2(c1, b2))),
    },
    c1: { c0: reduce(add(b1, wide2(a1, b2))), c1: reduce(add(c1, wide2(a1, c2))), c2: ZERO2 },
  };
}

/**
 * `a^x` for the seed x and an element of the cyclotomic subgroup.
 */
function powSeed(a: Fp12Element): Fp12Element {
  const inverse = conjugate12(a);
  let result = a;
  for (const digit of SEED_DIGITS) {
    result = squareCyclotomic(result);
    if (digit !== 0) result = multiply(result, digit > 0 ? a : inverse);
  }
  return result;
}

/**
 * `f^((p^12 - 1)/r)`, to a fixed power that is coprime to r: the hard part computes
 * `2x(6x^2 + 3x + 1) (p^4 - p^2 + 1)/r`, as the paper does.
 */
export function finalExponentiation(f: Fp12Element): Fp12Element {
  const norm1 = multiply(conjugate12(f), invert(f));
  const g = multiply(frobenius(norm1, 2), norm1);

  const x2 = squareCyclotomic(powSeed(g)); // g^2x
  const x6 = multiply(squareCyclotomic(x2), x2); // g^6x
  const x6x = powSeed(x6); // g^6x^2
  const x12xx = squareCyclotomic(powSeed(x6x)); // g^12x^3
  const a = multiply(multiply(x12xx, x6x), x6);
  const b = multiply(a, conjugate12(x2));
  const part0 = multiply(multiply(a, x6x), g);
  const part1 = frobenius(b, 1);
  const part2 = frobenius(a, 2);
  const part3 = frobenius(multiply(b, conjugate12(g)), 3);
  return multiply(multiply(part0, part1), multiply(part2, part3));
}

/**
 * `e(P1, S) e(-K, H)`, up to a fixed power: one if and only if S is the signature of H under K.
 *
 * @param S - A point of G2; its order is the caller's to check.
 * @param K - A point of G1.
 * @param hashLines - {@link preparedLinesOf} H.
 */
export function checkValue(S: AffineG2, K: AffineG1, hashLines: Lines): Fp12Element {
  const signatureLines = S === undefined ? undefined : linesOf(S);
  // -K = (x, -y). Lines of H are scaled by 1/y, so their middle coefficient needs -x/(-y) and the last one 1/(-y).
  const inverseY = K === undefined ? 0n : LazyFp.inv(-K.y);
  const factorB = K === undefined ? 0n : (-K.x * inverseY) % P;

  let f: Fp12Element = ONE;
  let index = 0;
  const step = (): void => {
    const line = signatureLines?.[index];
    // P1 = (1, 2)
    const first = line === undefined ? NO_LINE : { a: twice(line.a), b: { c0: -line.b.c0, c1: -line.b.c1 }, c: line.c };
    const { b, c } = hashLines[index] as Line;
    const second = { a: LazyFp2.ONE, b: reduce(scale(b, factorB)), c: reduce(scale(c, inverseY)) };
    f = multiply(f, multiplyLines(first, second));
    index++;
  };
  for (const digit of LOOP_DIGITS) {
    if (index > 0) f = square(f);
    step();
    if (digit !== 0) step();
  }
  step();
  step();
  return finalExponentiation(f);
}

/** The hash of a message that many signatures are checked against. */
export class PreparedHash {
  readonly #point: AffinePoint<Fp2Element>;
  readonly #words: TwistWords;
  #lines: Lines | undefined;

  /** @param point - Finite, of order r, canonical. */
  constructor(point: AffinePoint<Fp2Element>) {
    this.#point = point;
    this.#words = twistWordsOf(point);
  }

  /** {@link checkValue}, in WebAssembly where there is any. */
  value(S: AffineG2, K: AffineG1): Fp12Element {
    const key = K === undefined ? [0n, 0n] : [LazyFp.canonical(K.x), LazyFp.canonical(K.y)];
    const words = pairingByWasm(key, twistWordsOf(S), this.#words);
    if (words !== undefined) return fromWords(words);
    this.#lines ??= preparedLinesOf(this.#point);
    return checkValue(S, K, this.#lines);
  }
}

function twistWordsOf(point: AffineG2): TwistWords {
  if (point === undefined) return [0n, 0n, 0n, 0n];
  const [x, y] = [LazyFp2.canonical(point.x), LazyFp2.canonical(point.y)];
  return [x.c0, x.c1, y.c0, y.c1];
}

/** An element from its six halves, as the module writes them. */
export function fromWords(words: readonly bigint[]): Fp12Element {
  const [a, b, c, d, e, f] = Array.from({ length: 6 }, (_, i) => ({ c0: words[2 * i], c1: words[2 * i + 1] })) as [
    Fp2Element,
    Fp2Element,
    Fp2Element,
    Fp2Element,
    Fp2Element,
    Fp2Element,
  ];
  return { c0: { c0: a, c1: b, c2: c }, c1: { c0: d, c1: e, c2: f } };
}

/** Whether a value of the pairing is one. */
export function isOne(value: Fp12Element): boolean {
  return equal12(value, ONE);
}
