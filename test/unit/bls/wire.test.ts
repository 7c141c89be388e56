/** Sums in WebAssembly and {@link aggregateWire}, against the plain way in BigInt. */
import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { compile, MODULE, moduleText } from "../../../checks/wasm/compile.ts";
import { G1, G2 } from "../../../src/bls/curve.ts";
import { mapToTwist } from "../../../src/bls/hashToG2.ts";
import {
  aggregatePublicKeys,
  aggregateSignatures,
  aggregateValid,
  aggregateWire,
  FIELD_ORDER,
  hashToG2,
  importSecretKey,
  publicKeyFromBytes,
  publicKeyOf,
  publicKeyToBytes,
  signatureFromBytes,
  signatureToBytes,
  signHash,
} from "../../../src/bls/index.ts";
import type { WireEntry } from "../../../src/bls/index.ts";
import { hasWasm } from "../../../src/bls/wasm/instance.ts";
import { sumPublicKeyBytes, sumSignatureBytes } from "../../../src/bls/wasm/sum.ts";
import { message, tags } from "./support.ts";

/** Plain multiples of the generators, and points of the twist outside of G2. */
const LIMIT = 24;
const keys = Array.from({ length: LIMIT }, (_, k) => publicKeyToBytes(G1.BASE.multiply(BigInt(k + 1))));
const opposite = keys.map((key) => publicKeyToBytes(publicKeyFromBytes(key).negate()));
const twist = Array.from({ length: LIMIT / 2 }, (_, k) => mapToTwist(message(`outside ${k}`), tags.hashToG2).point);
const signatures = [
  ...Array.from({ length: LIMIT / 2 }, (_, k) => signatureToBytes(G2.BASE.multiply(BigInt(k + 1)))),
  ...twist.map(signatureToBytes),
];
const oppositeSignatures = signatures.map((one) =>
  signatureToBytes(signatureFromBytes(one, { subgroup: false }).negate()),
);
const signed = fc.array(fc.tuple(fc.nat(LIMIT - 1), fc.boolean()), { maxLength: 40 });

const plainKeys = (list: Uint8Array[]) => aggregatePublicKeys(list.map(publicKeyFromBytes));
const plainSignatures = (list: Uint8Array[]) =>
  aggregateSignatures(list.map((one) => signatureFromBytes(one, { subgroup: false })));

/** Adds p to the word at a place: the same residue, not reduced. It always fits 256 bits. */
function unreduced(bytes: Uint8Array, word: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const value = BigInt(`0x${Buffer.from(bytes.subarray(32 * word, 32 * word + 32)).toString("hex")}`) + FIELD_ORDER;
  copy.set(Buffer.from(value.toString(16).padStart(64, "0"), "hex"), 32 * word);
  return copy;
}

function word(bytes: Uint8Array, at: number, value: bigint): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy.set(Buffer.from(value.toString(16).padStart(64, "0"), "hex"), 32 * at);
  return copy;
}

describe("bls: sums in WebAssembly", function () {
  this.timeout(120_000);

  it("are there, compiled from their source", async function () {
    expect(hasWasm()).to.equal(true);
    expect(readFileSync(MODULE, "utf8")).to.equal(await moduleText(await compile()));
  });

  it("of keys are those in BigInt, repeated and opposite ones among them", function () {
    fc.assert(
      fc.property(signed, (list) => {
        const bytes = list.map(([i, negative]) => (negative ? opposite : keys)[i]!);
        expect(sumPublicKeyBytes(bytes)?.equals(plainKeys(bytes))).to.equal(true);
      }),
      { numRuns: 200 },
    );
  });

  it("of signatures are those in BigInt, in and out of the subgroup", function () {
    fc.assert(
      fc.property(signed, (list) => {
        const bytes = list.map(([i, negative]) => (negative ? oppositeSignatures : signatures)[i]!);
        expect(sumSignatureBytes(bytes)?.equals(plainSignatures(bytes))).to.equal(true);
      }),
      { numRuns: 200 },
    );
  });

  it("go on after infinity, and end with it", function () {
    const [P, Q] = [keys[2]!, keys[5]!];
    const minusP = opposite[2]!;
    expect(sumPublicKeyBytes([])?.is0()).to.equal(true);
    expect(sumPublicKeyBytes([P, minusP])?.is0()).to.equal(true);
    expect(sumPublicKeyBytes([P, minusP, Q])?.equals(publicKeyFromBytes(Q))).to.equal(true);
    expect(sumPublicKeyBytes([P, P, P])?.equals(plainKeys([P, P, P]))).to.equal(true);
    const S = signatures[20]!;
    expect(sumSignatureBytes([S, oppositeSignatures[20]!])?.is0()).to.equal(true);
    expect(sumSignatureBytes([S, S])?.equals(plainSignatures([S, S]))).to.equal(true);
  });

  it("span portions of the module's memory", function () {
    for (const size of [511, 512, 513, 1025]) {
      const many = Array.from({ length: size }, (_, i) => keys[(i * 7) % LIMIT]!);
      expect(sumPublicKeyBytes(many)?.equals(plainKeys(many)), `${size} keys`).to.equal(true);
      const more = Array.from({ length: size }, (_, i) => signatures[(i * 5) % LIMIT]!);
      expect(sumSignatureBytes(more)?.equals(plainSignatures(more)), `${size} signatures`).to.equal(true);
    }
  });

  it("refuse what the codec refuses: range, curve, infinity, length", function () {
    const [P, S] = [keys[0]!, signatures[0]!];
    for (const value of [FIELD_ORDER - 1n, FIELD_ORDER, FIELD_ORDER + 1n, 2n ** 256n - 1n, 0n, 1n]) {
      for (let at = 0; at < 2; at++) {
        const key = word(P, at, value);
        const accepted = isFine(() => publicKeyFromBytes(key));
        expect(sumPublicKeyBytes([keys[1]!, key]) !== undefined, `key word ${at} = ${value}`).to.equal(accepted);
      }
      for (let at = 0; at < 4; at++) {
        const signature = word(S, at, value);
        const accepted = isFine(() => signatureFromBytes(signature, { subgroup: false }));
        expect(sumSignatureBytes([signature]) !== undefined, `word ${at} = ${value}`).to.equal(accepted);
      }
    }
    for (let at = 0; at < 2; at++) expect(sumPublicKeyBytes([unreduced(P, at)])).to.equal(undefined);
    for (let at = 0; at < 4; at++) expect(sumSignatureBytes([unreduced(S, at)])).to.equal(undefined);
    expect(sumPublicKeyBytes([new Uint8Array(64)])).to.equal(undefined);
    expect(sumSignatureBytes([new Uint8Array(128)])).to.equal(undefined);
    expect(sumPublicKeyBytes([P.subarray(0, 63)])).to.equal(undefined);
    expect(sumSignatureBytes([S, new Uint8Array(129)])).to.equal(undefined);
  });

  it("leave nothing behind for the next sum", function () {
    expect(sumPublicKeyBytes([keys[3]!, new Uint8Array(64)])).to.equal(undefined);
    expect(sumSignatureBytes([signatures[4]!])?.equals(plainSignatures([signatures[4]!]))).to.equal(true);
    expect(sumPublicKeyBytes([keys[7]!])?.equals(publicKeyFromBytes(keys[7]!))).to.equal(true);
  });
});

function isFine(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch {
    return false;
  }
}

describe("bls: aggregateWire", function () {
  this.timeout(60_000);
  const hash = hashToG2(message("one"), tags.hashToG2);
  const entries: WireEntry[] = Array.from({ length: 12 }, (_, i) => {
    const secret = importSecretKey(
      BigInt(1000 + i * i)
        .toString(16)
        .padStart(64, "0"),
    );
    return { publicKey: publicKeyToBytes(publicKeyOf(secret)), signature: signatureToBytes(signHash(hash, secret)) };
  });

  it("gives what aggregateValid gives when all are right", function () {
    const found = aggregateWire(hash, entries)!;
    const plain = aggregateValid(
      hash,
      entries.map(({ publicKey, signature }) => ({
        publicKey: publicKeyFromBytes(publicKey),
        signature: signatureFromBytes(signature),
      })),
    )!;
    expect(found.signers).to.deep.equal(plain.signers);
    expect(found.offenders).to.deep.equal([]);
    expect(found.malformed).to.deep.equal([]);
    expect(signatureToBytes(found.signature)).to.deep.equal(signatureToBytes(plain.signature));
    expect(publicKeyToBytes(found.publicKey)).to.deep.equal(publicKeyToBytes(plain.publicKey));
  });

  it("names the malformed with their errors and the wrong by blame, by the places they came at", function () {
    const mixed = [...entries];
    mixed[1] = { ...entries[1]!, signature: entries[2]!.signature };
    mixed[4] = { ...entries[4]!, signature: new Uint8Array(128) };
    mixed[6] = { ...entries[6]!, publicKey: unreduced(entries[6]!.publicKey, 1) };
    mixed[9] = { ...entries[9]!, signature: entries[9]!.signature.subarray(1) };
    const found = aggregateWire(hash, mixed)!;
    expect(found.offenders).to.deep.equal([1]);
    expect(found.signers).to.deep.equal([0, 2, 3, 5, 7, 8, 10, 11]);
    expect(found.malformed.map(({ index, error }) => [index, error.code])).to.deep.equal([
      [4, "infinity"],
      [6, "range"],
      [9, "length"],
    ]);
  });

  it("takes no sum that is out of the subgroup, however the curve's equation holds", function () {
    const outside = signatureFromBytes(entries[0]!.signature).add(twist[0]!);
    const found = aggregateWire(hash, [{ ...entries[0]!, signature: signatureToBytes(outside) }, entries[1]!])!;
    expect(found.offenders).to.deep.equal([0]);
    expect(found.signers).to.deep.equal([1]);
  });

  it("gives nothing when nobody is right, or nobody is there", function () {
    expect(aggregateWire(hash, [])).to.equal(undefined);
    expect(aggregateWire(hash, [{ ...entries[0]!, signature: entries[1]!.signature }])).to.equal(undefined);
  });
});
