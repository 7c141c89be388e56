import { expect } from "chai";
import { PARAMS } from "../../../../src/node/index.ts";
import { ballotOf, failureOf } from "../../../../src/node/quorum/voter.ts";
import type { Observation, VoterView } from "../../../../src/node/quorum/voter.ts";

const NOW = 1_800_000_000;
const HOUR = 3_600;
const VALIDITY = 2 * HOUR + 300;
const PARAMETERS = PARAMS.mainnet;
const seen = (changes: Partial<Observation> = {}): Observation => ({
  id: 1n,
  registeredAt: NOW - 30 * 86_400,
  announced: { timestamp: NOW - HOUR, skew: 0, blockAge: 0 },
  unreachableSince: null,
  underLease: false,
  idle: false,
  moved: false,
  deregistered: false,
  ...changes,
});
const failing = (changes: Partial<Observation>) => failureOf(seen(changes), NOW, PARAMETERS);
const announced = (age: number, skew = 0, blockAge = 0) => ({ announced: { timestamp: NOW - age, skew, blockAge } });

describe("node/quorum/voter", () => {
  it("holds a node for failing by what it saw, to the second", () => {
    expect(failing({})).to.equal(undefined);
    expect(failing(announced(VALIDITY))).to.equal(undefined);
    expect(failing(announced(VALIDITY + 1))).to.equal("silent");
    // One that never announced an address is silent since it registered.
    expect(failing({ announced: undefined })).to.equal("silent");
    expect(failing({ announced: undefined, registeredAt: NOW - VALIDITY })).to.equal(undefined);
    expect(failing(announced(0, 180))).to.equal(undefined);
    expect(failing(announced(0, 181))).to.equal("clock");
    expect(failing(announced(0, 0, 600))).to.equal(undefined);
    expect(failing(announced(0, 0, 601))).to.equal("behind");
    expect(failing({ unreachableSince: NOW - HOUR })).to.equal(undefined);
    expect(failing({ unreachableSince: NOW - HOUR - 1 })).to.equal("unreachable");
  });

  const view = (changes: Partial<VoterView> = {}): VoterView => ({
    now: NOW,
    startedAt: NOW - VALIDITY,
    workers: [seen(), seen({ id: 2n, ...announced(3 * HOUR) }), seen({ id: 3n, underLease: true })],
    others: { failing: 1, of: 10 },
    ...changes,
  });

  it("votes for changes only", () => {
    const ballot = ballotOf(view(), PARAMETERS);
    expect(ballot).to.deep.equal({
      votes: [
        { worker: 2n, change: "decommission", because: "silent" },
        { worker: 3n, change: "recommission", because: "answering" },
      ],
      abstains: undefined,
    });
    // A silent node under a lease is voted on again: that is what renews it.
    const renewed = ballotOf(view({ workers: [seen({ underLease: true, ...announced(3 * HOUR) })] }), PARAMETERS);
    expect(renewed.votes.map(({ change }) => change)).to.deep.equal(["decommission"]);
    // Announced again and not reached yet: neither.
    const halfBack = ballotOf(view({ workers: [seen({ underLease: true, unreachableSince: NOW - 60 })] }), PARAMETERS);
    expect(halfBack.votes).to.deep.equal([]);
  });

  it("votes against one that misses its duties, charges one that has moved, and says nothing of one that is off for good", () => {
    const workers = [
      seen({ id: 4n, idle: true }),
      seen({ id: 5n, moved: true }),
      seen({ id: 6n, deregistered: true, moved: true, ...announced(3 * HOUR) }),
      seen({ id: 7n, idle: true, underLease: true, ...announced(3 * HOUR) }),
    ];
    expect(ballotOf(view({ workers }), PARAMETERS).votes).to.deep.equal([
      { worker: 4n, change: "decommission", because: "idle" },
      { worker: 5n, change: "ip-change", because: "moved" },
      { worker: 7n, change: "decommission", because: "silent" },
    ]);
  });

  it("abstains while it has watched for less than a proof is good for", () => {
    const ballot = ballotOf(view({ startedAt: NOW - VALIDITY + 1 }), PARAMETERS);
    expect(ballot.votes).to.deep.equal([]);
    expect(ballot.abstains).to.contain("7499 s only");
  });

  it("abstains when most others fail in its eyes, and says that it is itself", () => {
    expect(ballotOf(view({ others: { failing: 5, of: 10 } }), PARAMETERS).abstains).to.equal(undefined);
    const ballot = ballotOf(view({ others: { failing: 6, of: 10 } }), PARAMETERS);
    expect(ballot.votes).to.deep.equal([]);
    expect(ballot.abstains).to.contain("6 of 10").and.to.contain("it is this node that is cut off");
  });
});
