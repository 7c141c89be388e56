/**
 * The chaos suite over OxenMQ, and networks of both wires: whatever the nodes of the live network, their addresses and those who tell
 * heights may do, the outcome is a right aggregate, accepted by the real contract, or a clear refusal, in bounded time; and nothing is
 * left behind.
 */
import { existsSync, readdirSync } from "node:fs";
import { expect } from "chai";
import type { SecretKey } from "../../src/bls/index.ts";
import { readNodeSet } from "../../src/chain/index.ts";
import type { NodeSet } from "../../src/chain/index.ts";
import type { CollectEvent, CollectorDependencies, CollectorOptions, CollectRequest } from "../../src/collect/index.ts";
import { Collector, submit } from "../../src/collect/index.ts";
import type { ChaosSystem } from "../helpers/chaosSystem.ts";
import { expectAccepted, startChaosSystem } from "../helpers/chaosSystem.ts";
import type { OmqBehaviour } from "../helpers/omqChaosNode.ts";
import { OmqChaosNode } from "../helpers/omqChaosNode.ts";
import { refusalOf } from "../helpers/refusalOf.ts";

const SESH = 1_000_000_000n;
const SIZE = 12;
/** One third of twelve may be missing. */
const TOLERATED = 4;
/** Far above the 3 s deadline of the tests' collections: the machine may be busy. */
const BOUND_MS = 12_000;

type Expectation = "signs" | { reasons: string[]; bad?: boolean };

const EXPECTED: Record<Exclude<OmqBehaviour, "honest">, Expectation> = {
  odd: "signs",
  late: "signs",
  flapping: "signs",
  twice: "signs",
  chatty: "signs",
  behind: "signs",
  refusing: { reasons: ["refused"] },
  mute: { reasons: ["timeout"] },
  "hanging-up": { reasons: ["handshake"] },
  "other-key": { reasons: ["handshake"] },
  open: { reasons: ["handshake"] },
  http: { reasons: ["handshake"] },
  hanging: { reasons: ["timeout"] },
  "wrong-tag": { reasons: ["timeout"] },
  disconnecting: { reasons: ["reset", "refused", "handshake"] },
  unknown: { reasons: ["unknown-command"] },
  tagless: { reasons: ["unknown-command"] },
  forbidden: { reasons: ["forbidden"] },
  "no-node": { reasons: ["not-a-service-node"] },
  unwilling: { reasons: ["not-eligible"] },
  malformed: { reasons: ["malformed"] },
  failing: { reasons: ["http-error"] },
  statusless: { reasons: ["http-error"] },
  garbage: { reasons: ["bad-shape"], bad: true },
  dictless: { reasons: ["bad-shape"], bad: true },
  short: { reasons: ["bad-shape"], bad: true },
  negative: { reasons: ["bad-shape"], bad: true },
  disordered: { reasons: ["bad-shape"], bad: true },
  large: { reasons: ["too-large"] },
  "at-limit": { reasons: ["too-large"] },
  "over-limit": { reasons: ["reset"] },
  "many-parts": { reasons: ["too-large"] },
  flooding: { reasons: ["reset"] },
  "other-question": { reasons: ["other-question"], bad: true },
  replaying: { reasons: ["other-question"], bad: true },
  overpaying: { reasons: ["other-amounts"] },
  lying: { reasons: ["bad-signature"], bad: true },
  "non-canonical": { reasons: ["bad-signature-encoding"], bad: true },
  "off-curve": { reasons: ["bad-signature-encoding"], bad: true },
  infinity: { reasons: ["bad-signature-encoding"], bad: true },
  "out-of-subgroup": { reasons: ["bad-signature"], bad: true },
};

describe("chaos over OxenMQ", function () {
  this.timeout(120_000);

  let chain: ChaosSystem;
  let nodes: OmqChaosNode[];
  let snapshot: { restore(): Promise<void> };
  const lifetime = SESH;
  const collectors: Collector[] = [];
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown) => rejections.push(reason);

  before(async function () {
    process.on("unhandledRejection", onRejection);
    chain = await startChaosSystem({ seeds: SIZE });
    chain.chaos.amountOf = (_, height) => lifetime + BigInt(height - chain.chaos.height);
    nodes = chain.system.nodes.map((node) => new OmqChaosNode(chain.chaos, node.secretKey as SecretKey));
    await Promise.all(nodes.map((node) => node.start()));
    snapshot = await chain.connection.networkHelpers.takeSnapshot();
  });

  after(async function () {
    await Promise.all(nodes.map((node) => node.stop()));
    await chain.stop();
    process.off("unhandledRejection", onRejection);
  });

  beforeEach(async function () {
    // Back to where nothing was recorded: one message then serves all tests, signed once.
    await snapshot.restore();
    await Promise.all(nodes.map((node) => node.become("honest")));
  });

  afterEach(async function () {
    await Promise.all(collectors.splice(0).map((collector) => collector.close()));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(rejections).to.deep.equal([]);
  });

  const at = (index: number): OmqChaosNode => nodes[index] as OmqChaosNode;
  const readSet = (previous?: NodeSet) => readNodeSet(chain.rewards, previous ? { previous } : {});
  const known = () => nodes.map(({ url, hex }) => ({ url, blsPubkey: hex }));
  const identities = () => Promise.resolve(new Map(nodes.map(({ x25519, hex }) => [x25519, hex])));

  function collector(
    options: Partial<CollectorOptions> = {},
    dependencies: Partial<CollectorDependencies> = {},
  ): Collector {
    const created = new Collector(
      { chainId: 31_337n, contract: chain.contract, timeoutMs: 900, deadlineMs: 3_000, retryDelayMs: 20, ...options },
      { nodes: known, readSet, ...dependencies },
    );
    collectors.push(created);
    return created;
  }

  const unheighted = (): CollectRequest => ({ kind: "reward", recipient: chain.recipient.address });
  const reward = (): CollectRequest => ({ ...unheighted(), height: chain.chaos.height }) as CollectRequest;

  for (const [behaviour, expected] of Object.entries(EXPECTED) as [OmqBehaviour, Expectation][]) {
    it(`one ${behaviour} node`, async function () {
      await at(5).become(behaviour);
      const started = performance.now();
      const collected = await collector().collect(reward());

      expect(performance.now() - started).to.be.lessThan(BOUND_MS);
      if (expected === "signs") expect(collected.nonSigners).to.deep.equal([]);
      else {
        expect(collected.nonSigners.map(({ id }) => id)).to.deep.equal([6n]);
        expect(collected.nonSigners[0]?.reason).to.be.oneOf(expected.reasons);
        expect(collected.badNodes.map((bad) => bad.url)).to.deep.equal(expected.bad ? [at(5).url] : []);
      }
    });
  }

  it("as many faults at once as the contract tolerates, and one too many", async function () {
    const faults: OmqBehaviour[] = ["lying", "over-limit", "mute", "other-key", "garbage"];
    for (const [i, behaviour] of faults.slice(0, TOLERATED).entries()) await at(i).become(behaviour);
    const collected = await collector().collect(reward());
    const reasons = ["bad-signature", "reset", "timeout", "handshake", "bad-shape"];
    expect(collected.nonSigners.map(({ reason }) => reason)).to.deep.equal(reasons.slice(0, TOLERATED));
    await expectAccepted(chain, collected, lifetime);

    await at(TOLERATED).become("garbage");
    const refusal = await refusalOf(collector().collect(reward()));
    expect(refusal.code).to.equal("too-few-signers");
    const silent = refusal.details["nonSigners"] as { reason: string }[];
    expect(silent.map(({ reason }) => reason)).to.deep.equal(reasons);
  });

  it("every node is bad, in its own way: a refusal in bounded time", async function () {
    const kinds = Object.entries(EXPECTED).flatMap(([kind, what]) => (what === "signs" ? [] : [kind as OmqBehaviour]));
    for (const [i, node] of nodes.entries()) await node.become(kinds[(i * 3) % kinds.length] as OmqBehaviour);
    const started = performance.now();
    const refusal = await refusalOf(collector().collect(reward()));
    expect(performance.now() - started).to.be.lessThan(BOUND_MS);
    expect(refusal.code).to.equal("too-few-signers");
  });

  it("HTTP and OxenMQ mixed: one aggregate, faults on both sides named", async function () {
    await at(1).become("lying");
    await (chain.nodes[10] as (typeof chain.nodes)[number]).stop();
    const mixed = () => [
      ...known().slice(0, 6),
      ...chain.nodes.slice(6).map(({ url, hex }) => ({ url, blsPubkey: hex })),
    ];
    try {
      // Half of them tell their height over HTTP, so nobody else needs to.
      const collected = await collector({}, { nodes: mixed }).collect({
        kind: "reward",
        recipient: chain.recipient.address,
      });
      expect(collected.height).to.equal(chain.chaos.height);
      expect(collected.nonSigners.map(({ id, reason }) => [id, reason])).to.deep.equal([
        [2n, "bad-signature"],
        [11n, "refused"],
      ]);
      await expectAccepted(chain, collected, lifetime);
    } finally {
      await (chain.nodes[10] as (typeof chain.nodes)[number]).start();
    }
  });

  it("a batch: one request a recipient on one connection, those without rewards left out", async function () {
    const recipients = ["cc", "aa", "bb"].map((byte) => `0x${byte.repeat(20)}`);
    const { amountOf } = chain.chaos;
    chain.chaos.amountOf = (recipient, height) => (recipient === recipients[1] ? 0n : amountOf(recipient, height));
    try {
      await at(7).become("lying");
      const request = { kind: "rewards", recipients, height: chain.chaos.height } as const;
      const collected = await collector({ timeoutMs: 10_000, deadlineMs: 15_000 }).collect(request);
      expect(nodes.map(({ served }) => served)).to.deep.equal(nodes.map(() => 3));
      expect(collected.rewards.map(({ recipient }) => recipient)).to.deep.equal([recipients[0], recipients[2]]);
      expect(collected.nonSigners.map(({ id }) => id)).to.deep.equal([8n]);
      await submit(collected, { provider: chain.provider, signer: chain.recipient, broadcast: true, readSet });
      const recorded = await Promise.all(recipients.map((one) => chain.system.rewards.recipients(one)));
      expect(recorded.map(({ rewards }) => rewards)).to.deep.equal([lifetime, 0n, lifetime]);
    } finally {
      chain.chaos.amountOf = amountOf;
    }
  });

  it("nobody has rewards for the address: said so, and nobody is blamed", async function () {
    const { amountOf } = chain.chaos;
    chain.chaos.amountOf = () => 0n;
    try {
      const refusal = await refusalOf(collector().collect(reward()));
      expect(refusal.code).to.equal("nothing-to-sign");
      const both = ["aa", "bb"].map((byte) => `0x${byte.repeat(20)}`);
      const request = { kind: "rewards", recipients: both, height: chain.chaos.height } as const;
      expect((await refusalOf(collector().collect(request))).code).to.equal("nothing-to-sign");
    } finally {
      chain.chaos.amountOf = amountOf;
    }
  });

  it("an exit and a liquidation", async function () {
    await at(7).become("lying");
    await at(8).become("replaying");
    for (const [kind, node] of [
      ["exit", at(0)],
      ["liquidate", at(1)],
    ] as const) {
      const timestamp = (await chain.provider.getBlock("latest"))?.timestamp ?? 0;
      const collected = await collector().collect({ kind, blsPubkey: node.hex, timestamp });
      expect(collected.badNodes.map((bad) => bad.url)).to.have.members([at(7).url, at(8).url]);
      await submit(collected, { provider: chain.provider, signer: chain.recipient, broadcast: true, readSet });
    }
    expect(await chain.system.rewards.totalNodes()).to.equal(BigInt(SIZE - 2));
  });

  describe("who is behind an address", function () {
    const bare = () => nodes.map(({ url }) => ({ url }));

    it("the contract says so, by the X25519 key that is proven in the handshake", async function () {
      await expectAccepted(chain, await collector({}, { nodes: bare, identities }).collect(reward()), lifetime);
    });

    it("a list that swaps BLS keys changes nothing", async function () {
      const swapped = () => nodes.map(({ url }, i) => ({ url, blsPubkey: at((i + 1) % SIZE).hex }));
      const collected = await collector({}, { nodes: swapped, identities }).collect(reward());
      expect(collected.nonSigners).to.deep.equal([]);
      expect(collected.badNodes).to.deep.equal([]);
    });

    it("a list that has strangers pose as nodes changes nothing: not asked where the contract tells, else outvoted", async function () {
      const strangers = [12, 13].map((i) => new OmqChaosNode(chain.chaos, at(0).secretKey + BigInt(i)));
      for (const stranger of strangers) await stranger.start();
      const posing = () => [...known(), ...strangers.map(({ url }, i) => ({ url, blsPubkey: at(i).hex }))];
      try {
        const told = await collector({}, { nodes: posing, identities }).collect(reward());
        expect([told.nonSigners, told.badNodes]).to.deep.equal([[], []]);
        expect(strangers.map(({ served }) => served)).to.deep.equal([0, 0]);

        const collected = await collector({}, { nodes: posing }).collect(reward());
        expect(collected.nonSigners).to.deep.equal([]);
        expect(collected.badNodes.map(({ url }) => url)).to.have.members(strangers.map(({ url }) => url));
      } finally {
        await Promise.all(strangers.map((stranger) => stranger.stop()));
      }
    });

    it("without a registered key it is not asked; a registered node without an address is named as such", async function () {
      const stranger = new OmqChaosNode(chain.chaos, at(0).secretKey + 99n);
      await stranger.start();
      const events: CollectEvent[] = [];
      const some = () => [...known().slice(0, 10), { url: stranger.url }, { url: at(11).url, blsPubkey: stranger.hex }];
      const some2 = collector({}, { nodes: some });
      const collected = await some2.collect(reward(), { onEvent: (event) => events.push(event) });
      await stranger.stop();
      expect(stranger.served).to.equal(0);
      expect(collected.nonSigners.map(({ id, reason }) => [id, reason])).to.deep.equal([
        [11n, "no-address"],
        [12n, "no-address"],
      ]);
      const unknown = events.flatMap((event) => (event.type === "failed" ? [[event.url, event.reason]] : []));
      expect(unknown).to.deep.equal([
        [stranger.url, "unknown-key"],
        [at(11).url, "unknown-key"],
      ]);
    });
  });

  describe("heights", function () {
    /** Nodes that keep five heights, as the live ones. */
    const keeping = async (newest: number, work: () => Promise<void>): Promise<void> => {
      const { amountOf } = chain.chaos;
      chain.chaos.amountOf = (recipient, height) => {
        if (height > newest || height <= newest - 5) throw new RangeError("gone");
        return amountOf(recipient, height);
      };
      try {
        await work();
      } finally {
        chain.chaos.amountOf = amountOf;
      }
    };
    const told = (...heights: [number, string][]) => ({
      heights: () => Promise.resolve(heights.map(([height, source]) => ({ height, source }))),
    });

    it("nobody tells one: a sentence that says what to give", async function () {
      const refusal = await refusalOf(collector().collect(unheighted()));
      expect(refusal.code).to.equal("bad-request");
      expect(refusal.message).to.contain("--height").and.contain("--directory");
    });

    it("one below the newest that is told", async function () {
      await keeping(50, async () => {
        const collected = await collector({}, told([50, "http://d"])).collect(unheighted());
        expect(collected.height).to.equal(49);
      });
    });

    it("many do not have it: one lower, and so on", async function () {
      await keeping(50, async () => {
        const heights: number[] = [];
        const collected = await collector({}, told([54, "http://d"])).collect(unheighted(), {
          onEvent: (event) => void (event.type === "height" && heights.push(event.height)),
        });
        expect(heights).to.deep.equal([53, 52, 51, 50]);
        expect(collected.height).to.equal(50);
        expect(collected.nonSigners).to.deep.equal([]);
      });
    });

    it("a source that lies is found out and named, and the next one is believed", async function () {
      await keeping(50, async () => {
        const subject = collector({}, told([9_000, "http://liar"], [51, "http://fair"], [12, "http://old"]));
        expect((await subject.collect(unheighted())).height).to.equal(50);
        const lied = collector({}, told([9_000, "http://liar"]));
        const refusal = await refusalOf(lied.collect(unheighted()));
        expect(refusal.code).to.equal("unavailable");
        expect(refusal.message).to.contain("height 8999").and.contain("http://liar");
        const between = collector({}, told([9_000, "http://liar"], [51, "http://fair"]));
        expect((await between.collect(unheighted())).height).to.equal(50);
        const below = collector({}, told([12, "http://old"], [51, "http://fair"]));
        expect((await below.collect(unheighted())).height).to.equal(50);
      });
    });
  });

  it("cancelled in the middle: at once, and nothing is left", async function () {
    for (const node of nodes) await node.become("hanging");
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 100);
    const started = performance.now();
    const refusal = await refusalOf(collector({ timeoutMs: 20_000 }).collect(reward(), { signal: abort.signal }));
    expect(refusal.code).to.equal("cancelled");
    expect(performance.now() - started).to.be.lessThan(2_000);
  });

  it("leaves nothing behind after fifty collections, and keeps its connections", async function () {
    for (const [i, behaviour] of (["lying", "refusing", "over-limit", "hanging-up"] as const).entries()) {
      await at(i).become(behaviour);
    }
    const set = await readSet();
    const subject = collector(
      { offenceMs: 0, retries: 0, timeoutMs: 10_000, deadlineMs: 15_000 },
      { readSet: () => Promise.resolve(set) },
    );
    const run = async (times: number) => {
      for (let i = 0; i < times; i++) expect((await subject.collect(reward())).signers).to.have.length(SIZE - 4);
    };
    const resources = () => process.getActiveResourcesInfo().length;
    const descriptors = () => (existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : 0);
    await run(5);
    const before = [resources(), descriptors()] as const;
    await run(45);
    expect(resources()).to.be.at.most(before[0] + 5);
    expect(descriptors()).to.be.at.most(before[1] + 5);
  });
});
