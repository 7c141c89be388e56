/** Requests together: batches, reads made at once, logs in ranges, against endpoints with limits of their own. */
import { expect } from "chai";
import { Interface } from "ethers";
import { artifacts } from "hardhat";
import { MULTICALL3 } from "../../../../src/chain/index.ts";
import type { EndpointError, Transport, TransportOptions } from "../../../../src/chain/index.ts";
import { CALL_BUNDLE_CODE } from "../../../../src/chain/transport/callBundleCode.ts";
import { TO, endpointPair, rpcError, troubleOf } from "../../../helpers/endpointPair.ts";

describe("chain/transport: batches", () => {
  const { net, transport } = endpointPair();

  describe("batches", () => {
    const many = async (one: Transport, count: number): Promise<unknown[]> =>
      Promise.all(Array.from({ length: count }, (_, i) => one.request("eth_getBalance", [i])));
    const sizes = () => net.rpc.requests.map(({ calls }) => calls.length);
    const echo = () => {
      net.rpc.answer = ({ params }) => params[0];
    };

    it("gather what is asked at once, and keep answers apart whatever their order", async () => {
      echo();
      expect(await many(transport(), 7)).to.deep.equal([0, 1, 2, 3, 4, 5, 6]);
      expect(sizes()).to.deep.equal([7]);
    });

    for (const [name, refuse] of [
      [
        "an error object that names the limit",
        JSON.stringify({
          jsonrpc: "2.0",
          id: null,
          ...rpcError(-32600, "batch of more than 10 requests are not allowed"),
        }),
      ],
      [
        "an error object in a list",
        JSON.stringify([{ jsonrpc: "2.0", id: null, ...rpcError(-32014, "batch limit exceeded") }]),
      ],
      ["words without JSON", "batch too large"],
    ] as const) {
      it(`find their size when larger ones are refused by ${name}`, async () => {
        echo();
        net.rpc.before = ({ calls }, response) => calls.length > 10 && Boolean(response.end(refuse));
        const one = transport();
        expect(await many(one, 60)).to.have.length(60);
        net.rpc.requests.length = 0;
        expect((await many(one, 60)).at(-1)).to.equal(59);
        expect(Math.max(...sizes())).to.be.at.most(20);
        net.rpc.requests.length = 0;
        await many(one, 60);
        expect(sizes().filter((size) => size <= 10)).to.have.length.within(6, 7);
      });
    }

    it("are given up where they are not spoken at all", async () => {
      echo();
      net.rpc.before = ({ batch, calls }, response) =>
        batch &&
        Boolean(
          response.end(JSON.stringify({ id: calls[0]?.id, ...rpcError(-32600, "batch requests are not supported") })),
        );
      expect(await many(transport(), 5)).to.deep.equal([0, 1, 2, 3, 4]);
      expect(sizes()).to.deep.equal([5, 1, 1, 1, 1, 1]);
    });

    it("have the size that is set", async () => {
      echo();
      await many(transport({ batchSize: 3 }), 7);
      expect(sizes()).to.deep.equal([3, 3, 1]);
    });

    it("ask again for the single answers that are missing or refused", async () => {
      let refused = 0;
      net.rpc.answer = ({ params }) =>
        params[0] === 2 && refused++ === 0 ? rpcError(-32005, "limit exceeded") : params[0];
      expect(await many(transport(), 4)).to.deep.equal([0, 1, 2, 3]);
      expect(sizes()).to.deep.equal([4, 1]);
    });
  });

  describe("reads made at once", () => {
    const multicall = new Interface([
      "function aggregate3((address target, bool allowFailure, bytes callData)[] calls) returns ((bool success, bytes returnData)[] results)",
    ]);
    const read = (one: Transport, to: string, data: string) => one.request("eth_call", [{ to, data }, "latest"]);
    const targets = () =>
      net.rpc.requests.flatMap(({ calls }) => calls).map(({ params }) => (params[0] as { to: string }).to.slice(0, 8));
    const other = "0x00000000000000000000000000000000000000b2";

    it("are one call, and a read that fails inside is asked again by itself", async () => {
      net.rpc.answer = ({ params }) => {
        const { to, data } = params[0] as { to: string; data: string };
        if (to !== MULTICALL3) return rpcError(3, "execution reverted", "0xdeadbeef");
        const [calls] = multicall.decodeFunctionData("aggregate3", data) as unknown as [{ callData: string }[]];
        const results = calls.map(({ callData }) => [callData !== "0x02", callData]);
        return multicall.encodeFunctionResult("aggregate3", [results]);
      };
      const one = transport({ aggregate: true });
      const [a, b, c] = await Promise.allSettled([
        read(one, TO, "0x01"),
        read(one, other, "0x02"),
        read(one, TO, "0x03"),
      ]);
      expect([a, c]).to.deep.equal([
        { status: "fulfilled", value: "0x01" },
        { status: "fulfilled", value: "0x03" },
      ]);
      expect((b as PromiseRejectedResult).reason).to.include({ name: "CallRevertedError", data: "0xdeadbeef" });
      expect(net.rpc.requests).to.have.length(2);
    });

    it("go one by one where neither Multicall3 nor overrides are", async () => {
      net.rpc.answer = ({ params }) => {
        const { to, data } = params[0] as { to: string; data: string };
        return params.length > 2 ? rpcError(-32602, "too many arguments") : to === MULTICALL3 ? "0x" : data;
      };
      const one = transport({ aggregate: true });
      const answers = ["0x01", "0x02", "0x03"].map((data) => read(one, TO, data));
      expect(await Promise.all(answers)).to.deep.equal(["0x01", "0x02", "0x03"]);
    });

    it("are fewer in a call when the endpoint does not compute so many", async () => {
      net.rpc.answer = ({ params }) => {
        const { data } = params[0] as { data: string };
        const [calls] = multicall.decodeFunctionData("aggregate3", data) as unknown as [{ callData: string }[]];
        if (calls.length > 40) return rpcError(-32000, "out of gas");
        return multicall.encodeFunctionResult("aggregate3", [calls.map(({ callData }) => [true, callData])]);
      };
      const one = transport({ aggregate: true });
      const asked = Array.from({ length: 300 }, (_, i) => `0x${i.toString(16).padStart(4, "0")}`);
      expect(await Promise.all(asked.map((data) => read(one, TO, data)))).to.deep.equal(asked);
    });

    it("leave out what only the node itself answers: Arbitrum's NodeInterface", async () => {
      net.rpc.answer = ({ params }) => (params[0] as { data: string }).data;
      const one = transport({ aggregate: true });
      const nodeInterface = "0x00000000000000000000000000000000000000C8";
      await Promise.all([read(one, nodeInterface, "0x01"), read(one, nodeInterface, "0x02")]);
      expect(targets()).to.deep.equal([nodeInterface.slice(0, 8), nodeInterface.slice(0, 8)]);
    });

    it("run the code of the contract that is compiled", async () => {
      const { deployedBytecode } = await artifacts.readArtifact("CallBundle");
      const metadata = 2 * (Number.parseInt(deployedBytecode.slice(-4), 16) + 2);
      // To renew it: the compiled code without its last bytes, which hold the metadata and their length.
      expect(CALL_BUNDLE_CODE).to.equal(deployedBytecode.slice(0, -metadata));
    });
  });

  describe("ranges of logs", () => {
    const blocks = 3_000;
    const logs = (options?: TransportOptions) =>
      transport(options).request("eth_getLogs", [
        { address: TO, fromBlock: "0x1", toBlock: `0x${blocks.toString(16)}` },
      ]);
    const span = (filter: unknown): [number, number] => {
      const { fromBlock, toBlock } = filter as { fromBlock: string; toBlock: string };
      return [Number(fromBlock), Number(toBlock)];
    };
    const serve = (limit: number, words: string) => {
      net.rpc.answer = ({ method, params }) => {
        if (method === "eth_getBlockByNumber") return { number: params[0] };
        const [from, to] = span(params[0]);
        if (to - from + 1 > limit) return rpcError(-32602, words);
        return Array.from({ length: to - from + 1 }, (_, i) => from + i);
      };
    };
    const whole = Array.from({ length: blocks }, (_, i) => i + 1);
    const asked = () => net.rpc.requests.flatMap(({ calls }) => calls).filter(({ method }) => method === "eth_getLogs");

    for (const [limit, words] of [
      [500, "query exceeds max block range 500"],
      [10, "Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range."],
      [5, "eth_getLogs is limited to 5 blocks"],
      [100, "please narrow your filter"],
    ] as const) {
      it(`shrink to ${limit} blocks ("${words}") and bring every log once`, async () => {
        serve(limit, words);
        expect(await logs()).to.deep.equal(whole);
        expect(asked().length).to.be.below(blocks / limit / 0.9 + 30);
      });
    }

    const log = (block: number, logIndex: number, more: object = {}) => ({
      address: TO,
      topics: [`0x${"70".repeat(32)}`],
      blockNumber: `0x${block.toString(16)}`,
      blockHash: `0x${"b1".repeat(31)}${block.toString(16).padStart(2, "0")}`,
      logIndex: `0x${logIndex.toString(16)}`,
      ...more,
    });
    const answering = (...lists: unknown[][]) => {
      net.rpc.answer = ({ method, params }) =>
        method === "eth_getLogs" ? (lists.length > 1 ? lists.shift() : lists[0]) : { number: params[0] };
    };

    it("are each there once, in the order of the chain", async () => {
      const [a, b, c] = [log(2, 1), log(2, 11), log(10, 0)];
      answering([c, a, b, { ...a, blockHash: a.blockHash.toUpperCase().replace("0X", "0x") }, c]);
      const found = (await logs()) as { logIndex: string }[];
      expect(found.map(({ logIndex }) => logIndex)).to.deep.equal(["0x1", "0xb", "0x0"]);
    });

    for (const [more, words] of [
      [{ removed: true }, "it gives a log of a block that was taken back"],
      [{ address: `0x${"ee".repeat(20)}` }, "it gives a log of a contract that was not asked for"],
      [{ topics: [`0x${"71".repeat(32)}`] }, "it gives a log of an event that was not asked for"],
    ] as const) {
      it(`are asked for again when ${words}`, async () => {
        const right = log(2, 1);
        const filter = {
          address: TO.toUpperCase().replace("0X", "0x"),
          topics: [right.topics],
          fromBlock: "0x1",
          toBlock: "0x9",
        };
        answering([log(2, 1, more)], [right]);
        expect(await transport().request("eth_getLogs", [filter])).to.deep.equal([right]);
        answering([log(2, 1, more)]);
        const caught = await troubleOf(transport({ attempts: 2 }).request("eth_getLogs", [filter]));
        expect([caught.trouble, caught.words]).to.deep.equal(["lagging", words]);
      });
    }

    it("grow again when more is taken", async () => {
      let calls = 0;
      serve(10_000, "");
      const answer = net.rpc.answer;
      net.rpc.answer = (call) =>
        call.method !== "eth_getLogs" ? answer(call) : calls++ < 5 ? rpcError(-32000, "block range too large") : [];
      const one = transport();
      const range = (to: number) => one.request("eth_getLogs", [{ fromBlock: "0x1", toBlock: `0x${to.toString(16)}` }]);
      await range(100_000);
      net.rpc.requests.length = 0;
      await range(50_000);
      expect(asked()).to.have.length(5);
    });

    for (const cap of [1_000, 10_000]) {
      it(`are not believed when they are as many as an endpoint that cuts them at ${cap} would give`, async () => {
        // Nine logs a block.
        const every = Array.from({ length: 9 * blocks }, (_, i) => ({
          blockNumber: `0x${(1 + Math.floor(i / 9)).toString(16)}`,
          i,
        }));
        net.rpc.answer = ({ method, params }) => {
          if (method === "eth_getBlockByNumber") return { number: params[0] };
          const [from, to] = span(params[0]);
          return every.slice((from - 1) * 9, to * 9).slice(0, cap);
        };
        expect(await logs()).to.deep.equal(every);
      });
    }

    it("are not believed of a replica that does not have their last block", async () => {
      let behind = 1;
      net.rpc.before = ({ calls }, response) => {
        if (!calls.some(({ method }) => method === "eth_getLogs") || behind-- <= 0) return false;
        const answers = calls.map(({ id, method }) => ({ id, result: method === "eth_getLogs" ? [] : null }));
        response.end(JSON.stringify(answers));
        return true;
      };
      serve(10_000, "");
      const one = transport();
      await one.request("eth_getBlockByNumber", [`0x${blocks.toString(16)}`, false]);
      const found = await one
        .request("eth_getLogs", [{ fromBlock: "0x1", toBlock: `0x${blocks.toString(16)}` }])
        .catch((reason: unknown) => (reason as EndpointError).trouble);
      expect(found).to.deep.equal(whole);
    });
  });
});
