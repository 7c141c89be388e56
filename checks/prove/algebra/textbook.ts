/** The group law on affine points, as fractions of polynomials: the chord, the tangent, and what is to equal them. */
import { Polynomial } from "./polynomial.ts";
import type { Affine, Jacobian } from "./curve.ts";

export class Fraction {
  readonly numerator: Polynomial;
  readonly denominator: Polynomial;

  constructor(numerator: Polynomial, denominator = Polynomial.constant(1n)) {
    this.numerator = numerator;
    this.denominator = denominator;
  }

  plus(other: Fraction): Fraction {
    return new Fraction(
      this.numerator.times(other.denominator).plus(other.numerator.times(this.denominator)),
      this.denominator.times(other.denominator),
    );
  }

  minus(other: Fraction): Fraction {
    return this.plus(other.scaled(-1n));
  }

  times(other: Fraction): Fraction {
    return new Fraction(this.numerator.times(other.numerator), this.denominator.times(other.denominator));
  }

  over(other: Fraction): Fraction {
    return new Fraction(this.numerator.times(other.denominator), this.denominator.times(other.numerator));
  }

  scaled(factor: bigint): Fraction {
    return new Fraction(this.numerator.scaled(factor), this.denominator);
  }

  /** As fractions; both denominators are taken not to be 0. */
  equals(other: Fraction): boolean {
    return this.numerator.times(other.denominator).equals(other.numerator.times(this.denominator));
  }
}

export function affine({ X, Y, Z }: Jacobian<Polynomial>): Affine<Fraction> {
  const square = Z.times(Z);
  return { x: new Fraction(X, square), y: new Fraction(Y, square.times(Z)) };
}

/** The sum of points of different x. */
export function chord(left: Affine<Fraction>, right: Affine<Fraction>): Affine<Fraction> {
  return third(left, right, right.y.minus(left.y).over(right.x.minus(left.x)));
}

/** The double of a point with y != 0; the curve's coefficient of x is 0. */
export function tangent(point: Affine<Fraction>): Affine<Fraction> {
  return third(point, point, point.x.times(point.x).scaled(3n).over(point.y.scaled(2n)));
}

function third(left: Affine<Fraction>, right: Affine<Fraction>, slope: Fraction): Affine<Fraction> {
  const x = slope.times(slope).minus(left.x).minus(right.x);
  return { x, y: slope.times(left.x.minus(x)).minus(left.y) };
}

export function samePoint(what: string, found: Affine<Fraction>, expected: Affine<Fraction>): string[] {
  const reasons: string[] = [];
  if (!found.x.equals(expected.x)) reasons.push(`${what}: x is another`);
  if (!found.y.equals(expected.y)) reasons.push(`${what}: y is another`);
  return reasons;
}
