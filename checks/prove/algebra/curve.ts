/**
 * The operations as the documentation of G2 writes them, and as a textbook does: on affine points of y^2 = x^3 + b, by the chord and
 * the tangent. That both are the same is checked on polynomials, with b, and a point's Z, unknown.
 */
import { inverseOf, modulo } from "./polynomial.ts";
import type { Element } from "./polynomial.ts";

export interface Jacobian<T> {
  readonly X: T;
  readonly Y: T;
  readonly Z: T;
}

export interface Affine<T> {
  readonly x: T;
  readonly y: T;
}

const half = inverseOf(2n);
const threeHalves = modulo(3n * half);
export const threeEighths = modulo(3n * inverseOf(8n));
const threeQuarters = modulo(3n * inverseOf(4n));

/** -2 (X, Y, Z). */
export function doubling<T extends Element<T>>({ X, Y, Z }: Jacobian<T>): Jacobian<T> {
  const E = X.times(X).scaled(threeHalves);
  const C = Y.times(Y).scaled(-1n);
  const N = X.times(C);
  const next = E.times(E).plus(N.scaled(2n));
  return { X: next, Y: E.times(next.plus(N)).plus(C.times(C)), Z: Y.times(Z) };
}

/** (1 + psi^2)(X, Y, Z) but for the factor of Z, which is given. */
export function isogeny<T extends Element<T>>({ X, Y, Z }: Jacobian<T>, factor: bigint): Jacobian<T> {
  const F = X.times(X).times(X).scaled(threeEighths);
  const next = Y.times(Y).minus(F.scaled(2n));
  return { X: next, Y: Y.times(F.minus(next)), Z: X.times(Z).scaled(factor) };
}

/** M, and then its conjugate: 3 (X, Y, Z). */
export function tripling<T extends Element<T>>(point: Jacobian<T>): Jacobian<T> {
  return isogeny(isogeny(point, threeQuarters), 1n);
}

/** (X, Y, Z) + (x, y). */
export function addition<T extends Element<T>>({ X, Y, Z }: Jacobian<T>, { x, y }: Affine<T>): Jacobian<T> {
  const A = Z.times(Z);
  const H = x.times(A).minus(X);
  const R = y.times(A).times(Z).minus(Y);
  const square = H.times(H);
  const V = X.times(square);
  const G = square.times(H);
  const next = R.times(R).minus(G).minus(V.scaled(2n));
  return { X: next, Y: R.times(V.minus(next)).minus(Y.times(G)), Z: Z.times(H) };
}

/** (x z^2, y z^3). */
export function scaling<T extends Element<T>>({ x, y }: Affine<T>, z: T): Affine<T> {
  const square = z.times(z);
  return { x: x.times(square), y: y.times(square).times(z) };
}
