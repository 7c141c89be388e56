import { expect } from "chai";
import { concatBytes } from "@noble/hashes/utils.js";
import * as bls from "../../../src/bls/index.ts";
import { expectBlsError, secretKey, tags } from "./support.ts";

const publicKey = bls.publicKeyOf(secretKey(1));
const operator = "0xC2B9fC251aC068763EbDfdecc792E3352E351c00";
const ed25519 = "0x292f00be195f2cfde876589dc6a6496c67ac4d541423ec543810cc9dfc28c5d2";
const word = (value: bigint): Uint8Array => bls.bytesFromHex(value.toString(16).padStart(64, "0"));
const address = bls.bytesFromHex(operator);

describe("bls: messages", function () {
  it("are packed as tag, fields", function () {
    const key = bls.publicKeyToBytes(publicKey);
    expect(
      bls.proofOfPossessionMessage(tags, { publicKey, operator, ed25519PublicKey: BigInt(ed25519) }),
    ).to.deep.equal(concatBytes(tags.proofOfPossession, key, address, bls.bytesFromHex(ed25519)));
    expect(bls.rewardMessage(tags, { recipient: operator, amount: 0x123456n })).to.deep.equal(
      concatBytes(tags.reward, address, word(0x123456n)),
    );
    expect(bls.exitMessage(tags, { publicKey, timestamp: 1780000000 })).to.deep.equal(
      concatBytes(tags.exit, key, word(1780000000n)),
    );
    expect(bls.liquidateMessage(tags, { publicKey, timestamp: 1780000000n })).to.deep.equal(
      concatBytes(tags.liquidate, key, word(1780000000n)),
    );
  });

  it("take an Ed25519 key as integer, hex or bytes", function () {
    const forms = [BigInt(ed25519), ed25519, ed25519.slice(2), bls.bytesFromHex(ed25519)];
    const messages = forms.map((ed25519PublicKey) =>
      bls.hexFromBytes(bls.proofOfPossessionMessage(tags, { publicKey, operator, ed25519PublicKey })),
    );
    expect(new Set(messages).size).to.equal(1);
  });

  it("take an address in any case", function () {
    const forms = [operator, operator.toLowerCase(), operator.slice(2), `0X${operator.slice(2).toUpperCase()}`];
    const messages = forms.map((recipient) => bls.hexFromBytes(bls.rewardMessage(tags, { recipient, amount: 1n })));
    expect(new Set(messages).size).to.equal(1);
  });

  it("refuse what does not fit its field", function () {
    const reward = (recipient: string, amount: bigint) => () => bls.rewardMessage(tags, { recipient, amount });
    expectBlsError(reward(operator, -1n), "range");
    expectBlsError(reward(operator, 2n ** 256n), "range");
    expect(reward(operator, 2n ** 256n - 1n)().length).to.equal(84);
    expect(reward(operator, 0n)().length).to.equal(84);
    expectBlsError(reward(operator.slice(0, -2), 1n), "length");
    expectBlsError(reward(operator + "00", 1n), "length");
    expectBlsError(reward("", 1n), "length");
    expectBlsError(reward(operator.slice(0, -1) + "x", 1n), "hex");
    for (const timestamp of [-1, 1.5, NaN, Infinity, 2 ** 53]) {
      expectBlsError(() => bls.exitMessage(tags, { publicKey, timestamp }), "range");
    }
    const proof = (ed25519PublicKey: bls.Ed25519PublicKey) => () =>
      bls.proofOfPossessionMessage(tags, { publicKey, operator, ed25519PublicKey });
    expectBlsError(proof(ed25519.slice(0, -2)), "length");
    expectBlsError(proof(new Uint8Array(31)), "length");
    expectBlsError(proof(2n ** 256n), "range");
  });

  it("differ between contracts and between chains", function () {
    const contract = operator;
    const all = [
      bls.deriveTags({ chainId: 1, contract }),
      bls.deriveTags({ chainId: 2n, contract }),
      bls.deriveTags({ chainId: 1, contract: "0xC2B9fC251aC068763EbDfdecc792E3352E351c01" }),
    ].flatMap((t) => Object.values(t).map((tag: Uint8Array) => bls.hexFromBytes(tag)));
    expect(new Set(all).size).to.equal(15);
    expect(bls.deriveTags({ chainId: 1n, contract: contract.toLowerCase() })).to.deep.equal(
      bls.deriveTags({ chainId: 1, contract }),
    );
  });

  it("tags refuse a bad chain id or contract", function () {
    expectBlsError(() => bls.deriveTags({ chainId: -1n, contract: operator }), "range");
    expectBlsError(() => bls.deriveTags({ chainId: 1n, contract: "0x00" }), "length");
  });
});
