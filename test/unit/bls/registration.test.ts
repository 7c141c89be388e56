import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { expect } from "chai";
import {
  bytesFromHex,
  ed25519SignatureToParams,
  hexFromBytes,
  publicKeyOf,
  publicKeyToBytes,
  publicKeyToParams,
  registrationMessage,
  signRegistration,
  verifyRegistration,
} from "../../../src/bls/index.ts";

describe("bls/registration", () => {
  const seed = new Uint8Array(32).fill(7);
  const bls = publicKeyOf(12_345n);
  // Node's own Ed25519 is the other implementation: RFC 8410's heads around raw keys.
  const secret = createPrivateKey({
    key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]),
    format: "der",
    type: "pkcs8",
  });
  const identity = Uint8Array.from(createPublicKey(secret).export({ format: "der", type: "spki" }).subarray(-32));
  const message = Uint8Array.from([...identity, ...publicKeyToBytes(bls)]);

  it("signs the 96 bytes Ed25519 key || BLS key, as another library does", () => {
    expect(registrationMessage(identity, bls)).to.deep.equal(message).and.to.have.length(96);
    const signature = signRegistration(seed, bls);
    expect(signature).to.deep.equal(Uint8Array.from(sign(null, message, secret)));
    expect(verify(null, message, createPublicKey(secret), signature)).to.equal(true);
  });

  it("verifies bytes, hex and the contracts' halves, and key and point in either form", () => {
    const signature = signRegistration(seed, bls);
    const halves = ed25519SignatureToParams(signature);
    expect(halves.map((half) => half.toString(16).padStart(64, "0")).join("")).to.equal(
      hexFromBytes(signature).slice(2),
    );
    for (const form of [signature, hexFromBytes(signature), hexFromBytes(signature).slice(2), halves] as const) {
      for (const key of [identity, hexFromBytes(identity), BigInt(hexFromBytes(identity))] as const) {
        expect(verifyRegistration(key, bls, form)).to.equal(true);
        expect(verifyRegistration(key, publicKeyToParams(bls), form)).to.equal(true);
      }
    }
  });

  it("says no to everything else, and never throws", () => {
    const signature = signRegistration(seed, bls);
    const other = Uint8Array.from(signature);
    other[40]! ^= 1;
    expect(verifyRegistration(identity, publicKeyOf(12_346n), signature)).to.equal(false);
    expect(verifyRegistration(identity, bls, other)).to.equal(false);
    expect(verifyRegistration(identity, bls, [0n, 0n])).to.equal(false);
    expect(verifyRegistration(identity, bls, [2n ** 256n, 0n])).to.equal(false);
    expect(verifyRegistration(identity, bls, "0x12")).to.equal(false);
    expect(verifyRegistration(identity, bls, signature.subarray(1))).to.equal(false);
    expect(verifyRegistration(new Uint8Array(31), bls, signature)).to.equal(false);
    expect(verifyRegistration(identity, { X: 1n, Y: 1n }, signature)).to.equal(false);
    // The key of order one with the signature that is right for every message under rules less strict.
    const small = bytesFromHex(`01${"00".repeat(31)}`);
    const universal = Uint8Array.from([...small, ...new Uint8Array(32)]);
    expect(verifyRegistration(small, bls, universal)).to.equal(false);
  });
});
