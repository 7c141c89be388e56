import { expect } from "chai";
import { Interface } from "ethers";
import * as abis from "../../../src/chain/abi.ts";
import { decodeError, explain, knownErrors, RevertError } from "../../../src/chain/errors.ts";
import { errorTexts } from "../../../src/chain/errorTexts.ts";

const rewards = new Interface(abis.serviceNodeRewardsAbi);
const token = new Interface(abis.seshAbi);

describe("chain/errors", function () {
  it("has a sentence and a remedy for every custom error of the system", function () {
    const without = knownErrors().filter((signature) => errorTexts[signature] === undefined);

    expect(without).to.deep.equal([]);
    expect(knownErrors().length).to.be.greaterThan(75);
  });

  it("has no text for an error that does not exist", function () {
    const known = new Set(knownErrors());

    expect(Object.keys(errorTexts).filter((signature) => !known.has(signature))).to.deep.equal([]);
  });

  it("says how many signers are missing", function () {
    const decoded = decodeError(rewards.encodeErrorResult("InsufficientBLSSignatures", [12, 17]));

    expect(decoded).to.deep.equal({
      name: "InsufficientBLSSignatures",
      selector: rewards.getError("InsufficientBLSSignatures")?.selector,
      args: { numSigners: "12", requiredSigners: "17" },
      sentence: "Only 12 nodes signed; 17 must.",
      fix: "Ask again later: too many nodes did not answer or refused.",
    });
  });

  it("counts the time that is left", function () {
    const data = rewards.encodeErrorResult("LeaveRequestTooEarly", [7, 1_780_000_000, 1_780_000_000 - 5_400]);

    expect(decodeError(data).fix).to.equal("Try again in 1 h 30 min.");
    expect(decodeError(data).sentence).to.equal("It is too early for node 7: possible from 2026-05-28T20:26:40Z.");
  });

  it("gives amounts in SESH and points as one key", function () {
    const balance = decodeError(
      token.encodeErrorResult("ERC20InsufficientBalance", [
        `0x${"11".repeat(20)}`,
        1_500_000_000n,
        25_000_000_000_000n,
      ]),
    );
    const signature = decodeError(rewards.encodeErrorResult("InvalidBLSSignature", [{ X: 1n, Y: 2n }]));

    expect(balance.sentence).to.equal(
      "0x1111111111111111111111111111111111111111 holds 1.5 SESH, but needs 25,000 SESH.",
    );
    expect(signature.sentence).to.contain(`0x${"1".padStart(64, "0")}${"2".padStart(64, "0")}`);
    expect(signature.args).to.deep.equal({ aggPubkey: { X: "1", Y: "2" } });
  });

  it("tells every error's text without failing on any argument", function () {
    const all = new Interface([
      ...new Set(
        Object.values(abis)
          .flat()
          .filter((entry) => entry.startsWith("error")),
      ),
    ]);
    all.forEachError((fragment) => {
      const values = fragment.inputs.map((input) => {
        if (input.baseType === "tuple") return [1n, 2n];
        if (input.type === "address") return `0x${"22".repeat(20)}`;
        if (input.type === "string") return "text";
        return input.type === "bytes32" ? `0x${"33".repeat(32)}` : 3n;
      });
      const decoded = decodeError(all.encodeErrorResult(fragment, values));

      expect(decoded.name).to.equal(fragment.name);
      expect(decoded.sentence, fragment.name).to.match(/^.{8,}[.]$/);
      expect(decoded.sentence, fragment.name).not.to.contain("undefined");
      expect(decoded.fix, fragment.name).not.to.contain("undefined");
      expect(() => JSON.stringify(decoded)).not.to.throw();
    });
  });

  it("shows the selector of an error it does not know, and survives broken data", function () {
    expect(decodeError("0xdeadbeef").sentence).to.contain("selector 0xdeadbeef");
    expect(decodeError("0x").name).to.equal("unknown");
    expect(decodeError(`${rewards.getError("LeaveRequestTooEarly")?.selector ?? ""}00`).name).to.equal("unknown");
  });

  it("knows Solidity's own errors", function () {
    const reason = new Interface(["error Error(string)"]).encodeErrorResult("Error", ["Invalid Signature"]);
    const panic = new Interface(["error Panic(uint256)"]).encodeErrorResult("Panic", [0x11]);

    expect(decodeError(reason).sentence).to.equal("The contract says: Invalid Signature.");
    expect(decodeError(panic).sentence).to.equal("The contract panicked: an arithmetic overflow or underflow.");
  });

  it("finds the data wherever a provider hides it", function () {
    const data = rewards.encodeErrorResult("MaxClaimExceeded", []);

    expect(explain({ code: "CALL_EXCEPTION", data })?.name).to.equal("MaxClaimExceeded");
    expect(explain({ info: { error: { code: 3, data } } })?.name).to.equal("MaxClaimExceeded");
    expect(explain({ error: { data: { data } } })?.name).to.equal("MaxClaimExceeded");
    expect(explain(new RevertError(decodeError(data)))?.name).to.equal("MaxClaimExceeded");
    expect(explain(new Error("socket hang up"))).to.be.undefined;
    expect(explain({ code: "CALL_EXCEPTION", data: "0x" })?.name).to.equal("unknown");
    // What ethers makes of a rate limit, a lagging replica, lost state.
    expect(explain({ code: "CALL_EXCEPTION", data: null })).to.be.undefined;
    const limited = { code: -32_005, message: "limit exceeded" };
    expect(explain({ code: "CALL_EXCEPTION", data: null, info: { error: limited } })).to.be.undefined;
    expect(explain({ code: "CALL_EXCEPTION", data: null, receipt: { status: 0 } })?.name).to.equal("unknown");
  });
});
