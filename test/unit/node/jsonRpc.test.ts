import { expect } from "chai";
import { parse } from "lossless-json";
import { verifyRegistration } from "../../../src/bls/index.ts";
import { nodeKeysFromSeed } from "../../../src/node/index.ts";
import {
  HttpNode,
  KEYS,
  NOBODY,
  PARAMETERS,
  PEER,
  PEER_KEY,
  STAKER,
  exitSigningWindow,
  unlockDelay,
} from "../../helpers/httpNode.ts";

describe("node HTTP: JSON-RPC", () => {
  const world = new HttpNode().register();

  describe("POST /json_rpc", () => {
    const call = async (method: string, params: unknown = {}, base = world.node.url) => {
      const { status, text } = await world.post("/json_rpc", { jsonrpc: "2.0", id: 7, method, params }, base);
      expect(status).to.equal(200);
      const reply = parse(text, null, { parseNumber: (digits) => BigInt(digits) }) as {
        id: bigint;
        result: Record<string, unknown> & Record<string, unknown>[];
        error: { code: bigint; message: string };
      };
      expect(reply.id).to.equal(7n);
      return reply;
    };

    it("tells network and height", async () => {
      expect((await call("get_info")).result).to.include({ status: "OK", nettype: "devnet", height: 3n });
      expect((await call("get_height")).result).to.include({ status: "OK", height: 3n });
    });

    it("gives no registration to whoever asks: he would register the node under his own name", async () => {
      const { error } = await call("bls_registration_request", { address: NOBODY.slice(2) });
      expect(error.code).to.equal(-14n);
      expect(error.message).to.contain("operators of its own choice");
    });

    it("gives a registration for any operator on the admin port, and there only", async () => {
      const owned = await world.start({ adminPort: 0 });
      const admin = owned.adminUrl as string;
      expect(new URL(admin).hostname).to.equal("127.0.0.1");
      const { result } = await call("bls_registration_request", { address: NOBODY }, admin);
      expect(result.address).to.equal(NOBODY.slice(2));
      expect((await fetch(`${admin}/v1/info`)).status).to.equal(404);
      expect((await call("bls_registration_request", { address: NOBODY }, owned.url)).error.code).to.equal(-14n);
    });

    it("gives a registration that contract and network would take, to a configured operator", async () => {
      const owned = await world.start({ operators: [STAKER] });
      const { result } = await call("bls_registration_request", { address: STAKER.slice(2) }, owned.url);
      expect(result).to.include({
        address: STAKER.slice(2),
        bls_pubkey: KEYS.blsPubkey.slice(2),
        service_node_pubkey: KEYS.ed25519Pubkey.slice(2),
      });
      expect(result.proof_of_possession).to.match(/^[0-9a-f]{256}$/);
      const signature = result.service_node_signature as string;
      expect(verifyRegistration(KEYS.ed25519Pubkey, KEYS.blsPublicKey, signature)).to.equal(true);
    });

    it("gives aggregates with lossless integers", async () => {
      const amount = 2n ** 60n + 1n;
      const asked: unknown[] = [];
      const aggregating = await world.start(
        {},
        {
          aggregate: async (request) => {
            asked.push(request);
            return { message: "0x12", signature: "0x34", aggregatePubkey: "0x56", nonSigners: [3n, 2n ** 63n], amount };
          },
        },
      );
      const { result } = await call("bls_rewards_request", { address: STAKER }, aggregating.url);
      expect(result).to.deep.equal({
        status: "OK",
        address: STAKER.slice(2),
        amount,
        height: 3n,
        msg_to_sign: "12",
        signature: "34",
        aggregate_pubkey: "56",
        non_signer_indices: [3n, 2n ** 63n],
      });
      expect(
        (await call("bls_rewards_request", { address: STAKER, height: 2 }, aggregating.url)).result.height,
      ).to.equal(2n);
      world.chain.mine(60, [{ kind: "exitRequest", node: PEER }]);
      const unlock = world.chain.tip.timestamp + unlockDelay;
      world.clock.set(unlock);
      const exit = await call("bls_exit_liquidation_request", { bls_pubkey: PEER_KEY.slice(2) }, aggregating.url);
      expect(exit.result).to.include({ bls_pubkey: PEER_KEY.slice(2), timestamp: BigInt(world.clock.now()) });
      const pubkey = nodeKeysFromSeed("peer").ed25519Pubkey.slice(2);
      world.clock.set(unlock + exitSigningWindow);
      await call("bls_exit_liquidation_request", { pubkey, liquidate: true }, aggregating.url);
      // What the node itself would refuse is not asked of the others.
      const refused = await call("bls_exit_liquidation_request", { pubkey }, aggregating.url);
      expect(refused.error.code).to.equal(-14n);
      expect(refused.error.message).to.match(/it can only be liquidated/);
      expect(asked).to.deep.equal([
        { kind: "reward", recipient: STAKER, height: 3 },
        { kind: "reward", recipient: STAKER, height: 2 },
        { kind: "exit", blsPubkey: PEER_KEY, timestamp: unlock },
        { kind: "liquidate", blsPubkey: PEER_KEY, timestamp: unlock + exitSigningWindow },
      ]);
    });

    it("lists who is off the network and still in the contract", async () => {
      expect((await call("bls_exit_liquidation_list")).result).to.deep.equal([]);
      world.chain.mine(60, [{ kind: "exitRequest", node: PEER }]);
      const unlock = world.chain.tip.timestamp + unlockDelay;
      world.clock.set(unlock - 1);
      expect((await call("bls_exit_liquidation_list")).result).to.deep.equal([]);
      world.clock.set(unlock);
      const [entry] = (await call("bls_exit_liquidation_list")).result;
      expect(entry).to.deep.include({
        service_node_pubkey: nodeKeysFromSeed("peer").ed25519Pubkey.slice(2),
        type: "exit",
        liquidation_timestamp: BigInt(unlock + exitSigningWindow),
        info: { bls_public_key: PEER_KEY.slice(2), pubkey_bls: PEER_KEY.slice(2), contract_id: 1n },
      });
      expect((entry?.liquidation_height as bigint) > 4n).to.equal(true);
      world.clock.set(unlock + exitSigningWindow);
      expect((await call("bls_exit_liquidation_list")).result[0]?.liquidation_height).to.equal(4n);
    });

    it("answers with the daemon's errors", async () => {
      const errorOf = async (method: string, params?: unknown, base?: string) =>
        Number((await call(method, params, base)).error.code);
      expect(await errorOf("bls_rewards_request", { address: STAKER })).to.equal(-14);
      expect(await errorOf("bls_exit_liquidation_request", { pubkey: "12".repeat(32) })).to.equal(-16);
      expect(await errorOf("bls_rewards_request", { address: "x" })).to.equal(-32602);
      expect(await errorOf("bls_exit_liquidation_request", {})).to.equal(-32602);
      expect(await errorOf("nothing")).to.equal(-32601);
      expect(await errorOf("constructor")).to.equal(-32601);
      expect(await errorOf("get_info", "x")).to.equal(-32602);

      const impatient = await world.start(
        { params: { ...PARAMETERS, maxStaleSeconds: 0 } },
        { aggregate: () => Promise.reject() },
      );
      world.chain.failing = () => new Error("down");
      expect(await errorOf("bls_exit_liquidation_list", {}, impatient.url)).to.equal(-15);
    });

    it("survives garbage and batches", async () => {
      for (const body of ["", "{", "null", "7", "[]", '"x"', "[null]", '{"method":3}', "[".repeat(5000)]) {
        const { status, text } = await world.post("/json_rpc", body);
        expect(status, body.slice(0, 10)).to.equal(200);
        expect(text).to.match(/"error"/);
      }
      const { body } = await world.post("/json_rpc", [
        { jsonrpc: "2.0", id: 1, method: "get_height" },
        { jsonrpc: "2.0", id: 2, method: "none" },
      ]);
      expect(body).to.have.length(2);
    });
  });
});
