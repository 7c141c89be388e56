/** Every route against the tables of the interface, with real data in each field; limits, refusals, shared collections. */
import { expect } from "chai";
import { getAddress } from "ethers";
import { z } from "zod";
import {
  publicKeyFromHex,
  rewardMessage,
  exitMessage,
  signatureFromHex,
  verify,
  hexFromBytes,
} from "../../src/bls/index.ts";
import { readNodeSet } from "../../src/chain/index.ts";
import * as api from "../../src/portal/api/index.ts";
import type { ChaosNode } from "../helpers/chaosNode.ts";
import type { PortalWorld, RunningPortal } from "../helpers/portal.ts";
import { openPortalWorld, proofsOf, startPortal } from "../helpers/portal.ts";
import { SESH_UNIT } from "../helpers/staking.ts";

type Stakes = z.infer<typeof api.nodesReply>;

describe("portal: service", function () {
  this.timeout(120_000);
  let world: PortalWorld;
  let running: RunningPortal;
  let alice: string;
  let carol: string;
  /** Ed25519 key of a node by its id, without 0x. */
  const keyOf = (id: number) => running.portal.follower.state.nodes.get(id)?.ed25519 as string;

  before(async function () {
    world = await openPortalWorld();
    running = await startPortal(world);
    await running.caughtUp();
    alice = world.chain.system.alice.address;
    carol = world.chain.system.carol.address;
  });
  after(async function () {
    await running.stop();
    await world.stop();
  });

  /** The reply of a route, which has exactly the fields of its table. */
  async function ask<T extends z.ZodType>(path: string, shape: T, status = 200): Promise<z.output<T>> {
    const reply = await running.get(path);
    expect(reply.status, `${path}: ${JSON.stringify(reply.body).slice(0, 300)}`).to.equal(status);
    const parsed = strict(shape).safeParse(reply.body);
    expect(parsed.error?.issues ?? [], path).to.deep.equal([]);
    return parsed.data as z.output<T>;
  }

  it("/info: the network, from contract and index", async function () {
    const { network, t } = await ask("/info", api.infoReply);
    const { rewards, provider } = world.chain;
    const block = await provider.getBlock("latest");
    expect(network).to.deep.include({
      node_count: Number(await rewards.totalNodes()),
      // All but the one whose exit was requested a moment ago are active, and that one until it unlocks.
      active_node_count: 6,
      block_hash: block?.hash?.slice(2),
      block_height: block?.number,
      block_timestamp: block?.timestamp,
      max_stakers: 10,
      staking_requirement: Number(world.chain.system.requirement),
      min_operator_contribution: Number(world.chain.system.requirement / 4n),
      nettype: "devnet",
      version: "0.0.0",
    });
    expect(Math.abs(t - Date.now() / 1_000)).to.be.below(60);
  });

  it("/nodes and /nodes/bls: the nodes of the contract", async function () {
    const nodes = await ask("/nodes", api.nodesReply);
    const { ids, pubkeys } = await world.chain.rewards.allServiceNodeIDs();
    const expected = Object.fromEntries(
      ids.map((id, i) => [
        [pubkeys[i]?.X, pubkeys[i]?.Y].map((half) => half?.toString(16).padStart(64, "0")).join(""),
        Number(id),
      ]),
    );
    expect(nodes.added_bls_keys).to.deep.equal(expected);
    expect((await ask("/nodes/bls", api.blsKeysReply)).bls_keys).to.deep.equal(expected);
    expect(nodes.stakes.map(({ contract_id }) => contract_id)).to.have.members([...ids].map(Number));
    const shared = nodes.stakes.find(({ contract_id }) => contract_id === 7);
    const { requirement, bob, stranger } = world.chain.system;
    expect(shared?.contributors[1]).to.deep.equal({
      address: bob.address,
      beneficiary: stranger.address,
      amount: Number(requirement / 4n),
    });
    expect(shared).to.deep.include({ operator_address: alice, operator_fee: 500, active: true, exit_type: null });
    expect(shared?.events.map(({ name }) => name)).to.deep.equal(["NewServiceNodeV2"]);
    expect(nodes.stakes.find(({ contract_id }) => contract_id === 3)?.requested_unlock_height).to.be.above(0);
    expect(nodes.vesting.map(({ address }) => address)).to.deep.equal([world.vesting]);
  });

  it("/stakes: what an address has a share in, what left included, and what its vesting contract has", async function () {
    const operator = world.chain.system.operator.address;
    const { stakes } = await ask(`/stakes/${operator}`, api.nodesReply);
    const left = stakes.filter(({ exit_type }) => exit_type !== null);
    expect(left.map(({ contract_id, exit_type, active }) => [contract_id, exit_type, active])).to.deep.equal([
      [1, "exit", false],
      [2, "deregister", false],
    ]);
    expect(left[0]?.events.map(({ name }) => name)).to.deep.equal([
      "NewSeededServiceNode",
      "ServiceNodeExitRequest",
      "ServiceNodeExit",
    ]);
    expect(left[1]?.events.map(({ name }) => name)).to.deep.equal([
      "NewSeededServiceNode",
      "ServiceNodeLiquidated",
      "ServiceNodeExit",
    ]);

    const mine: Stakes = await ask(`/stakes/${carol.toLowerCase()}`, api.nodesReply);
    expect(mine.stakes.map(({ contract_id }) => contract_id)).to.deep.equal([7, 8]);
    expect(mine.vesting[0]).to.deep.include({
      address: world.vesting,
      beneficiary: carol,
      initial_beneficiary: carol,
      transferable_beneficiary: true,
    });
    expect(mine.contracts.map(({ address }) => address)).to.deep.equal([world.contribution]);
    expect((await ask(`/stakes/0x${"00".repeat(19)}01`, api.nodesReply)).stakes).to.deep.equal([]);
  });

  it("/contract/contribution: contributors, reservations and every event", async function () {
    const { contracts } = await ask("/contract/contribution", api.contributionsReply);
    const { requirement, bob, stranger } = world.chain.system;
    const [one] = contracts;
    expect(one).to.deep.include({
      address: world.contribution,
      operator_address: alice,
      status: 1,
      fee: 250,
      manual_finalize: true,
    });
    expect(one?.contributors).to.deep.equal([
      {
        address: alice,
        beneficiary_address: null,
        amount: Number(requirement / 4n),
        reserved: Number(requirement / 4n),
      },
      { address: bob.address, beneficiary_address: stranger.address, amount: Number(requirement / 8n), reserved: 0 },
      { address: carol, beneficiary_address: null, amount: 0, reserved: Number(requirement / 4n) },
    ]);
    expect(one?.events.map(({ name }) => name)).to.include.members([
      "NewServiceNodeContributionContract",
      "NewContribution",
      "UpdateStakerBeneficiary",
    ]);
    expect(one?.events.find(({ name }) => name === "NewContribution")?.main_arg).to.equal(world.contribution);
    expect(
      (await ask(`/contract/contribution/${one?.service_node_pubkey}`, api.contributionReply)).contract,
    ).to.deep.equal(one);
    expect((await ask(`/contract/contribution/${"ab".repeat(32)}`, api.contributionReply)).contract).to.equal(null);
  });

  it("/rewards and /daily-rewards: by the network's word and the contract's record", async function () {
    const { rewards } = await ask(`/rewards/${alice}`, api.rewardsReply);
    const { requirement, operator } = world.chain.system;
    expect(rewards).to.deep.equal({
      // The nodes say 777, the contract paid 600.
      amount: Number(177n * SESH_UNIT),
      lifetime_rewards: Number(777n * SESH_UNIT),
      claimed_rewards: Number(600n * SESH_UNIT),
      claimed_stakes: 0,
      lifetime_locked_stakes: Number(requirement / 2n),
      lifetime_unlocked_stakes: 0,
      lifetime_liquidated_stakes: 0,
      locked_stakes: Number(requirement / 2n),
      timelocked_stakes: 0,
    });
    const penalty = requirement - (running.portal.follower.state.nodes.get(2)?.exit?.returned ?? 0n);
    const ofOperator = (await ask(`/rewards/${operator.address}`, api.rewardsReply)).rewards;
    expect(ofOperator).to.deep.include({
      lifetime_locked_stakes: Number(6n * requirement),
      lifetime_unlocked_stakes: Number(2n * requirement),
      lifetime_liquidated_stakes: Number(penalty),
      locked_stakes: Number(4n * requirement),
    });
    const daily = (await ask(`/daily-rewards/${alice}`, api.dailyRewardsReply)).rewards;
    expect(daily.map(({ lifetime_rewards }) => lifetime_rewards)).to.deep.equal([500, 777].map((sesh) => sesh * 1e9));
    const days = await ask(`/app/history/${alice}`, api.addressHistory);
    expect(days.map(({ earned, claimed }) => [earned, claimed])).to.deep.equal([
      [500e9, 200e9],
      [277e9, 400e9],
    ]);
  });

  it("POST /rewards: a signature that the contract takes", async function () {
    const reply = await fetch(`${running.url}/rewards/${alice}`, { method: "POST" });
    expect(reply.status).to.equal(200);
    const { rewards } = strict(api.rewardsSignatureReply).parse(await reply.json()) as z.infer<
      typeof api.rewardsSignatureReply
    >;
    const { tags } = world.chain.system.network;
    const message = rewardMessage(tags, { recipient: alice, amount: BigInt(rewards.amount) });
    expect(rewards.msg_to_sign).to.equal(hexFromBytes(message).slice(2));
    expect(rewards.amount).to.equal(Number(777n * SESH_UNIT));
    expect(
      verify(publicKeyFromHex(rewards.aggregate_pubkey), message, signatureFromHex(rewards.signature), tags.hashToG2),
    ).to.equal(true);
    // Nodes 7 and 8 run nowhere.
    expect(rewards.non_signer_indices).to.deep.equal([7, 8]);
  });

  it("/exit, /liquidation, /exit_liquidation_list", async function () {
    const { result } = await ask(`/exit/${keyOf(3)}`, api.exitReply);
    const { tags } = world.chain.system.network;
    const message = exitMessage(tags, { publicKey: publicKeyFromHex(result.bls_pubkey), timestamp: result.timestamp });
    expect(result.msg_to_sign).to.equal(hexFromBytes(message).slice(2));
    const set = await readNodeSet(world.chain.rewards);
    expect(result.non_signer_indices.every((id) => set.nodes.some((node) => Number(node.id) === id))).to.equal(true);
    await ask(`/liquidation/${keyOf(4)}`, api.exitReply);
    await ask(`/exit/${"ab".repeat(32)}`, api.errorReply, 404);
    await ask(`/exit/${keyOf(1)}`, api.errorReply, 404);

    // By the rules, as these nodes tell no list: unlocked half a minute after its request.
    await world.chain.connection.networkHelpers.time.increase(60);
    await running.caughtUp();
    const { result: list } = await ask("/exit_liquidation_list", api.departingReply);
    expect(list.map(({ service_node_pubkey, type }) => [service_node_pubkey, type])).to.deep.equal([
      [keyOf(3), "exit"],
    ]);
    expect((await ask("/info", api.infoReply)).network.active_node_count).to.equal(5);
  });

  it("/store and /registrations: both signatures verified, hex or base64, one of each type a key", async function () {
    const proofs = proofsOf(world.chain, 90, alice);
    const { pubkey_ed25519: key, ...rest } = proofs;
    const send = (fields: Record<string, string>) => `/store/${key}?${new URLSearchParams(fields).toString()}`;
    const first = await ask(send(rest), api.storeReply);
    expect(first.registration).to.deep.include({ ...proofs, type: "solo" });
    const base64 = Object.fromEntries(
      Object.entries(rest).map(([name, value]) => [
        name,
        name === "operator" ? value : Buffer.from(value, "hex").toString("base64"),
      ]),
    );
    const posted = await fetch(`${running.url}/store/${key}`, {
      method: "POST",
      body: new URLSearchParams({ ...base64, contract: world.contribution }),
    });
    expect(posted.status).to.equal(200);
    expect(((await posted.json()) as { registration: object }).registration).to.deep.include({
      ...proofs,
      type: "contract",
      contract: world.contribution,
    });
    await ask(send(rest), api.storeReply);

    for (const name of [alice, key]) {
      const { registrations } = await ask(`/registrations/${name}`, api.registrationsReply);
      expect(registrations.map(({ type }) => type)).to.deep.equal(["solo", "contract"]);
    }
    const other = proofsOf(world.chain, 91, alice);
    const refused: [Record<string, string>, string][] = [
      [{ ...rest, sig_bls: other.sig_bls }, "signature"],
      [{ ...rest, sig_ed25519: other.sig_ed25519 }, "signature"],
      // Of the same node for somebody else: a proof for one operator is none for another.
      [{ ...rest, operator: carol }, "signature"],
      [{ ...rest, pubkey_bls: "00".repeat(64) }, "signature"],
      [{ ...rest, sig_bls: "abc" }, "bad-request"],
      [{ ...rest, operator: alice.replace(/[a-f]/, (letter) => letter.toUpperCase()).slice(0, 41) }, "bad-request"],
    ];
    for (const [fields, code] of refused) {
      const reply = await ask(send(fields), api.errorReply.loose(), 400);
      expect(reply.error.code, JSON.stringify(fields)).to.equal(code);
    }
    expect((await ask(`/registrations/${carol}`, api.registrationsReply)).registrations).to.deep.equal([]);
  });

  it("/validate: each code, and what is left for others", async function () {
    const { requirement } = world.chain.system;
    const proofs = proofsOf(world.chain, 90, alice);
    const base = { ...proofs, stake: String(requirement) };
    const shared = { ...proofs, stake: String(requirement / 4n), contract: world.contribution, fee: "100" };
    const check = async (fields: Record<string, string | string[]>) => {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) query.append(name, one);
      const reply = await ask(`/validate?${query.toString()}`, api.validateReply);
      const { network: _, t: __, ...outcome } = reply;
      return outcome;
    };
    expect(await check(base)).to.deep.equal({ success: true });
    const { remaining_contribution, remaining_spots, remaining_min_contribution } = (await check({
      ...shared,
      res_addr: [carol],
      res_stake: [String(requirement / 2n)],
    })) as Record<string, unknown>;
    expect([remaining_contribution, remaining_spots]).to.deep.equal([Number(requirement / 4n), 8]);
    expect(remaining_min_contribution).to.equal(Number((requirement / 4n + 7n) / 8n));

    const slot = { res_addr: [carol], res_stake: [String(requirement / 2n)] };
    const many = {
      res_addr: Array.from({ length: 10 }, (_, i) => getAddress(`0x${(i + 1).toString(16).padStart(40, "0")}`)),
    };
    const cases: [Record<string, string | string[]>, object][] = [
      [
        { ...base, pubkey_bls: "" },
        { code: "bad_request", field: "pubkey_bls" },
      ],
      [{ ...base, operator: "0x12" }, { code: "invalid_op_addr" }],
      [{ ...base, stake: "1.5" }, { code: "invalid_op_stake" }],
      [
        { ...base, stake: "1" },
        { code: "wrong_op_stake", stake: 1, required: Number(requirement) },
      ],
      [
        { ...shared, stake: "1" },
        { code: "insufficient_op_stake", stake: 1, minimum: Number(requirement / 4n) },
      ],
      [{ ...shared, contract: "0x12" }, { code: "invalid_contract_addr" }],
      [{ ...shared, fee: "10001" }, { code: "invalid_fee" }],
      [
        { ...shared, ...slot, res_addr: ["0x12"] },
        { code: "invalid_res_addr", address: "0x12", index: 0 },
      ],
      [
        { ...shared, ...slot, res_addr: [alice] },
        { code: "invalid_res_addr", address: alice, index: 0 },
      ],
      [
        { ...shared, ...slot, res_stake: ["x"] },
        { code: "invalid_res_stake", address: carol, index: 0 },
      ],
      [
        { ...shared, ...slot, res_stake: ["1"] },
        {
          code: "insufficient_res_stake",
          address: carol,
          index: 0,
          minimum: Number(((requirement * 3n) / 4n + 8n) / 9n),
        },
      ],
      [
        { ...shared, ...slot, res_stake: [String(requirement)] },
        { code: "too_much", total: Number((requirement * 5n) / 4n), maximum: Number(requirement) },
      ],
      [
        { ...shared, ...many, res_stake: many.res_addr.map(() => "1") },
        { code: "too_many", max_contributors: 10 },
      ],
      [
        { ...base, sig_bls: proofsOf(world.chain, 91, alice).sig_bls },
        { code: "signature", detail: "sig_bls" },
      ],
      [
        { ...base, sig_ed25519: proofsOf(world.chain, 91, alice).sig_ed25519 },
        { code: "signature", detail: "sig_ed25519" },
      ],
    ];
    for (const [fields, error] of cases) {
      const outcome = (await check(fields)) as { error?: { error: string } };
      expect(outcome.error, JSON.stringify(error)).to.deep.include(error);
      expect(outcome.error?.error).to.match(/^[A-Z].*\.$/);
    }
  });

  it("answers 404 to what is no address or key, 400 to a wrong checksum", async function () {
    const wrong = alice.replace(/[a-fA-F](?=[^a-fA-F]*$)/, (letter) =>
      letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
    );
    for (const route of ["stakes", "rewards", "daily-rewards", "registrations", "app/history", "app/vesting"]) {
      await ask(`/${route}/nobody`, api.errorReply, 404);
      await ask(`/${route}/${wrong}`, api.errorReply, 400);
    }
    for (const route of ["exit", "liquidation", "contract/contribution", "store"])
      await ask(`/${route}/12ab`, api.errorReply, 404);
    await ask("/nothing/here", api.errorReply, 404);
  });

  it("/app: configuration, state, table, keys that sum to the contract's, history, vesting", async function () {
    const config = await ask("/app/config", api.appConfig);
    expect(config.contracts).to.deep.equal({
      rewards: world.chain.contract,
      ...world.addresses,
      factory: world.factory,
      lens: null,
    });
    const state = await ask("/app/state", api.appState);
    expect(state.head).to.deep.include({ complete: true, missing: [], lagSeconds: 0 });
    expect(state.figures).to.deep.include({ nodes: 6, started: true, maxContributors: 10 });
    const table = await ask("/app/nodes", api.appNodes);
    expect(table.rows.map(([id]) => id)).to.deep.equal([...running.portal.follower.state.held]);
    const keys = await ask("/app/keys", api.appKeys);
    const set = await readNodeSet(world.chain.rewards, { block: keys.block });
    expect(keys.keys).to.deep.equal(set.nodes.map(({ id, hex }) => [Number(id), hex.slice(2)]));
    const points = await ask("/app/history/network?points=50", api.networkHistory);
    expect(points.at(-1)).to.deep.include({ nodes: 6, claimed: Number(600n * SESH_UNIT) });
    expect(points.at(-1)?.rewardRate).to.be.a("number").above(0);
    expect(await ask(`/app/vesting/${carol}`, api.appVestingList)).to.have.length(1);
    const [vesting] = await ask(`/app/vesting/${world.vesting}`, api.appVestingList);
    expect(vesting).to.deep.include({
      staked: Number(world.chain.system.requirement),
      balance: Number(5_000n * SESH_UNIT),
      releasable: 0,
    });
  });

  it("describes itself, and is watched", async function () {
    const { body } = await running.get("/openapi.json");
    const described = body as { paths: Record<string, object>; components: { schemas: Record<string, object> } };
    expect(Object.keys(described.paths)).to.include.members(["/stakes/{address}", "/validate", "/app/keys"]);
    const text = JSON.stringify(body);
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
      expect(described.components.schemas).to.have.property(name as string);
    expect((await ask("/health", api.health)).ok).to.equal(true);
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
    expect(metrics)
      .to.match(/^session_portal_index_block \d+$/m)
      .and.match(/session_portal_requests_total\{route="\/info",status="200"\} \d+/);
  });

  it("says what a browser may do, and that nothing changed where nothing did", async function () {
    const reply = await fetch(`${running.url}/nodes`);
    expect(reply.headers.get("access-control-allow-origin")).to.equal("*");
    expect(reply.headers.get("content-security-policy")).to.match(/default-src 'none';.*connect-src 'self';/);
    expect(reply.headers.get("x-content-type-options")).to.equal("nosniff");
    const tag = reply.headers.get("etag") as string;
    expect((await fetch(`${running.url}/nodes`, { headers: { "if-none-match": tag } })).status).to.equal(304);
  });

  it("collects once for all who ask at once, and tells each how it goes", async function () {
    const before = served();
    world.chain.chaos.amountOf = () => 888n * SESH_UNIT;
    const slow = world.chain.nodes[0] as ChaosNode;
    slow.delayMs = 300;
    const bob = world.chain.system.bob.address;
    const all = await Promise.all(Array.from({ length: 5 }, () => stream(`/app/collect/rewards/${bob}`)));
    slow.delayMs = 0;
    for (const events of all) {
      expect(events.at(-1)?.event).to.equal("result");
      expect(strict(api.rewardsResult).safeParse(events.at(-1)?.data).error?.issues ?? []).to.deep.equal([]);
      expect(events[0]?.event).to.equal("progress");
      expect(strict(api.collectProgress).safeParse(events[0]?.data).error?.issues ?? []).to.deep.equal([]);
    }
    // Each node was asked for its height and for its signature, once.
    expect(served() - before).to.be.at.most(2 * world.chain.nodes.length);
    const again = served();
    expect((await stream(`/app/collect/rewards/${bob}`)).map(({ event }) => event)).to.deep.equal(["result"]);
    expect(served()).to.equal(again);
  });

  it("refuses politely when too many are under way, and when too few sign", async function () {
    const slow = world.chain.nodes[1] as ChaosNode;
    slow.delayMs = 1_000;
    const asked = [1, 2, 3].map((i) => fetch(`${running.url}/rewards/0x${String(i).repeat(40)}`, { method: "POST" }));
    const replies = await Promise.all(asked);
    slow.delayMs = 0;
    expect(replies.map(({ status }) => status).sort()).to.deep.equal([200, 200, 503]);
    const refused = replies.find(({ status }) => status === 503) as Response;
    expect(refused.headers.get("retry-after")).to.equal("5");
    expect(((await refused.json()) as api.ErrorReply).error.code).to.equal("busy");

    for (const node of world.chain.nodes.slice(2, 5)) node.behaviour = "unwilling";
    const person = `0x${"4".repeat(40)}`;
    const failed = (await stream(`/app/collect/rewards/${person}`)).at(-1);
    expect(failed?.event).to.equal("failure");
    const failure = strict(api.collectFailure).parse(failed?.data) as api.CollectFailure;
    expect(failure.signed).to.be.below(failure.needed as number);
    expect(failure.error).to.match(/^[A-Z].*\.$/);
    for (const node of world.chain.nodes) node.behaviour = "honest";
  });

  it("limits what one visitor asks for", async function () {
    const limited = await startPortal(world, { server: { rateLimit: 5, collectLimit: 2 } });
    try {
      await limited.caughtUp();
      const statuses: number[] = [];
      for (let i = 0; i < 7; i++) statuses.push((await fetch(`${limited.url}/info`)).status);
      expect(statuses).to.deep.equal([200, 200, 200, 200, 200, 429, 429]);
      const reply = await fetch(`${limited.url}/info`);
      expect(Number(reply.headers.get("retry-after"))).to.be.within(1, 60);
      expect(((await reply.json()) as api.ErrorReply).error.code).to.equal("rate-limited");
      expect((await fetch(`${limited.url}/health`)).status).to.equal(200);
    } finally {
      await limited.stop();
    }
  });

  function served(): number {
    return world.chain.nodes.reduce((sum, node) => sum + node.served, 0);
  }

  /** Server-Sent Events of a route, until they end. */
  async function stream(path: string): Promise<{ event: string; data: unknown }[]> {
    const reply = await fetch(`${running.url}${path}`);
    expect(reply.headers.get("content-type")).to.match(/^text\/event-stream/);
    return (await reply.text())
      .split("\n\n")
      .map((block) => /^event: (\w+)\ndata: (.+)$/.exec(block))
      .flatMap((match) =>
        match ? [{ event: match[1] as string, data: JSON.parse(match[2] as string) as unknown }] : [],
      );
  }
});

/** The schema with no room for fields that it does not name, at any depth. */
function strict(shape: z.ZodType): z.ZodType {
  const { def } = shape as unknown as { def: { type: string; [part: string]: unknown } };
  const inner = (one: unknown) => strict(one as z.ZodType);
  switch (def.type) {
    case "object": {
      const object = shape as z.ZodObject;
      if (def["catchall"] !== undefined) return shape;
      return z.strictObject(
        Object.fromEntries(Object.entries(object.shape).map(([name, part]) => [name, inner(part)])),
      );
    }
    case "array":
      return z.array(inner(def["element"]));
    case "nullable":
      return inner(def["innerType"]).nullable();
    case "optional":
      return inner(def["innerType"]).optional();
    case "union":
      return z.union((def["options"] as z.ZodType[]).map(inner) as [z.ZodType, z.ZodType]);
    default:
      return shape;
  }
}
