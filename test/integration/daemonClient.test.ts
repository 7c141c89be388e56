/**
 * The client of the daemon's JSON-RPC against the node program's own server: every method over real HTTP, every signature real and
 * collected from real nodes, amounts beyond 2^53.
 */
import { expect } from "chai";
import { Interface } from "ethers";
import { publicKeyToHex, signatureFromParams, signatureToHex, hexFromBytes } from "../../src/bls/index.ts";
import { serviceNodeRewardsAbi } from "../../src/chain/abi.ts";
import type { NodeSet } from "../../src/chain/index.ts";
import { CollectError, Collector, DaemonClient } from "../../src/collect/index.ts";
import { createNode, manualClock, nodeKeysFromSeed, PARAMS } from "../../src/node/index.ts";
import type { Aggregate, NodeParams, SessionNode } from "../../src/node/index.ts";
import { setOf } from "../helpers/chaosNode.ts";
import { FakeChain, REWARDS } from "../helpers/fakeChain.ts";
import type { FakeNode } from "../helpers/fakeChain.ts";

const CHAIN_ID = 31_337;
const STAKER = "0x1000000000000000000000000000000000000001";
const PARAMETERS: NodeParams = {
  ...PARAMS.mainnet,
  payableAfterRounds: 0,
  confirmations: 0,
  minSyncIntervalMs: 0,
  pollMs: 600_000,
  testIntervalMs: 600_000,
  // Whoever is silent for five rounds is judged, and given up after ten more.
  announceSeconds: 240,
  proofValidity: 600,
  unreachableAfter: 360,
  epochRounds: 1,
  lagRounds: 2,
  leaseRounds: 4,
  initialCredit: 10,
  creditPerDay: 0,
  maxCredit: 10,
};

const KEYS = ["one", "two", "three", "four", "dead"].map(nodeKeysFromSeed);
const REGISTERED = KEYS.map((keys, i): FakeNode => {
  const { x, y } = keys.blsPublicKey.toAffine();
  return {
    id: BigInt(i + 1),
    key: { X: x, Y: y },
    ed25519: BigInt(keys.ed25519Pubkey),
    contributors: [{ staker: STAKER, beneficiary: STAKER, amount: 25_000n * 10n ** 9n }],
  };
});
const [LEAVING, DEAD] = [1, 4];

describe("the daemon's client against nodes of ours", function () {
  this.timeout(60_000);
  const chain = new FakeChain(1_700_000_000);
  const clock = manualClock(chain.tip.timestamp);
  const nodes: SessionNode[] = [];
  const verifiedCache = new Set<string>();
  let set: NodeSet;
  let collector: Collector;
  let client: DaemonClient;

  /** What the contract holds, read now. */
  const readNow = (): NodeSet => ({
    ...setOf(KEYS.map(({ blsPublicKey, blsPubkey }) => ({ publicKey: blsPublicKey, hex: blsPubkey }))),
    timestamp: clock.now(),
  });

  /** The node's own aggregator asks an ethers provider for the set; here it is the test's. */
  const aggregate: Aggregate = async (request) => {
    const collected = await collector.collect(request);
    return {
      message: hexFromBytes(collected.statement.messages[0] as Uint8Array),
      signature: signatureToHex(signatureFromParams(collected.signature)),
      aggregatePubkey: publicKeyToHex(collected.aggregatePublicKey),
      nonSigners: collected.nonSignerIds,
      ...(collected.rewards[0] ? { amount: collected.rewards[0].amount } : {}),
    };
  };

  before(async () => {
    chain.mine(
      0,
      REGISTERED.map((node) => ({ kind: "seeded", node })),
      { started: true, rate: 5n * (10n ** 15n + 1n) },
    );
    for (let round = 0; round < 3; round++) chain.mine(120);
    clock.set(chain.tip.timestamp);
    // The last one of the contract's nodes does not run.
    for (const keys of KEYS.slice(0, DEAD)) {
      nodes.push(
        createNode(
          { rpcUrl: "", contract: REWARDS, keys, params: PARAMETERS, operators: [STAKER] },
          { provider: chain, clock, aggregate, verifiedCache },
        ),
      );
    }
    await Promise.all(nodes.map((node) => node.start()));
    const peers = nodes.map(({ url, ed25519Pubkey }) => ({ url, ed25519Pubkey }));
    for (const node of nodes)
      node.setPeers([...peers, { url: "http://127.0.0.1:1", ed25519Pubkey: KEYS[DEAD]!.ed25519Pubkey }]);
    set = readNow();
    const readSet = () => Promise.resolve(set);
    collector = new Collector(
      { chainId: CHAIN_ID, contract: REWARDS, retries: 0 },
      { nodes: nodes.map(({ url }) => ({ url })), readSet },
    );
    client = new DaemonClient({ url: nodes[0]!.url, chainId: CHAIN_ID, contract: REWARDS }, { readSet });
  });

  after(async () => {
    await client.close();
    await collector.close();
    await Promise.all(nodes.map((node) => node.stop()));
  });

  const args = ({ data, method }: { data: string; method: string }): unknown[] =>
    new Interface(serviceNodeRewardsAbi).decodeFunctionData(method, data).toArray();

  it("bls_rewards_request: an amount beyond 2^53, to the last digit", async () => {
    const result = await client.rewards(STAKER);
    const expected = await nodes[2]!.lifetimeRewards(STAKER);

    expect(expected > 2n ** 53n && BigInt(Number(expected)) !== expected, `${expected} fits a double`).to.equal(true);
    expect(result.rewards).to.deep.equal([{ recipient: STAKER, amount: expected }]);
    expect(result.height).to.equal(chain.tip.number);
    expect(result.nonSignerIds).to.deep.equal([5n]);
    expect(args(result.call()).slice(0, 2)).to.deep.equal([STAKER, expected]);
    const older = await client.rewards(STAKER, chain.tip.number - 1);
    expect(older.rewards[0]!.amount < expected).to.equal(true);
    // Heights of 0 and below count back from the newest.
    for (const [relative, height] of [
      [0, chain.tip.number],
      [-1, chain.tip.number],
      [-2, chain.tip.number - 1],
    ] as const) {
      expect((await client.rewards(STAKER, relative)).height, `${relative}`).to.equal(height);
    }
  });

  it("bls_registration_request: the proof of possession is the node's, for the operator that asked", async () => {
    const result = await client.registration(STAKER);

    expect(result).to.deep.include({
      operator: STAKER,
      blsPublicKey: KEYS[0]!.blsPubkey,
      ed25519PublicKey: KEYS[0]!.ed25519Pubkey,
    });
    expect(result.ed25519Signature).to.match(/^0x[0-9a-f]{128}$/);
  });

  it("get_info", async () => {
    expect(await client.info()).to.deep.equal({ height: chain.tip.number, nettype: "devnet" });
  });

  it("bls_exit_liquidation_request: refused in the node's words before the unlock, signed after", async () => {
    const leaving = { blsPubkey: KEYS[LEAVING]!.blsPubkey };
    const refusal = await client.departure("exit", leaving).catch((error: unknown) => error as CollectError);
    expect(refusal).to.be.instanceOf(CollectError);
    expect((refusal as CollectError).code).to.equal("unavailable");
    expect((refusal as CollectError).details).to.deep.equal({ code: "-14" });
    expect(await client.departing()).to.deep.equal([]);

    chain.mine(60, [{ kind: "exitRequest", node: REGISTERED[LEAVING]! }]);
    chain.mine(PARAMETERS.unlockDelay);
    clock.set(chain.tip.timestamp);
    set = readNow();
    const byBls = await client.departure("exit", leaving);
    expect(byBls.timestamp).to.equal(clock.now());
    expect(byBls.nonSignerIds).to.deep.equal([5n]);
    expect(byBls.call().method).to.equal("exitBLSPublicKeyWithSignature");
    expect(args(byBls.call())[1]).to.equal(BigInt(clock.now()));
    // The older spelling of the question.
    const byEd25519 = await client.departure("exit", { ...leaving, ed25519Pubkey: KEYS[LEAVING]!.ed25519Pubkey });
    expect(byEd25519.signature).to.deep.equal(byBls.signature);

    const [entry, ...others] = await client.departing();
    expect(others).to.deep.equal([]);
    expect(entry).to.deep.include({
      blsPublicKey: KEYS[LEAVING]!.blsPubkey,
      ed25519PublicKey: KEYS[LEAVING]!.ed25519Pubkey,
      type: "exit",
    });
    expect(entry!.liquidationHeight).to.be.greaterThan(chain.tip.number);
  });

  it("bls_exit_liquidation_list and a liquidation, of an exit that was not used and of a node that died", async () => {
    for (let round = 0; round < 20; round++) {
      chain.mine(PARAMETERS.roundSeconds);
      clock.set(chain.tip.timestamp);
      for (const node of nodes) await node.tick();
    }
    chain.mine(PARAMETERS.exitSigningWindow + PARAMETERS.liquidationDelay);
    clock.set(Math.max(chain.tip.timestamp, clock.now()));
    set = readNow();

    const list = await client.departing();
    expect(list.map(({ blsPublicKey, type }) => [blsPublicKey, type])).to.deep.equal([
      [KEYS[LEAVING]!.blsPubkey, "exit"],
      [KEYS[DEAD]!.blsPubkey, "deregister"],
    ]);
    for (const { blsPublicKey, ed25519PublicKey } of list) {
      const names = { blsPubkey: blsPublicKey, ed25519Pubkey: ed25519PublicKey };
      const result = await client.departure("liquidate", names);
      expect(result.call().method).to.equal("liquidateBLSPublicKeyWithSignature");
      expect(result.rewards).to.deep.equal([]);
    }
    const refusal = (await client
      .departure("exit", { blsPubkey: KEYS[LEAVING]!.blsPubkey })
      .catch((error: unknown) => error)) as CollectError;
    expect(refusal.message).to.include("could not make a BLS signature");
  });

  it("-16 for a node that the contract does not hold", async () => {
    const blsPubkey = nodeKeysFromSeed("nobody").blsPubkey;
    const refusal = (await client.departure("exit", { blsPubkey }).catch((error: unknown) => error)) as CollectError;
    expect(refusal.details).to.deep.equal({ code: "-16" });
  });
});
