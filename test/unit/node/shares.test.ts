import { expect } from "chai";
import fc from "fast-check";
import type { LedgerEvent, LedgerNode } from "../../../src/node/index.ts";
import { Ledger, PARAMS } from "../../../src/node/index.ts";
import { splitShare } from "../../../src/node/rounds.ts";
import { fractionOf, Shares } from "../../../src/node/shares.ts";
import { PlainLedger } from "../../helpers/plainLedger.ts";

describe("node/Shares", () => {
  const amounts = fc.bigInt(0n, 2n ** 60n);

  it("sum each round's floored part, by the plain way of dividing a share, on any numbers", () => {
    const run = fc.record({ length: fc.integer({ min: 1, max: 3 }), share: fc.bigInt(0n, 2n ** 70n) });
    fc.assert(
      fc.property(
        fc.array(run, { maxLength: 40 }),
        fc.array(amounts, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 10_000 }),
        fc.array(fc.tuple(fc.integer({ min: -2, max: 130 }), fc.integer({ min: -2, max: 130 })), { maxLength: 12 }),
        (runs, stakes, fee, bounds) => {
          const deposit = stakes.reduce((sum, stake) => sum + stake, 0n);
          if (deposit === 0n) return;
          const shares = new Shares();
          const byRound: bigint[] = [];
          for (const { length, share } of runs) {
            for (let round = 0; round < length; round++) byRound.push(share);
            shares.append(byRound.length, share, byRound.length);
          }
          const contributors = stakes.map((amount, i) => ({ staker: `${i}`, beneficiary: `${i}`, amount }));
          const node = { contributors, deposit, fee } as unknown as LedgerNode;
          for (const [from, until] of bounds) {
            const expected = stakes.map(() => 0n);
            for (let round = Math.max(1, from); round < Math.min(until, byRound.length + 1); round++) {
              for (const { recipient, amount } of splitShare(node, byRound[round - 1] as bigint)) {
                expected[Number(recipient)]! += amount;
              }
            }
            stakes.forEach((stake, i) =>
              expect(shares.sum(fractionOf(stake, deposit, fee, i === 0), from, until)).to.equal(expected[i]),
            );
          }
        },
      ),
      { numRuns: 200, seed: 20_261_128 },
    );
  });

  it("find any sum again beyond many strides, in any order", () => {
    const shares = new Shares();
    for (let round = 1; round <= 5_000; round++) shares.append(round, BigInt(round) * 1_000_003n, round);
    const third = fractionOf(1n, 3n, 0, false);
    const plain = (from: number, until: number): bigint => {
      let sum = 0n;
      for (let round = from; round < until; round++) sum += (BigInt(round) * 1_000_003n) / 3n;
      return sum;
    };
    for (const [from, until] of [
      [4_000, 4_100],
      [1, 5_001],
      [1_024, 1_025],
      [1_025, 3_073],
      [4_999, 5_001],
      [1, 2],
    ] as const) {
      expect(shares.sum(third, from, until), `${from} to ${until}`).to.equal(plain(from, until));
    }
    const copy = shares.clone();
    copy.append(5_001, 7n, 5_001);
    expect(copy.sum(third, 5_000, 9_999)).to.equal(plain(5_000, 5_001) + 2n);
    expect(shares.sum(third, 5_000, 9_999)).to.equal(plain(5_000, 5_001));
  });
});

describe("node/Ledger against its plain version", () => {
  const people = ["0xa", "0xb", "0xc", "0xd"];
  const contributor = fc.record({
    staker: fc.constantFrom(...people),
    beneficiary: fc.constantFrom(...people),
    amount: fc.bigInt(1n, 10n ** 13n),
  });
  const step = fc.record({
    seconds: fc.integer({ min: 0, max: 700 }),
    rate: fc.bigInt(0n, 10n ** 15n),
    contributors: fc.array(contributor, { minLength: 1, maxLength: 4 }),
    fee: fc.integer({ min: 0, max: 10_000 }),
    action: fc.constantFrom("none", "add", "seed", "unsigned", "request", "exit", "liquidate"),
    pick: fc.nat(),
  });

  it("gives the same figure for everybody after every block, through copies and snapshots", () => {
    const T0 = 1_000_000;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(), (steps, seed) => {
        const params = { ...PARAMS.mainnet, unlockDelay: 900, liquidatedStakeLock: 600, payableAfterRounds: seed % 4 };
        const options = { params, genesis: { height: 0, hash: "0x00", timestamp: T0 }, historyBlocks: 1_000 };
        let ledger = new Ledger(options);
        const plain = new PlainLedger(options);
        const held: LedgerNode[] = [];
        let timestamp = T0;
        for (const [index, { contributors, fee, action, pick, rate: rewardRate, seconds }] of steps.entries()) {
          timestamp += seconds;
          const events: LedgerEvent[] = [];
          const node = held[pick % Math.max(1, held.length)];
          if (action === "add" || action === "seed" || action === "unsigned") {
            const id = BigInt(index + 1);
            const key = id.toString(16);
            const added: LedgerNode = {
              id,
              blsPubkey: `0x${key.padStart(128, "0")}`,
              ed25519Pubkey: `0x${key.padStart(64, "0")}`,
              fee,
              contributors,
              deposit: contributors.reduce((sum, { amount }) => sum + amount, 0n),
              addedAt: action === "seed" ? T0 - 5_000_000 : timestamp,
              leaveRequestedAt: null,
              signed: action !== "unsigned",
              liquidated: false,
            };
            held.push(added);
            events.push({ kind: "added", node: added });
          } else if (action !== "none" && node !== undefined) {
            if (action === "request") events.push({ kind: "exitRequested", id: node.id });
            if (action === "liquidate") events.push({ kind: "liquidated", id: node.id });
            if (action !== "request") {
              const returnedAmount = action === "exit" ? node.deposit : node.deposit - node.deposit / 500n;
              events.push({ kind: "exited", id: node.id, returnedAmount });
              held.splice(held.indexOf(node), 1);
            }
          }
          const block = { height: index + 1, hash: `0x${index + 1}`, timestamp, events, rewardRate };
          ledger.apply(block);
          plain.apply(block);
          if (pick % 7 === 0) ledger = ledger.clone();
          if (pick % 7 === 1) {
            const text = JSON.stringify(ledger.snapshot());
            ledger = Ledger.restore(params, 1_000, JSON.parse(text) as ReturnType<Ledger["snapshot"]>);
          }
          for (const person of people) {
            expect(ledger.rewardsAt(person, block.height)).to.equal(plain.rewardsAt(person, block.height));
            const earlier = pick % (index + 2);
            expect(ledger.rewardsAt(person, earlier)).to.equal(plain.rewardsAt(person, earlier));
          }
          expect(ledger.rewardsCredited).to.equal(plain.rewardsCredited);
          expect(ledger.stakesReturned).to.equal(plain.stakesReturned);
          expect([...ledger.nodes()]).to.deep.equal([...plain.nodes()]);
        }
      }),
      { numRuns: 80, seed: 20_261_129 },
    );
  });
});
