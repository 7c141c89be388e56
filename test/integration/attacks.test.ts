/**
 * What colluding nodes can do, tried on real nodes with real keys over real HTTP: docs/standing.md, "What can be done at most". Six
 * nodes, all of whom vote in each round; four equal votes make a certificate.
 */
import { expect } from "chai";
import { deriveTags, sign, signatureToHex } from "../../src/bls/index.ts";
import type { Hex } from "../../src/bls/index.ts";
import type { Certificate } from "../../src/node/index.ts";
import { bitsOf, toWire } from "../../src/node/quorum/certificate.ts";
import type { Vote } from "../../src/node/quorum/certificate.ts";
import { deriveQuorumTags, voteMessage } from "../../src/node/quorum/messages.ts";
import type { Change } from "../../src/node/quorum/messages.ts";
import { Quorums } from "../../src/node/quorum/quorums.ts";
import { sumSignatures } from "../../src/node/quorum/signatures.ts";
import { REWARDS } from "../helpers/fakeChain.ts";
import { SHORT, StandingNetwork } from "../helpers/standingNetwork.ts";

const DOMAIN = { chainId: 31_337n, contract: REWARDS };
const TAGS = deriveQuorumTags(DOMAIN);
const { hashToG2: DST } = deriveTags(DOMAIN);
const NODES = 6n;
const VICTIM = 6n;

describe("attacks on standing", function () {
  this.timeout(120_000);
  let net: StandingNetwork;
  let quorums: Quorums;

  /** Six nodes run; time enough has passed for all to vote. */
  beforeEach(async () => {
    net = new StandingNetwork(Number(NODES));
    for (const { id } of net.nodes) await net.start(id);
    await net.pass(8);
    quorums = new Quorums(() => net.running[0]!.ledger, SHORT.epochRounds);
  });
  afterEach(() => net.end());

  const signed = (id: bigint, message: Uint8Array): Hex =>
    signatureToHex(sign(message, net.node(id).keys.blsSecret, DST));
  const vote = (voter: bigint, round: number, change: Change, worker = VICTIM): Vote => ({
    round,
    worker,
    change,
    voter,
    signature: signed(voter, voteMessage(TAGS, { round, worker, change })),
  });
  /** What colluders can make of their votes alone; places may be claimed for others. */
  const certificate = (voters: readonly bigint[], round: number, change: Change, worker = VICTIM): Certificate => {
    const quorum = quorums.of(round)!;
    return {
      round,
      worker,
      change,
      voters: bitsOf(
        voters.map((id) => quorum.places.get(id) as number),
        quorum.voters.length,
      ),
      signature: sumSignatures(voters.map((id) => vote(id, round, change, worker).signature)),
    };
  };
  const tell = async (parcel: Record<string, unknown>): Promise<void> => {
    for (const { url } of net.running) {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`${url}/v1/gossip`, { method: "POST", headers, body: JSON.stringify(parcel) });
      expect(answer.status).to.equal(200);
    }
  };
  /** The last round in which a node was tested. */
  const testedRound = (worker = VICTIM): number => {
    for (let round = net.running[0]!.ledger.round; round > 0; round--) {
      if (quorums.of(round)?.isWorker(worker)) return round;
    }
    throw new Error("never tested");
  };
  const certificates = (): Certificate[][] => net.running.map((node) => node.certificates());
  const states = (id = VICTIM) =>
    net.nodes
      .filter((viewer) => viewer.id !== id && viewer.running !== undefined)
      .map((viewer) => viewer.running?.peerReport().find((report) => report.id === id)?.state);

  it("a third that votes against one victim, equivocates and forges gets no certificate", async () => {
    const third = [1n, 2n];
    const before = await net.figures(net.node(VICTIM).staker);
    for (let turn = 0; turn < 8; turn++) {
      await net.pass(1);
      const round = net.running[0]!.ledger.round;
      const judged = testedRound();
      // For and against, of everybody, and in the names of others.
      const votes = third.flatMap((id) => [
        vote(id, judged, "decommission"),
        vote(id, judged, "recommission"),
        vote(id, judged, "ip-change"),
        { ...vote(id, judged, "decommission"), voter: id + 2n },
      ]);
      const honest = [3n, 4n];
      const short = certificate(third, judged, "decommission");
      const padded = { ...short, voters: certificate([...third, ...honest], judged, "decommission").voters };
      // Two of six counted twice make four.
      const doubled = { ...padded, signature: sumSignatures([short.signature, short.signature]) };
      const ahead = { ...padded, round: round + 1 };
      await tell({ votes: votes.map(toWire), certificates: [short, padded, doubled, ahead].map(toWire) });
    }
    for (const list of certificates()) expect(list).to.deep.equal([]);
    expect(new Set(states())).to.deep.equal(new Set(["active"]));
    const polls = net.running.flatMap((node) => node.polls()).filter(({ worker }) => worker === VICTIM);
    expect(polls.length).to.be.greaterThan(0);
    expect(polls.every(({ needed }) => needed === 4)).to.equal(true);
    // The victim was paid for every round.
    const after = await net.figures(net.node(VICTIM).staker);
    expect(after).to.deep.equal(before.map((figure) => figure + 8n * (1_000_000n / NODES)));
  });

  it("a third that captures a quorum takes the pay of one lease at most, which the next honest quorum ends", async () => {
    const judged = testedRound();
    // Four places of six, as if all of them had been colluders for once; afterwards they are as honest as the rest.
    await tell({ certificates: [toWire(certificate([1n, 2n, 3n, 4n], judged, "decommission"))] });
    await net.pass(SHORT.leaseRounds + SHORT.lagRounds);
    const { unpaid, deregistered } = net.node(1n).running!.standing(VICTIM);
    const lost = unpaid.reduce((sum, { from, until }) => sum + until - from, 0);
    expect(lost).to.be.within(1, SHORT.leaseRounds - 1);
    expect(deregistered).to.equal(null);
    expect(new Set(states())).to.deep.equal(new Set(["active"]));
    for (const list of certificates()) {
      expect(list.filter(({ change }) => change === "decommission").length).to.equal(1);
      expect(list.some(({ change, worker }) => change === "recommission" && worker === VICTIM)).to.equal(true);
    }
    const rounds = BigInt(net.running[0]!.ledger.round);
    const each = 1_000_000n / NODES;
    expect(new Set(await net.figures(net.node(1n).staker))).to.deep.equal(new Set([rounds * each]));
    expect(new Set(await net.figures(net.node(VICTIM).staker))).to.deep.equal(
      new Set([(rounds - BigInt(lost)) * each]),
    );
  });

  it("a third does not keep a dead one of its own in good standing", async () => {
    const third = [1n, VICTIM];
    await net.stop(VICTIM);
    for (let turn = 0; turn < 14; turn++) {
      await net.pass(1);
      const judged = testedRound();
      const short = certificate(third, judged, "recommission");
      const padded = { ...short, voters: certificate([1n, 2n, 3n, 4n], judged, "recommission").voters };
      const votes = third.map((id) => vote(id, judged, "recommission"));
      await tell({ votes: votes.map(toWire), certificates: [short, padded].map(toWire) });
    }
    for (const list of certificates()) {
      expect(new Set(list.map(({ worker, change }) => `${worker} ${change}`))).to.deep.equal(
        new Set(["6 decommission"]),
      );
    }
    expect(new Set(states())).to.deep.equal(new Set(["decommissioned"]));
  });

  it("half that keeps silent stops all judgement: the dead are paid, and nobody is punished", async () => {
    for (const id of [4n, 5n, 6n]) await net.stop(id);
    await net.pass(16);
    for (const list of certificates()) expect(list).to.deep.equal([]);
    const each = BigInt(net.running[0]!.ledger.round) * (1_000_000n / NODES);
    for (const { staker } of net.nodes) expect(new Set(await net.figures(staker))).to.deep.equal(new Set([each]));
  });

  it("two thirds keep their dead in pay, and charge for addresses that nobody changed", async () => {
    for (const id of [2n, 3n, 4n]) net.mute.add(id);
    await net.stop(1n);
    await net.pass(14);
    for (const list of certificates()) expect(list).to.deep.equal([]);
    const dead = BigInt(net.running[0]!.ledger.round) * (1_000_000n / NODES);
    expect(new Set(await net.figures(net.node(1n).staker))).to.deep.equal(new Set([dead]));

    const judged = testedRound();
    await tell({ certificates: [toWire(certificate([1n, 2n, 3n, 4n], judged, "ip-change"))] });
    const { unpaid, absences } = net.node(5n).running!.standing(VICTIM);
    const from = judged + SHORT.lagRounds;
    expect(unpaid).to.deep.equal([{ from, until: from + SHORT.leaseRounds }]);
    expect(absences).to.deep.equal([]);
  });

  it("a third that keeps silent and hides what it counts keeps no dead node in good standing", async () => {
    net.cut.add(VICTIM);
    await net.pass(14);
    const judged = net.node(3n).running!.certificates();
    expect(judged.some(({ worker, change }) => worker === VICTIM && change === "decommission")).to.equal(true);
    for (const state of states()) expect(state).to.equal("decommissioned");
    // Now another stops: a third is silent. The leases are renewed by the rest, who are just four.
    const silent = [1n];
    for (const id of silent) await net.stop(id);
    await net.pass(16);
    expect(new Set(states())).to.deep.equal(new Set(["deregistered"]));
    for (const node of net.running.slice(0, 4)) {
      // Nobody else was touched but those who were silent themselves.
      expect(node.certificates().every(({ worker }) => worker === VICTIM || silent.includes(worker))).to.equal(true);
    }
  });

  it("two thirds that collude shut out whom they like, by what they sign, and nothing more", async () => {
    const two = [1n, 2n, 3n, 4n];
    for (const id of two) net.mute.add(id);
    const others = net.nodes.filter(({ id }) => id !== VICTIM).map(({ staker }) => staker);
    const start = net.running[0]!.ledger.round;
    const figuresBefore = await net.figures(others[0]!);

    // They may not do it for a round in which the victim is not tested, for a round to come, nor with a voice that they lack.
    const judged = testedRound();
    const untested = [judged - 1, judged - 2].find((round) => !quorums.of(round)!.isWorker(VICTIM))!;
    const ahead = { ...certificate(two, judged, "decommission"), round: start + 50 };
    const three = certificate(two.slice(1), judged, "decommission");
    const otherContract = { ...certificate(two, judged, "decommission") };
    const foreign = deriveQuorumTags({ chainId: 1n, contract: REWARDS });
    otherContract.signature = sumSignatures(
      two.map((id) => signed(id, voteMessage(foreign, { round: judged, worker: VICTIM, change: "decommission" }))),
    );
    const wrong = [certificate(two, untested, "decommission"), ahead, three, otherContract];
    await tell({ certificates: wrong.map(toWire) });
    for (const list of certificates()) expect(list).to.deep.equal([]);

    // What they can: one certificate is one lease, in everybody's eyes, and the victim's pay of it.
    await tell({ certificates: [toWire(certificate(two, judged, "decommission"))] });
    await net.pass(SHORT.lagRounds + 1);
    for (const list of certificates()) expect(list.map(({ worker }) => worker)).to.include(VICTIM);
    // The honest see it answering, and four would be needed to take it back: the colluders do not help.
    const standing = net.node(5n).running!.standing(VICTIM);
    expect(standing.unpaid[0]).to.include({ from: judged + SHORT.lagRounds });
    expect(standing.deregistered).to.equal(null);

    // Leases in a row, for longer than the victim's credit: deregistered, for good.
    for (let turn = 0; turn < 30; turn++) {
      await net.pass(1);
      const round = net.running[0]!.ledger.round;
      if (quorums.of(round)?.isWorker(VICTIM)) {
        await tell({ certificates: [toWire(certificate(two, round, "decommission"))] });
      }
    }
    expect(new Set(states())).to.deep.equal(new Set(["deregistered"]));
    const { deregistered, absences } = net.node(5n).running!.standing(VICTIM);
    // Not before its credit was used up, nor by fewer than three quorums.
    expect(deregistered! - absences.at(-1)!.from).to.be.at.least(SHORT.initialCredit);
    expect(absences.at(-1)!.quorums.length).to.be.at.least(SHORT.minQuorums);

    // Nothing more: nobody earns by it, and nobody else is touched.
    const rounds = BigInt(net.running[0]!.ledger.round - start);
    const each = figuresBefore[0]! + rounds * (1_000_000n / NODES);
    for (const staker of others) expect(new Set(await net.figures(staker))).to.deep.equal(new Set([each]));
    // All agree on the victim, who keeps what was earned before.
    const figures = new Set(await net.figures(net.node(VICTIM).staker));
    expect(figures.size).to.equal(1);
    expect([...figures][0]! > 0n).to.equal(true);
  });
});
