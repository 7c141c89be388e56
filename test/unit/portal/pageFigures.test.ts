/** How the page writes, orders and bounds figures. */
import { expect } from "chai";
import fc from "fast-check";
import { ZeroAddress } from "ethers";
import { readFee } from "../../../src/portal/web/lib/amountInput.ts";
import { arrange } from "../../../src/portal/web/lib/arrange.ts";
import type { Chain } from "../../../src/portal/web/lib/chain.ts";
import { readPayee, simulate } from "../../../src/portal/web/lib/chain.ts";
import { formatEth, shortSesh, titleSesh, wholeSesh } from "../../../src/portal/web/lib/format.ts";
import type { NodeRow } from "../../../src/portal/web/lib/nodeRow.ts";
import { unanswered, walletTrouble } from "../../../src/portal/web/lib/trouble.ts";
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

  it("reads a fee for what it says, and nothing, exponents and hex for none", function () {
    const fees = ["10", " 12.5 ", "12,5", "0.07 %", "100", "0"].map(readFee);
    expect(fees).to.deep.equal([1_000, 1_250, 1_250, 7, 10_000, 0]);
    for (const text of ["", " ", "1e1", "0x10", "-1", "+1", "100.01", "12.555", "1,000", "1.", ".5", "Infinity"]) {
      expect(readFee(text), text).to.equal(undefined);
    }
  });

  it("has no rewards go to the zero address or a contract of the system, and names what is no address", function () {
    const contract = (digit: string) => `0x${digit.repeat(40)}`;
    const [rewards, token, pool, factory, lens] = ["1", "2", "3", "4", "5"].map(contract) as [string, ...string[]];
    const contracts = { rewards, token, pool, factory, lens } as Parameters<typeof readPayee>[1];
    const read = (text: string) => readPayee(text, contracts, contract("6"));
    const who = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
    for (const text of [who, ` ${who.toLowerCase()}\t`]) expect(read(text)).to.deep.equal({ address: who });
    const refused = [
      [ZeroAddress, "The rewards address is the zero address, which nobody has."],
      [contract("1"), "Rewards would go to the rewards contract, and nobody could claim them there."],
      [contract("2"), "Rewards would go to the token, and nobody could claim them there."],
      [contract("3"), "Rewards would go to the pool, and nobody could claim them there."],
      [contract("4"), "Rewards would go to the contribution factory, and nobody could claim them there."],
      [contract("6"), "Rewards would go to the contribution contract itself, and nobody could claim them there."],
      [who.replace("f39F", "f39f"), "The rewards address has a wrong checksum: copy the address again."],
      [who.slice(0, -1), "The rewards address has 39 hex digits, an address has 40."],
      [who.slice(2), "The rewards address lacks its 0x."],
      ["me.eth", "The rewards address is not an address but a name, and names are not looked up."],
    ] as const;
    for (const [text, error] of refused) expect(read(text), text).to.deep.equal({ error });
    expect(readPayee(who, { ...contracts, factory: null } as typeof contracts)).to.deep.equal({ address: who });
  });

  it("does not call a transaction unsent of which nobody knows", function () {
    const known = (code: string) => ({ code, sentence: "S.", fix: "F." });
    for (const code of ["refused", "locked", "no-gas", "account-changed"]) {
      expect(unanswered(known(code))).to.deep.equal(known(code));
    }
    const fix = "It may have been sent all the same: look into the wallet's history before you send it again.";
    for (const trouble of [known("disconnected"), known("no-hash"), { sentence: "S.", fix: "Try again." }]) {
      expect(unanswered(trouble)).to.deep.equal({ code: "unanswered", sentence: "S.", fix });
    }
  });

  it("shows no cost where the endpoint gives no gas price", async function () {
    const cost = (gasPrice: bigint | null, maxFeePerGas: bigint | null) => {
      const provider = {
        call: () => Promise.resolve("0x"),
        estimateGas: () => Promise.resolve(50_000n),
        getFeeData: () => Promise.resolve({ gasPrice, maxFeePerGas }),
      };
      const chain = { provider, config: { chainId: 31_337 } } as unknown as Chain;
      const call = { to: ZeroAddress, data: "0x", value: 0n, method: "m", what: "w" };
      return simulate(chain, ZeroAddress, call).then(
        ({ wei }) => wei,
        (error: unknown) => (error as Error).message,
      );
    };
    expect(await cost(2n, null)).to.equal(100_000n);
    expect(await cost(null, 3n)).to.equal(150_000n);
    expect(await cost(null, null)).to.equal("The wallet's endpoint gives no gas price.");
  });
});
