/**
 * What the node did while it judged alone, a test for each sentence of the complaint. Written by what a stranger sees, reports, HTTP and
 * JSON-RPC, so that the same tests run on the node as it was (commit 3802486), where each fails. What `register --broadcast` staked on is in
 * cli.test.ts.
 */
import { expect } from "chai";
import { nodeKeysFromSeed, PARAMS } from "../../src/node/index.ts";
import type { NodeParams } from "../../src/node/index.ts";
import { StandingNetwork } from "../helpers/standingNetwork.ts";

/** The live network's rules; the nodes move when they are told. */
const LIVE: NodeParams = {
  ...PARAMS.mainnet,
  payableAfterRounds: 0,
  confirmations: 0,
  historyBlocks: 100_000,
  minSyncIntervalMs: 0,
  pollMs: 600_000,
  testIntervalMs: 600_000,
};
const HOUR = 30; // rounds
const DAY = 86_400;
const RATE = 1_000_000n;
/** Six that the contract was seeded with, of which all but the last run, and one that registered with zeros for a signature. */
const [HEALTHY, OFFLINE, SILENT] = [1n, 5n, 6n];
const STRANGER = "0x9000000000000000000000000000000000000009";

describe("what nodes did while each judged alone", function () {
  this.timeout(240_000);
  let net: StandingNetwork;
  let unsigned: string;
  /** The silent node's lifetime rewards after each of the six hours, in a healthy node's eyes. */
  const silentFigures: bigint[] = [];

  before(async () => {
    net = new StandingNetwork(6, LIVE);
    const { x, y } = nodeKeysFromSeed("standing zeros").blsPublicKey.toAffine();
    const ed25519 = BigInt(nodeKeysFromSeed("standing zeros").ed25519Pubkey);
    unsigned = `0x${(0xb000).toString(16).padStart(40, "0")}`;
    const contributors = [{ staker: unsigned, beneficiary: unsigned, amount: 25_000n }];
    net.chain.mine(1, [{ kind: "added", node: { id: 7n, key: { X: x, Y: y }, ed25519, contributors } }]);
    for (const { id } of net.nodes) if (id !== SILENT) await net.start(id);
    // Proofs of a test are good for 2 h 05 min: three hours until everybody may vote and has been seen.
    await net.pass(3 * HOUR);
    net.cut.add(OFFLINE);
    for (let hour = 0; hour < 6; hour++) {
      await net.pass(HOUR);
      silentFigures.push(await net.node(HEALTHY).running!.lifetimeRewards(net.node(SILENT).staker));
    }
    net.cut.clear();
    // Within a quarter of an hour it has asked its peers for what it missed.
    await net.pass(9);
  });
  after(() => net.end());

  const stateOf = (viewer: bigint, id: bigint) =>
    net
      .node(viewer)
      .running?.peerReport()
      .find((report) => report.id === id);

  it("a node that was offline for six hours holds no peer for deregistered", () => {
    for (const id of [1n, 2n, 3n, 4n])
      expect(stateOf(OFFLINE, id)).to.include({ state: "active", deregisteredAt: null });
  });

  it("a node that announces no address is tested like any other, and its pay ends", async () => {
    const [, , third, , , last] = silentFigures as [bigint, bigint, bigint, bigint, bigint, bigint];
    expect(third > 0n).to.equal(true);
    expect(last).to.equal(third);
    expect(new Set(await net.figures(net.node(SILENT).staker))).to.deep.equal(new Set([third]));
    for (const viewer of [1n, 2n, 3n, 4n]) expect(stateOf(viewer, SILENT)?.state, `${viewer}`).to.equal("deregistered");
  });

  it("a registration with an Ed25519 signature of zeros is not paid, and takes no share of others", async () => {
    expect(new Set(await net.figures(unsigned))).to.deep.equal(new Set([0n]));
    const rounds = BigInt(net.node(HEALTHY).running!.ledger.round);
    const healthy = await net.figures(net.node(HEALTHY).staker);
    expect(new Set(healthy)).to.deep.equal(new Set([rounds * (RATE / 6n)]));
  });

  it("nobody gets a proof of possession for an address of his own from a node's public port", async () => {
    const { url } = net.node(HEALTHY).running!;
    for (const address of [STRANGER, STRANGER.slice(2)]) {
      const call = { jsonrpc: "2.0", id: 0, method: "bls_registration_request", params: { address } };
      const reply = await (await fetch(`${url}/json_rpc`, { method: "POST", body: JSON.stringify(call) })).json();
      expect(reply).to.have.nested.property("error.code", -14);
      expect(JSON.stringify(reply)).not.to.match(/[0-9a-f]{256}/i);
    }
  });

  it("an anonymous request of 9 kB about strangers costs no signature and no read of an archive", async () => {
    // A ledger that begins in mid-life is one that has to read what was on record.
    await net.stop(HEALTHY);
    const { url } = await net.start(HEALTHY, { genesisHeight: net.chain.tip.number - 3 });
    const recipients = Array.from({ length: 200 }, (_, i) => `0x${(i + 1).toString(16).padStart(40, "9")}`);
    const body = JSON.stringify({ recipients, height: net.chain.tip.number });
    expect(body.length).to.be.within(8_500, 9_500);
    net.chain.calls.clear();
    const response = await fetch(`${url}/v1/rewards`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    expect(await response.text()).not.to.match(/[0-9a-f]{256}/i);
    expect(response.status).to.equal(403);
    expect([...net.chain.calls]).to.deep.equal([]);
  });

  describe("nine days later", () => {
    const ask = async (path: string, id: bigint, timestamp: number): Promise<number> => {
      const all = await net.ask(path, { blsPubkey: net.node(id).keys.blsPubkey, timestamp });
      return all[net.running.indexOf(net.node(OFFLINE).running!)]!;
    };
    const to = async (seconds: number): Promise<number> => {
      net.chain.mine(seconds);
      net.clock.set(net.chain.tip.timestamp);
      await Promise.all(net.running.map((node) => node.sync()));
      return net.chain.tip.timestamp;
    };
    before(() => net.pass(1, [{ kind: "exitRequest", node: net.node(2n).registered }]));

    it("it signs the liquidation of no healthy node", async () => {
      const ninth = await to(9 * DAY);
      for (const id of [1n, 3n, 4n]) expect(await ask("/v1/liquidate", id, ninth), `${id}`).to.equal(403);
    });

    it("it refuses no exit", async () => {
      expect(await ask("/v1/exit", 2n, await to(LIVE.unlockDelay - 9 * DAY))).to.equal(200);
    });
  });
});
