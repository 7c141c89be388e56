import { expect } from "chai";
import fc from "fast-check";
import { HeightNotAvailableError, Ledger, PARAMS } from "../../../src/node/index.ts";
import type { ConsensusParams, LedgerBlock, LedgerEvent, LedgerNode } from "../../../src/node/index.ts";

const T0 = 1_000_000;
const ROUND = 120;
const DAY = 86_400;
const PARAMETERS: ConsensusParams = { ...PARAMS.mainnet, roundSeconds: ROUND, payableAfterRounds: 2 };

const ALICE = "0x00000000000000000000000000000000000000a1";
const BOB = "0x00000000000000000000000000000000000000b2";
const CAROL = "0x00000000000000000000000000000000000000c3";
const ALICE_PAYEE = "0x00000000000000000000000000000000000000aa";

function nodeOf(id: bigint, changes: Partial<LedgerNode> = {}): LedgerNode {
  const contributors = changes.contributors ?? [{ staker: ALICE, beneficiary: ALICE, amount: 25_000n }];
  return {
    id,
    blsPubkey: `0x${id.toString(16).padStart(128, "0")}`,
    ed25519Pubkey: `0x${id.toString(16).padStart(64, "0")}`,
    fee: 0,
    contributors,
    deposit: contributors.reduce((sum, { amount }) => sum + amount, 0n),
    addedAt: T0,
    leaveRequestedAt: null,
    signed: true,
    liquidated: false,
    ...changes,
  };
}

const ledgerOf = (nodes: LedgerNode[] = [], params = PARAMETERS, historyBlocks = 1_000_000): Ledger =>
  new Ledger({ params, genesis: { height: 0, hash: "0x00", timestamp: T0 }, nodes, historyBlocks });

let height = 0;
const block = (seconds: number, rewardRate?: bigint, events: LedgerEvent[] = [], at = ++height): LedgerBlock => ({
  height: at,
  hash: `0x${at}`,
  timestamp: T0 + seconds,
  events,
  ...(rewardRate === undefined ? {} : { rewardRate }),
});

describe("node/Ledger", () => {
  beforeEach(() => {
    height = 0;
  });

  describe("rounds", () => {
    it("fall due at genesis + k * roundSeconds and settle in the first block at or after that", () => {
      const ledger = ledgerOf([nodeOf(1n)]);
      expect(ledger.isRoundDue(T0 + ROUND - 1)).to.equal(false);
      expect(ledger.isRoundDue(T0 + ROUND)).to.equal(true);
      ledger.apply(block(ROUND - 1));
      ledger.apply(block(ROUND, 100n));
      expect(ledger.round).to.equal(1);
      ledger.apply(block(2 * ROUND - 1));
      expect(ledger.round).to.equal(1);
    });

    it("pay a node from its first active round + payableAfterRounds on", () => {
      // Added at T0 exactly: round 1 is its first, 1 and 2 make it two rounds old, 3 pays.
      const ledger = ledgerOf([nodeOf(1n)]);
      for (let round = 1; round <= 4; round++) {
        ledger.apply(block(round * ROUND, 100n));
        expect(ledger.rewardsAt(ALICE, round), `round ${round}`).to.equal([0n, 0n, 100n, 200n][round - 1]);
      }
    });

    it("count a node's rounds from the first due after its registration, not at it", () => {
      const early = ledgerOf();
      early.apply(block(ROUND, 0n, [{ kind: "added", node: nodeOf(1n, { addedAt: T0 + ROUND - 1 }) }]));
      const late = ledgerOf();
      late.apply(block(ROUND, 0n, [{ kind: "added", node: nodeOf(1n, { addedAt: T0 + ROUND }) }], 1));
      for (const ledger of [early, late]) ledger.apply(block(3 * ROUND, 100n, [], 3));
      expect(early.rewardsAt(ALICE, 3)).to.equal(100n);
      expect(late.rewardsAt(ALICE, 3)).to.equal(0n);
    });

    it("use the nodes as they stood before the block", () => {
      const ledger = ledgerOf([nodeOf(1n)]);
      ledger.apply(block(3 * ROUND, 90n, [{ kind: "exited", id: 1n, returnedAmount: 25_000n }]));
      expect(ledger.rewardsCredited).to.equal(90n);
      ledger.apply(block(4 * ROUND, 90n));
      expect(ledger.rewardsCredited).to.equal(90n);
    });

    it("scale the pool's 120 s rate to the length of the round", () => {
      const ledger = ledgerOf([nodeOf(1n, { addedAt: 0 })], { ...PARAMETERS, roundSeconds: 7 });
      ledger.apply(block(7, 1_000n));
      expect(ledger.rewardsAt(ALICE, 1)).to.equal((1_000n * 7n) / 120n);
    });

    it("pay a gap of several rounds as round by round at one rate, cut where nodes come and go", () => {
      const nodes = [
        nodeOf(1n, { addedAt: 0 }),
        nodeOf(2n, { addedAt: T0 + ROUND, contributors: [{ staker: BOB, beneficiary: BOB, amount: 7n }] }),
        nodeOf(3n, {
          addedAt: 0,
          leaveRequestedAt: T0 - PARAMETERS.unlockDelay + 6 * ROUND + 1,
          contributors: [{ staker: CAROL, beneficiary: CAROL, amount: 7n }],
        }),
      ];
      const jump = ledgerOf(nodes);
      jump.apply(block(10 * ROUND, 1_000n, [], 10));
      const steps = ledgerOf(nodes);
      for (let round = 1; round <= 10; round++) steps.apply(block(round * ROUND, 1_000n, [], round));

      // Node 2 is paid from round 4 (first active 2, + 2), node 3 until its unlock 1 s after round 6.
      const expected = {
        [ALICE]: 3n * 500n + 3n * 333n + 4n * 500n,
        [BOB]: 3n * 333n + 4n * 500n,
        [CAROL]: 3n * 500n + 3n * 333n,
      };
      for (const [recipient, amount] of Object.entries(expected)) {
        expect(jump.rewardsAt(recipient, 10), recipient).to.equal(amount);
        expect(steps.rewardsAt(recipient, 10), recipient).to.equal(amount);
      }
    });

    it("stop paying a node at the very moment of its unlock", () => {
      const leaving = nodeOf(1n, { addedAt: 0, leaveRequestedAt: T0 - PARAMETERS.unlockDelay + 2 * ROUND });
      const ledger = ledgerOf([leaving]);
      for (let round = 1; round <= 3; round++) ledger.apply(block(round * ROUND, 10n));
      expect(ledger.rewardsCredited).to.equal(10n);
    });

    it("pay nobody when nobody is payable", () => {
      const ledger = ledgerOf();
      ledger.apply(block(100 * ROUND, 10n ** 18n));
      expect(ledger.rewardsCredited).to.equal(0n);
    });
  });

  describe("a node's part", () => {
    const CROWD = nodeOf(1n, {
      addedAt: 0,
      fee: 1_250, // 12.5 %
      contributors: [
        { staker: ALICE, beneficiary: ALICE_PAYEE, amount: 6_250n },
        { staker: BOB, beneficiary: BOB, amount: 11_250n },
        { staker: CAROL, beneficiary: ALICE_PAYEE, amount: 7_500n },
      ],
    });

    it("gives the fee to the operator's beneficiary and the rest pro rata to beneficiaries, each floored", () => {
      const ledger = ledgerOf([CROWD]);
      ledger.apply(block(ROUND, 1_003n));
      // fee 1003 * 0.125 = 125 (125.375); rest 878: a quarter 219 (219.5), 45 % 395 (395.1), 30 % 263 (263.4)
      expect(ledger.rewardsAt(ALICE_PAYEE, 1)).to.equal(125n + 219n + 263n);
      expect(ledger.rewardsAt(BOB, 1)).to.equal(395n);
      expect(ledger.rewardsAt(ALICE, 1)).to.equal(0n);
      expect(ledger.rewardsAt(CAROL, 1)).to.equal(0n);
      expect(ledger.rewardsCredited).to.equal(1_002n);
    });

    it("is the round's reward divided by the payable nodes, floored", () => {
      const bob = nodeOf(2n, { addedAt: 0, contributors: [{ staker: BOB, beneficiary: BOB, amount: 1n }] });
      const ledger = ledgerOf([nodeOf(1n, { addedAt: 0 }), bob, nodeOf(3n, { addedAt: 0 })]);
      ledger.apply(block(ROUND, 1_000n));
      expect(ledger.rewardsAt(BOB, 1)).to.equal(333n);
      expect(ledger.rewardsAt(ALICE, 1)).to.equal(666n);
    });

    it("goes to the operator alone with a fee of 100 %", () => {
      const ledger = ledgerOf([{ ...CROWD, fee: 10_000 }]);
      ledger.apply(block(ROUND, 1_003n));
      expect(ledger.rewardsAt(ALICE_PAYEE, 1)).to.equal(1_003n);
      expect(ledger.rewardsCredited).to.equal(1_003n);
    });
  });

  describe("a node that has left", () => {
    const CROWD = nodeOf(1n, {
      contributors: [
        { staker: ALICE, beneficiary: ALICE_PAYEE, amount: 6_250n },
        { staker: BOB, beneficiary: CAROL, amount: 18_750n },
      ],
    });

    it("gives each stake back to its staker in the block of the exit", () => {
      const ledger = ledgerOf([CROWD]);
      ledger.apply(block(5, undefined, [{ kind: "exited", id: 1n, returnedAmount: 25_000n }]));
      expect(ledger.rewardsAt(ALICE, 1)).to.equal(6_250n);
      expect(ledger.rewardsAt(BOB, 1)).to.equal(18_750n);
      expect(ledger.rewardsAt(ALICE_PAYEE, 1)).to.equal(0n);
      expect(ledger.nodeCount).to.equal(0);
      expect(ledger.nodeByKey(CROWD.blsPubkey)).to.equal(undefined);
    });

    it("takes a liquidation's penalty from the operator's part", () => {
      const ledger = ledgerOf([CROWD], { ...PARAMETERS, liquidatedStakeLock: 0 });
      ledger.apply(
        block(5, undefined, [
          { kind: "liquidated", id: 1n },
          { kind: "exited", id: 1n, returnedAmount: 24_950n },
        ]),
      );
      expect(ledger.rewardsAt(ALICE, 1)).to.equal(6_200n);
      expect(ledger.rewardsAt(BOB, 1)).to.equal(18_750n);
    });

    it("takes a penalty above the operator's part from the next contributors", () => {
      const ledger = ledgerOf([CROWD]);
      ledger.apply(block(5, undefined, [{ kind: "exited", id: 1n, returnedAmount: 18_000n }]));
      expect(ledger.rewardsAt(ALICE, 1)).to.equal(0n);
      expect(ledger.rewardsAt(BOB, 1)).to.equal(18_000n);
    });

    it("keeps the stake of a node liquidated before its unlock, until the first round due after the lock", () => {
      const ledger = ledgerOf([CROWD], { ...PARAMETERS, liquidatedStakeLock: DAY });
      ledger.apply(
        block(5, undefined, [
          { kind: "liquidated", id: 1n },
          { kind: "exited", id: 1n, returnedAmount: 24_950n },
        ]),
      );
      ledger.apply(block(DAY, 0n));
      expect(ledger.stakesReturned).to.equal(0n);
      ledger.apply(block(DAY + 5)); // no round due: 720 rounds are exactly a day
      expect(ledger.stakesReturned).to.equal(0n);
      ledger.apply(block(DAY + ROUND, 0n));
      expect(ledger.stakesReturned).to.equal(24_950n);
      expect(ledger.rewardsAt(ALICE, 3)).to.equal(0n);
      expect(ledger.rewardsAt(ALICE, 4)).to.equal(6_200n);
    });

    it("releases a locked stake with the round that falls due at the very end of the lock", () => {
      const ledger = ledgerOf([CROWD], { ...PARAMETERS, liquidatedStakeLock: DAY });
      const events: LedgerEvent[] = [
        { kind: "liquidated", id: 1n },
        { kind: "exited", id: 1n, returnedAmount: 24_950n },
      ];
      ledger.apply(block(0, undefined, events));
      ledger.apply(block(DAY - 1, 0n));
      expect(ledger.stakesReturned).to.equal(0n);
      ledger.apply(block(DAY, 0n));
      expect(ledger.stakesReturned).to.equal(24_950n);
    });

    it("does not lock the stake of a node that was liquidated after its unlock", () => {
      const unlocked = { ...CROWD, leaveRequestedAt: T0 + 5 - PARAMETERS.unlockDelay };
      const ledger = ledgerOf([unlocked]);
      ledger.apply(
        block(5, undefined, [
          { kind: "liquidated", id: 1n },
          { kind: "exited", id: 1n, returnedAmount: 24_950n },
        ]),
      );
      expect(ledger.stakesReturned).to.equal(24_950n);
    });

    it("may register again with the same keys under a new id", () => {
      const ledger = ledgerOf([CROWD]);
      ledger.apply(block(5, undefined, [{ kind: "exited", id: 1n, returnedAmount: 25_000n }]));
      ledger.apply(block(6, undefined, [{ kind: "added", node: { ...CROWD, id: 9n, addedAt: T0 + 6 } }]));
      expect(ledger.nodeByKey(CROWD.blsPubkey)?.id).to.equal(9n);
      expect(ledger.nodeByEd25519(CROWD.ed25519Pubkey)?.id).to.equal(9n);
    });
  });

  describe("heights", () => {
    it("answer with what stood at the end of each block", () => {
      const ledger = ledgerOf([nodeOf(1n, { addedAt: 0 })]);
      ledger.apply(block(ROUND, 10n, [], 5));
      ledger.apply(block(2 * ROUND, 10n, [], 9));
      for (const [at, amount] of [
        [0, 0n],
        [4, 0n],
        [5, 10n],
        [8, 10n],
        [9, 20n],
      ] as const) {
        expect(ledger.rewardsAt(ALICE, at), `height ${at}`).to.equal(amount);
        expect(ledger.rewardsAt(ALICE.toUpperCase().replace("X", "x"), at)).to.equal(amount);
      }
    });

    it("are those of a window, and pruning does not change it", () => {
      const ledger = ledgerOf([nodeOf(1n, { addedAt: 0 })], PARAMETERS, 3);
      for (let round = 1; round <= 10; round++) ledger.apply(block(round * ROUND, 10n));
      const check = (): void => {
        for (const at of [7, 8, 9, 10]) expect(ledger.rewardsAt(ALICE, at)).to.equal(BigInt(at) * 10n);
        for (const at of [6, 0, -1, 11]) expect(() => ledger.rewardsAt(ALICE, at)).to.throw(HeightNotAvailableError);
      };
      check();
      ledger.prune();
      check();
    });
  });

  describe("blocks", () => {
    it("must ascend in height and time, and bring a rate when a round is due", () => {
      const ledger = ledgerOf();
      ledger.apply(block(10, undefined, [], 5));
      expect(() => ledger.apply(block(20, undefined, [], 5))).to.throw(RangeError, "block 5 is not after 5");
      expect(() => ledger.apply(block(9, undefined, [], 6))).to.throw(RangeError, "block 6 goes back in time");
      expect(() => ledger.apply(block(ROUND, undefined, [], 6))).to.throw(RangeError, "its rate is missing");
      ledger.apply(block(10, undefined, [], 6));
    });

    it("with events of nodes that are not there change nothing", () => {
      const ledger = ledgerOf();
      ledger.apply(
        block(1, undefined, [
          { kind: "exitRequested", id: 5n },
          { kind: "liquidated", id: 5n },
          { kind: "exited", id: 5n, returnedAmount: 5n },
        ]),
      );
      expect(ledger.stakesReturned).to.equal(0n);
    });

    it("do not touch a clone", () => {
      const ledger = ledgerOf([nodeOf(1n, { addedAt: 0 })]);
      const copy = ledger.clone();
      ledger.apply(block(ROUND, 10n, [{ kind: "exited", id: 1n, returnedAmount: 25_000n }]));
      expect(copy.tip.height).to.equal(0);
      expect(copy.nodeCount).to.equal(1);
      expect(copy.rewardsCredited).to.equal(0n);
      copy.apply(block(ROUND, 10n, [{ kind: "exited", id: 1n, returnedAmount: 25_000n }], 1));
      expect(copy.rewardsAt(ALICE, 1)).to.equal(ledger.rewardsAt(ALICE, 1));
    });
  });

  describe("for any history", () => {
    const people = [ALICE, BOB, CAROL, ALICE_PAYEE];
    const contributor = fc.record({
      staker: fc.constantFrom(...people),
      beneficiary: fc.constantFrom(...people),
      amount: fc.bigInt(1n, 10n ** 13n),
    });
    const step = fc.record({
      seconds: fc.integer({ min: 0, max: 500 }),
      rate: fc.bigInt(0n, 10n ** 15n),
      contributors: fc.array(contributor, { minLength: 1, maxLength: 4 }),
      fee: fc.integer({ min: 0, max: 10_000 }),
      action: fc.constantFrom("none", "add", "request", "exit", "liquidate"),
      pick: fc.nat(),
    });

    type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

    /** Plays the steps; the second ledger skips blocks in which nothing happens, as a node that reads events does. */
    function play(steps: readonly Step[]) {
      const params = { ...PARAMETERS, unlockDelay: 900, liquidatedStakeLock: 600, payableAfterRounds: 1 };
      const every = ledgerOf([], params);
      const sparse = ledgerOf([], params);
      const held: LedgerNode[] = [];
      let seconds = 0;
      let paid = 0n;
      let returned = 0n;
      let before = new Map<string, bigint>();
      for (const [index, { contributors, fee, action, pick, rate, seconds: pause }] of steps.entries()) {
        seconds += pause;
        const events: LedgerEvent[] = [];
        const node = held[pick % Math.max(1, held.length)];
        if (action === "add") {
          const added = nodeOf(BigInt(index + 1), { contributors, fee, addedAt: T0 + seconds });
          held.push(added);
          events.push({ kind: "added", node: added });
        } else if (action !== "none" && node !== undefined) {
          if (action === "request") events.push({ kind: "exitRequested", id: node.id });
          if (action === "liquidate") events.push({ kind: "liquidated", id: node.id });
          if (action === "exit" || action === "liquidate") {
            const back = action === "exit" ? node.deposit : node.deposit - node.deposit / 500n;
            events.push({ kind: "exited", id: node.id, returnedAmount: back });
            held.splice(held.indexOf(node), 1);
            returned += back;
          }
        }
        const rounds = every.roundAt(T0 + seconds) - every.round;
        paid += BigInt(rounds) * rate;
        const next = block(seconds, rate, events, index + 1);
        every.apply(next);
        if (rounds > 0 || events.length > 0) sparse.apply(next);

        const after = new Map(people.map((person) => [person, every.rewardsAt(person, index + 1)]));
        for (const [person, amount] of before) expect(after.get(person)! >= amount).to.equal(true);
        before = after;
      }
      return { every, sparse, paid, returned };
    }

    it("never credits more than the pool paid and the stakes that left, never shrinks, and skips idle blocks freely", () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
          const { every, sparse, paid, returned } = play(steps);
          expect(every.rewardsCredited <= paid).to.equal(true);
          // What is audited: before splitting and flooring, and for all nodes at once.
          expect(every.rewardsAllotted >= every.rewardsCredited && every.rewardsAllotted <= paid).to.equal(true);
          expect(every.stakesReturned <= returned).to.equal(true);
          const total = people.reduce((sum, person) => sum + every.rewardsAt(person, every.tip.height), 0n);
          expect(total).to.equal(every.rewardsCredited + every.stakesReturned);
          for (const person of people) {
            expect(sparse.rewardsAt(person, sparse.tip.height)).to.equal(every.rewardsAt(person, every.tip.height));
          }
        }),
        { numRuns: 60, seed: 20_260_000 },
      );
    });
  });
});
