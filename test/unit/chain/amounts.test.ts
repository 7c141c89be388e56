import { expect } from "chai";
import fc from "fast-check";
import {
  AmountError,
  formatSesh,
  parseDecimal,
  parseEth,
  parseSesh,
  refuseLocalForm,
} from "../../../src/chain/index.ts";

describe("chain: amounts that people write", () => {
  const refusal = (text: string, parse: (text: string) => bigint = parseSesh): AmountError => {
    try {
      parse(text);
    } catch (error) {
      expect(error, text).to.be.instanceOf(AmountError);
      return error as AmountError;
    }
    throw new Error(`"${text}" was taken`);
  };

  it("takes plain numbers, and commas between groups of three", () => {
    const atoms: [string, bigint][] = [
      ["2.5", 2_500_000_000n],
      ["25", 25_000_000_000n],
      ["1,234", 1_234_000_000_000n],
      ["12,345,678.123456789", 12_345_678_123_456_789n],
      [" 6250 SESH ", 6_250_000_000_000n],
      ["6,250sesh", 6_250_000_000_000n],
      [".5", 500_000_000n],
      ["5.", 5_000_000_000n],
      ["007", 7_000_000_000n],
      ["1.5000000000000", 1_500_000_000n],
      ["0", 0n],
    ];
    for (const [text, expected] of atoms) expect(parseSesh(text), text).to.equal(expected);
  });

  it("refuses what can be read in two ways, and says both", () => {
    const readings: [string, string[]][] = [
      ["2,5", ["2.5", "25"]],
      ["60,5", ["60.5", "605"]],
      ["0,500", ["0.500", "500"]],
      ["1.234,5", ["1234.5", "1.2345"]],
      ["1.234.567", ["1234.567", "1234567"]],
      ["1,234,5", ["1234.5", "12345"]],
      ["1234,567", ["1234.567", "1234567"]],
      ["1 234,5", ["1234.5", "12345"]],
    ];
    for (const [text, expected] of readings) {
      const { readings: found, message, fix } = refusal(text);
      expect(found, text).to.deep.equal(expected);
      expect(message).to.equal(`"${text}" can be read as ${expected[0]} SESH or as ${expected[1]} SESH.`);
      expect(fix).to.equal(`Write ${expected[0]} or ${expected[1]}.`);
    }
    expect(refusal("0,00002", parseEth).message).to.equal('"0,00002" can be read as 0.00002 ETH or as 2 ETH.');
  });

  it("refuses what is another number in a list with semicolons, and says both", () => {
    for (const [text, small, large] of [
      ["2,500", "2.5", "2500"],
      ["1.250", "1.25", "1250"],
      ["100.000", "100", "100000"],
      ["1.255 SESH", "1.2550", "1255"],
    ] as const) {
      const { message, fix, readings } = refusal(text, (given) => (refuseLocalForm(given, "SESH"), 0n));
      expect(readings, text).to.deep.equal([small, large]);
      expect(message).to.equal(`"${text}" can be read as ${small} SESH or as ${large} SESH in a list with semicolons.`);
      expect(fix).to.equal(`Write ${small} or ${large}.`);
    }
    for (const text of ["60", "60.5", "0.500", "1,234,567", "12,345.5", "1.2550", "", "1234.567", "60,5"]) {
      expect(() => refuseLocalForm(text, "SESH"), text).to.not.throw();
    }
  });

  it("refuses other separators with the one reading that there is", () => {
    for (const [text, one] of [
      ["1 234", "1234"],
      ["1'234.5", "1234.5"],
      ["1_000", "1000"],
      ["1,23.5", "123.5"],
    ] as const) {
      expect(refusal(text).fix, text).to.equal(`Write ${one}.`);
    }
  });

  it("refuses what is no number, negative or finer than the unit", () => {
    for (const text of ["", ".", "SESH", "abc", "0x10", "1e", "Infinity", "NaN", "½", "1.2.x", ",5"]) {
      expect(refusal(text).message, text).to.match(/ is no number\.$/);
    }
    expect(refusal("-1").message).to.equal('"-1" is negative.');
    expect(refusal("0.0000000001").message).to.equal('"0.0000000001" has more than 9 decimals.');
    // Digits of other scripts are no digits here, and are shown as they came; what moves a terminal is not.
    for (const text of ["٣", "１２", "१,०००"]) expect(refusal(text).message).to.equal(`"${text}" is no number.`);
    expect(refusal("1\u202e5").message).to.equal('"1 5" is no number.');
    expect(refusal("1\u001b[31m,5").message).to.not.include("\u001b");
  });

  it("reads prices as programs print them", () => {
    expect(parseEth("2e-05")).to.equal(20_000_000_000_000n);
    expect(parseEth("1.5E+1")).to.equal(15n * 10n ** 18n);
    expect(parseEth("2.00e-05 ETH")).to.equal(20_000_000_000_000n);
    expect(parseEth("0.000020000000000000001", "cut")).to.equal(20_000_000_000_000n);
    expect(refusal("0.000020000000000000001", parseEth).message).to.include("more than 18 decimals");
    expect(parseEth("1e-400", "cut")).to.equal(0n);
    expect(refusal("1e5").message).to.equal('"1e5" is written with an exponent.');
    expect(parseDecimal("1e3", { decimals: 0, exponent: true })).to.equal(1_000n);
  });

  it("reads back what formatSesh writes", () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: 10n ** 27n }), (atoms) => parseSesh(formatSesh(atoms)) === atoms));
  });
});
