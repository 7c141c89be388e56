/**
 * A network in which everything that can go wrong does: nodes that are dead, slow, lying or worse, and an endpoint of the chain
 * that errs, lags and changes its mind. In every case the outcome is a right aggregate, accepted by the real contract, or a clear
 * refusal, in bounded time; and nothing is left behind.
 */
import { expect } from "chai";
import { getRewards, readNodeSet, RevertError, send } from "../../src/chain/index.ts";
import type { NodeSet } from "../../src/chain/index.ts";
import type { CollectorOptions, CollectRequest } from "../../src/collect/index.ts";
import { Collector, submit } from "../../src/collect/index.ts";
import { ChaosChain } from "../helpers/chaosChain.ts";
import type { Behaviour, ChaosNode } from "../helpers/chaosNode.ts";
import type { ChaosSystem } from "../helpers/chaosSystem.ts";
import { expectAccepted, startChaosSystem } from "../helpers/chaosSystem.ts";
import { testNode } from "../helpers/TestNetwork.ts";
import { refusalOf } from "../helpers/refusalOf.ts";

const SESH = 1_000_000_000n;
const SIZE = 12;
/** One third of twelve may be missing. */
const TOLERATED = 4;

/** Far above the 4.5 s deadline of the tests' collections: the machine may be busy. */
const BOUND_MS = 15_000;

type Expectation = { reason: string; bad: boolean } | "signs";

/** What each behaviour must be reported as: the reason of the node's silence, and whether the node is named as bad. */
const EXPECTED: Partial<Record<Behaviour, Expectation>> = {
  late: "signs",
  flapping: "signs",
  behind: "signs",
  "two-faced": "signs",
  refusing: { reason: "refused", bad: false },
  hanging: { reason: "timeout", bad: false },
  dripping: { reason: "timeout", bad: false },
  resetting: { reason: "reset", bad: false },
  redirecting: { reason: "http-error", bad: false },
  unwilling: { reason: "not-eligible", bad: false },
  garbage: { reason: "not-json", bad: false },
  "not-http": { reason: "not-json", bad: false },
  megabytes: { reason: "too-large", bad: false },
  endless: { reason: "too-large", bad: false },
  deep: { reason: "not-json", bad: false },
  overpaying: { reason: "other-amounts", bad: false },
  lying: { reason: "bad-signature", bad: true },
  replaying: { reason: "other-question", bad: true },
  "other-question": { reason: "other-question", bad: true },
  posing: { reason: "impostor", bad: true },
  "non-canonical": { reason: "bad-signature-encoding", bad: true },
  "off-curve": { reason: "bad-signature-encoding", bad: true },
  infinity: { reason: "bad-signature-encoding", bad: true },
  "out-of-subgroup": { reason: "bad-signature", bad: true },
};

describe("chaos", function () {
  this.timeout(180_000);

  let chain: ChaosSystem;
  let proxy: ChaosChain;
  let snapshot: { restore(): Promise<void> };
  let lifetime = 0n;
  const collectors: Collector[] = [];
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown) => rejections.push(reason);

  before(async function () {
    process.on("unhandledRejection", onRejection);
    chain = await startChaosSystem({ seeds: SIZE });
    chain.chaos.amountOf = (_, height) => lifetime + BigInt(height - chain.chaos.height);
    proxy = new ChaosChain(chain.url);
    await proxy.start();
    snapshot = await chain.connection.networkHelpers.takeSnapshot();
  });

  after(async function () {
    await proxy.stop();
    await chain.stop();
    process.off("unhandledRejection", onRejection);
  });

  beforeEach(async function () {
    await snapshot.restore();
    lifetime += SESH;
    proxy.mishap = undefined;
    for (const node of chain.nodes) await become(node, "honest");
  });

  afterEach(async function () {
    await Promise.all(collectors.splice(0).map((collector) => collector.close()));
    // Whatever was aborted has had its turn of the event loop by now.
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(rejections).to.deep.equal([]);
  });

  async function become(node: ChaosNode, behaviour: Behaviour): Promise<void> {
    node.delayMs = behaviour === "late" ? 400 : 0;
    node.served = 0;
    node.poseAs = chain.nodes[0]?.hex;
    node.behaviour = behaviour;
    if (behaviour === "refusing") await node.stop();
    else await node.start();
  }

  const readSet = (previous?: NodeSet) => readNodeSet(chain.rewards, previous ? { previous } : {});

  function collector(
    options: Partial<CollectorOptions> = {},
    read: (previous?: NodeSet) => Promise<NodeSet> = readSet,
    known = true,
  ): Collector {
    const created = new Collector(
      { chainId: 31_337n, contract: chain.contract, timeoutMs: 2_000, deadlineMs: 4_500, retryDelayMs: 20, ...options },
      {
        nodes: () => chain.nodes.map(({ url, hex }) => (known ? { url, blsPubkey: hex } : { url })),
        readSet: read,
      },
    );
    collectors.push(created);
    return created;
  }

  const reward = (): CollectRequest => ({
    kind: "reward",
    recipient: chain.recipient.address,
    height: chain.chaos.height,
  });

  for (const [behaviour, expected] of Object.entries(EXPECTED) as [Behaviour, Expectation][]) {
    it(`one ${behaviour} node`, async function () {
      await become(chain.nodes[5] as ChaosNode, behaviour);
      const started = performance.now();
      const collected = await collector().collect(reward());

      expect(performance.now() - started).to.be.lessThan(BOUND_MS);
      const silent = collected.nonSigners.map(({ id, reason }) => [id, reason]);
      if (expected === "signs") expect(silent).to.deep.equal([]);
      else {
        expect(silent).to.deep.equal([[6n, expected.reason]]);
        expect(collected.badNodes.map((bad) => bad.url)).to.deep.equal(expected.bad ? [chain.nodes[5]?.url] : []);
      }
      await expectAccepted(chain, collected, lifetime);
    });
  }

  it("as many different faults at once as the contract tolerates", async function () {
    const faults: Behaviour[] = ["lying", "endless", "hanging", "out-of-subgroup"];
    for (const [i, behaviour] of faults.entries()) await become(chain.nodes[i] as ChaosNode, behaviour);
    const collected = await collector().collect(reward());

    expect(collected.nonSigners.map((node) => node.reason)).to.deep.equal([
      "bad-signature",
      "too-large",
      "timeout",
      "bad-signature",
    ]);
    await expectAccepted(chain, collected, lifetime);
  });

  it("one fault too many: a clear refusal that names all of them", async function () {
    const faults: Behaviour[] = ["lying", "refusing", "hanging", "posing", "garbage"];
    for (const [i, behaviour] of faults.entries()) await become(chain.nodes[i + 1] as ChaosNode, behaviour);
    const started = performance.now();
    const refusal = await refusalOf(collector().collect(reward()));

    expect(performance.now() - started).to.be.lessThan(BOUND_MS);
    expect(refusal.code).to.equal("too-few-signers");
    expect(refusal.details).to.include({ signers: SIZE - TOLERATED - 1, required: SIZE - TOLERATED, nodes: SIZE });
    const silent = refusal.details["nonSigners"] as { id: bigint; reason: string }[];
    expect(silent.map(({ id, reason }) => [id, reason])).to.deep.equal([
      [2n, "bad-signature"],
      [3n, "refused"],
      [4n, "timeout"],
      [5n, "impostor"],
      [6n, "not-json"],
    ]);
  });

  it("every node is bad, in its own way", async function () {
    const kinds = Object.entries(EXPECTED).flatMap(([kind, what]) => (what === "signs" ? [] : [kind as Behaviour]));
    for (const [i, node] of chain.nodes.entries()) await become(node, kinds[(i * 2) % kinds.length] as Behaviour);
    const started = performance.now();
    const refusal = await refusalOf(collector().collect(reward()));

    expect(performance.now() - started).to.be.lessThan(BOUND_MS);
    expect(refusal.code).to.equal("too-few-signers");
    // The one that claims another amount is alone with it.
    expect(refusal.details["signers"]).to.be.at.most(1);
  });

  it("impostors at unknown addresses take nobody's place", async function () {
    await become(chain.nodes[10] as ChaosNode, "posing");
    await become(chain.nodes[11] as ChaosNode, "posing");
    const collected = await collector({}, readSet, false).collect(reward());

    expect(collected.signers.map((signer) => signer.id)).to.include(1n);
    expect(collected.nonSigners.map((node) => node.id)).to.deep.equal([11n, 12n]);
    expect(collected.badNodes.map((bad) => bad.url).sort()).to.deep.equal(
      [chain.nodes[10]?.url, chain.nodes[11]?.url].sort(),
    );
    await expectAccepted(chain, collected, lifetime);
  });

  it("colluding nodes whose errors cancel make no wrong aggregate, and get nobody blamed", async function () {
    await become(chain.nodes[3] as ChaosNode, "colluding-plus");
    await become(chain.nodes[4] as ChaosNode, "colluding-minus");
    await become(chain.nodes[5] as ChaosNode, "lying");
    const collected = await collector().collect(reward());

    const honest = new Set(chain.nodes.filter((node) => node.behaviour === "honest").map((node) => node.url));
    expect(collected.badNodes.filter((bad) => honest.has(bad.url))).to.deep.equal([]);
    await expectAccepted(chain, collected, lifetime);
  });

  it("a node that gives a right signature first and a wrong one later", async function () {
    await become(chain.nodes[2] as ChaosNode, "two-faced");
    const subject = collector({ offenceMs: 60_000 });
    expect((await subject.collect(reward())).signers).to.have.length(SIZE);

    const second = await subject.collect(reward());
    expect(second.badNodes.map((bad) => bad.id)).to.deep.equal([3n]);
    const third = await subject.collect(reward());
    expect(third.nonSigners.map(({ id, reason }) => [id, reason])).to.deep.equal([[3n, "remembered-offender"]]);
    await expectAccepted(chain, third, lifetime);
  });

  it("nodes that disagree half and half: nobody is believed", async function () {
    for (const node of chain.nodes.slice(0, 6)) await become(node, "overpaying");
    const refusal = await refusalOf(collector().collect(reward()));

    expect(refusal.details).to.include({ signers: 6, required: 8 });
    expect(refusal.details["badNodes"]).to.deep.equal([]);
  });

  it("a batch in a network with liars, in one transaction", async function () {
    await become(chain.nodes[7] as ChaosNode, "lying");
    await become(chain.nodes[8] as ChaosNode, "replaying");
    const recipients = ["cc", "aa", "bb"].map((byte) => `0x${byte.repeat(20)}`);
    const patient = { timeoutMs: 20_000, deadlineMs: 30_000 };
    const collected = await collector(patient).collect({ kind: "rewards", recipients, height: chain.chaos.height });
    const signer = chain.recipient;
    await submit(collected, { provider: chain.provider, signer, broadcast: true, readSet });

    for (const recipient of recipients) {
      expect((await chain.system.rewards.recipients(recipient)).rewards).to.equal(lifetime);
    }
    expect(collected.nonSigners.map((node) => node.id)).to.deep.equal([8n, 9n]);
  });

  it("an exit and a liquidation in a network with liars", async function () {
    await become(chain.nodes[7] as ChaosNode, "lying");
    await become(chain.nodes[8] as ChaosNode, "replaying");
    const signer = chain.recipient;
    const [first, second] = chain.nodes as [ChaosNode, ChaosNode];
    for (const [kind, node] of [
      ["exit", first],
      ["liquidate", second],
    ] as const) {
      const timestamp = (await chain.provider.getBlock("latest"))?.timestamp ?? 0;
      const collected = await collector().collect({ kind, blsPubkey: node.hex, timestamp });
      expect(collected.badNodes.map((bad) => bad.url)).to.include(chain.nodes[7]?.url);
      await submit(collected, { provider: chain.provider, signer, broadcast: true, readSet });
    }
    expect(await chain.system.rewards.totalNodes()).to.equal(BigInt(SIZE - 2));
  });

  describe("the set changes", function () {
    it("a signer exits between collection and submission: rebuilt without asking again", async function () {
      const collected = await collector().collect(reward());
      const served = chain.nodes.map((node) => node.served);
      await exitNode(2);

      const signer = chain.recipient;
      let rebuilt = 0;
      const submitted = await submit(collected, {
        provider: chain.provider,
        signer,
        broadcast: true,
        readSet,
        onRebuilt: () => rebuilt++,
      });
      expect(rebuilt).to.equal(1);
      expect(submitted.collected.signers.map((one) => one.id)).not.to.include(3n);
      expect(chain.nodes.map((node) => node.served)).to.deep.equal(served);
      expect((await chain.system.rewards.recipients(signer.address)).rewards).to.equal(lifetime);
    });

    it("a signer exits after the set was read the last time: InvalidBLSSignature in simulation, once more, paid", async function () {
      const collected = await collector().collect(reward());
      let reads = 0;
      const submitted = await submit(collected, {
        provider: chain.provider,
        signer: chain.recipient,
        broadcast: true,
        readSet: async (previous) => {
          const set = await readSet(previous);
          if (++reads === 1) await exitNode(4);
          return set;
        },
      });

      expect(reads).to.equal(2);
      expect(submitted.collected.signers.map((one) => one.id)).not.to.include(5n);
      expect((await chain.system.rewards.recipients(chain.recipient.address)).rewards).to.equal(lifetime);
    });

    it("it changes every time: given up after the second, nothing sent", async function () {
      const collected = await collector().collect(reward());
      const before = await chain.provider.getTransactionCount(chain.recipient.address);
      let next = 6;
      const promise = submit(collected, {
        provider: chain.provider,
        signer: chain.recipient,
        broadcast: true,
        readSet: async (previous) => {
          const set = await readSet(previous);
          await exitNode(next++);
          return set;
        },
      });

      const error = await promise.catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(RevertError);
      expect((error as RevertError).decoded.name).to.equal("InvalidBLSSignature");
      expect(await chain.provider.getTransactionCount(chain.recipient.address)).to.equal(before);
    });

    it("so many exit that the rest is too few of the new set: nothing is sent that would fail", async function () {
      for (const node of chain.nodes.slice(8)) await become(node, "refusing");
      const collected = await collector().collect(reward());
      expect(collected.signers).to.have.length(8);
      for (const i of [0, 1, 2]) await exitNode(i);

      const refusal = await refusalOf(
        submit(collected, { provider: chain.provider, signer: chain.recipient, broadcast: true, readSet }),
      );
      expect(refusal.message).to.equal("5 of 9 nodes signed; the contract requires 6.");
    });
  });

  describe("the endpoint of the chain", function () {
    const through = () => {
      const rewards = getRewards(chain.contract, proxy.provider());
      return (previous?: NodeSet) => readNodeSet(rewards, previous ? { previous } : {});
    };

    it("errs twice, then answers", async function () {
      proxy.mishap = { kind: "error", times: 2 };
      await expectAccepted(chain, await collector({}, through()).collect(reward()), lifetime);
    });

    it("errs for ever: a clear refusal", async function () {
      proxy.mishap = { kind: "error", times: Infinity };
      const started = performance.now();
      const refusal = await refusalOf(collector({}, through()).collect(reward()));

      expect(refusal.code).to.equal("unavailable");
      expect(performance.now() - started).to.be.lessThan(BOUND_MS);
    });

    it("never answers: a clear refusal", async function () {
      proxy.mishap = { kind: "hang", times: Infinity };
      const started = performance.now();
      const refusal = await refusalOf(
        collector({ chainTimeoutMs: 500, chainAttempts: 2 }, through()).collect(reward()),
      );

      expect(refusal.code).to.equal("unavailable");
      expect(performance.now() - started).to.be.lessThan(BOUND_MS);
    });

    it("mixes two blocks in one reading: noticed, and read again", async function () {
      const old = await chain.provider.getBlockNumber();
      await exitNode(5);
      proxy.mishap = { kind: "stale", method: "aggregatePubkey", block: old, times: 1 };
      const collected = await collector({}, through()).collect(reward());

      expect(collected.signers).to.have.length(SIZE - 1);
      await expectAccepted(chain, collected, lifetime);
    });

    it("swaps a key: noticed, whatever it says", async function () {
      proxy.mishap = { kind: "tamper", times: Infinity };
      const refusal = await refusalOf(collector({ chainAttempts: 2 }, through()).collect(reward()));

      expect(refusal.code).to.equal("unavailable");
      expect(refusal.message).to.contain("not of one piece");
    });

    it("lags behind by a block in which a node left: the newer one says so before anything is sent", async function () {
      const old = await chain.provider.getBlockNumber();
      await exitNode(5);
      const lagging = (previous?: NodeSet) =>
        readNodeSet(chain.rewards, { block: old, ...(previous ? { previous } : {}) });
      const collected = await collector({}, lagging).collect(reward());
      expect(collected.signers).to.have.length(SIZE);

      const before = await chain.provider.getTransactionCount(chain.recipient.address);
      const error = await send(collected.call(), {
        provider: chain.provider,
        signer: chain.recipient,
        broadcast: true,
      }).catch((reason: unknown) => reason);
      expect((error as RevertError).decoded.name).to.equal("InvalidBLSSignature");
      expect(await chain.provider.getTransactionCount(chain.recipient.address)).to.equal(before);
      await expectAccepted(chain, collected, lifetime);
    });
  });

  it("leaves nothing behind after a hundred collections", async function () {
    await become(chain.nodes[1] as ChaosNode, "lying");
    await become(chain.nodes[2] as ChaosNode, "resetting");
    await become(chain.nodes[3] as ChaosNode, "endless");
    const set = await readSet();
    const subject = collector({ offenceMs: 0, retries: 0, timeoutMs: 20_000, deadlineMs: 30_000 }, () =>
      Promise.resolve(set),
    );
    const run = async (times: number) => {
      for (let i = 0; i < times; i++) expect((await subject.collect(reward())).signers).to.have.length(SIZE - 3);
    };
    await run(10);
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const sockets = () => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
    const [timersBefore, socketsBefore] = [timers(), sockets()];
    await run(90);

    expect(timers()).to.be.at.most(timersBefore + 5);
    expect(sockets()).to.be.at.most(socketsBefore + 5);
    for (const node of chain.nodes) expect(await node.connections()).to.be.at.most(2);
  });

  /** Exits a node with a real signature of the whole network. */
  async function exitNode(index: number): Promise<void> {
    const { network, rewards } = chain.system;
    const leaving = testNode(index);
    const ids = new Set([...(await rewards.allServiceNodeIDs()).ids].map(Number));
    const timestamp = (await chain.provider.getBlock("latest"))?.timestamp ?? 0;
    const signers = chain.system.nodes.filter((_, i) => ids.has(i + 1));
    await (
      await rewards.exitBLSPublicKeyWithSignature(
        leaving.blsPubkey,
        timestamp,
        network.exit(leaving, timestamp, signers),
        [],
      )
    ).wait();
  }
});
