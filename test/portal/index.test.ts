/** The index against the contract's own state: after everything, after blocks were taken back, after faults and kills. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { id } from "ethers";
import { pino } from "pino";
import { getContribution } from "../../src/chain/index.ts";
import { FaultProxy } from "../../checks/faults/proxy.ts";
import type { Fault } from "../../checks/faults/proxy.ts";
import { bare, Follower, Indexer, Superseded } from "../../src/portal/index/index.ts";
import type { Head, State } from "../../src/portal/index/index.ts";
import { LyingProxy } from "../helpers/lyingProxy.ts";
import type { PortalWorld, RunningPortal } from "../helpers/portal.ts";
import { openPortalWorld, startPortal } from "../helpers/portal.ts";
import { register, SESH_UNIT } from "../helpers/staking.ts";
import { testNode } from "../helpers/TestNetwork.ts";

describe("portal: index", function () {
  this.timeout(120_000);
  let world: PortalWorld;
  let running: RunningPortal;

  before(async function () {
    world = await openPortalWorld();
    running = await startPortal(world);
    await running.caughtUp();
  });
  after(async function () {
    await running.stop();
    await world.stop();
  });

  it("has the contract's nodes, with every stake and time", async function () {
    await sameAsContract(running.portal.follower.state);
  });

  it("has a contribution as its contract has it", async function () {
    const { chain, contribution } = world;
    const contract = getContribution(contribution, chain.provider);
    const { addrs, beneficiaries, contribs } = await contract.getContributions();
    const at = running.portal.follower.state.contributions.get(bare(contribution));
    expect(at?.contributors.map(({ staker, beneficiary, amount }) => [staker, beneficiary, amount])).to.deep.equal(
      addrs.map((address, i) => [bare(address), bare(beneficiaries[i] as string), contribs[i]]),
    );
    expect(BigInt(at?.status ?? -1)).to.equal(await contract.status());
    expect(at?.manualFinalize).to.equal(await contract.manualFinalize());
    const params = await contract.serviceNodeParams();
    expect([BigInt(at?.fee ?? -1), BigInt(`0x${at?.ed25519}`)]).to.deep.equal([params.fee, params.serviceNodePubkey]);
    const reserved = await contract.getReserved();
    expect(at?.reserved.map(({ address, amount }) => [address, amount])).to.deep.equal(
      reserved.addrs.map((address, i) => [bare(address), reserved.contribs[i]]),
    );
  });

  it("finds the vesting contract among the stakers, and follows it", async function () {
    const { alice, carol } = world.chain.system;
    const vesting = () => running.portal.follower.state.vesting.get(bare(world.vesting));
    expect(vesting()?.beneficiary).to.equal(bare(carol.address));
    expect(vesting()?.initialAmount).to.equal(world.chain.system.requirement + 5_000n * SESH_UNIT);

    const { ethers } = world.chain.connection;
    const contract = await ethers.getContractAt("TokenVestingStaking", world.vesting);
    await contract.connect(carol).transferBeneficiary(alice.address);
    await running.caughtUp();
    expect([vesting()?.beneficiary, vesting()?.initialBeneficiary]).to.deep.equal(
      [alice, carol].map((one) => bare(one.address)),
    );
  });

  it("is not written by one that another has superseded, which then follows", async function () {
    const { portal } = running;
    const follower = new Follower(portal.deps.db);
    await follower.follow();
    const { pool, token } = world.addresses;
    const options = {
      chainId: 31_337n,
      rewards: bare(world.chain.contract),
      pool: bare(pool),
      token: bare(token),
      pollMs: 50,
    };
    const logger = pino({ level: "silent" });
    const indexer = new Indexer(options, { source: portal.source, follower, logger });
    // What it has read is right, and of a head that is no more.
    const [stale, rows] = [follower.head as Head, await count()];
    await world.update(world.chain.system.bob.address, SESH_UNIT);
    await running.caughtUp();
    expect(await count()).to.equal(rows + 1);
    const empty = { to: stale, events: [], blocks: [], details: [] };
    for (const write of [
      () => indexer.step(),
      () => follower.store.commit(empty, 1, stale),
      () => follower.store.rollBack(stale, stale),
      () => follower.store.commit(empty, 1, { ...(portal.follower.head as Head), epoch: 0 }),
    ]) {
      expect(await write().catch((error: unknown) => error)).to.be.instanceOf(Superseded);
    }
    expect(await follower.store.head()).to.deep.include({ block: portal.follower.head?.block });
    expect(await count()).to.equal(rows + 1);

    const ending = new AbortController();
    const going = indexer.run(ending.signal);
    while (follower.head?.block !== portal.follower.head?.block) await sleep(20);
    ending.abort();
    await going;
    await sameAsContract(follower.state);

    async function count(): Promise<number> {
      const [row] = await portal.deps.db.query<{ n: number }>("SELECT count(*)::int AS n FROM events");
      return row?.n ?? -1;
    }
  });

  it("goes back with the chain, and forward on the other branch", async function () {
    const { provider, system } = world.chain;
    const { alice } = system;
    await running.caughtUp();
    const before = running.portal.follower.state;
    const snapshot = (await provider.send("evm_snapshot", [])) as string;
    await world.update(alice.address, 700n * SESH_UNIT);
    await register(system, testNode(40), alice);
    await running.caughtUp();
    expect(running.portal.follower.state.held.has(9)).to.equal(true);

    await provider.send("evm_revert", [snapshot]);
    await register(system, testNode(41), alice, { fee: 77 });
    await running.caughtUp();
    expect(running.portal.indexer.rollBacks).to.be.above(0);
    const { state } = running.portal.follower;
    expect(state).not.to.equal(before);
    expect(state.nodes.get(9)?.fee).to.equal(77);
    expect(state.recipients.get(bare(alice.address))?.recorded).to.equal(600n * SESH_UNIT);
    await sameAsContract(state);
    await sameAsLogs(running);
  });

  it("begins with the state where history begins later, and names what it does not know", async function () {
    const fromBlock = await world.chain.provider.getBlockNumber();
    const late = await startPortal(world, { options: { fromBlock } });
    try {
      await register(world.chain.system, testNode(42), world.chain.system.bob);
      await late.caughtUp();
      await sameAsContract(late.portal.follower.state, ["fee", "events"]);
      const { missing, complete } = late.portal.chain();
      expect(complete).to.equal(false);
      expect(missing[0]).to.match(new RegExp(`^Nothing is known of events up to block ${fromBlock}`));
      expect(late.portal.follower.state.nodes.get(10)?.events.map(({ block }) => block)).to.deep.equal([fromBlock + 1]);
    } finally {
      await late.stop();
    }
  });

  for (const fault of ["small-ranges", "rate-429", "lagging", "mixed"] as const satisfies Fault[]) {
    it(`is the same behind an endpoint with the fault ${fault}`, async function () {
      const proxy = await new FaultProxy(world.chain.url, { fault }).start();
      const other = await startPortal(world, { rpc: proxy.url });
      try {
        await other.caughtUp();
        expect(proxy.faults, "the endpoint erred").to.be.above(0);
        await sameAsContract(other.portal.follower.state);
        await sameAsLogs(other);
      } finally {
        await other.stop();
        await proxy.stop();
      }
    });
  }

  it("keeps the index while the endpoint serves another chain, or one without the contract", async function () {
    const proxy = await new LyingProxy(world.chain.url).start();
    const other = await startPortal(world, { rpc: proxy.url });
    try {
      await other.caughtUp();
      const { portal } = other;
      const [events, head] = [portal.follower.state.events, portal.follower.head?.block ?? -1];
      for (const [chain, code] of [
        ["0xa4ba", "0x60"],
        ["0x7a69", "0x"],
      ] as const) {
        const failures = portal.indexer.failures;
        proxy.lie = ({ method, params }) => {
          const number = params[0] === "latest" ? "0x10" : String(params[0]);
          const hash = `0x${(0xcc00 + Number(number)).toString(16).padStart(64, "0")}`;
          if (method === "eth_chainId") return chain;
          if (method === "eth_blockNumber") return "0x10";
          if (method === "eth_getCode") return code;
          if (method === "eth_getBlockByNumber")
            return Number(number) > 16 ? null : { number, hash, parentHash: hash, timestamp: "0x7fffffff" };
          return undefined;
        };
        while (portal.indexer.failures < failures + 2) await sleep(20);
        expect([portal.follower.head?.block, portal.follower.state.events]).to.deep.equal([head, events]);
      }
      proxy.lie = () => undefined;
      await other.caughtUp();
      await sameAsContract(portal.follower.state);
      expect(portal.chain().complete).to.equal(true);
    } finally {
      await other.stop();
      await proxy.stop();
    }
  });

  for (const name of ["RewardsClaimed", "RewardsBalanceUpdated", "ServiceNodeExitRequest"] as const) {
    it(`finds out logs that lack ${name}, and shows no figure with that gap as complete`, async function () {
      const topic = world.chain.rewards.interface.getEvent(name)?.topicHash;
      const proxy = await new LyingProxy(world.chain.url).start();
      let left = 1;
      proxy.tell = ({ method }, result) => {
        if (method !== "eth_getLogs") return result;
        const last = (result as { topics: string[] }[]).findLastIndex(({ topics }) => topics[0] === topic);
        return last < 0 || left-- <= 0 ? result : (result as unknown[]).filter((_, i) => i !== last);
      };
      const other = await startPortal(world, { rpc: proxy.url });
      try {
        await other.caughtUp();
        const until = performance.now() + 20_000;
        while (other.portal.chain().complete && performance.now() < until) await sleep(20);
        expect(other.portal.chain().complete).to.equal(false);
        await other.caughtUp();
        await sameAsContract(other.portal.follower.state, ["fee", "events"]);
      } finally {
        await other.stop();
        await proxy.stop();
      }
    });
  }

  /** Each registered node is the contract's, and no other is held. */
  async function sameAsContract(state: State, unless: readonly string[] = []): Promise<void> {
    const { rewards } = world.chain;
    const { ids } = await rewards.allServiceNodeIDs();
    expect([...state.held].sort((a, b) => a - b)).to.deep.equal([...ids].map(Number).sort((a, b) => a - b));
    let stake = 0n;
    for (const number of ids) {
      const stored = await rewards.serviceNodes(number);
      const node = state.nodes.get(Number(number));
      expect(node?.bls).to.equal(
        stored.blsPubkey.X.toString(16).padStart(64, "0") + stored.blsPubkey.Y.toString(16).padStart(64, "0"),
      );
      expect(BigInt(`0x${node?.ed25519}`)).to.equal(stored.ed25519Pubkey);
      expect(node?.operator).to.equal(bare(stored.operator));
      expect(node?.shares.map(({ staker, beneficiary, amount }) => [staker, beneficiary, amount])).to.deep.equal(
        stored.contributors.map(({ staker, stakedAmount }) => [
          bare(staker.addr),
          bare(staker.beneficiary),
          stakedAmount,
        ]),
      );
      expect([node?.addedAt, node?.leaveAt].map((time) => BigInt(time ?? -1))).to.deep.equal([
        stored.addedTimestamp,
        stored.leaveRequestTimestamp,
      ]);
      if (!unless.includes("events")) expect(node?.events.length).to.be.above(0);
      stake += stored.deposit;
    }
    expect(state.stake).to.equal(stake);
    for (const [address, { recorded, claimed }] of state.recipients) {
      const entry = await rewards.recipients(`0x${address}`);
      expect([recorded, claimed], address).to.deep.equal([entry.rewards, entry.claimed]);
    }
  }

  /** The rows are the logs of the rewards contract, each once and in its block. */
  async function sameAsLogs({ portal }: RunningPortal): Promise<void> {
    const logs = await world.chain.provider.getLogs({ address: world.chain.contract, fromBlock: 0, toBlock: "latest" });
    const rows = await portal.deps.db.query<{ block: number; logIndex: number; tx: string }>(
      `SELECT block, log_index AS "logIndex", encode(tx, 'hex') AS tx FROM events WHERE emitter = decode($1, 'hex') ORDER BY block, log_index`,
      [bare(world.chain.contract)],
    );
    const first = (portal.deployed ?? 0) - 1;
    const known = logs.filter(({ topics, blockNumber }) => blockNumber > first && !UNKEPT.has(topics[0] as string));
    expect(rows).to.deep.equal(
      known.map(({ blockNumber, index, transactionHash }) => ({
        block: blockNumber,
        logIndex: index,
        tx: bare(transactionHash),
      })),
    );
  }
});

/** Topics of the proxy and of ownership, which the index does not keep. */
const UNKEPT = new Set(
  [
    "Upgraded(address)",
    "AdminChanged(address,address)",
    "OwnershipTransferred(address,address)",
    "Initialized(uint64)",
  ].map(id),
);
