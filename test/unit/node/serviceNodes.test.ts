import { expect } from "chai";
import { hexFromBytes } from "../../../src/bls/index.ts";
import { readListing } from "../../../src/collect/index.ts";
import { nodeKeysFromSeed } from "../../../src/node/index.ts";
import type { Ledger } from "../../../src/node/ledger.ts";
import type { LedgerNode } from "../../../src/node/ledgerTypes.ts";
import { announcedOmq, serviceNodes, serviceNodesParams } from "../../../src/node/serviceNodes.ts";

const HASH = `0x${"ab".repeat(32)}`;
const KEYS = ["a", "b", "c", "d"].map((seed) => nodeKeysFromSeed(`service nodes ${seed}`));
const OPERATOR = `0x${"1A".repeat(20)}`;

const nodeOf = (index: number, changes: Partial<LedgerNode> = {}) =>
  ({
    id: BigInt(index + 1),
    blsPubkey: KEYS[index]!.blsPubkey,
    ed25519Pubkey: KEYS[index]!.ed25519Pubkey,
    signed: true,
    contributors: [{ staker: OPERATOR, beneficiary: OPERATOR, amount: 1n }],
    ...changes,
  }) as LedgerNode;

const x25519 = (index: number) => KEYS[index]!.x25519Pubkey.slice(2);
const urlOf = (index: number) => `curve://203.0.113.${index}:22025/${x25519(index)}`;

function ask(params: object, nodes: LedgerNode[], urls: Record<string, string[]> = {}, inactive: bigint[] = []) {
  const ledger = { tip: { height: 77, hash: HASH, timestamp: 0 }, nodes: () => nodes.values() } as unknown as Ledger;
  return serviceNodes(serviceNodesParams.parse(params), ledger, {
    urlsOf: ({ id }) => urls[`${id}`] ?? [],
    isActive: ({ id }) => !inactive.includes(id),
  }) as { service_node_states: Record<string, unknown>[]; unchanged?: boolean; height: number; block_hash: string };
}

describe("node/get_service_nodes", () => {
  it("tells of each node its keys, its operator, how it stands and where it listens", () => {
    const reply = ask({}, [nodeOf(0), nodeOf(1)], { "1": ["https://a.example", urlOf(0)] }, [2n]);
    const [first, second] = reply.service_node_states;
    expect(first).to.deep.equal({
      service_node_pubkey: KEYS[0]!.ed25519Pubkey.slice(2),
      pubkey_ed25519: KEYS[0]!.ed25519Pubkey.slice(2),
      pubkey_x25519: x25519(0),
      pubkey_bls: KEYS[0]!.blsPubkey.slice(2),
      contract_id: 1n,
      operator_address: OPERATOR.toLowerCase(),
      public_ip: "203.0.113.0",
      quorumnet_port: 22_025,
      active: true,
      funded: true,
    });
    expect(second).to.include({ active: false, funded: true }).and.not.have.any.keys("public_ip", "quorumnet_port");
    expect(reply).to.include({ height: 77, block_hash: HASH.slice(2) });
  });

  it("gives no address under another node's key, nor a name for one", () => {
    const posing = {
      "1": ["https://a.example", urlOf(1)],
      "2": ["https://a.example", urlOf(1).replace(/203[.\d]+/, "a.example")],
    };
    for (const state of ask({}, [nodeOf(0), nodeOf(1)], posing).service_node_states) {
      expect(state).not.to.have.property("public_ip");
    }
  });

  it("leaves out who is on the contract's list only, and an Ed25519 key that is none", () => {
    const off = hexFromBytes(new Uint8Array(32).fill(0xff));
    const { service_node_states: states } = ask({}, [nodeOf(0, { signed: false }), nodeOf(1, { ed25519Pubkey: off })]);
    expect(states).to.have.length(1);
    expect(states[0]).not.to.have.property("pubkey_x25519");
  });

  it("takes what is wanted: fields, active ones, so many, and nothing when no block came", () => {
    const nodes = [nodeOf(0), nodeOf(1), nodeOf(2)];
    const fields = (value: unknown) => ask({ fields: value }, nodes).service_node_states[0];
    expect(fields(["pubkey_bls", "active"])).to.have.all.keys("pubkey_bls", "active");
    expect(fields({ pubkey_bls: true, active: false })).to.have.all.keys("pubkey_bls");
    expect(Object.keys(fields(["all"]) ?? {})).to.have.length(8);
    const keysOf = (params: object) =>
      ask(params, nodes, {}, [1n]).service_node_states.map((one) => one["contract_id"]);
    expect(keysOf({ active_only: true })).to.deep.equal([2n, 3n]);
    expect(keysOf({ limit: 2 })).to.deep.equal([1n, 2n]);
    expect(keysOf({ limit: 1, active_only: true })).to.deep.equal([2n]);
    expect(ask({ poll_block_hash: HASH.slice(2).toUpperCase() }, nodes)).to.deep.include({
      unchanged: true,
      height: 77,
    });
    expect(ask({ poll_block_hash: "00".repeat(32) }, nodes)).not.to.have.property("unchanged");
  });

  it("is what our own directory reads", async () => {
    const reply = ask({}, [nodeOf(0), nodeOf(1)], { "1": ["https://a.example", urlOf(0)] });
    const wire = JSON.parse(
      JSON.stringify(reply, (_, value: unknown) => (typeof value === "bigint" ? Number(value) : value)),
      (_, value: unknown) => (typeof value === "number" ? BigInt(value) : value),
    ) as unknown;
    const transport = { call: () => Promise.resolve(wire), close: () => Promise.resolve() };
    const listing = await readListing({ url: "https://daemon.example", transport, timeoutMs: 1 });
    expect(listing).to.include({ height: 77, blockHash: HASH.slice(2), unaddressed: 1, refused: 0 });
    expect(listing.nodes).to.deep.equal([{ url: urlOf(0), blsPubkey: KEYS[0]!.blsPubkey }]);
  });

  it("announces the OxenMQ port at an IP address only, and never that of every interface", () => {
    const door = `curve://0.0.0.0:22025/${x25519(0)}`;
    const at = (host: string) => [`curve://${host}:22025/${x25519(0)}`];
    expect(announcedOmq(["http://203.0.113.5:8080"], door)).to.deep.equal(at("203.0.113.5"));
    expect(announcedOmq(["http://[2001:db8::1]:8080"], door)).to.deep.equal(at("[2001:db8::1]"));
    for (const none of ["https://node.example", "http://0.0.0.0:1", "http://[::]:1", "junk"]) {
      expect(announcedOmq([none], door), none).to.deep.equal([]);
    }
    expect(announcedOmq([], door)).to.deep.equal([]);
    expect(announcedOmq(["http://203.0.113.5:8080"], "")).to.deep.equal([]);
    expect(announcedOmq(new Array<string>(4).fill("http://203.0.113.5"), door)).to.deep.equal([]);
  });
});
