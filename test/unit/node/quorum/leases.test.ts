import { expect } from "chai";
import fc from "fast-check";
import { creditAt, isUnderLease, standingOf, stateIn } from "../../../../src/node/quorum/leases.ts";
import type { LeaseParams, Ruling } from "../../../../src/node/quorum/leases.ts";

const PARAMS: LeaseParams = {
  epochRounds: 20,
  lagRounds: 10,
  leaseRounds: 60,
  voteRounds: 60,
  minQuorums: 3,
  initialCredit: 60,
  creditPerDay: 24,
  maxCredit: 1_440,
  dayRounds: 720,
};
const down = (...rounds: number[]): Ruling[] => rounds.map((round) => ({ round, change: "decommission" }));
const up = (...rounds: number[]): Ruling[] => rounds.map((round) => ({ round, change: "recommission" }));
const standing = (rulings: Ruling[], activeFrom = 0) => standingOf(activeFrom, rulings, PARAMS);
/** Of a node with the greatest credit, which such absences do not use up. */
const unpaid = (rulings: Ruling[]) => standing(rulings, -100_000).unpaid.map(({ from, until }) => [from, until]);

describe("node/quorum/leases", () => {
  it("leave a node without certificates alone", () => {
    expect(standing([])).to.deep.equal({ absences: [], deregistered: null, unpaid: [] });
  });

  it("make of one certificate a lease from a fixed lag on, whenever it is shown", () => {
    expect(unpaid(down(100))).to.deep.equal([[110, 170]]);
    expect(standing(down(100)).deregistered).to.equal(null);
    // A certificate of five years ago, shown today, takes what it would have taken then.
    expect(unpaid(down(100, 1_000_000))).to.deep.equal([
      [110, 170],
      [1_000_010, 1_000_070],
    ]);
  });

  it("join leases that overlap or touch, and no others", () => {
    expect(unpaid(down(100, 120, 140))).to.deep.equal([[110, 210]]);
    expect(unpaid(down(100, 160))).to.deep.equal([[110, 230]]);
    expect(unpaid(down(100, 161))).to.deep.equal([
      [110, 170],
      [171, 231],
    ]);
  });

  it("are ended by the first recommission of the same round or a later one, its lag after it", () => {
    expect(unpaid([...down(100), ...up(120)])).to.deep.equal([[110, 130]]);
    expect(unpaid([...down(100), ...up(99)])).to.deep.equal([[110, 170]]);
    // Both in one round, by voters who see different things: the benefit of the doubt.
    expect(unpaid([...down(100), ...up(100)])).to.deep.equal([]);
    expect(unpaid([...down(100, 140), ...up(120, 300)])).to.deep.equal([
      [110, 130],
      [150, 210],
    ]);
  });

  it("deregister with the credit of the time, to the round", () => {
    // Active for 10 days: 60 + 240 rounds of credit. Silent from round 7,200 on, tested every 20 rounds.
    const rulings = down(...Array.from({ length: 40 }, (_, i) => 7_190 + 20 * i));
    const { deregistered, absences } = standing(rulings);
    expect(absences[0]?.allowance).to.equal(300);
    expect(deregistered).to.equal(7_200 + 300);
    expect(stateIn(standing(rulings), 7_199)).to.equal("active");
    expect(stateIn(standing(rulings), 7_499)).to.equal("decommissioned");
    expect(stateIn(standing(rulings), 7_500)).to.equal("deregistered");
    expect(standing(rulings).unpaid).to.deep.equal([{ from: 7_200, until: Number.POSITIVE_INFINITY }]);
    // Renewed to the very end of the credit and no further: not deregistered.
    expect(standing(down(...[0, 60, 120, 180, 240].map((i) => 7_190 + i))).deregistered).to.equal(null);
    expect(standing(down(...[0, 60, 120, 180, 240, 241].map((i) => 7_190 + i))).deregistered).to.equal(7_500);
  });

  it("never deregister by one quorum, nor by two", () => {
    // 60 rounds of credit and 3 earned, used up by an absence of 60.
    const spent = [...down(100, 120, 140), ...up(160)];
    expect(standing(spent).deregistered).to.equal(null);
    expect(standing([...spent, ...down(1_000)]).deregistered).to.equal(null);
    expect(standing([...spent, ...down(1_000, 1_060)]).deregistered).to.equal(null);
    expect(standing([...spent, ...down(1_000, 1_060, 1_061)]).deregistered).to.equal(1_071);
  });

  it("charge an absence twice, let credit grow by the day, and cap it", () => {
    const allowanceAt = (rulings: Ruling[]): number => standing(rulings).absences.at(-1)?.allowance ?? -1;
    // 10 days: 300. Away for 60 rounds: 180 left. Another day: 204.
    expect(allowanceAt([...down(7_190), ...down(7_190 + 60 + 720)])).to.equal(204);
    expect(allowanceAt(down(720 * 365))).to.equal(1_440);
    // Spent to nothing, a node still has what it had at first.
    const spent = [...down(...Array.from({ length: 5 }, (_, i) => 7_190 + 50 * i)), ...up(7_190 + 240)];
    expect(allowanceAt([...spent, ...down(7_800)])).to.equal(60);
  });

  it("charge a change of address with the pay of one lease, and with nothing else", () => {
    const moved = (...rounds: number[]): Ruling[] => rounds.map((round) => ({ round, change: "ip-change" }));
    expect(unpaid(moved(100))).to.deep.equal([[110, 170]]);
    const alone = standing(moved(100));
    expect([alone.absences, alone.deregistered]).to.deep.equal([[], null]);
    expect(stateIn(alone, 120)).to.equal("active");
    expect(isUnderLease(moved(100), 120, PARAMS)).to.equal(false);
    // Nothing that a recommission ends, and nothing that costs credit or joins absences.
    expect(unpaid([...moved(100), ...up(101)])).to.deep.equal([[110, 170]]);
    expect(unpaid([...moved(130), ...down(100, 170)])).to.deep.equal([[110, 240]]);
    expect(standing([...moved(130), ...down(100, 170)], -100_000).absences.length).to.equal(2);
    expect(unpaid([...moved(100, 500), ...down(300)])).to.deep.equal([
      [110, 170],
      [310, 370],
      [510, 570],
    ]);
    // A year of moving deregisters nobody.
    const year = moved(...Array.from({ length: 4_000 }, (_, i) => 66 * (i + 1)));
    expect(standing(year).deregistered).to.equal(null);
    // What was paid before it was off for good stays as it was.
    const gone = standing([...moved(10), ...down(100, 120, 140, 160, 180)]);
    expect(gone.deregistered).to.equal(standing(down(100, 120, 140, 160, 180)).deregistered);
    expect(gone.unpaid).to.deep.equal([
      { from: 20, until: 80 },
      { from: 110, until: Number.POSITIVE_INFINITY },
    ]);
  });

  it("tell what a node could afford", () => {
    expect(creditAt(0, standing([]), 720, PARAMS)).to.equal(84);
    expect(creditAt(0, standing([]), 10_000_000, PARAMS)).to.equal(1_440);
    const once = standing([...down(720), ...up(730)]);
    // 84 rounds at 730; ten rounds of absence cost twenty; a day earns 24.
    expect(creditAt(0, once, 740, PARAMS)).to.equal(64);
    expect(creditAt(0, once, 740 + 720, PARAMS)).to.equal(88);
  });

  it("tell a voter whether there is a lease to end", () => {
    expect(isUnderLease([], 100, PARAMS)).to.equal(false);
    expect(isUnderLease(down(100), 100, PARAMS)).to.equal(true);
    expect(isUnderLease(down(100), 169, PARAMS)).to.equal(true);
    expect(isUnderLease(down(100), 170, PARAMS)).to.equal(false);
    expect(isUnderLease([...down(100), ...up(110)], 120, PARAMS)).to.equal(false);
    expect(isUnderLease([...up(110), ...down(130)], 131, PARAMS)).to.equal(true);
  });

  const ruling = fc.record({
    round: fc.integer({ min: 1, max: 900 }),
    change: fc.constantFrom("decommission" as const, "recommission" as const),
  });
  const distinct = (rulings: Ruling[]): Ruling[] => [
    ...new Map(rulings.map((entry) => [`${entry.round}${entry.change}`, entry])).values(),
  ];

  it("depend on the set and not on the order", () => {
    fc.assert(
      fc.property(
        fc.array(ruling, { maxLength: 30 }),
        fc.array(fc.nat(), { minLength: 30, maxLength: 30 }),
        (list, keys) => {
          const rulings = distinct(list);
          const shuffled = rulings.map((entry, i) => [keys[i] ?? 0, entry] as const).sort(([a], [b]) => a - b);
          expect(standing(shuffled.map(([, entry]) => entry))).to.deep.equal(standing(rulings));
        },
      ),
      { numRuns: 200, seed: 1 },
    );
  });

  it("take at most one lease of rounds by one more decommission, short of a deregistration that was due", () => {
    const rounds = (rulings: Ruling[]): Set<number> => {
      const away = new Set<number>();
      for (const { from, until } of standing(rulings).unpaid) {
        for (let round = from; round < Math.min(until, 1_100); round++) away.add(round);
      }
      return away;
    };
    fc.assert(
      fc.property(fc.array(ruling, { maxLength: 20 }), fc.integer({ min: 1, max: 900 }), (list, late) => {
        const before = distinct(list);
        const after = distinct([...before, ...down(late)]);
        if (standing(before).deregistered !== null || standing(after).deregistered !== null) return;
        const taken = [...rounds(after)].filter((round) => !rounds(before).has(round));
        expect(taken.length).to.be.at.most(PARAMS.leaseRounds);
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  it("agree with a plain simulation round by round", () => {
    fc.assert(
      fc.property(fc.array(ruling, { maxLength: 40 }), fc.integer({ min: -3_000, max: 0 }), (list, activeFrom) => {
        const rulings = distinct(list);
        const downs = rulings.filter(({ change }) => change === "decommission").map(({ round }) => round);
        const ups = rulings.filter(({ change }) => change === "recommission").map(({ round }) => round);
        const covering = (round: number): number[] =>
          downs.filter(
            (of) => of + 10 <= round && round < of + 70 && !ups.some((end) => end >= of && end + 10 <= round),
          );
        let credit = 60;
        let since = activeFrom;
        let start: number | undefined;
        let allowance = 0;
        let seen = new Set<number>();
        let deregistered: number | null = null;
        for (let round = 0; round < 1_200 && deregistered === null; round++) {
          const leases = covering(round);
          // What begins in the round after another absence's last joins it.
          if (leases.length === 0) {
            if (start !== undefined) {
              credit = Math.max(0, credit - 2 * (round - start));
              since = round;
              start = undefined;
            }
            continue;
          }
          if (start === undefined) {
            credit = Math.min(1_440, credit + Math.floor(((round - since) * 24) / 720));
            allowance = Math.max(credit, 60);
            start = round;
            seen = new Set();
          }
          for (const of of leases) seen.add(of);
          if (round - start >= allowance && seen.size >= 3) deregistered = round;
        }
        expect(standing(rulings, activeFrom).deregistered).to.equal(deregistered);
      }),
      { numRuns: 400, seed: 3 },
    );
  });
});
