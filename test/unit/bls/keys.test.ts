import { expect } from "chai";
import fc from "fast-check";
import * as bls from "../../../src/bls/index.ts";
import { expectBlsError } from "./support.ts";

const r = bls.GROUP_ORDER;
const hex32 = (value: bigint): string => value.toString(16).padStart(64, "0");

describe("bls: keys", function () {
  it("generates distinct keys from 1 to r - 1", function () {
    const keys = Array.from({ length: 20 }, () => bls.generateSecretKey());
    expect(new Set(keys).size).to.equal(20);
    for (const key of keys) expect(key > 0n && key < r).to.equal(true);
  });

  it("reads 32 bytes big-endian, with or without 0x", function () {
    expect(bls.importSecretKey(hex32(0x0102n))).to.equal(0x0102n);
    expect(bls.importSecretKey(`0x${hex32(0x0102n)}`)).to.equal(0x0102n);
    expect(bls.importSecretKey(bls.bytesFromHex(hex32(0x0102n)))).to.equal(0x0102n);
  });

  it("reduces keys of r and above, as the nodes do", function () {
    expect(bls.importSecretKey(hex32(r - 1n))).to.equal(r - 1n);
    expect(bls.importSecretKey(hex32(r + 1n))).to.equal(1n);
    expect(bls.importSecretKey(hex32(5n * r + 3n))).to.equal(3n);
    const largest = 2n ** 256n - 1n;
    const key = bls.importSecretKey(hex32(largest));
    expect(key).to.equal(largest % r);
    expect(bls.publicKeyToHex(bls.publicKeyOf(key))).to.equal(
      bls.publicKeyToHex(bls.publicKeyOf(bls.importSecretKey(hex32(largest - r)))),
    );
  });

  it("refuses every key that is zero modulo r", function () {
    for (const zero of [0n, r, 2n * r, 5n * r]) expectBlsError(() => bls.importSecretKey(hex32(zero)), "scalar");
  });

  it("refuses wrong lengths and digits", function () {
    expectBlsError(() => bls.importSecretKey(""), "length");
    expectBlsError(() => bls.importSecretKey("0x01"), "length");
    expectBlsError(() => bls.importSecretKey(new Uint8Array(31).fill(1)), "length");
    expectBlsError(() => bls.importSecretKey(new Uint8Array(33).fill(1)), "length");
    expectBlsError(() => bls.importSecretKey(hex32(1n).slice(0, -1) + "z"), "hex");
  });

  it("signs and derives with keys in range only, and tells nothing in the error", function () {
    for (const bad of [0n, -1n, r, r + 1n]) {
      expectBlsError(() => bls.publicKeyOf(bad), "scalar");
      expectBlsError(() => bls.secretKeyToBytes(bad), "scalar");
      const error = expectBlsError(() => bls.sign(new Uint8Array(1), bad, new Uint8Array(32)), "scalar");
      expect(error.message).to.not.include(bad.toString());
    }
  });

  it("goes to bytes and back", function () {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: r - 1n }), (key) => {
        const bytes = bls.secretKeyToBytes(key);
        expect(bytes.length).to.equal(32);
        expect(bls.importSecretKey(bytes)).to.equal(key);
      }),
    );
  });
});
