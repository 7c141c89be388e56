import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import type { BtInput, BtValue } from "../../../src/omq/index.ts";
import { btDecode, btDecodeDict, btEncode, OmqError } from "../../../src/omq/index.ts";

/** A value in the vectors: integers as text, bytes and keys in hex, a dictionary as pairs. */
type Written = { int: string } | { bytes: string } | { list: Written[] } | { dict: [key: string, value: Written][] };

const vectors = JSON.parse(
  readFileSync(new URL("../../fixtures/omq-bt-vectors.json", import.meta.url), "utf8"),
) as Record<"both" | "readOnly" | "refused" | "unwritable", { name: string; value: Written; encoded: string }[]>;

const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const keyOf = (hex: string): string => Buffer.from(hex, "hex").toString("latin1");

function toInput(value: Written): BtInput {
  if ("int" in value) return BigInt(value.int);
  if ("bytes" in value) return fromHex(value.bytes);
  if ("list" in value) return value.list.map(toInput);
  return Object.fromEntries(value.dict.map(([key, item]) => [keyOf(key), toInput(item)]));
}

function toWritten(value: BtValue): Written {
  if (typeof value === "bigint") return { int: String(value) };
  if (value instanceof Uint8Array) return { bytes: toHex(value) };
  if (value instanceof Map) {
    return { dict: [...value].map(([key, item]) => [Buffer.from(key, "latin1").toString("hex"), toWritten(item)]) };
  }
  return { list: (value as BtValue[]).map(toWritten) };
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof OmqError) return error.code;
    throw error;
  }
  return "none";
}

const key = fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
const { value: anyValue } = fc.letrec<{ value: BtInput }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    integer,
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(key, tie("value"), { maxKeys: 5 }),
  ),
}));

/** What comes back of a value: its bytes as bytes, its dictionaries in the order of their keys. */
function expected(value: BtInput): Written {
  if (typeof value === "bigint") return { int: String(value) };
  if (value instanceof Uint8Array) return { bytes: toHex(value) };
  if (Array.isArray(value)) return { list: (value as BtInput[]).map(expected) };
  const entries = Object.entries(value as Record<string, BtInput>).map(([name, item]) => [
    Buffer.from(name, "latin1"),
    expected(item),
  ]) as [Buffer, Written][];
  entries.sort(([a], [b]) => Buffer.compare(a, b));
  return { dict: entries.map(([name, item]) => [name.toString("hex"), item]) };
}

describe("omq/bt-encoding", function () {
  for (const { name, value, encoded } of vectors.both) {
    it(`writes and reads ${name}`, function () {
      expect(toHex(btEncode(toInput(value)))).to.equal(encoded);
      expect(toWritten(btDecode(fromHex(encoded)))).to.deep.equal(value);
    });
  }

  for (const { name, value, encoded } of vectors.readOnly) {
    it(`reads ${name}, as the vendor does`, function () {
      expect(toWritten(btDecode(fromHex(encoded)))).to.deep.equal(value);
    });
  }

  for (const { name, encoded } of vectors.refused) {
    it(`refuses ${name}`, function () {
      expect(codeOf(() => btDecode(fromHex(encoded)))).to.equal("bt-encoding");
    });
  }

  for (const { name, value } of vectors.unwritable) {
    it(`does not write ${name}`, function () {
      expect(codeOf(() => btEncode(toInput(value)))).to.equal("bt-value");
    });
  }

  it("writes numbers that are safe, text as UTF-8, and leaves out what is undefined", function () {
    expect(Buffer.from(btEncode({ b: 7, a: "é", c: undefined })).toString()).to.equal("d1:a2:é1:bi7ee");
    for (const bad of [1.5, Number.NaN, 2 ** 53]) expect(codeOf(() => btEncode(bad))).to.equal("bt-value");
    expect(codeOf(() => btEncode({ "€": 1 }))).to.equal("bt-value");
  });

  it("reads sixteen deep and as many bytes as allowed, and no more", function () {
    const deep = Buffer.from("l".repeat(16) + "e".repeat(16));
    expect(codeOf(() => btDecode(deep))).to.equal("none");
    expect(codeOf(() => btDecode(deep, { maxDepth: 15 }))).to.equal("bt-encoding");
    expect(codeOf(() => btDecode(deep, { maxBytes: deep.length }))).to.equal("none");
    expect(codeOf(() => btDecode(deep, { maxBytes: deep.length - 1 }))).to.equal("bt-encoding");
  });

  it("takes only a dictionary for one", function () {
    expect(btDecodeDict(Buffer.from("d1:ai1ee")).get("a")).to.equal(1n);
    expect(codeOf(() => btDecodeDict(Buffer.from("li1ee")))).to.equal("bt-encoding");
  });

  it("knows no prototype: a key is a key", function () {
    const dict = btDecodeDict(Buffer.from("d9:__proto__i1e11:constructori2ee"));
    expect([...dict]).to.deep.equal([
      ["__proto__", 1n],
      ["constructor", 2n],
    ]);
  });

  it("fuzz: what is written is read back, and written the same again", function () {
    fc.assert(
      fc.property(anyValue, (value) => {
        const encoded = btEncode(value);
        const decoded = btDecode(encoded);
        expect(toWritten(decoded)).to.deep.equal(expected(value));
        expect(toHex(btEncode(toInput(toWritten(decoded))))).to.equal(toHex(encoded));
      }),
      { numRuns: 500 },
    );
  });

  it("fuzz: what a stranger sends is read or refused, never anything else", function () {
    const pieces = fc.constantFrom(..."ilde0123456789:-+ \0\xff", "i1e", "1:a", "de", "le");
    const soup = fc.array(pieces, { maxLength: 40 }).map((parts) => Buffer.from(parts.join(""), "latin1"));
    const damaged = fc
      .tuple(anyValue, fc.nat(), fc.nat(255), fc.nat(3))
      .map(([value, at, byte, kind]) => damage(Buffer.from(btEncode(value)), at, byte, kind));
    fc.assert(
      fc.property(fc.oneof(soup, damaged, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        expect(codeOf(() => btDecode(bytes))).to.be.oneOf(["none", "bt-encoding"]);
      }),
      { numRuns: 3_000 },
    );
  });

  it("fuzz: the npm package bencode reads what is written, and writes what is read, where numbers suffice", async function () {
    // Untyped, and of numbers: of negative integers it has its own idea.
    const { default: bencode } = (await import("bencode" as string)) as {
      default: { encode(value: unknown): Uint8Array; decode(bytes: Uint8Array): unknown };
    };
    const name = fc.stringMatching(/^[a-z]{1,8}$/);
    const { value: plain } = fc.letrec<{ value: BtInput }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.nat({ max: Number.MAX_SAFE_INTEGER }).map(BigInt),
        fc.uint8Array({ maxLength: 40 }),
        fc.array(tie("value"), { maxLength: 5 }),
        fc.dictionary(name, tie("value"), { maxKeys: 5 }),
      ),
    }));
    const theirs = (value: BtInput): unknown => {
      if (typeof value === "bigint") return Number(value);
      if (value instanceof Uint8Array) return value;
      if (Array.isArray(value)) return (value as BtInput[]).map(theirs);
      return Object.fromEntries(Object.entries(value as Record<string, BtInput>).map(([k, item]) => [k, theirs(item)]));
    };
    const fromTheirs = (value: unknown): Written => {
      if (typeof value === "number") return { int: String(value) };
      if (value instanceof Uint8Array) return { bytes: toHex(value) };
      if (Array.isArray(value)) return { list: value.map(fromTheirs) };
      return expected(
        Object.fromEntries(
          Object.entries(value as object).map(([k, item]) => [k, toInput(fromTheirs(item)) as BtInput]),
        ),
      );
    };
    fc.assert(
      fc.property(plain, (value) => {
        const ours = btEncode(value);
        expect(toHex(bencode.encode(theirs(value)))).to.equal(toHex(ours));
        expect(fromTheirs(bencode.decode(ours))).to.deep.equal(toWritten(btDecode(ours)));
      }),
      { numRuns: 300 },
    );
  });
});

function damage(bytes: Buffer, at: number, byte: number, kind: number): Buffer {
  const position = at % (bytes.length + 1);
  if (kind === 0) return bytes.subarray(0, position);
  if (kind === 1) return Buffer.concat([bytes.subarray(0, position), Buffer.of(byte), bytes.subarray(position)]);
  if (kind === 2) return Buffer.concat([bytes.subarray(0, position), bytes.subarray(position + 1)]);
  if (position < bytes.length) bytes[position] = byte;
  return bytes;
}
