import { expect } from "chai";
import { publicKeyOf, publicKeyToHex } from "../../../src/bls/index.ts";
import type { Hex } from "../../../src/bls/index.ts";
import type { NodeSet } from "../../../src/chain/nodeSet.ts";
import { bindKeys } from "../../../src/collect/bind.ts";

const keys = [3n, 5n, 7n, 11n].map((secret) => publicKeyToHex(publicKeyOf(secret))) as [Hex, Hex, Hex, Hex];
const x25519 = (byte: string) => byte.repeat(32);
const at = (byte: string, host = 1) => `curve://203.0.113.${host}:22025/${x25519(byte)}`;

/** Of which only the keys matter here. */
const set = { byKey: new Map(keys.slice(0, 3).map((hex) => [hex, {}])) } as unknown as NodeSet;
const [first, second, third, stranger] = keys;
/** The contract has no Ed25519 key of the third node that is one. */
const identities = new Map([
  [x25519("aa"), first],
  [x25519("bb"), second],
  ["", third],
]);

describe("collect/bindKeys", function () {
  it("puts the contract's key to an address, whatever the list says", function () {
    const { endpoints, unknown } = bindKeys([{ url: at("aa") }, { url: at("bb"), blsPubkey: first }], set, identities);
    expect(endpoints).to.deep.equal([
      { url: at("aa"), blsPubkey: first },
      { url: at("bb"), blsPubkey: second },
    ]);
    expect(unknown).to.deep.equal([]);
  });

  it("asks nobody in the name of a node that the contract knows by another X25519 key", function () {
    const posing = Array.from({ length: 200 }, (_, i) => ({
      url: at("cc", i + 1),
      blsPubkey: first.replace(/[a-f]/g, (digit) => digit.toUpperCase()),
    }));
    const { endpoints, unknown } = bindKeys([{ url: at("aa") }, ...posing], set, identities);
    expect(endpoints).to.deep.equal([{ url: at("aa"), blsPubkey: first }]);
    expect(unknown).to.deep.equal(posing);
  });

  it("takes the list's word only for a node that the contract knows by none", function () {
    const listed = { url: at("dd"), blsPubkey: third };
    expect(bindKeys([listed], set, identities).endpoints).to.deep.equal([listed]);
    expect(bindKeys([listed], set, undefined).endpoints).to.deep.equal([listed]);
    const other = { url: at("ee"), blsPubkey: stranger };
    expect(bindKeys([other, { url: at("ff") }], set, identities)).to.deep.equal({
      endpoints: [],
      unknown: [other, { url: at("ff") }],
    });
  });

  it("leaves HTTP alone: its replies name their signer", function () {
    const node = { url: "http://203.0.113.9:7101" };
    expect(bindKeys([node], set, identities).endpoints).to.deep.equal([node]);
  });
});
