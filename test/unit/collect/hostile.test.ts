/** What dishonest nodes and careless callers try on the collector, beyond giving wrong signatures. */
import { expect } from "chai";
import { deriveTags } from "../../../src/bls/index.ts";
import type { NodeSet } from "../../../src/chain/index.ts";
import type { Collected, CollectorOptions } from "../../../src/collect/index.ts";
import type { CollectionCancelled } from "../../../src/collect/index.ts";
import { CollectError, Collector, restoreCollected, saveCollected } from "../../../src/collect/index.ts";
import type { Behaviour, ChaosNetwork, ChaosNode } from "../../helpers/chaosNode.ts";
import { setOf, startNodes } from "../../helpers/chaosNode.ts";

const CONTRACT = "0xC2B9fC251aC068763EbDfdecc792E3352E351c00";
const CHAIN_ID = 42_161n;
const RECIPIENT = `0x${"1a".repeat(20)}`;
const HEIGHT = 500;
const reward = { kind: "reward", recipient: RECIPIENT, height: HEIGHT } as const;

const tags = deriveTags({ chainId: CHAIN_ID, contract: CONTRACT });
/** Nodes know the heights of a window, as real ones do. */
const network: ChaosNetwork = { tags, height: HEIGHT, amountOf: (_, height) => 1_000_000_000n * BigInt(height) };

const honest = (count: number): Behaviour[] => Array.from({ length: count }, () => "honest" as const);

describe("collect/Collector, against hostility", function () {
  this.timeout(20_000);
  let nodes: ChaosNode[] = [];
  const collectors: Collector[] = [];

  afterEach(async function () {
    await Promise.all(collectors.splice(0).map((collector) => collector.close()));
    await Promise.all(nodes.map((node) => node.stop()));
    nodes = [];
  });

  async function setUp(
    behaviours: readonly Behaviour[],
    options: Partial<CollectorOptions> = {},
    readSet?: (set: NodeSet) => Promise<NodeSet>,
  ): Promise<Collector> {
    nodes = await startNodes(network, behaviours);
    const set = setOf(nodes);
    const collector = new Collector(
      { chainId: CHAIN_ID, contract: CONTRACT, timeoutMs: 1_000, deadlineMs: 3_000, retryDelayMs: 20, ...options },
      { nodes: nodes.map(({ url }) => ({ url })), readSet: () => readSet?.(set) ?? Promise.resolve(set) },
    );
    collectors.push(collector);
    return collector;
  }

  const at = (index: number): ChaosNode => nodes[index] as ChaosNode;

  async function errorOf(promise: Promise<unknown>): Promise<Error> {
    return promise.then(
      () => new Error("it did not fail"),
      (error: unknown) => error as Error,
    );
  }

  describe("an impostor", function () {
    const blamed = ({ badNodes }: Pick<Collected, "badNodes">) => badNodes.map(({ url, id }) => [url, id]);

    it("that claims the key of a node that signed gets only itself blamed", async function () {
      const subject = await setUp([...honest(6), "posing"]);
      at(6).poseAs = at(0).hex;
      const result = await subject.collect(reward);

      expect(result.signers.map(({ id }) => id)).to.deep.equal([1n, 2n, 3n, 4n, 5n, 6n]);
      expect(blamed(result)).to.deep.equal([[at(6).url, undefined]]);
      expect(result.badNodes[0]?.reason).to.equal("impostor");
    });

    it("does not make an honest node a non-signer when there are too few", async function () {
      const subject = await setUp([...honest(4), "lying", "posing", "refusing"], { retries: 0 });
      at(5).poseAs = at(0).hex;
      const error = (await errorOf(subject.collect(reward))) as CollectError;

      expect(error.code).to.equal("too-few-signers");
      const details = error.details as unknown as Pick<Collected, "nonSigners" | "badNodes">;
      expect(details.nonSigners.map(({ id }) => id)).to.deep.equal([5n, 6n, 7n]);
      expect(error.details["signers"]).to.equal(4);
    });

    it("does not get later faults of its address put to the node it posed as", async function () {
      const subject = await setUp([...honest(6), "posing-overpaying"]);
      at(6).poseAs = at(0).hex;
      await subject.collect(reward);
      at(6).behaviour = "infinity";
      at(0).behaviour = "unwilling";
      const result = await subject.collect(reward);

      expect(blamed(result)).to.deep.equal([[at(6).url, undefined]]);
      expect(result.nonSigners.map(({ id, reason }) => [id, reason])).to.deep.equal([
        [1n, "not-eligible"],
        [7n, "no-answer"],
      ]);
    });
  });

  it("a third of the nodes cannot talk the others into a height of long ago", async function () {
    const subject = await setUp(["backdating", "backdating", "backdating", ...honest(7)]);
    const result = await subject.collect({ kind: "reward", recipient: RECIPIENT });

    expect(result.height).to.equal(HEIGHT);
  });

  it("a handler that throws ends the collection, and nobody else is asked", async function () {
    const subject = await setUp(honest(6), { concurrency: 2 });
    let thrown = false;
    const error = await errorOf(
      subject.collect(reward, {
        onEvent: ({ type }) => {
          if (type === "answered" && !thrown) {
            thrown = true;
            throw new Error("the caller's own fault");
          }
        },
      }),
    );

    expect(error.message).to.equal("the caller's own fault");
    const served = nodes.reduce((sum, node) => sum + node.served, 0);
    expect(served).to.be.at.most(2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(nodes.reduce((sum, node) => sum + node.served, 0)).to.equal(served);
  });

  describe("cancellation", function () {
    const after = (ms: number): AbortSignal => AbortSignal.timeout(ms);

    it("works at once while the endpoint of the chain is being waited for", async function () {
      let reads = 0;
      const subject = await setUp(honest(3), { chainTimeoutMs: 10_000 }, () =>
        reads++ === 0 ? Promise.reject(new Error("busy")) : new Promise(() => undefined),
      );
      const started = performance.now();
      const error = (await errorOf(subject.collect(reward, { signal: after(60) }))) as CollectError;

      expect(error.code).to.equal("cancelled");
      expect(performance.now() - started).to.be.lessThan(2_000);
    });

    it("hands over what was collected by then, if it is enough", async function () {
      const subject = await setUp([...honest(5), "hanging"]);
      const abort = new AbortController();
      let answered = 0;
      const error = (await errorOf(
        subject.collect(reward, {
          signal: abort.signal,
          onEvent: ({ type }) => {
            if (type === "answered" && ++answered === 5) abort.abort();
          },
        }),
      )) as CollectionCancelled;

      expect(error.code).to.equal("cancelled");
      expect(error.collected?.signers.map(({ id }) => id)).to.deep.equal([1n, 2n, 3n, 4n, 5n]);
      expect(error.collected?.rewards).to.deep.equal([{ recipient: RECIPIENT, amount: 500_000_000_000n }]);
    });

    it("hands over nothing when it is not", async function () {
      const subject = await setUp([...honest(3), "hanging", "hanging", "hanging"]);
      const error = (await errorOf(subject.collect(reward, { signal: after(300) }))) as CollectionCancelled;

      expect(error.code).to.equal("cancelled");
      expect(error.collected).to.equal(undefined);
    });
  });

  describe("a saved collection", function () {
    const where = { chainId: CHAIN_ID, contract: CONTRACT };

    it("is restored, and every damage to it is a CollectError", async function () {
      const subject = await setUp(honest(4));
      const collected = await subject.collect(reward);
      const saved = saveCollected(collected, where);
      const { set } = collected;
      expect(restoreCollected(saved, { ...where, set }).signature).to.deep.equal(collected.signature);

      const [first] = saved.signatures;
      const damages: Record<string, unknown>[] = [
        { amounts: ["9".repeat(80)] },
        { amounts: [] },
        { amounts: ["-1"] },
        { request: { kind: "reward", recipient: "0x12" } },
        { request: { kind: "exit", blsPubkey: "0x12", timestamp: 5 } },
        { request: { kind: "exit", blsPubkey: at(0).hex, timestamp: 1.5 } },
        { signatures: [{ ...first, signature: "0x12" }] },
        { signatures: Array.from({ length: 4 }, () => first) },
        { contract: `0x${"12".repeat(20)}` },
        { chainId: "1" },
      ];
      for (const damage of damages) {
        const broken = { ...saved, ...damage };
        expect(() => restoreCollected(broken, { ...where, set }), JSON.stringify(damage)).to.throw(CollectError);
      }
    });
  });
});
