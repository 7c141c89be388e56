import { expect } from "chai";
import fc from "fast-check";
import * as bls from "../../../src/bls/index.ts";
import type { BlsErrorCode, Hex } from "../../../src/bls/index.ts";
import { G1, G2 } from "../../../src/bls/curve.ts";
import { mapToTwist } from "../../../src/bls/hashToG2.ts";
import { expectBlsError, message, secretKey, signers, tags } from "./support.ts";

const p = bls.FIELD_ORDER;
const { list } = signers(1, "codec");
const { publicKey, signature } = list[0]!;
const key = bls.publicKeyToParams(publicKey);
const sig = bls.signatureToParams(signature);

/** Writes words as bytes without any check. */
const words = (...values: bigint[]): Uint8Array =>
  bls.bytesFromHex(values.map((v) => v.toString(16).padStart(64, "0")).join(""));

describe("bls: codec", function () {
  this.timeout(60_000);

  describe("public keys", function () {
    it("go through every form and back", function () {
      fc.assert(
        fc.property(fc.bigInt({ min: 1n, max: bls.GROUP_ORDER - 1n }), (scalar) => {
          const point = bls.publicKeyOf(scalar);
          const hex = bls.publicKeyToHex(point);
          expect(hex).to.match(/^0x[0-9a-f]{128}$/);
          for (const back of [
            bls.publicKeyFromHex(hex),
            bls.publicKeyFromHex(hex.slice(2)),
            bls.publicKeyFromHex(hex.toUpperCase()),
            bls.publicKeyFromBytes(bls.publicKeyToBytes(point)),
            bls.publicKeyFromParams(bls.publicKeyToParams(point)),
          ]) {
            expect(back.equals(point)).to.equal(true);
            expect(bls.publicKeyToHex(back)).to.equal(hex);
          }
        }),
        { numRuns: 10 },
      );
    });

    it("are X || Y, big-endian", function () {
      expect(bls.publicKeyToBytes(bls.publicKeyOf(1n))).to.deep.equal(words(1n, 2n));
    });

    const refused: [string, bigint, bigint, BlsErrorCode][] = [
      ["infinity", 0n, 0n, "infinity"],
      ["X one above", key.X + 1n, key.Y, "curve"],
      ["Y one above", key.X, key.Y + 1n, "curve"],
      ["halves swapped", key.Y, key.X, "curve"],
      ["X = 0", 0n, key.Y, "curve"],
      ["X = 1, Y = 1", 1n, 1n, "curve"],
      ["X = p - 1, Y = 1", p - 1n, 1n, "curve"],
      ["X = p", p, 2n, "range"],
      ["X = p + 1, not canonical", p + 1n, 2n, "range"],
      ["Y = p + 2, not canonical", 1n, p + 2n, "range"],
      ["(p, p), infinity not canonical", p, p, "range"],
      ["X = 2^256 - 1", 2n ** 256n - 1n, 2n, "range"],
    ];
    for (const [name, X, Y, code] of refused) {
      it(`refuse ${name}: ${code}`, function () {
        expectBlsError(() => bls.publicKeyFromParams({ X, Y }), code);
        expectBlsError(() => bls.publicKeyFromBytes(words(X, Y)), code);
      });
    }

    it("refuse negative coordinates: range", function () {
      expectBlsError(() => bls.publicKeyFromParams({ X: key.X - p, Y: key.Y }), "range");
      expectBlsError(() => bls.publicKeyFromParams({ X: 1n, Y: -2n }), "range");
    });

    it("accept the edge values that are on the curve", function () {
      expect(bls.publicKeyToParams(bls.publicKeyFromParams({ X: 1n, Y: 2n }))).to.deep.equal({ X: 1n, Y: 2n });
      const negative = bls.publicKeyFromParams({ X: 1n, Y: p - 2n });
      expect(negative.equals(bls.publicKeyOf(1n).negate())).to.equal(true);
    });

    it("refuse wrong lengths and digits", function () {
      const hex = bls.publicKeyToHex(publicKey);
      for (const bytes of [new Uint8Array(0), words(1n), words(1n, 2n, 0n), words(1n, 2n).subarray(1)]) {
        expectBlsError(() => bls.publicKeyFromBytes(bytes), "length");
      }
      expectBlsError(() => bls.publicKeyFromHex(""), "length");
      expectBlsError(() => bls.publicKeyFromHex("0x"), "length");
      expectBlsError(() => bls.publicKeyFromHex(hex + "00"), "length");
      expectBlsError(() => bls.publicKeyFromHex(hex.slice(0, -1)), "length");
      expectBlsError(() => bls.publicKeyFromHex(hex.slice(0, -1) + "g"), "hex");
      expectBlsError(() => bls.publicKeyFromHex(" " + hex.slice(3)), "hex");
      expectBlsError(() => bls.publicKeyFromHex(`0x0x${hex.slice(4)}`), "hex");
      expectBlsError(() => bls.publicKeyFromHex(hex.slice(0, -1) + "é"), "hex");
      expectBlsError(() => bls.publicKeyFromHex(undefined as unknown as string), "hex");
    });

    it("write infinity as zeros", function () {
      expect(bls.publicKeyToParams(G1.ZERO)).to.deep.equal({ X: 0n, Y: 0n });
      expect(bls.publicKeyToBytes(G1.ZERO)).to.deep.equal(new Uint8Array(64));
    });
  });

  describe("signatures", function () {
    it("go through every form and back", function () {
      fc.assert(
        fc.property(fc.bigInt({ min: 1n, max: bls.GROUP_ORDER - 1n }), (scalar) => {
          const point = G2.BASE.multiply(scalar);
          const hex = bls.signatureToHex(point);
          expect(hex).to.match(/^0x[0-9a-f]{256}$/);
          for (const back of [
            bls.signatureFromHex(hex),
            bls.signatureFromHex(hex.slice(2)),
            bls.signatureFromBytes(bls.signatureToBytes(point)),
            bls.signatureFromParams(bls.signatureToParams(point)),
            bls.signatureFromPrecompile(bls.signatureToPrecompile(point)),
            bls.signatureFromHex(hex, { subgroup: false }),
          ]) {
            expect(bls.signatureToHex(back)).to.equal(hex);
          }
        }),
        { numRuns: 10 },
      );
    });

    it("are real half first on the wire, imaginary half first for the precompile", function () {
      const { sigs0, sigs1, sigs2, sigs3 } = sig;
      const { x, y } = signature.toAffine();
      expect([sigs0, sigs1, sigs2, sigs3]).to.deep.equal([x.c0, x.c1, y.c0, y.c1]);
      expect(bls.signatureToBytes(signature)).to.deep.equal(words(x.c0, x.c1, y.c0, y.c1));
      expect(bls.signatureToPrecompile(signature)).to.deep.equal([x.c1, x.c0, y.c1, y.c0]);
    });

    it("read in the other order are off the curve", function () {
      const [xc1, xc0, yc1, yc0] = bls.signatureToPrecompile(signature);
      expectBlsError(() => bls.signatureFromPrecompile([xc0, xc1, yc0, yc1]), "curve");
    });

    const names = ["sigs0", "sigs1", "sigs2", "sigs3"] as const;
    for (const name of names) {
      it(`refuse ${name} that is off the curve or not canonical`, function () {
        expectBlsError(() => bls.signatureFromParams({ ...sig, [name]: (sig[name] + 1n) % p }), "curve");
        expectBlsError(() => bls.signatureFromParams({ ...sig, [name]: 0n }), "curve");
        expectBlsError(() => bls.signatureFromParams({ ...sig, [name]: 1n }), "curve");
        expectBlsError(() => bls.signatureFromParams({ ...sig, [name]: p - 1n }), "curve");
        expectBlsError(() => bls.signatureFromParams({ ...sig, [name]: p }), "range");
        expectBlsError(() => bls.signatureFromParams({ ...sig, [name]: p + 1n }), "range");
        expectBlsError(() => bls.signatureFromParams({ ...sig, [name]: sig[name] + p }), "range");
        expectBlsError(() => bls.signatureFromParams({ ...sig, [name]: -1n }), "range");
        // The batch path skips the subgroup only.
        expectBlsError(() => bls.signatureFromParams({ ...sig, [name]: p }, { subgroup: false }), "range");
        expectBlsError(
          () => bls.signatureFromParams({ ...sig, [name]: (sig[name] + 1n) % p }, { subgroup: false }),
          "curve",
        );
      });
    }

    it("refuse infinity", function () {
      for (const options of [{}, { subgroup: false }]) {
        expectBlsError(() => bls.signatureFromBytes(new Uint8Array(128), options), "infinity");
        expectBlsError(() => bls.signatureFromBytes(words(p, p, p, p), options), "range");
      }
    });

    it("refuse a point outside the subgroup, unless told otherwise", function () {
      for (let i = 0; i < 4; i++) {
        const stray = bls.signatureToBytes(mapToTwist(message(`stray ${i}`), tags.hashToG2).point);
        expectBlsError(() => bls.signatureFromBytes(stray), "subgroup");
        expectBlsError(() => bls.signatureFromBytes(stray, { subgroup: true }), "subgroup");
        expect(bls.signatureToBytes(bls.signatureFromBytes(stray, { subgroup: false }))).to.deep.equal(stray);
      }
    });

    it("refuse wrong lengths and digits", function () {
      const bytes = bls.signatureToBytes(signature);
      const hex = bls.signatureToHex(signature);
      expectBlsError(() => bls.signatureFromBytes(bytes.subarray(1)), "length");
      expectBlsError(() => bls.signatureFromBytes(new Uint8Array(129)), "length");
      expectBlsError(() => bls.signatureFromHex("0x"), "length");
      expectBlsError(() => bls.signatureFromHex(hex.slice(0, -2)), "length");
      expectBlsError(() => bls.signatureFromHex(hex.slice(0, -1) + "x"), "hex");
      expectBlsError(() => bls.signatureFromHex(hex.slice(0, -1) + "\n"), "hex");
    });

    it("never decode random bytes", function () {
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 128, maxLength: 128 }), (bytes) => {
          const error = (() => {
            try {
              bls.signatureFromBytes(bytes);
            } catch (e) {
              return e;
            }
          })();
          expect(error).to.be.instanceOf(bls.BlsError);
        }),
      );
    });

    it("write infinity as zeros", function () {
      expect(bls.signatureToBytes(G2.ZERO)).to.deep.equal(new Uint8Array(128));
    });
  });

  describe("hex", function () {
    it("goes to bytes and back", function () {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
          const hex: Hex = bls.hexFromBytes(bytes);
          expect(bls.bytesFromHex(hex)).to.deep.equal(bytes);
          expect(bls.bytesFromHex(hex.slice(2).toUpperCase())).to.deep.equal(bytes);
        }),
      );
    });

    it("refuses half a byte and foreign characters", function () {
      expectBlsError(() => bls.bytesFromHex("0x1"), "hex");
      expectBlsError(() => bls.bytesFromHex("0x1g"), "hex");
      expectBlsError(() => bls.bytesFromHex("0x-1"), "hex");
      expectBlsError(() => bls.bytesFromHex("0x00", "value", 2), "length");
    });
  });

  it("errors carry coordinates, never a secret key", function () {
    const secret = secretKey(7).toString(16).padStart(64, "0");
    const error = expectBlsError(() => bls.importSecretKey(secret + "00"), "length");
    expect(JSON.stringify(error.details) + error.message + error.stack).to.not.include(secret);
  });
});
