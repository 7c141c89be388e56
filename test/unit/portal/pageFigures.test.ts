/** How the page writes, orders and bounds figures. */
import { expect } from "chai";
import fc from "fast-check";
import { arrange } from "../../../src/portal/web/lib/arrange.ts";
import { formatEth, shortSesh, titleSesh, wholeSesh } from "../../../src/portal/web/lib/format.ts";
import type { NodeRow } from "../../../src/portal/web/lib/nodeRow.ts";
import { walletTrouble } from "../../../src/portal/web/lib/trouble.ts";
import { limits, reservedMinimum } from "../../../src/portal/web/views/open/minimum.ts";
import type { Contribution } from "../../../src/portal/web/lib/schemas.ts";

const SESH = 10n ** 9n;

describe("portal page: figures", function () {
  it("cuts amounts and never rounds up; nothing that is there reads as nothing", function () {
    const written = [0n, 1n, 99_999n, 100_000n, 1_999_999_999n, -1n, 25_000n * SESH + 123_456_789n].map(shortSesh);
    expect(written).to.deep.equal(["0.0000", "< 0.0001", "< 0.0001", "0.0001", "1.9999", "> -0.0001", "25,000.1234"]);
    expect(titleSesh(25_000n * SESH + 1n)).to.equal("25,000.000000001 SESH = 25,000,000,000,001 atomic");
    expect(wholeSesh(1_999_999_999n)).to.equal("1");
    expect([0n, 1n, 412_400_000_000_000n].map(formatEth)).to.deep.equal(["0", "< 0.000000001", "0.0004124"]);
  });

  it("bounds a stake as the contract does", function () {
    const contributors = [
      { address: "a", beneficiary_address: null, amount: 30n, reserved: 30n },
      { address: "b", beneficiary_address: null, amount: 0n, reserved: 40n },
    ];
    const contract = { contributors } as unknown as Contribution;
    expect(limits(contract, 120n, 10)).to.deep.equal({ minimum: 7n, maximum: 50n, paid: 30n });
    expect(limits({ contributors: [] } as unknown as Contribution, 120n, 10)).to.equal(undefined);
    expect(limits(contract, 70n, 10)).to.equal(undefined);
    expect(reservedMinimum(120n, 10, [])).to.equal(30n);
    expect(reservedMinimum(121n, 10, [])).to.equal(31n);
    expect(reservedMinimum(120n, 10, [30n])).to.equal(10n);
    expect(reservedMinimum(120n, 2, [30n, 90n])).to.equal(0n);
  });

  it("orders and filters like the plain way", function () {
    const row = fc.record({
      id: fc.nat(500),
      stake: fc.bigInt(0n, 10n ** 14n),
      fee: fc.nat(50),
      text: fc.string({ maxLength: 4 }),
    });
    fc.assert(
      fc.property(
        fc.array(row),
        fc.boolean(),
        fc.constantFrom("id", "stake", "fee"),
        fc.string({ maxLength: 1 }),
        (list, down, key, needle) => {
          const rows = list.map((one) => ({
            ...one,
            text: one.text.toLowerCase(),
            stage: "active",
          })) as unknown as NodeRow[];
          const plain = rows
            .map((one, i) => ({ one, i }))
            .filter(({ one }) => one.text.includes(needle.trim().toLowerCase()))
            .sort((a, b) => {
              const [left, right] = [a.one[key as "id"], b.one[key as "id"]];
              return left === right ? a.i - b.i : left < right === down ? 1 : -1;
            })
            .map(({ i }) => i);
          expect([...arrange(rows, needle, "", key as "id", down)]).to.deep.equal(plain);
          expect([...arrange(rows, needle, "free", key as "id", down)]).to.deep.equal([]);
        },
      ),
      { numRuns: 100, seed: 7 },
    );
  });

  it("knows what wallets mean", function () {
    const codes = [4001, 4100, 4900, -32_002].map((code) => walletTrouble({ code, message: "x" })?.code);
    expect(codes).to.deep.equal(["refused", "unauthorized", "disconnected", "open-request"]);
    expect(walletTrouble({ info: { error: { code: 4001, message: "x" } } })?.code).to.equal("refused");
    expect(walletTrouble({ code: -32_603, message: "Ledger device: Locked device (0x5515)" })?.code).to.equal("locked");
    expect(walletTrouble({ code: -32_000, message: "insufficient funds for gas" })?.code).to.equal("no-gas");
    expect(walletTrouble(new Error("anything else"))).to.equal(undefined);
  });
});
