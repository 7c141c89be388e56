/** A node whose endpoint gives wrong answers, or none: never a figure with a gap under it. */
import { expect } from "chai";
import { Interface, makeError } from "ethers";
import { pino } from "pino";
import { serviceNodeRewardsAbi } from "../../../src/chain/abi.ts";
import { EndpointError } from "../../../src/chain/index.ts";
import { ChainView } from "../../../src/node/chainView.ts";
import { createContracts } from "../../../src/node/contracts.ts";
import { createNode, nodeKeysFromSeed } from "../../../src/node/index.ts";
import { PARAMS } from "../../../src/node/params.ts";
import { Rpc } from "../../../src/node/rpc.ts";
import { publicKeyToParams } from "../../../src/bls/index.ts";
import { FakeChain, POOL, REWARDS } from "../../helpers/fakeChain.ts";
import type { FakeNode } from "../../helpers/fakeChain.ts";

const STAKER = "0x1000000000000000000000000000000000000001";
const T0 = 1_700_000_000;
const PARAMETERS = { ...PARAMS.mainnet, payableAfterRounds: 1, confirmations: 0, logRange: 50 };
const rewards = new Interface(serviceNodeRewardsAbi);

const node = (id: bigint): FakeNode => {
  const keys = nodeKeysFromSeed(`audit ${id}`);
  return {
    id,
    key: publicKeyToParams(keys.blsPublicKey),
    ed25519: BigInt(keys.ed25519Pubkey),
    contributors: [{ staker: STAKER, beneficiary: STAKER, amount: 100n }],
  };
};

/** Answers in the place of the chain; undefined leaves it to the chain. */
type Liar = (method: string, params: unknown[], honest: () => Promise<unknown>) => unknown;

function viewOf(chain: FakeChain, liar: { lie: Liar }): ChainView {
  const sender = {
    send: async (method: string, params: unknown[]) => {
      const honest = () => chain.send(method, params);
      return (await liar.lie(method, params, honest)) ?? honest();
    },
  };
  const rpc = new Rpc(sender, { backoffMs: 1 });
  const contracts = createContracts({ rpc, rewards: REWARDS, pool: POOL });
  const dependencies = { rpc, contracts, logger: pino({ level: "silent" }) };
  return new ChainView({ params: PARAMETERS, contract: REWARDS, genesisHeight: 0 }, dependencies);
}

function busyChain(): FakeChain {
  const chain = new FakeChain(T0);
  chain.mine(
    1,
    [
      { kind: "seeded", node: node(1n) },
      { kind: "seeded", node: node(2n) },
    ],
    { started: true, rate: 1000n },
  );
  for (let round = 0; round < 6; round++) chain.mine(120, [], { rate: 1000n + BigInt(round) });
  chain.mine(10, [{ kind: "exitRequest", node: node(2n) }]);
  for (let round = 0; round < 6; round++) chain.mine(120, [], { rate: 2000n + BigInt(round) });
  return chain;
}

const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => expect.fail("it did not fail"),
    (error: Error) => error,
  );
const isCallOf = (method: string, params: unknown[], name: string): boolean =>
  method === "eth_call" &&
  (params[0] as { data: string }).data.startsWith(rewards.getFunction(name)?.selector ?? "none");

describe("node: an endpoint that does not tell the truth", () => {
  const truthful: Liar = () => undefined;
  let chain: FakeChain;
  let honest: bigint;
  beforeEach(async () => {
    chain = busyChain();
    const view = viewOf(chain, { lie: truthful });
    await view.sync();
    honest = view.ledger.rewardsAt(STAKER, chain.tip.number);
    expect(honest > 0n).to.equal(true);
  });

  /** Heals afterwards: the same view then agrees with a node that was never lied to. */
  const healed = async (view: ChainView): Promise<void> => {
    await view.sync();
    expect(view.ledger.rewardsAt(STAKER, chain.tip.number)).to.equal(honest);
  };

  it("takes ethers' CALL_EXCEPTION of a refused call for no revert: the look fails, and nothing is paid at rate 0", async () => {
    const refused = () =>
      makeError("missing revert data", "CALL_EXCEPTION", {
        action: "call",
        data: null,
        reason: null,
        transaction: { to: POOL, data: "0x" },
        invocation: null,
        revert: null,
        info: { error: { code: -32_005, message: "limit exceeded" } },
      });
    const liar: { lie: Liar } = {
      lie: (method) => {
        if (method !== "eth_call") return undefined;
        throw refused();
      },
    };
    const view = viewOf(chain, liar);
    expect((await failure(view.sync())).message).to.include("missing revert data");
    liar.lie = truthful;
    await healed(view);
  });

  it("does not take a contract that reverts for one that is not there", async () => {
    const view = viewOf(chain, {
      lie: (method, params) => {
        if (!isCallOf(method, params, "isStarted")) return undefined;
        throw Object.assign(new Error("execution reverted"), { code: 3, data: "0x" });
      },
    });
    expect((await failure(view.sync())).message).to.equal(
      `the contract at ${REWARDS} is no ServiceNodeRewards: isStarted() reverts`,
    );
  });

  it("finds out logs that lack a registration, an exit request, a liquidation or an exit, and reads everything anew", async () => {
    for (const [name, words] of [
      ["NewSeededServiceNode", "the contract holds 2 nodes and the ledger 0: it lacks 1, 2 and has none too many"],
      ["ServiceNodeExitRequest", "node 2 is another in the contract than in the ledger"],
    ] as const) {
      const topic = rewards.getEvent(name)?.topicHash;
      const liar: { lie: Liar } = {
        lie: async (method, _params, tell) =>
          method === "eth_getLogs"
            ? ((await tell()) as { topics: string[] }[]).filter(({ topics }) => topics[0] !== topic)
            : undefined,
      };
      const view = viewOf(chain, liar);
      expect((await failure(view.sync())).message).to.include(words);
      expect(view.ready).to.equal(false);
      liar.lie = truthful;
      await healed(view);
    }

    chain.mine(10, [{ kind: "liquidation", node: node(2n), returned: 90n }]);
    const topic = rewards.getEvent("ServiceNodeLiquidated")?.topicHash;
    const blind: { lie: Liar } = {
      lie: async (method, _params, tell) =>
        method === "eth_getLogs"
          ? ((await tell()) as { topics: string[] }[]).filter(({ topics }) => topics[0] !== topic)
          : undefined,
    };
    const half = viewOf(chain, blind);
    const words = "node 2 left with 90 of 100, and no log says that it was liquidated";
    expect((await failure(half.sync())).message).to.equal(words);
    blind.lie = truthful;
    await half.sync();
    expect(half.ledger.nodeCount).to.equal(1);

    const liar: { lie: Liar } = { lie: truthful };
    const view = viewOf(chain, liar);
    await view.sync();
    liar.lie = (method) => (method === "eth_getLogs" ? [] : undefined);
    chain.mine(10, [{ kind: "added", node: node(3n) }]);
    chain.mine(10, [{ kind: "exit", node: node(3n), returned: 100n }]);
    for (let round = 0; round < 40; round++) chain.mine(120);
    expect((await failure(view.sync())).message).to.include("the contract's next id is 4, the ledger expects 3");
    liar.lie = truthful;
    await view.sync();
    const fresh = viewOf(chain, liar);
    await fresh.sync();
    expect(view.ledger.rewardsAt(STAKER, chain.tip.number)).to.equal(fresh.ledger.rewardsAt(STAKER, chain.tip.number));
  });

  it("finds out a rate that is told differently a second time", async () => {
    const balanceOf = new Interface(["function balanceOf(address) view returns (uint256)"]);
    let lies = 1;
    const liar: { lie: Liar } = {
      lie: async (method, params, tell) => {
        const { data } = (params[0] ?? {}) as { data?: string };
        if (method !== "eth_call" || !data?.startsWith("0x70a08231") || lies-- <= 0) return undefined;
        const [balance] = balanceOf.decodeFunctionResult("balanceOf", (await tell()) as string) as unknown as [bigint];
        return balanceOf.encodeFunctionResult("balanceOf", [balance * 2n]);
      },
    };
    chain = new FakeChain(T0);
    chain.mine(1, [{ kind: "seeded", node: node(1n) }], { started: true, rate: 1000n });
    chain.mine(120);
    const view = viewOf(chain, liar);
    expect((await failure(view.sync())).message).to.match(/^block 2 paid at 20\d\d, and now it is said to be 1000$/);
    await view.sync();
    expect(view.ready).to.equal(true);
  });

  it("refuses to start without its history, by name", async () => {
    const facts = {
      trouble: "missing-state",
      host: "rpc.example",
      method: "eth_call",
      words: "missing trie node",
    } as const;
    const provider = {
      send: async (method: string, params: unknown[]) => {
        const { blockHash } = (params[1] ?? {}) as { blockHash?: string };
        if (blockHash === chain.blocks[0]?.hash) throw new EndpointError(facts);
        return chain.send(method, params);
      },
    };
    const keys = nodeKeysFromSeed("audit");
    const started = createNode({ rpcUrl: "", contract: REWARDS, keys, params: PARAMETERS }, { provider });
    const { message } = await failure(started.start());
    await started.stop();
    expect(message).to.equal(
      'rpc.example does not keep the history that the ledger is made of, from block 0 on ("missing trie node"): ' +
        "give an archive endpoint. A ledger with gaps would sign wrong figures.",
    );
  });
});
