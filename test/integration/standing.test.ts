/** The standing of nodes, lived through by real nodes: what each sentence of the issue complained of does not happen any more. */
import { expect } from "chai";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNode } from "../../src/node/index.ts";
import { REWARDS } from "../helpers/fakeChain.ts";
import { SHORT, StandingNetwork } from "../helpers/standingNetwork.ts";

describe("standing in a network of real nodes", function () {
  this.timeout(120_000);
  let net: StandingNetwork;
  afterEach(() => net.end());

  const stateOf = (viewer: bigint, id: bigint) =>
    net
      .node(viewer)
      .running?.peerReport()
      .find((report) => report.id === id);

  it("a new node needs one address of another to find them all", async () => {
    net = new StandingNetwork(5);
    for (const id of [1n, 2n, 3n, 4n, 5n]) await net.start(id);
    await net.pass(3);
    for (const viewer of net.nodes) {
      const reports = viewer.running?.peerReport() ?? [];
      expect(reports.map(({ state, failing }) => [state, failing])).to.deep.equal(Array(4).fill(["active", false]));
      expect(reports.every(({ announcedAt, lastSeen }) => announcedAt !== null && lastSeen !== null)).to.equal(true);
    }
  });

  it("a node that announces itself is heard of, and neither tests nor votes", async () => {
    net = new StandingNetwork(5);
    for (const id of [1n, 2n, 3n, 4n, 5n]) await net.start(id);
    for (const node of net.running) await node.announce();
    for (const node of net.running) await node.announce();
    const reports = net.nodes.flatMap(({ running }) => running?.peerReport() ?? []);
    expect(reports.filter(({ announcedAt }) => announcedAt !== null).length).to.be.greaterThan(10);
    expect(reports.every(({ lastSeen }) => lastSeen === null)).to.equal(true);
    expect(net.running.flatMap((node) => node.polls())).to.deep.equal([]);
    // What it has said it does not say again before it is due.
    const timesOf = () => net.running.map((node) => node.peerReport().map(({ announcedAt }) => announcedAt));
    const times = timesOf();
    for (const node of net.running) await node.announce();
    expect(
      timesOf()
        .flat()
        .filter((time, i) => times.flat()[i] !== null && time !== times.flat()[i]),
    ).to.deep.equal([]);
  });

  it("a node that was cut off for hours harms nobody but itself, and is back when it answers again", async () => {
    net = new StandingNetwork(6);
    for (const { id } of net.nodes) await net.start(id);
    await net.pass(8);
    net.cut.add(6n);
    await net.pass(14);
    // Cut off, it sees all others fail; it abstains, and holds none of them for anything but active.
    for (let id = 1n; id <= 5n; id++)
      expect(stateOf(6n, id)).to.include({ state: "active", deregisteredAt: null, failing: true });
    // The others have certificates about it, and about nobody else.
    expect(stateOf(1n, 6n)?.state).to.equal("decommissioned");
    const certificates = net.node(1n).running?.certificates() ?? [];
    expect(certificates.every(({ worker, change }) => worker === 6n && change === "decommission")).to.equal(true);

    net.cut.clear();
    await net.pass(12);
    for (const { id: viewer } of net.nodes.slice(0, 5))
      expect(stateOf(viewer, 6n)).to.include({ state: "active", failing: false });
    expect(
      net
        .node(3n)
        .running?.certificates()
        .some(({ change }) => change === "recommission"),
    ).to.equal(true);
    expect(new Set(await net.figures(net.node(6n).staker)).size).to.equal(1);

    // Nine days later: it signs no healthy node's liquidation, and refuses no exit.
    await net.pass(1, [{ kind: "exitRequest", node: net.node(2n).registered }]);
    const blsPubkey = net.node(2n).keys.blsPubkey;
    const timestamp = net.chain.tip.timestamp + SHORT.unlockDelay;
    net.chain.mine(SHORT.unlockDelay);
    net.clock.set(timestamp);
    await Promise.all(net.running.map((node) => node.sync()));
    expect(await net.ask("/v1/liquidate", { blsPubkey: net.node(1n).keys.blsPubkey, timestamp })).to.deep.equal(
      Array(6).fill(403),
    );
    expect(await net.ask("/v1/exit", { blsPubkey, timestamp })).to.deep.equal(Array(6).fill(200));
  });

  it("a node that announces no address is tested like any other, not paid, deregistered and liquidated", async () => {
    net = new StandingNetwork(6);
    for (const { id } of net.nodes.slice(0, 5)) await net.start(id);
    const silent = net.node(6n);
    await net.pass(9);
    const before = await net.figures(silent.staker);
    expect(before[0]! > 0n).to.equal(true);

    await net.pass(30);
    const [first, ...others] = await net.figures(silent.staker);
    for (const figure of others) expect(figure).to.equal(first);
    // From the first certificate's effective round on it has earned nothing, and nobody has earned more for it.
    const rounds = first! / (1_000_000n / 6n);
    expect(rounds).to.be.within(7n, 12n);
    const healthy = await net.figures(net.node(1n).staker);
    expect(new Set(healthy).size).to.equal(1);
    expect(healthy[0]).to.equal(39n * (1_000_000n / 6n));

    const reports = net.running.map((node) => node.peerReport().find(({ id }) => id === 6n));
    for (const report of reports) expect(report).to.include({ state: "deregistered" });
    const deregisteredAt = reports[0]?.deregisteredAt as number;
    expect(new Set(reports.map((report) => report?.deregisteredAt)).size).to.equal(1);
    const body = { blsPubkey: silent.keys.blsPubkey };
    const from = deregisteredAt + SHORT.liquidationDelay;
    for (const [now, status] of [
      [from - 1, 403],
      [from, 200],
    ] as const) {
      net.clock.set(now);
      expect(await net.ask("/v1/liquidate", { ...body, timestamp: now })).to.deep.equal(Array(5).fill(status));
      expect(await net.ask("/v1/exit", { ...body, timestamp: now })).to.deep.equal(Array(5).fill(403));
    }
  });

  it("all come to the same figures: after a restart from disk, without it, and for one that starts late", async () => {
    net = new StandingNetwork(6);
    const stateDir = await mkdtemp(join(tmpdir(), "standing-"));
    try {
      for (const { id } of net.nodes.slice(0, 4)) await net.start(id, id === 1n ? { stateDir } : {});
      await net.pass(24);
      // Only four of six ran: both silent ones are judged by all of the four.
      const known = net.node(2n).running?.certificates().length ?? 0;
      expect(known).to.be.at.least(4);
      await net.stop(1n);
      await net.stop(3n);
      // A node without an archive: nothing can be read of the state of old blocks.
      const { number: tip } = net.chain.tip;
      const old: string[] = [];
      net.chain.before = (method, params) => {
        const [what, where] = params as [unknown, { blockHash: string } | undefined];
        const { fromBlock } = (method === "eth_getLogs" ? what : {}) as { fromBlock?: string };
        const block = net.chain.blocks.find(({ hash }) => hash === where?.blockHash)?.number;
        if (Number(fromBlock ?? block ?? tip) < tip - 1) old.push(method);
      };
      await net.start(1n, { stateDir });
      // From disk: it knows what it knew, and reads nothing old.
      expect(net.node(1n).running?.certificates().length).to.equal(known);
      expect(old).to.deep.equal([]);
      net.chain.before = () => undefined;
      await net.start(3n);
      await net.start(5n);
      await net.pass(2);
      for (const staker of net.nodes.map((node) => node.staker)) {
        expect(new Set(await net.figures(staker)).size, staker).to.equal(1);
      }
      for (const node of net.running) expect(node.certificates().length).to.be.at.least(known);
    } finally {
      await rm(stateDir, { recursive: true });
    }
  });

  it("makes archives of days that are over, which a newcomer takes instead of verifying each certificate", async () => {
    net = new StandingNetwork(5);
    for (const { id } of net.nodes.slice(0, 4)) await net.start(id);
    await net.pass(SHORT.dayRounds + SHORT.voteRounds + SHORT.lagRounds + 2);
    const all = await Promise.all(
      net.running.map(
        async ({ url }) =>
          ((await (await fetch(`${url}/v1/archives`)).json()) as { archives: { day: number }[] }).archives,
      ),
    );
    expect(all.flat().map(({ day }) => day)).to.include(0);
    const early = await fetch(`${net.running[0]!.url}/v1/archive`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ day: 1 }),
    });
    expect(early.status).to.equal(403);
  });

  it("a node that answers and never votes is decommissioned, and is back when it votes", async () => {
    net = new StandingNetwork(5);
    for (const { id } of net.nodes) await net.start(id);
    const idle = net.node(5n);
    net.absent.add(5n);
    // Of three duties one may be missed; the first window had begun before anybody watched.
    await net.pass(4 * SHORT.dutyRounds + SHORT.lagRounds + SHORT.epochRounds + 1);
    for (const viewer of [1n, 2n, 3n, 4n]) expect(stateOf(viewer, 5n), `${viewer}`).to.include({ failing: true });
    await net.pass(SHORT.lagRounds + 1);
    for (const viewer of [1n, 2n, 3n, 4n]) expect(stateOf(viewer, 5n)?.state, `${viewer}`).to.equal("decommissioned");
    const all = net.node(1n).running?.certificates() ?? [];
    expect(all.every(({ worker, change }) => worker === 5n && change === "decommission")).to.equal(true);
    net.absent.clear();
    await net.pass(2 * SHORT.dutyRounds + 2 * SHORT.lagRounds + 2 * SHORT.epochRounds + 1);
    for (const viewer of [1n, 2n, 3n, 4n]) {
      expect(stateOf(viewer, 5n)).to.include({ state: "active", failing: false });
    }
    expect(new Set(await net.figures(idle.staker)).size).to.equal(1);
  });

  it("a node that tells another address within a day is charged one lease, once, and nothing else", async () => {
    net = new StandingNetwork(5);
    for (const { id } of net.nodes.slice(0, 4)) await net.start(id);
    await net.start(5n, { announce: ["http://127.0.0.1:1"] });
    // It answers at its first address, by the tests that are played; then it moves.
    await net.pass(7);
    await net.stop(5n);
    const moved = await net.start(5n);
    const { port } = new URL(moved.url);
    await net.stop(5n);
    await net.start(5n, { port: Number(port), announce: [`http://localhost:${port}`] });
    await net.pass(SHORT.leaseRounds + 2 * SHORT.epochRounds + SHORT.lagRounds);
    const lists = net.nodes
      .slice(0, 4)
      .map(({ running }) =>
        (running?.certificates() ?? []).filter(({ worker, change }) => worker === 5n && change === "ip-change"),
      );
    for (const list of lists) expect(list.length).to.equal(1);
    const { unpaid, deregistered } = net.node(1n).running!.standing(5n);
    const from = lists[0]![0]!.round + SHORT.lagRounds;
    expect(unpaid.some((rounds) => rounds.from <= from && from + SHORT.leaseRounds <= rounds.until)).to.equal(true);
    expect(deregistered).to.equal(null);
    expect(new Set(await net.figures(net.node(5n).staker)).size).to.equal(1);
    const healthy = await net.figures(net.node(1n).staker);
    expect(healthy[0]).to.equal(BigInt(net.running[0]!.ledger.round) * (1_000_000n / 5n));
  });

  it("hashes fees and opening rewards into the rules", async () => {
    net = new StandingNetwork(3);
    const rules = async (options: object): Promise<string> => {
      const node = createNode(
        { rpcUrl: "", contract: REWARDS, keys: net.node(1n).keys, params: SHORT, ...options },
        { provider: net.chain, clock: net.clock },
      );
      await node.start();
      const { rules: fingerprint } = node.info();
      await node.stop();
      return fingerprint;
    };
    const key = net.node(2n).keys.ed25519Pubkey;
    const staker = net.node(2n).staker;
    const all = [
      await rules({}),
      await rules({ fees: { [key]: 500 } }),
      await rules({ fees: { [key]: 501 } }),
      await rules({ openingRewards: { [staker]: 1n } }),
      await rules({ params: { ...SHORT, leaseRounds: 9 } }),
    ];
    expect(new Set(all).size).to.equal(all.length);
    expect(await rules({ fees: { [key.toUpperCase().replace("0X", "0x")]: 500 } })).to.equal(all[1]);
  });
});
