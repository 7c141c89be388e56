/** The lean reading of ABI data, against ethers' decoder. */
import { expect } from "chai";
import { AbiCoder, Interface } from "ethers";
import fc from "fast-check";
import { decodeReads, encodeReads } from "../../../src/chain/transport/aggregate.ts";
import { wordOf, Words } from "../../../src/chain/words.ts";

const multicall = new Interface([
  "function aggregate3((address target, bool allowFailure, bytes callData)[] calls) returns ((bool success, bytes returnData)[] results)",
]);
const coder = AbiCoder.defaultAbiCoder();

const hex = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength, maxLength }).map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`);

/** What ethers makes of an answer, plain. */
function byEthers(answer: string): { success: boolean; returnData: string }[] | undefined {
  try {
    const [results] = multicall.decodeFunctionResult("aggregate3", answer) as unknown as [
      { success: boolean; returnData: string }[],
    ];
    return [...results].map(({ success, returnData }) => ({ success, returnData }));
  } catch {
    return undefined;
  }
}

describe("chain/words", () => {
  it("encodes reads as ethers does", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ target: hex(20, 20), data: hex(0, 100) }), { maxLength: 20 }), (reads) => {
        const calls = reads.map(({ target, data }) => [target, true, data]);
        expect(encodeReads(reads)).to.equal(multicall.encodeFunctionData("aggregate3", [calls]));
      }),
    );
  });

  it("decodes what they answer as ethers does", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ success: fc.boolean(), returnData: hex(0, 100) }), { maxLength: 20 }),
        (list) => {
          const answer = multicall.encodeFunctionResult("aggregate3", [
            list.map(({ success, returnData }) => [success, returnData]),
          ]);
          expect(decodeReads(answer, list.length)).to.deep.equal(list);
          expect(decodeReads(answer.toUpperCase().replace("0X", "0x"), list.length)).to.deep.equal(list);
          expect(decodeReads(answer, list.length + 1)).to.equal(undefined);
        },
      ),
    );
  });

  it("takes nothing from a spoilt answer that ethers reads otherwise", () => {
    const good = multicall.encodeFunctionResult("aggregate3", [
      [
        [true, "0x1234"],
        [false, "0x"],
        [true, `0x${"ab".repeat(40)}`],
      ],
    ]);
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: good.length - 1 }),
        fc.integer({ min: 0, max: 15 }),
        fc.option(fc.integer({ min: 0, max: good.length }), { nil: undefined }),
        (at, digit, end) => {
          const spoilt = `${good.slice(0, at)}${digit.toString(16)}${good.slice(at + 1)}`.slice(0, end);
          const found = decodeReads(spoilt, 3);
          if (found !== undefined) expect(found).to.deep.equal(byEthers(spoilt));
        },
      ),
      { numRuns: 1_000 },
    );
    for (const answer of [
      undefined,
      null,
      7,
      "",
      "0x",
      "0x0",
      "0xzz",
      good.slice(0, -2),
      `0x${wordOf(32)}${"ff".repeat(32)}`,
    ])
      expect(decodeReads(answer, 3), String(answer)).to.equal(undefined);
    // A length that no data can hold ends at once, and not when the memory does.
    expect(decodeReads(`0x${wordOf(32)}${wordOf(2 ** 47)}`, 2 ** 47)).to.equal(undefined);
  });

  it("reads words, and refuses what lies beyond", () => {
    const data = coder.encode(
      ["uint256", "address", "bytes", "uint64[]"],
      [2n ** 256n - 1n, `0x${"ab".repeat(20)}`, "0x010203", [7, 8]],
    );
    const words = new Words(data);
    expect(words.uint(0)).to.equal(2n ** 256n - 1n);
    expect(words.address(32)).to.equal(`0x${"ab".repeat(20)}`);
    expect(words.bytes(words.number(64))).to.equal("0x010203");
    expect(words.staticItems(words.number(96), 32).map((at) => words.number(at))).to.deep.equal([7, 8]);
    expect(() => words.number(0)).to.throw(RangeError, "a number that none can be");
    for (const beyond of [
      () => words.uint(data.length / 2),
      () => words.slice(0, 1_000),
      () => words.staticItems(0, 32),
      () => words.bytes(32),
    ])
      expect(beyond).to.throw(RangeError);
    for (const none of ["", "0x123", "0x" + "0".repeat(62), "ab".repeat(33), `0x${"g".repeat(64)}`])
      expect(() => new Words(none), none).to.throw(RangeError, "the data is no list of words");
    expect(new Words(data.toUpperCase().replace("0X", "0x")).address(32)).to.equal(words.address(32));
    expect(new Words("0x").slice(0, 0)).to.equal("");
    expect(wordOf(2n ** 255n)).to.equal(coder.encode(["uint256"], [2n ** 255n]).slice(2));
  });
});
