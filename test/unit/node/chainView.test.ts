import { expect } from "chai";
import { pino } from "pino";
import { ed25519SignatureToParams, publicKeyToParams, signRegistration } from "../../../src/bls/index.ts";
import { ChainView } from "../../../src/node/chainView.ts";
import { createContracts } from "../../../src/node/contracts.ts";
import { nodeKeysFromSeed } from "../../../src/node/keys.ts";
import { PARAMS } from "../../../src/node/params.ts";
import type { NodeParams } from "../../../src/node/params.ts";
import { Rpc } from "../../../src/node/rpc.ts";
import { FakeChain, POOL, REWARDS } from "../../helpers/fakeChain.ts";
import type { FakeNode } from "../../helpers/fakeChain.ts";

const OPERATOR = "0x1000000000000000000000000000000000000001";
const OTHER = "0x1000000000000000000000000000000000000002";
const T0 = 1_700_000_000;

const PARAMETERS: NodeParams = {
  ...PARAMS.mainnet,
  payableAfterRounds: 1,
  confirmations: 0,
  historyBlocks: 1_000,
  logRange: 7,
};

const node = (id: bigint, staker = OPERATOR): FakeNode => {
  const keys = nodeKeysFromSeed(`chain view ${id}`);
  return {
    id,
    key: publicKeyToParams(keys.blsPublicKey),
    ed25519: BigInt(keys.ed25519Pubkey),
    signature: ed25519SignatureToParams(signRegistration(keys.ed25519Seed, keys.blsPublicKey)),
    contributors: [{ staker, beneficiary: staker, amount: 100n }],
  };
};

function viewOf(chain: FakeChain, params: NodeParams = PARAMETERS, genesisHeight = 0): ChainView {
  const rpc = new Rpc(chain, { backoffMs: 1 });
  const contracts = createContracts({ rpc, rewards: REWARDS, pool: POOL });
  return new ChainView(
    { params, contract: REWARDS, genesisHeight },
    { rpc, contracts, logger: pino({ level: "silent" }) },
  );
}

/** 40 blocks with two nodes, uneven times, a changing rate, an exit and a gap of several rounds. */
function busyChain(): FakeChain {
  const chain = new FakeChain(T0);
  chain.mine(1, [{ kind: "seeded", node: node(1n) }]);
  chain.mine(5, [], { started: true, rate: 1000n });
  for (let index = 0; index < 10; index++) chain.mine(37, [], { rate: 1000n + BigInt(index) });
  chain.mine(1, [{ kind: "added", node: { ...node(2n, OTHER), fee: 500 } }]);
  for (let index = 0; index < 10; index++) chain.mine(61);
  chain.mine(1000, [{ kind: "exitRequest", node: node(1n) }], { rate: 777n });
  for (let index = 0; index < 10; index++) chain.mine(11);
  chain.mine(240, [{ kind: "exit", node: node(1n), returned: 100n }]);
  for (let index = 0; index < 6; index++) chain.mine(50);
  return chain;
}

describe("node/ChainView", () => {
  it("gives late starters, block by block followers and any log range the same figures", async () => {
    const chain = busyChain();
    const whole = chain.blocks;
    const late = viewOf(chain);
    await late.sync();

    const follower = viewOf(chain, { ...PARAMETERS, logRange: 1000 });
    for (let height = 0; height < whole.length; height++) {
      chain.blocks = whole.slice(0, height + 1);
      await follower.sync();
      expect(follower.ledger.tip.height).to.equal(height);
      expect(late.ledger.rewardsAt(OPERATOR, height)).to.equal(follower.ledger.rewardsAt(OPERATOR, height));
      expect(late.ledger.rewardsAt(OTHER, height)).to.equal(follower.ledger.rewardsAt(OTHER, height));
    }
    expect(late.ledger.rewardsAt(OPERATOR, late.ledger.tip.height) > 0n).to.equal(true);
    expect(late.ledger.rewardsAt(OTHER, late.ledger.tip.height) > 0n).to.equal(true);
  });

  it("pays nothing for rounds before the contract's start and 0 where there is no pool", async () => {
    const chain = new FakeChain(T0);
    chain.mine(1, [{ kind: "seeded", node: node(1n) }], { rate: 500n });
    for (let index = 0; index < 5; index++) chain.mine(120);
    const view = viewOf(chain);
    await view.sync();
    expect(view.ledger.rewardsAt(OPERATOR, 6)).to.equal(0n);

    chain.mine(1, [], { started: true });
    chain.mine(120);
    await view.sync();
    expect(view.ledger.rewardsAt(OPERATOR, 8)).to.equal(500n);

    chain.mine(120, [], { rate: null });
    await view.sync();
    expect(view.ledger.rewardsAt(OPERATOR, 9)).to.equal(500n);
  });

  it("starts from the contract's nodes at a genesis in mid-life", async () => {
    const chain = new FakeChain(T0);
    chain.mine(1, [{ kind: "added", node: node(1n) }], { started: true, rate: 10n });
    chain.mine(100_000);
    const view = viewOf(chain, PARAMETERS, 2);
    chain.mine(120);
    chain.mine(120);
    await view.sync();
    expect(view.ledger.nodeCount).to.equal(1);
    expect(view.ledger.genesis.height).to.equal(2);
    expect(view.ledger.rewardsAt(OPERATOR, 4)).to.equal(20n);
  });

  it("pays no node whose registration its Ed25519 key has not signed", async () => {
    const good = node(1n);
    const other = node(2n).signature ?? [0n, 0n];
    for (const signature of [undefined, [1n, 2n], other, [2n ** 256n - 1n, 0n]] as (readonly [bigint, bigint])[]) {
      const chain = new FakeChain(T0);
      const bad: FakeNode = { ...node(3n, OTHER), ed25519: good.ed25519 + 1n, signature };
      chain.mine(1, [{ kind: "added", node: good }], { started: true, rate: 1000n });
      chain.mine(1, [{ kind: "added", node: bad }]);
      chain.mine(1, [{ kind: "added", node: { ...bad, id: 4n, ed25519: node(3n).ed25519 }, bare: true }]);
      for (let round = 0; round < 4; round++) chain.mine(120);
      const view = viewOf(chain);
      await view.sync();
      expect([...view.ledger.nodes()].map(({ signed }) => signed)).to.deep.equal([true, false, false]);
      expect(view.ledger.rewardsAt(OTHER, 7)).to.equal(0n);
      // The one good node has the rounds for itself: nodes that are not paid take no share of them.
      expect(view.ledger.rewardsAt(OPERATOR, 7)).to.equal(3000n);

      // What was staked comes back whatever the signature.
      chain.mine(1, [{ kind: "exit", node: bad, returned: 100n }]);
      await view.sync();
      expect(view.ledger.rewardsAt(OTHER, 8)).to.equal(100n);
    }
  });

  it("reads the contributors of a bare registration event from the state", async () => {
    const chain = new FakeChain(T0);
    chain.mine(1, [{ kind: "added", node: { ...node(1n), fee: 123 }, bare: true }]);
    const view = viewOf(chain);
    await view.sync();
    const [held] = [...view.ledger.nodes()];
    expect(held?.fee).to.equal(123);
    expect(held?.contributors).to.deep.equal([{ staker: OPERATOR, beneficiary: OPERATOR, amount: 100n }]);
  });

  it("follows a chain that takes blocks back, shallow and deep", async () => {
    const chain = busyChain();
    const view = viewOf(chain);
    await view.sync();

    for (const depth of [1, 5, 30]) {
      chain.rewind(chain.tip.number - depth);
      chain.mine(13, [{ kind: "added", node: node(50n + BigInt(depth), OTHER) }], { rate: 5000n });
      chain.mine(300);
      chain.mine(300);
      await view.sync();
      const fresh = viewOf(chain);
      await fresh.sync();
      for (const recipient of [OPERATOR, OTHER]) {
        const height = chain.tip.number;
        expect(view.ledger.rewardsAt(recipient, height)).to.equal(fresh.ledger.rewardsAt(recipient, height));
      }
      expect([...view.ledger.nodes()]).to.deep.equal([...fresh.ledger.nodes()]);
    }
  });

  it("goes back when the chain is rewound below its tip without growing again", async () => {
    const chain = busyChain();
    const view = viewOf(chain);
    await view.sync();
    chain.rewind(5);
    await view.sync();
    expect(view.ledger.tip.height).to.equal(5);
    expect(view.ledger.tip.hash).to.equal(chain.tip.hash);
  });

  it("survives a rewind in the middle of a look", async () => {
    const chain = busyChain();
    const view = viewOf(chain, { ...PARAMETERS, logRange: 1000 });
    let done = false;
    chain.before = (method) => {
      if (method !== "eth_call" || done) return;
      done = true;
      chain.rewind(10);
      chain.mine(500, [{ kind: "added", node: node(9n, OTHER) }]);
    };
    await view.sync();
    expect(view.ledger.tip.hash).to.equal(chain.tip.hash);
    const fresh = viewOf(chain);
    await fresh.sync();
    expect([...view.ledger.nodes()]).to.deep.equal([...fresh.ledger.nodes()]);
    expect(view.ledger.rewardsAt(OPERATOR, 11)).to.equal(fresh.ledger.rewardsAt(OPERATOR, 11));
  });

  it("does not take in a range whose last block was replaced while it was read", async () => {
    const chain = busyChain();
    const view = viewOf(chain);
    await view.sync();
    chain.mine(1, [{ kind: "added", node: node(77n) }]);
    let done = false;
    chain.before = (method) => {
      if (method !== "eth_getLogs" || done) return;
      done = true;
      // The new block has no event: nothing in the logs would give the old one away.
      chain.rewind(chain.tip.number - 1);
      chain.mine(1);
    };
    await view.sync();
    expect(view.ledger.tip.hash).to.equal(chain.tip.hash);
  });

  it("holds nothing against the ledger that a block said which was replaced before it was taken in", async () => {
    const chain = busyChain();
    const view = viewOf(chain);
    await view.sync();
    chain.mine(1, [{ kind: "added", node: node(77n) }]);
    let [read, done] = [false, false];
    chain.before = (method) => {
      if (method === "eth_getLogs") read = true;
      if (method !== "eth_getBlockByNumber" || !read || done) return;
      done = true;
      chain.rewind(chain.tip.number - 1);
      chain.mine(1);
    };
    const { ledger } = view;
    await view.sync();
    expect([done, view.ledger === ledger, view.ledger.tip.hash]).to.deep.equal([true, true, chain.tip.hash]);
  });

  it("retries transient failures, halves refused log ranges, and gives up in the end", async () => {
    const chain = busyChain();
    const view = viewOf(chain, { ...PARAMETERS, logRange: 1000 });
    let failures = 0;
    chain.failing = (method, params) => {
      const filter = params[0] as { fromBlock: string; toBlock: string };
      if (method === "eth_getLogs" && Number(filter.toBlock) - Number(filter.fromBlock) > 4)
        return new Error("too many");
      return method === "eth_call" && failures++ % 3 === 0 ? new Error("timeout") : undefined;
    };
    await view.sync();
    expect(view.ledger.tip.hash).to.equal(chain.tip.hash);

    chain.mine(100);
    chain.failing = () => new Error("down");
    await view.sync().then(
      () => expect.fail("a dead endpoint must fail the look"),
      (error: Error) => expect(error.message).to.equal("down"),
    );
    chain.failing = () => undefined;
    await view.sync();
    expect(view.ledger.tip.hash).to.equal(chain.tip.hash);
  });

  it("stays the given number of confirmations behind", async () => {
    const chain = busyChain();
    const view = viewOf(chain, { ...PARAMETERS, confirmations: 3 });
    await view.sync();
    expect(view.ledger.tip.height).to.equal(chain.tip.number - 3);
  });

  it("answers a caller with blocks that existed when it called, sharing looks", async () => {
    const chain = busyChain();
    const view = viewOf(chain);
    const first = view.sync();
    await Promise.resolve();
    chain.mine(1);
    const others = Array.from({ length: 20 }, () => view.sync());
    await Promise.all([first, ...others]);
    expect(view.ledger.tip.height).to.equal(chain.tip.number);
    chain.calls.clear();
    await Promise.all(Array.from({ length: 20 }, () => view.sync()));
    expect(chain.calls.get("eth_getBlockByNumber")).to.equal(2);
  });
});
