/** Presences with real BLS signatures, and what follows from them, over a real ledger. */
import { expect } from "chai";
import type { Hex } from "../../../../src/bls/index.ts";
import { PARAMS } from "../../../../src/node/index.ts";
import { bitsOf } from "../../../../src/node/quorum/certificate.ts";
import { Duties } from "../../../../src/node/quorum/duties.ts";
import { presenceMessage, voteMessage } from "../../../../src/node/quorum/messages.ts";
import {
  attendanceOf,
  attendanceShape,
  PresenceCount,
  presenceShape,
  presenceToWire,
} from "../../../../src/node/quorum/presence.ts";
import type { Presence } from "../../../../src/node/quorum/presence.ts";
import { sumSignatures } from "../../../../src/node/quorum/signatures.ts";
import { quorumWorld, TAGS } from "../../../helpers/quorumWorld.ts";

const WINDOW = PARAMS.mainnet.dutyRounds;
const LAG = PARAMS.mainnet.lagRounds;

describe("node/quorum/duties", function () {
  this.timeout(20_000);
  // Five nodes: all are drawn in every round.
  const { quorums, signatures, signedBy, placeOf } = quorumWorld("duty", 5, 20 * WINDOW);
  const ROUND = 7;
  const presence = (id: bigint, round = ROUND, by = id): Presence => ({
    round,
    voter: id,
    signature: signedBy(by, presenceMessage(TAGS, round)),
  });
  const place = (id: bigint, round = ROUND): number => placeOf(id, round);
  const proven = (bits: Hex, signature: Hex, round = ROUND, isNews = () => true) =>
    attendanceOf({ round, voters: bits, signature }, quorums, TAGS, signatures, isNews);

  it("a round's presences add up to one sum that proves who was there", () => {
    const count = new PresenceCount(quorums, TAGS, signatures);
    for (const id of [1n, 3n, 5n]) count.add(presence(id), 1);
    expect([...count.collect(ROUND)]).to.deep.equal([]);
    const [sum, ...others] = [...count.collect(ROUND + 1)];
    expect(others).to.deep.equal([]);
    expect(sum?.voters).to.equal(
      bitsOf(
        [1n, 3n, 5n].map((id) => place(id)),
        5,
      ),
    );
    expect(proven(sum?.voters as Hex, sum?.signature as Hex).sort()).to.deep.equal([1n, 3n, 5n]);
    expect([...count.collect(ROUND + 1)]).to.deep.equal([]);
  });

  it("a presence under another's name keeps nobody out, and brings nobody in", () => {
    const count = new PresenceCount(quorums, TAGS, signatures);
    const forged = (id: bigint, by: bigint): Presence => ({ ...presence(by), voter: id });
    count.add(forged(1n, 2n), 1);
    count.add(presence(1n), 1);
    count.add(forged(4n, 2n), 1);
    count.add(presence(2n), 1);
    // Old, of a round that there is not, and of nobody.
    count.add(presence(3n), ROUND + 1);
    count.add(presence(3n, 10_000), 1);
    count.add({ ...presence(3n), voter: 99n }, 1);
    const [sum] = [...count.collect(ROUND + 1)];
    expect(proven(sum?.voters as Hex, sum?.signature as Hex).sort()).to.deep.equal([1n, 2n]);
  });

  it("an attendance holds with the right keys, round and message only, and costs nothing when it names nobody new", () => {
    const signature = sumSignatures([presence(1n).signature, presence(2n).signature]);
    const both = bitsOf([place(1n), place(2n)], 5);
    expect(proven(both, signature).length).to.equal(2);
    expect(proven(bitsOf([place(1n), place(3n)], 5), signature)).to.deep.equal([]);
    expect(proven(both, signature, ROUND + 1)).to.deep.equal([]);
    expect(proven(both, signature, 10_000)).to.deep.equal([]);
    expect(proven(`${both}00`, signature)).to.deep.equal([]);
    expect(proven("0x00", signature)).to.deep.equal([]);
    const vote = voteMessage(TAGS, { round: ROUND, worker: 1n, change: "decommission" });
    expect(proven(bitsOf([place(1n)], 5), signedBy(1n, vote))).to.deep.equal([]);
    const never = { ...signatures, verifyAggregate: () => expect.fail("it was looked at") };
    expect(attendanceOf({ round: ROUND, voters: both, signature }, quorums, TAGS, never, () => false)).to.deep.equal(
      [],
    );
  });

  it("travels as JSON, which is parsed strictly", () => {
    const one = presence(2n);
    expect(presenceShape.parse(JSON.parse(JSON.stringify(presenceToWire(one))))).to.deep.equal(one);
    const sum = { round: ROUND, voters: "0x80", signature: one.signature };
    expect(attendanceShape.parse(sum)).to.deep.equal(sum);
    for (const wrong of [
      { ...sum, round: 0 },
      { ...sum, voters: "0x8" },
      { ...sum, signature: "0x00" },
    ]) {
      expect(attendanceShape.safeParse(wrong).success, JSON.stringify(wrong)).to.equal(false);
    }
  });

  /** Windows 1, 2, ... as a string each for nodes 1 to 5: who was there. */
  const lived = (windows: readonly string[], isAway: (id: bigint) => boolean = () => false, since = 0): Duties => {
    const duties = new Duties(PARAMS.mainnet, quorums, since);
    for (const [index, there] of windows.entries()) {
      const window = index + 1;
      duties.note(
        window * WINDOW + 3,
        [...there].map((digit) => BigInt(digit)),
      );
      duties.close((window + 1) * WINDOW + LAG, isAway);
    }
    return duties;
  };

  it("a node that missed five of its last eight duties is idle, with four it is not", () => {
    const missed = (count: number): string[] => Array.from({ length: 8 }, (_, i) => (i < count ? "1234" : "12345"));
    expect(lived(missed(4)).isIdle(5n, false)).to.equal(false);
    expect(lived(missed(5)).isIdle(5n, false)).to.equal(true);
    expect(lived(missed(5)).isIdle(4n, false)).to.equal(false);
    // What is long ago does not count.
    expect(lived([...missed(5), "12345"]).isIdle(5n, false)).to.equal(false);
  });

  it("says nothing of a node before it has seen eight windows from their beginning", () => {
    const absent = (count: number): string[] => Array(count).fill("1234") as string[];
    expect(lived(absent(7)).isIdle(5n, false)).to.equal(false);
    expect(lived(absent(8)).isIdle(5n, false)).to.equal(true);
    // Begun within window 1: that one is not counted.
    expect(lived(absent(8), undefined, WINDOW + 1).isIdle(5n, false)).to.equal(false);
    expect(lived(absent(9), undefined, WINDOW + 1).isIdle(5n, false)).to.equal(true);
  });

  it("a window of which too little was heard counts against nobody", () => {
    // Two of five is less than three fifths: it is this node that heard too little.
    const duties = lived(Array(16).fill("12") as string[]);
    for (const id of [1n, 3n, 5n]) expect(duties.isIdle(id, false)).to.equal(false);
    expect(lived(Array(8).fill("123") as string[]).isIdle(5n, false)).to.equal(true);
  });

  it("a window is over only when all that was said in it has come", () => {
    const duties = lived(Array(7).fill("1234") as string[]);
    duties.note(8 * WINDOW + 1, [1n, 2n, 3n, 4n]);
    duties.close(9 * WINDOW + LAG - 1, () => false);
    expect(duties.isIdle(5n, false)).to.equal(false);
    // Said in the window's last round, come after its end.
    duties.note(9 * WINDOW - 1, [5n]);
    expect(duties.wasPresent(5n, 8 * WINDOW)).to.equal(true);
    duties.close(9 * WINDOW + LAG, () => false);
    // Seven of eight missed.
    expect(duties.isIdle(5n, false)).to.equal(true);
    expect(duties.wasPresent(5n, 8 * WINDOW)).to.equal(false);
  });

  it("whoever fails for another reason is judged for that, and begins anew", () => {
    let away = true;
    const duties = lived(Array(8).fill("1234") as string[], (id) => away && id === 5n);
    expect(duties.isIdle(5n, false)).to.equal(false);
    away = false;
    duties.note(9 * WINDOW, [1n, 2n, 3n, 4n]);
    duties.close(10 * WINDOW + LAG, () => away);
    expect(duties.isIdle(5n, false)).to.equal(false);
  });

  it("under a lease the newest duty is enough", () => {
    const back = [...(Array(7).fill("1234") as string[]), "12345"];
    expect(lived(back).isIdle(5n, false)).to.equal(true);
    expect(lived(back).isIdle(5n, true)).to.equal(false);
    const gone = lived(Array(8).fill("1234") as string[]);
    expect(gone.isIdle(5n, true)).to.equal(true);
    gone.keep((id) => id !== 5n);
    expect(gone.isIdle(5n, true)).to.equal(false);
  });
});
