import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ed25519 as ed25519Curve } from "@noble/curves/ed25519.js";
import { expect } from "chai";
import { Interface } from "ethers";
import {
  aggregatePublicKeys,
  aggregateSignatures,
  deriveTags,
  exitMessage,
  hexFromBytes,
  proveProofOfPossession,
  publicKeyFromParams,
  publicKeyOf,
  publicKeyToHex,
  rewardMessage,
  sign,
  signRegistration,
  signatureFromParams,
  signatureToHex,
} from "../../../src/bls/index.ts";
import { serviceNodeRewardsAbi } from "../../../src/chain/index.ts";
import type { NodeSet } from "../../../src/chain/index.ts";
import { DaemonClient } from "../../../src/collect/index.ts";
import { secretKeyAt, setOf } from "../../helpers/chaosNode.ts";
import vector from "../../fixtures/mainnet-vector.json" with { type: "json" };
import { refusalOf } from "../../helpers/refusalOf.ts";

const DOMAIN = { chainId: BigInt(vector.chainId), contract: vector.contract };
const tags = deriveTags(DOMAIN);
const bare = (hex: string) => hex.replace(/^0x/, "");

describe("collect/DaemonClient", function () {
  let server: Server;
  let client: DaemonClient;
  /** Text of `result`, or of the whole body when it starts with `{"jsonrpc"`. */
  let answer: (method: string, params: Record<string, unknown>) => string;
  let set: NodeSet;
  const asked: { method: string; params: Record<string, unknown> }[] = [];

  before(async function () {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += String(chunk)));
      request.on("end", () => {
        const { method, params } = JSON.parse(body) as { method: string; params: Record<string, unknown> };
        asked.push({ method, params });
        const text = answer(method, params);
        response.end(text.startsWith('{"jsonrpc"') ? text : `{"jsonrpc":"2.0","id":"1","result":${text}}`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    client = new DaemonClient({ url, ...DOMAIN }, { readSet: () => Promise.resolve(set) });
  });

  after(async function () {
    await client.close();
    server.close();
  });

  beforeEach(function () {
    asked.length = 0;
  });

  describe("with a reply of the live network", function () {
    // The keys of the other nodes are not published, but their sum is: it stands for them as one node.
    beforeEach(function () {
      const all = publicKeyFromParams({ X: BigInt(vector.aggregatePubkey.X), Y: BigInt(vector.aggregatePubkey.Y) });
      const silent = vector.nonSigners.map((id, i) => ({ id: BigInt(id), publicKey: publicKeyOf(secretKeyAt(i)) }));
      const nodes = [{ id: 1n, publicKey: all }, ...silent].map((node) => ({
        ...node,
        hex: publicKeyToHex(node.publicKey),
      }));
      set = {
        block: 1,
        timestamp: 0,
        nodes,
        byKey: new Map(nodes.map((node) => [node.hex, node])),
        aggregatePublicKey: aggregatePublicKeys(nodes.map((node) => node.publicKey)),
        nonSignerThreshold: 3,
      };
    });

    const signature = signatureToHex(
      signatureFromParams({
        sigs0: BigInt(vector.signature.sigs0),
        sigs1: BigInt(vector.signature.sigs1),
        sigs2: BigInt(vector.signature.sigs2),
        sigs3: BigInt(vector.signature.sigs3),
      }),
    );
    const reply = (more: Record<string, string> = {}) => {
      const fields: Record<string, string> = {
        status: '"OK"',
        address: `"${bare(vector.recipient)}"`,
        amount: vector.amount,
        height: vector.height,
        msg_to_sign: `"${bare(vector.message)}"`,
        signature: `"${bare(signature)}"`,
        aggregate_pubkey: `"${bare(vector.aggregatePubkey.X)}${bare(vector.aggregatePubkey.Y)}"`,
        non_signer_indices: `[${vector.nonSigners.join(",")}]`,
        ...more,
      };
      return `{${Object.entries(fields)
        .map(([name, value]) => `"${name}":${value}`)
        .join(",")}}`;
    };

    it("accepts it, and makes the transaction of it", async function () {
      answer = () => reply();
      const result = await client.rewards(vector.recipient);

      expect(result.rewards).to.deep.equal([{ recipient: vector.recipient, amount: BigInt(vector.amount) }]);
      expect(result.height).to.equal(Number(vector.height));
      expect(result.nonSignerIds.map(String)).to.deep.equal(vector.nonSigners);
      expect(asked).to.deep.equal([
        { method: "bls_rewards_request", params: { address: vector.recipient, height: -1 } },
      ]);

      const call = result.call();
      expect(call.to).to.equal(vector.contract);
      const [recipient, amount, , ids] = new Interface(serviceNodeRewardsAbi).decodeFunctionData(
        call.method,
        call.data,
      );
      expect([String(recipient).toLowerCase(), amount, [...ids]]).to.deep.equal([
        vector.recipient,
        BigInt(vector.amount),
        vector.nonSigners.map(BigInt),
      ]);
    });

    const broken: Record<string, [Record<string, string>, string]> = {
      "an address that is not the one asked for": [
        { address: `"${"11".repeat(20)}"` },
        "it answers for another address",
      ],
      "an amount that was not signed": [
        { amount: "102434883718712" },
        "it signed another message than its figures make",
      ],
      "a message that its figures do not make": [
        { msg_to_sign: `"${bare(vector.message).slice(0, -1)}0"` },
        "another message",
      ],
      "another list of non-signers": [{ non_signer_indices: "[44,54]" }, "its signers are not the contract's nodes"],
      "another aggregate key": [
        { aggregate_pubkey: `"${bare(publicKeyToHex(publicKeyOf(5n)))}"` },
        "its signers are not the contract's nodes",
      ],
      "a signature of something else": [
        { signature: `"${bare(signatureToHex(sign(new Uint8Array(3), 5n, tags.hashToG2)))}"` },
        "its signature does not verify against the contract's own aggregate key",
      ],
      "a signature at infinity": [{ signature: `"${"0".repeat(256)}"` }, "infinity"],
      "fields that are missing": [{ signature: "null" }, "bls_rewards_request: signature is not what it should be"],
      "an amount with a fraction": [{ amount: "1.5" }, "amount is not what it should be"],
      "a negative amount": [{ amount: "-1" }, "amount is not what it should be"],
      "an amount beyond 256 bits": [{ amount: `${2n ** 256n}` }, "amount is not what it should be"],
      "an amount in exponent notation": [{ amount: "1e300" }, "amount is not what it should be"],
      "an amount in quotes": [{ amount: `"${vector.amount}"` }, "amount is not what it should be"],
      "a height beyond 2^53": [{ height: `${2n ** 53n}` }, "height is not what it should be"],
    };
    for (const [what, [change, why]] of Object.entries(broken)) {
      it(`refuses ${what}`, async function () {
        answer = () => reply(change);
        const refusal = await refusalOf(client.rewards(vector.recipient));

        expect(refusal.code).to.equal("bad-reply");
        expect(refusal.message).to.contain(why);
      });
    }

    it("refuses what the contract would, for want of signers", async function () {
      set = { ...set, nonSignerThreshold: 2 };
      answer = () => reply();

      expect((await refusalOf(client.rewards(vector.recipient))).code).to.equal("too-few-signers");
    });

    it("does without the signers' key, which older daemons do not send", async function () {
      const { aggregate_pubkey: _, ...older } = JSON.parse(reply({ amount: "0" })) as Record<string, unknown>;
      const text = JSON.stringify(older).replace('"amount":0', `"amount":${vector.amount}`);
      answer = () => text;
      expect((await client.rewards(vector.recipient)).nonSignerIds.map(String)).to.deep.equal(vector.nonSigners);
      expect(asked).to.have.length(1);

      // Whether another set signed or somebody lies cannot be told apart: it is asked twice, and then refused.
      answer = () => text.replace(/"non_signer_indices":\[[^\]]*\]/, '"non_signer_indices":[44,54]');
      asked.length = 0;
      expect((await refusalOf(client.rewards(vector.recipient))).message).to.contain("does not verify");
      expect(asked).to.have.length(2);
    });

    it("takes hex with 0x and in upper case too", async function () {
      answer = () =>
        reply({ address: `"0X${bare(vector.recipient).toUpperCase()}"`, msg_to_sign: `"${vector.message}"` });
      expect((await client.rewards(vector.recipient)).rewards[0]?.recipient).to.equal(vector.recipient);
    });

    it("asks for heights that count back from the newest", async function () {
      answer = () => reply();
      for (const height of [0, -2]) {
        expect((await client.rewards(vector.recipient, height)).height).to.equal(Number(vector.height));
      }
      expect(asked.map(({ params }) => params["height"])).to.deep.equal([0, -2]);
    });

    it("asks once more when the set changed in between, and ignores ids that have left", async function () {
      const current = set;
      const older = { ...set, aggregatePublicKey: publicKeyOf(7n) };
      set = older;
      answer = () => {
        set = asked.length === 1 ? older : current;
        return reply({ non_signer_indices: "[44,54,75,4711]" });
      };
      const result = await client.rewards(vector.recipient);

      expect(asked).to.have.length(2);
      expect(result.nonSignerIds).to.deep.equal([44n, 54n, 75n]);
    });
  });

  describe("with a network of our own", function () {
    const keys = [0, 1, 2, 3].map(secretKeyAt);
    const publicKeys = keys.map(publicKeyOf);
    const signedBy = (message: Uint8Array) => ({
      msg_to_sign: bare(hexFromBytes(message)),
      signature: bare(signatureToHex(aggregateSignatures(keys.map((key) => sign(message, key, tags.hashToG2))))),
      aggregate_pubkey: bare(publicKeyToHex(aggregatePublicKeys(publicKeys))),
      non_signer_indices: [],
    });

    beforeEach(function () {
      set = setOf(publicKeys.map((publicKey) => ({ publicKey, hex: publicKeyToHex(publicKey) })));
    });

    it("reads an amount beyond 2^53 to the last digit", async function () {
      const amount = 9_007_199_254_740_993n;
      const message = rewardMessage(tags, { recipient: vector.recipient, amount });
      const rest = JSON.stringify({ address: bare(vector.recipient), height: 7, ...signedBy(message) });
      answer = () => `{"amount":${amount},${rest.slice(1)}`;

      expect((await client.rewards(vector.recipient, 7)).rewards[0]?.amount).to.equal(amount);
      expect((await refusalOf(client.rewards(vector.recipient, 8))).message).to.contain("another height");
    });

    it("has exits and liquidations signed, with a timestamp near the chain's", async function () {
      const leaving = set.nodes[1] as NodeSet["nodes"][number];
      const departure = (timestamp: number) => {
        const message = exitMessage(tags, { publicKey: leaving.publicKey, timestamp });
        return JSON.stringify({ bls_pubkey: bare(leaving.hex), timestamp, ...signedBy(message) });
      };
      answer = () => departure(set.timestamp + 30);
      const result = await client.departure("exit", { blsPubkey: leaving.hex });

      expect(result.timestamp).to.equal(set.timestamp + 30);
      expect(result.call().method).to.equal("exitBLSPublicKeyWithSignature");
      expect(asked[0]?.params).to.deep.equal({ bls_pubkey: bare(leaving.hex), liquidate: false });

      const asLiquidation = client.departure("liquidate", {
        blsPubkey: leaving.hex,
        ed25519Pubkey: `0x${"cd".repeat(32)}`,
      });
      expect((await refusalOf(asLiquidation)).message).to.contain("another message");
      expect(asked[1]?.params).to.deep.equal({ pubkey: "cd".repeat(32), liquidate: true });

      // One that knows nodes by the other key only.
      const knows = (name: string) => (_method: string, params: Record<string, unknown>) =>
        name in params
          ? departure(set.timestamp)
          : '{"jsonrpc":"2.0","id":"1","error":{"code":-32602,"message":"no key"}}';
      const both = { blsPubkey: leaving.hex, ed25519Pubkey: `0x${"cd".repeat(32)}` };
      for (const [name, calls] of [
        ["pubkey", 1],
        ["bls_pubkey", 2],
      ] as const) {
        answer = knows(name);
        asked.length = 0;
        expect((await client.departure("exit", both)).timestamp).to.equal(set.timestamp);
        expect(asked).to.have.length(calls);
      }
      answer = knows("nothing");
      expect((await refusalOf(client.departure("exit", both))).message).to.contain("no key (-32602)");
      answer = () => '{"jsonrpc":"2.0","id":"1","error":{"code":-14,"message":"x"}}';
      asked.length = 0;
      expect((await refusalOf(client.departure("exit", both))).message).to.contain("could not make a BLS signature");
      expect(asked).to.have.length(1);

      answer = () => departure(set.timestamp - 601);
      expect((await refusalOf(client.departure("exit", { blsPubkey: leaving.hex }))).message).to.contain("timestamp");
      const other = set.nodes[2] as NodeSet["nodes"][number];
      expect((await refusalOf(client.departure("exit", { blsPubkey: other.hex }))).message).to.contain("another node");
    });

    it("verifies a registration before it hands it on", async function () {
      const seed = new Uint8Array(32).fill(0xab);
      const ed25519 = hexFromBytes(ed25519Curve.getPublicKey(seed));
      const signed = bare(hexFromBytes(signRegistration(seed, publicKeys[0] as (typeof publicKeys)[number])));
      const proof = (operator: string) =>
        bare(signatureToHex(proveProofOfPossession(tags, keys[0] as bigint, operator, ed25519)));
      const registration = (provedFor: string, signature = signed) =>
        JSON.stringify({
          address: bare(vector.recipient),
          bls_pubkey: bare(publicKeyToHex(publicKeys[0] as (typeof publicKeys)[number])),
          proof_of_possession: proof(provedFor),
          service_node_pubkey: bare(ed25519),
          service_node_signature: signature,
        });
      answer = () => registration(vector.recipient);
      const result = await client.registration(vector.recipient);
      expect(result.blsPublicKey).to.equal(set.nodes[0]?.hex);
      expect(result.ed25519PublicKey).to.equal(ed25519);

      answer = () => registration(`0x${"22".repeat(20)}`);
      expect((await refusalOf(client.registration(vector.recipient))).message).to.contain(
        "proof of possession does not verify",
      );

      answer = () => registration(vector.recipient, "00".repeat(64));
      expect((await refusalOf(client.registration(vector.recipient))).message).to.contain(
        "Ed25519 key has not signed the registration",
      );
    });
  });

  it("reads the list of those that leave in both spellings", async function () {
    const key = publicKeyToHex(publicKeyOf(3n));
    const entry = (info: object) => ({
      service_node_pubkey: "aa".repeat(32),
      height: 10,
      liquidation_height: 20,
      type: "deregister",
      info,
    });
    answer = () => JSON.stringify([entry({ bls_public_key: bare(key) }), entry({ pubkey_bls: bare(key), more: 1 })]);
    const expected = {
      ed25519PublicKey: `0x${"aa".repeat(32)}`,
      blsPublicKey: key,
      height: 10,
      liquidationHeight: 20,
      liquidationTimestamp: undefined,
      type: "deregister",
    };
    expect(await client.departing()).to.deep.equal([expected, expected]);

    // One odd entry does not hide the others.
    const odd = [
      entry({}),
      { ...entry({ pubkey_bls: bare(key) }), type: "moved" },
      null,
      "x",
      entry({ pubkey_bls: "12" }),
    ];
    answer = () => JSON.stringify([...odd, entry({ pubkey_bls: key, bls_public_key: "odd" })]);
    let skipped = 0;
    expect(await client.departing((count) => (skipped = count))).to.deep.equal([expected]);
    expect(skipped).to.equal(5);

    answer = () => JSON.stringify([entry({})]);
    expect((await refusalOf(client.departing())).code).to.equal("bad-reply");
  });

  it("tells the daemon's own errors in words, and survives garbage", async function () {
    answer = () => '{"jsonrpc":"2.0","id":"1","error":{"code":-15,"message":"L2 \\u001b[31m"}}';
    expect((await refusalOf(client.info())).message).to.equal(
      "The daemon refuses get_info: it has no connection to the chain of the contracts (-15).",
    );
    answer = () => '{"jsonrpc":"2.0","id":"1","error":{"code":7,"message":"odd \\u001b[31m"}}';
    expect((await refusalOf(client.info())).message).to.equal("The daemon refuses get_info: odd  [31m (7).");
    answer = () => '{"jsonrpc":"2.0","id":"1","error":7}';
    expect((await refusalOf(client.info())).message).to.equal("The daemon refuses get_info: no reason given.");
    for (const text of ["nonsense", "[".repeat(50_000), '"', '{"__proto__":{"height":1}}']) {
      answer = () => text;
      const refusal = await refusalOf(client.info());
      expect(refusal.code).to.be.oneOf(["bad-reply", "unavailable"]);
    }
    answer = () => '{"height":12,"nettype":"mainnet"}';
    expect(await client.info()).to.deep.equal({ height: 12, nettype: "mainnet" });
  });
});
