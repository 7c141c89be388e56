/** Quorums over a real ledger, with real BLS signatures. */
import { expect } from "chai";
import { deriveTags, hexFromBytes, sign, signatureToHex } from "../../../../src/bls/index.ts";
import type { Hex } from "../../../../src/bls/index.ts";
import { PARAMS } from "../../../../src/node/index.ts";
import { archiveRound, archiveThreshold, sortByArchives, verifyArchive } from "../../../../src/node/quorum/archive.ts";
import type { Archive } from "../../../../src/node/quorum/archive.ts";
import {
  bitsOf,
  certificateShape,
  placesOf,
  rejectionOf,
  toWire,
  voteShape,
} from "../../../../src/node/quorum/certificate.ts";
import type { Certificate, Vote } from "../../../../src/node/quorum/certificate.ts";
import { archiveMessage, deriveQuorumTags, voteMessage } from "../../../../src/node/quorum/messages.ts";
import type { Judgement } from "../../../../src/node/quorum/messages.ts";
import { CertificateSet } from "../../../../src/node/quorum/set.ts";
import { sumSignatures, withSharedCounts } from "../../../../src/node/quorum/signatures.ts";
import type { CountCache } from "../../../../src/node/quorum/signatures.ts";
import { Tally } from "../../../../src/node/quorum/tally.ts";
import { DOMAIN, DST, quorumWorld, TAGS } from "../../../helpers/quorumWorld.ts";

const RULES = PARAMS.mainnet;
const EPOCH = RULES.epochRounds;

describe("node/quorum certificates", function () {
  this.timeout(20_000);
  // Ten nodes, the last of which nobody may pay or ask.
  const { ledger, quorums, signatures, keysOf, signedBy, placeOf } = quorumWorld("quorum", 10, 2 * EPOCH, [9]);

  const tested = (): Judgement => {
    for (let round = EPOCH; ; round++) {
      const worker = quorums.of(round)?.workers()[0];
      if (worker !== undefined) return { round, worker: worker.node.id, change: "decommission" };
    }
  };
  const vote = (judgement: Judgement, voter: bigint): Vote => ({
    ...judgement,
    voter,
    signature: signedBy(voter, voteMessage(TAGS, judgement)),
  });
  const votersOf = (judgement: Judgement): bigint[] =>
    (quorums.of(judgement.round)?.voters ?? []).map(({ node }) => node.id).filter((id) => id !== judgement.worker);
  const certify = (judgement: Judgement, voters: readonly bigint[]): Certificate => {
    const quorum = quorums.of(judgement.round)!;
    return {
      ...judgement,
      voters: bitsOf(
        voters.map((id) => placeOf(id, judgement.round)),
        quorum.voters.length,
      ),
      signature: sumSignatures(voters.map((id) => vote(judgement, id).signature)),
    };
  };
  const rejection = (certificate: Certificate) => rejectionOf(certificate, quorums, TAGS, signatures.verifyAggregate);

  it("are of the nodes of a round whose registration is signed, all of them in a small network", () => {
    const quorum = quorums.of(5)!;
    expect(quorum.voters.map(({ node }) => node.id).sort()).to.deep.equal([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n]);
    expect(quorum.threshold).to.equal(6);
    expect(quorums.of(0)).to.equal(undefined);
    expect(quorums.of(2 * EPOCH + 1)).to.equal(undefined);
    const everybody = Array.from({ length: EPOCH }, (_, i) =>
      quorums
        .of(EPOCH + i)!
        .workers()
        .map(({ node }) => node.id),
    );
    expect(everybody.flat().sort()).to.deep.equal([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n]);
  });

  it("hold with enough real signatures, checked by one pairing", () => {
    const judgement = tested();
    const voters = votersOf(judgement);
    expect(rejection(certify(judgement, voters))).to.equal(undefined);
    expect(rejection(certify(judgement, voters.slice(0, 6)))).to.equal(undefined);
    expect(rejection(certify(judgement, voters.slice(0, 5)))).to.equal("too-few-votes");
  });

  it("are refused for everything that is wrong with them", () => {
    const judgement = tested();
    const voters = votersOf(judgement);
    const good = certify(judgement, voters);
    const quorum = quorums.of(judgement.round)!;
    expect(rejection({ ...good, change: "recommission" })).to.equal("bad-signature");
    expect(rejection({ ...good, round: 9_999 })).to.equal("unknown-round");
    expect(rejection({ ...good, worker: 10n })).to.equal("not-a-worker");
    expect(rejection({ ...good, worker: 99n })).to.equal("not-a-worker");
    const untested = voters.find((id) => !quorum.isWorker(id)) as bigint;
    expect(rejection(certify({ ...judgement, worker: untested }, voters))).to.equal("not-a-worker");
    expect(rejection({ ...good, voters: `${good.voters}00` as Hex })).to.equal("too-few-votes");
    expect(rejection({ ...good, voters: "0xffff" })).to.equal("too-few-votes");
    const own = certify(judgement, [...voters, judgement.worker]);
    expect(rejection(own)).to.equal("not-a-voter");
    expect(rejection({ ...good, signature: `0x${"00".repeat(128)}` })).to.equal("bad-signature");
    expect(rejection({ ...good, signature: vote(judgement, voters[0] as bigint).signature })).to.equal("bad-signature");
    const fewer = bitsOf(
      [...Array(6).keys()].map((i) => quorum.places.get(voters[i] as bigint) as number),
      9,
    );
    expect(rejection({ ...good, voters: fewer })).to.equal("bad-signature");
  });

  it("are bound to one contract on one chain, and no vote is ever a message of the contract", () => {
    const judgement = tested();
    const other = deriveQuorumTags({ ...DOMAIN, chainId: 1n });
    expect(hexFromBytes(voteMessage(other, judgement))).not.to.equal(hexFromBytes(voteMessage(TAGS, judgement)));
    const elsewhere = rejectionOf(certify(judgement, votersOf(judgement)), quorums, other, signatures.verifyAggregate);
    expect(elsewhere).to.equal("bad-signature");
    const { reward, exit, liquidate, proofOfPossession } = deriveTags(DOMAIN);
    const tags = [reward, exit, liquidate, proofOfPossession, ...Object.values(TAGS)].map((tag) =>
      hexFromBytes(tag as Uint8Array),
    );
    expect(new Set(tags).size).to.equal(tags.length);
    expect(voteMessage(TAGS, judgement)).to.have.length(97);
  });

  it("survive the wire, which is parsed strictly", () => {
    const certificate = certify(tested(), votersOf(tested()));
    expect(certificateShape.parse(JSON.parse(JSON.stringify(toWire(certificate))))).to.deep.equal(certificate);
    const single = vote(tested(), votersOf(tested())[0] as bigint);
    expect(voteShape.parse(JSON.parse(JSON.stringify(toWire(single))))).to.deep.equal(single);
    for (const wrong of [
      { round: 1.5 },
      { round: -1 },
      { worker: "01" },
      { worker: 1 },
      { change: "x" },
      { voters: "0x" },
      { signature: "0x12" },
    ]) {
      expect(certificateShape.safeParse({ ...toWire(certificate), ...wrong }).success, JSON.stringify(wrong)).to.equal(
        false,
      );
    }
    expect(placesOf(bitsOf([0, 8], 9), 9)).to.deep.equal([0, 8]);
    expect(placesOf("0x8040", 9)).to.equal(undefined);
  });

  it("come out of a tally as soon as there are enough right votes, whatever liars add", () => {
    const judgement = tested();
    const voters = votersOf(judgement);
    const decided = new Set<string>();
    const make = () =>
      new Tally({
        quorums,
        tags: TAGS,
        signatures,
        voteRounds: 60,
        round: () => 2 * EPOCH,
        isDecided: () => decided.size > 0,
      });
    const tally = make();
    const stranger = vote(judgement, 10n);
    expect(tally.add(stranger)).to.equal("not-a-voter");
    expect(tally.add(vote(judgement, judgement.worker))).to.equal("not-a-voter");
    expect(tally.add({ ...vote(judgement, voters[0]!), round: 7_777 })).to.equal("unknown-round");
    // Somebody votes in the name of the first two before they do: with garbage, and with errors that cancel in a sum.
    const other = { ...judgement, change: "recommission" } as const;
    expect(tally.add({ ...vote(judgement, voters[0]!), signature: vote(other, voters[0]!).signature })).to.equal(
      undefined,
    );
    expect(tally.add({ ...vote(judgement, voters[1]!), signature: `0x${"ff".repeat(128)}` })).to.equal(undefined);
    for (const voter of voters.slice(0, 5)) expect(tally.add(vote(judgement, voter))).to.equal(undefined);
    expect([...tally.standing()]).to.deep.equal([{ ...judgement, votes: 5, needed: 6, voters: 9 }]);
    expect(tally.add(vote(judgement, voters[0]!)), "twice").to.equal(undefined);
    const made = tally.add(vote(judgement, voters[5]!));
    expect(made).to.be.an("object");
    expect(rejection(made as Certificate)).to.equal(undefined);
    expect(placesOf((made as Certificate).voters, 9)).to.have.length(6);
    const untested = voters.find((id) => !quorums.of(judgement.round)!.isWorker(id)) as bigint;
    const voter = voters.find((id) => id !== untested) as bigint;
    expect(make().add(vote({ ...judgement, worker: untested }, voter))).to.equal("not-a-worker");

    // Liars alone make nothing, and do not keep the honest from making it afterwards.
    const late = make();
    for (const voter of voters.slice(0, 6))
      late.add({ ...vote(judgement, voter), signature: vote(other, voter).signature });
    for (const voter of voters.slice(0, 5)) expect(late.add(vote(judgement, voter))).to.equal(undefined);
    expect(rejection(late.add(vote(judgement, voters[5]!)) as Certificate)).to.equal(undefined);

    decided.add("yes");
    expect(tally.add(vote(judgement, voters[6]!))).to.equal(undefined);
    tally.prune();
    expect([...tally.standing()]).to.deep.equal([]);
  });

  it("cost one search a round, however many nodes a liar is asked about", () => {
    const { round } = tested();
    const workers = quorums
      .of(round)!
      .workers()
      .map(({ node }) => node.id);
    expect(workers.length).to.be.greaterThan(0);
    const judgements = workers.flatMap((worker) =>
      (["decommission", "ip-change"] as const).map((change): Judgement => ({ round, worker, change })),
    );
    const sums: number[] = [];
    const tally = new Tally({
      quorums,
      tags: TAGS,
      signatures: {
        ...signatures,
        aggregate(message, entries) {
          const found = signatures.aggregate(message, entries);
          sums.push(entries.length - (found?.valid.length ?? 0));
          return found;
        },
      },
      voteRounds: 60,
      round: () => 2 * EPOCH,
      isDecided: () => false,
    });
    const made = new Map<string, Certificate>();
    const liar = votersOf(judgements[0]!)[2] as bigint;
    const lie = (judgement: Judgement): Vote => ({
      ...vote(judgement, liar),
      signature: vote({ ...judgement, round: round + 1 }, liar).signature,
    });
    // As they come: each voter says all that it has to say, and the liar is among the first six.
    for (const voter of votersOf(judgements[0]!).slice(0, 7)) {
      for (const judgement of judgements.filter(({ worker }) => worker !== voter)) {
        const found = tally.add(voter === liar ? lie(judgement) : vote(judgement, voter));
        if (typeof found === "object") made.set(`${found.worker} ${found.change}`, found);
      }
    }
    expect(
      sums.filter((wrong) => wrong > 0),
      "sums that a lie was in",
    ).to.deep.equal([1]);
    expect(made.size).to.equal(
      judgements.filter(({ worker }) => votersOf({ ...judgements[0]!, worker }).length >= 7).length,
    );
    for (const certificate of made.values()) {
      expect(rejection(certificate)).to.equal(undefined);
      expect(placesOf(certificate.voters, 9)).not.to.include(placeOf(liar, round));
    }

    // It is believed when it says what is right: nobody can take a node's vote from it by lying under its name.
    const other = { ...judgements[0]!, change: "recommission" } as const;
    const five = votersOf(other)
      .filter((id) => id !== liar)
      .slice(0, 5);
    for (const voter of five) expect(tally.add(vote(other, voter))).to.equal(undefined);
    expect(tally.add(lie(other))).to.equal(undefined);
    const withIt = tally.add(vote(other, liar)) as Certificate;
    expect(rejection(withIt)).to.equal(undefined);
    expect(placesOf(withIt.voters, 9)).to.include(placeOf(liar, round));
  });

  it("are counted once in a process, and for every node of it the same", () => {
    const judgement = tested();
    const message = voteMessage(TAGS, judgement);
    const voters = votersOf(judgement).slice(0, 4);
    const entries = voters.map((id) => ({ key: keysOf(id).blsPubkey, signature: vote(judgement, id).signature }));
    const [first, , , last] = entries as [(typeof entries)[0], unknown, unknown, (typeof entries)[0]];
    const withLie = [...entries, { key: first.key, signature: last.signature }];
    const counts: CountCache = new Map();
    let asked = 0;
    const shared = withSharedCounts(
      { ...signatures, aggregate: (...args) => (asked++, signatures.aggregate(...args)) },
      counts,
    );
    for (const list of [entries, withLie, [...withLie].reverse(), entries.slice(1), [], [withLie[4]!]])
      for (let again = 0; again < 2; again++)
        expect(shared.aggregate(message, list)).to.deep.equal(signatures.aggregate(message, list));
    // The list that is only in another order is the same one.
    expect([asked, counts.size]).to.deep.equal([5, 5]);
    expect(shared.aggregate(voteMessage(TAGS, { ...judgement, round: 1 }), entries)).to.equal(undefined);
    expect(asked).to.equal(6);
  });

  it("make a set that only grows, the same in any order", () => {
    const judgement = tested();
    const certificate = certify(judgement, votersOf(judgement));
    const up = certify({ ...judgement, change: "recommission" }, votersOf(judgement));
    const [first, second] = [new CertificateSet(RULES), new CertificateSet(RULES)];
    expect([first.add(certificate), first.add(certificate), first.add(up)]).to.deep.equal([true, false, true]);
    expect([second.add(up), second.add(certify(judgement, votersOf(judgement).slice(1)))]).to.deep.equal([true, true]);
    expect(second.digest(0)).to.equal(first.digest(0));
    const judged = { id: judgement.worker, activeFrom: 1 };
    expect(second.standing(judged)).to.deep.equal(first.standing(judged));
    expect(first.between(0, 10_000)).to.have.length(2);
    expect(first.between(judgement.round + 1, 10_000)).to.have.length(0);
    expect(first.remove(({ change }) => change === "recommission")).to.equal(1);
    expect(first.state(judged, judgement.round + RULES.lagRounds)).to.equal("decommissioned");
    expect([first.size, first.has(up), first.days]).to.deep.equal([1, false, [0]]);
  });

  it("of a day are vouched for by more than two thirds of the nodes", () => {
    const judgement = tested();
    const list = [
      certify(judgement, votersOf(judgement)),
      certify({ ...judgement, change: "recommission" }, votersOf(judgement)),
    ];
    const set = new CertificateSet(RULES);
    for (const certificate of list) set.add(certificate);
    const round = archiveRound(0, RULES.dayRounds, (of) => ledger.roundHash(of) !== undefined) as number;
    expect(round).to.equal(2 * EPOCH);
    const members = quorums.membersIn(round);
    expect(archiveThreshold(members.length)).to.equal(7);
    const archive = (count: number): Archive => {
      const digest = set.digest(0);
      const message = archiveMessage(TAGS, 0, digest);
      const signers = members.slice(0, count).map(({ node }) => keysOf(node.id));
      return {
        day: 0,
        digest,
        signers: bitsOf([...signers.keys()], members.length),
        signature: sumSignatures(signers.map(({ blsSecret }) => signatureToHex(sign(message, blsSecret, DST)))),
      };
    };
    const holds = (candidate: Archive): boolean =>
      verifyArchive(candidate, quorums, round, TAGS, signatures.verifyAggregate);
    expect(holds(archive(7))).to.equal(true);
    expect(holds(archive(6))).to.equal(false);
    expect(holds({ ...archive(7), day: 1 })).to.equal(false);
    const dayOf = (of: number): number => set.dayOf(of);
    expect(sortByArchives(list, [archive(7)], dayOf, holds)).to.deep.equal({ vouched: list, left: [] });
    expect(sortByArchives(list, [archive(6)], dayOf, holds)).to.deep.equal({ vouched: [], left: list });
    expect(sortByArchives(list.slice(1), [archive(7)], dayOf, holds)).to.deep.equal({
      vouched: [],
      left: list.slice(1),
    });
  });
});
