import { FIELD_ORDER, GROUP_ORDER, publicKeyOf, publicKeyToParams } from "../../../src/bls/index.ts";
import type { Key } from "./world.ts";

/**
 * The model adds up secret keys where the contract adds points: a key is known by the scalar behind it. So the sum of all keys
 * is checked against arithmetic that shares nothing with the contract's.
 */
const secrets = new Map<string, bigint>();
const points = new Map<bigint, Key>();

/** The public key of a secret, remembered both ways. Secret 0 is infinity, (0, 0). */
export function keyOf(secret: bigint): Key {
  const known = points.get(secret);
  if (known !== undefined) return known;
  let key: Key = [0n, 0n];
  if (secret !== 0n) {
    const { X, Y } = publicKeyToParams(publicKeyOf(secret));
    key = [X, Y];
  }
  points.set(secret, key);
  secrets.set(key.join(), secret);
  return key;
}

/** The scalar behind a key that {@link keyOf} gave, also where Y was written as Y + p; 0 for any other pair of numbers. */
export function secretOf([X, Y]: Key): bigint {
  return secrets.get([X, Y % FIELD_ORDER].join()) ?? 0n;
}

export function addSecrets(a: bigint, b: bigint): bigint {
  return (a + b) % GROUP_ORDER;
}

export function subtractSecrets(a: bigint, b: bigint): bigint {
  return (a - b + GROUP_ORDER) % GROUP_ORDER;
}

export function isNull([X, Y]: Key): boolean {
  return X === 0n && Y === 0n;
}

/** Reduced, and on y^2 = x^3 + 3 (H2). */
export function isValidKey([X, Y]: Key): boolean {
  return X < FIELD_ORDER && Y < FIELD_ORDER && (Y * Y - X * X * X - 3n) % FIELD_ORDER === 0n;
}

export function sameKey(a: Key, b: Key): boolean {
  return a[0] === b[0] && a[1] === b[1];
}
