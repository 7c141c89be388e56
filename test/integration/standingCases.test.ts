/** The rare cases of docs/standing.md, "Cases", lived through by real nodes. */
import { expect } from "chai";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ed25519SignatureToParams, signRegistration } from "../../src/bls/index.ts";
import type { NodeParams } from "../../src/node/index.ts";
import { SHORT, StandingNetwork } from "../helpers/standingNetwork.ts";

const ROUND = SHORT.roundSeconds;

describe("standing in rare cases", function () {
  this.timeout(120_000);
  let net: StandingNetwork;
  afterEach(() => net.end());

  const reportOf = (viewer: bigint, id: bigint) =>
    net
      .node(viewer)
      .running?.peerReport()
      .find((report) => report.id === id);
  const departure = (path: "exit" | "liquidate", id: bigint): Promise<number[]> =>
    net.ask(`/v1/${path}`, { blsPubkey: net.node(id).keys.blsPubkey, timestamp: net.chain.tip.timestamp });

  it("a node that is silent before its unlock, and would be deregistered after it, may leave", async () => {
    const params: NodeParams = { ...SHORT, leaseRounds: 20, unlockDelay: 40 * ROUND, exitSigningWindow: 100 * ROUND };
    net = new StandingNetwork(6, params);
    for (const { id } of net.nodes) await net.start(id);
    await net.pass(10, [{ kind: "exitRequest", node: net.node(6n).registered }]);
    await net.pass(12);
    await net.stop(6n);
    await net.pass(23);
    // Decommissioned by now, and unlocked; nobody else is.
    const { absences } = net.node(1n).running!.standing(6n);
    expect(absences.length).to.equal(1);
    expect(await departure("exit", 6n)).to.deep.equal(Array(5).fill(200));
    await net.pass(12);
    const { deregistered } = net.node(1n).running!.standing(6n);
    const unlocked = 41;
    // The leases go on, and would use up its credit.
    expect(deregistered).to.be.within(unlocked, net.node(1n).running!.ledger.round);
    expect(await departure("exit", 6n)).to.deep.equal(Array(5).fill(200));
    expect(await departure("liquidate", 6n)).to.deep.equal(Array(5).fill(403));
  });

  it("a key that registers anew starts anew, whatever became of it before", async () => {
    net = new StandingNetwork(6);
    for (const { id } of net.nodes) await net.start(id);
    const { keys, registered, staker } = net.node(6n);
    await net.pass(8);
    await net.stop(6n);
    await net.pass(36);
    expect(reportOf(1n, 6n)?.state).to.equal("deregistered");
    await net.pass(1, [{ kind: "liquidation", node: registered, returned: 24_000n }]);
    const before = await net.figures(staker);
    const signature = ed25519SignatureToParams(signRegistration(keys.ed25519Seed, keys.blsPublicKey));
    await net.pass(1, [{ kind: "added", node: { ...registered, id: 7n, signature } }]);
    await net.start(6n);
    await net.pass(12);
    expect(net.node(1n).running?.standing(6n).deregistered).to.not.equal(null);
    // Of its former announcements nothing is left.
    const told = await fetch(`${net.running[0]!.url}/v1/announcements?since=0`);
    const { announcements } = (await told.json()) as { announcements: { id: string }[] };
    expect(announcements.map(({ id }) => id).sort()).to.deep.equal(["1", "2", "3", "4", "5", "7"]);
    for (const viewer of [1n, 2n, 3n, 4n, 5n]) {
      expect(reportOf(viewer, 7n)).to.include({ state: "active", failing: false, deregisteredAt: null });
    }
    const after = await net.figures(staker);
    expect(new Set(after).size).to.equal(1);
    expect(after[0]! - before[0]!).to.equal(12n * (1_000_000n / 6n));
  });

  it("while the chain stands still nobody is judged, and nobody for it when it goes on", async () => {
    net = new StandingNetwork(5);
    for (const { id } of net.nodes) await net.start(id);
    await net.pass(8);
    // No block for longer than a proof is good for, four times over; nodes go on announcing, by their clocks.
    for (let step = 0; step < 10; step++) {
      net.clock.set(net.clock.now() + 2 * ROUND);
      for (const node of net.running) await node.tick();
    }
    net.chain.mine(20 * ROUND);
    for (const node of net.running) await node.tick();
    await net.pass(6);
    for (const node of net.running) {
      expect(node.certificates()).to.deep.equal([]);
      expect(node.peerReport().map(({ state, failing }) => [state, failing])).to.deep.equal(
        Array(4).fill(["active", false]),
      );
    }
    // All rounds of the gap are paid, to all.
    const rounds = BigInt(net.running[0]!.ledger.round);
    expect(new Set(await net.figures(net.node(1n).staker))).to.deep.equal(new Set([rounds * (1_000_000n / 5n)]));
  });

  it("an upgrade of all nodes at once loses no certificate, and believes none unverified", async () => {
    net = new StandingNetwork(6);
    const folders = await Promise.all([1, 2, 3, 4].map(() => mkdtemp(join(tmpdir(), "standing-"))));
    const start = async (params: NodeParams): Promise<void> => {
      for (const [index, stateDir] of folders.entries()) await net.start(BigInt(index + 1), { stateDir, params });
    };
    try {
      await start(SHORT);
      await net.pass(20);
      const judgements = () =>
        net.running.map((node) => node.certificates().map(({ round, worker }) => [round, worker]));
      const known = judgements();
      for (const list of known) expect(list.length).to.be.at.least(2);
      for (const id of [1n, 2n, 3n, 4n]) await net.stop(id);
      // One with the signature of another is not believed; under the same rules the disk would be.
      const file = join(folders[0]!, "certificates.jsonl");
      const lines = (await readFile(file, "utf8")).trim().split("\n");
      const [first, second] = lines.map(
        (line) => JSON.parse(line) as { round: number; worker: string; signature: string },
      );
      const swapped = JSON.stringify({ ...first, signature: second!.signature });
      await writeFile(file, `${[swapped, ...lines.slice(1)].join("\n")}\n`);
      known[0] = known[0]!.filter(([round, worker]) => round !== first!.round || `${worker}` !== first!.worker);

      await start({ ...SHORT, timestampTolerance: SHORT.timestampTolerance + 1 });
      expect(judgements()).to.deep.equal(known);
    } finally {
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
    }
  });

  it("a node whose seeds are down when it starts is found when one is back, within its announcements", async () => {
    net = new StandingNetwork(5);
    for (const { id } of net.nodes.slice(0, 4)) await net.start(id);
    const seeds = net.running.slice(0, 2).map(({ url }) => ({ url }));
    await net.stop(1n);
    await net.stop(2n);
    await net.start(5n, { peers: seeds });
    await net.pass(2);
    expect(reportOf(3n, 5n)?.announcedAt).to.equal(null);
    await net.start(1n, { port: Number(new URL(seeds[0]!.url).port) });
    await net.start(2n);
    await net.pass(5);
    for (const viewer of [1n, 2n, 3n, 4n]) expect(reportOf(viewer, 5n)).to.include({ state: "active", failing: false });
    for (const id of [1n, 2n, 3n, 4n]) expect(reportOf(5n, id)).to.include({ failing: false });
    for (const node of net.running) expect(node.certificates()).to.deep.equal([]);
  });
});
