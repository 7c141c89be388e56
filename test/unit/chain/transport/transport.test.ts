/** The transport against endpoints over real HTTP that misbehave as hosted ones do. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { Contract, Interface, keccak256 } from "ethers";
import { artifacts } from "hardhat";
import {
  ChainError,
  connect,
  EndpointError,
  EndpointProvider,
  joinRepeated,
  MULTICALL3,
  splitUrls,
  Transport,
  transportSettings,
} from "../../../../src/chain/index.ts";
import type { RetryEvent, TransportOptions } from "../../../../src/chain/index.ts";
import { CALL_BUNDLE_CODE } from "../../../../src/chain/transport/callBundleCode.ts";
import { readRefusal } from "../../../../src/chain/sending/refusals.ts";
import type { SendAnswer } from "../../../../src/chain/sending/refusals.ts";
import { ScriptedRpc } from "../../../helpers/scriptedRpc.ts";

const error = (code: number, message: string, data?: unknown) => ({
  error: { code, message, ...(data === undefined ? {} : { data }) },
});
const TO = "0x00000000000000000000000000000000000000a1";
/** A receipt that says all that somebody needs. */
const RECEIPT = {
  transactionHash: `0x${"ab".repeat(32)}`,
  blockHash: `0x${"b1".repeat(32)}`,
  blockNumber: "0x10",
  status: "0x1",
  gasUsed: "0x5208",
  logs: [],
  logsBloom: `0x${"00".repeat(256)}`,
  transactionIndex: "0x0",
  cumulativeGasUsed: "0x5208",
  contractAddress: null,
  type: "0x2",
};

describe("chain/transport", () => {
  let rpc: ScriptedRpc;
  let other: ScriptedRpc;
  const retries: RetryEvent[] = [];
  const transport = (options: TransportOptions = {}, ...urls: string[]): Transport =>
    new Transport(urls.length > 0 ? urls : [rpc.url], {
      backoffMs: 2,
      aggregate: false,
      onRetry: (event) => retries.push(event),
      ...options,
    });
  const failure = async (promise: Promise<unknown>): Promise<EndpointError> => {
    const caught = await promise.then(
      (value) => value,
      (reason: unknown) => reason,
    );
    expect(caught, JSON.stringify(caught)).to.be.instanceOf(EndpointError);
    return caught as EndpointError;
  };
  /** Does `what` with the first `times` requests. */
  const first = (times: number, what: ScriptedRpc["before"]): void => {
    let left = times;
    rpc.before = (request, response) => left-- > 0 && what(request, response);
  };

  beforeEach(async () => {
    retries.length = 0;
    [rpc, other] = await Promise.all([new ScriptedRpc().start(), new ScriptedRpc().start()]);
  });
  afterEach(async () => {
    await Promise.all([rpc.stop(), other.stop()]);
  });

  describe("one request that goes wrong", () => {
    for (const [name, what] of [
      ["a 502", (_, response) => Boolean(response.writeHead(502).end("<html><title>Bad gateway</title></html>"))],
      ["a dropped connection", (_, response) => Boolean(response.destroy())],
      ["HTML with status 200", (_, response) => Boolean(response.end("<html>Maintenance</html>"))],
      ["half an answer", (_, response) => Boolean(response.end('{"jsonrpc":"2.0","id":1,'))],
      [
        "an answer without result",
        ({ calls }, response) => Boolean(response.end(JSON.stringify({ id: calls[0]?.id }))),
      ],
      ["null", ({ calls }, response) => Boolean(response.end(JSON.stringify({ id: calls[0]?.id, result: null })))],
      ["the answer to another question", (_, response) => Boolean(response.end('{"id":4711,"result":"0x1"}'))],
      ["silence", () => true],
    ] as [string, ScriptedRpc["before"]][]) {
      it(`is asked again after ${name}`, async () => {
        first(1, what);
        expect(await transport({ timeoutMs: 100 }).request("eth_gasPrice", [])).to.equal("0x1");
        expect(rpc.requests).to.have.length(2);
      });
    }

    it("ends with the endpoint's own words and status when it stays wrong", async () => {
      rpc.before = (_, response) => Boolean(response.writeHead(503).end("<html><title>Over capacity</title></html>"));
      const { message, status, host, code } = await failure(transport({ attempts: 3 }).request("eth_gasPrice", []));
      expect([status, host, code]).to.deep.equal([503, `127.0.0.1:${rpc.port}`, "endpoint-refuses"]);
      expect(message).to.equal(
        `127.0.0.1:${rpc.port} does not answer eth_gasPrice: a web page, "Over capacity" (HTTP 503), asked 3 times.`,
      );
    });

    it("tells of an earlier trouble too, and its status while it waits", async () => {
      let asked = 0;
      rpc.before = (_, response) =>
        ++asked === 1
          ? Boolean(response.writeHead(429, { "retry-after": "0" }).end("Too Many Requests"))
          : Boolean(response.writeHead(502).end("bad gateway"));
      const { message } = await failure(transport({ attempts: 2 }).request("eth_blockNumber", []));
      const refusal = 'no JSON: "Too Many Requests" (HTTP 429)';
      expect(message).to.equal(
        `127.0.0.1:${rpc.port} does not answer eth_blockNumber: no JSON: "bad gateway" (HTTP 502), asked 2 times; before that ${refusal}.`,
      );
      expect(retries.map(({ words }) => words)).to.include(refusal);
    });

    for (const [status, answer] of [
      [301, "Method Not Allowed"],
      [302, '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}}'],
    ] as const) {
      it(`names where it is redirected to by ${status}, which loses the question`, async () => {
        const there = createServer((_, response) => response.end(answer));
        await new Promise<void>((resolve) => there.listen(0, "127.0.0.1", resolve));
        const { port } = there.address() as AddressInfo;
        rpc.before = (_, response) =>
          Boolean(response.writeHead(status, { location: `http://127.0.0.1:${port}/v2/secretkey` }).end());
        const { words } = await failure(transport({ attempts: 1 }).request("eth_gasPrice", []));
        expect(words).to.equal(`it redirects to 127.0.0.1:${port} (http): give that URL`);
        there.close();
      });
    }

    it("follows a redirection that keeps the question, a refusal included", async () => {
      rpc.before = (_, response) => Boolean(response.writeHead(308, { location: other.url }).end());
      expect(await transport().request("eth_gasPrice", [])).to.equal("0x1");
      other.answer = () => error(-32000, "already known");
      expect((await failure(transport({ attempts: 1 }).request("eth_gasPrice", []))).words).to.equal("already known");
    });

    for (const body of ['{"detail":"Access denied"}', '{"errors":[{"message":"Access denied"}]}']) {
      it(`ends with the words of ${body}`, async () => {
        rpc.before = (_, response) => Boolean(response.writeHead(403).end(body));
        expect((await failure(transport({ attempts: 1 }).request("eth_gasPrice", []))).said).to.equal(
          "Access denied (HTTP 403)",
        );
      });
    }

    it("is not asked for ever by one that says to wait for no time at all", async () => {
      rpc.before = (_, response) => Boolean(response.writeHead(429, { "retry-after": "0" }).end("slow down"));
      const { message } = await failure(transport({ attempts: 3 }).request("eth_blockNumber", []));
      expect(message).to.match(/HTTP 429\), asked 3 times\.$/);
    });

    it("ends in time when nothing ever comes", async () => {
      rpc.before = () => true;
      const begun = performance.now();
      const { trouble, message } = await failure(transport({ timeoutMs: 100 }).request("eth_gasPrice", []));
      expect([trouble, performance.now() - begun < 2_000]).to.deep.equal(["timeout", true]);
      expect(message).to.include("nothing came within 0.1 s");
    });

    for (const [method, params, wrong, right, words] of [
      ["eth_call", [{ to: TO, data: "0x" }, "latest"], null, "0x2a", "is no bytes: null"],
      ["eth_call", [{ to: TO, data: "0x" }, "latest"], "0x1", "0x2a", 'is no bytes: "0x1"'],
      ["eth_getCode", [TO, "latest"], null, "0x", "is no bytes: null"],
      ["eth_getBalance", [TO, "latest"], "0x", "0x0", 'is no number: "0x"'],
      ["eth_getTransactionCount", [TO, "pending"], {}, "0x0", "is no number: {}"],
      ["eth_getStorageAt", [TO, "0x0", "latest"], null, "0x0", "is no slot: null"],
      ["eth_getLogs", [{ fromBlock: "0x1", toBlock: "0x2" }], null, [], "is no list of logs: null"],
      [
        "eth_getLogs",
        [{ fromBlock: "0x1", toBlock: "0x2" }],
        [{ blockNumber: "0x3" }],
        [{ blockNumber: "0x2" }],
        "holds a log of block 3, which was not asked for",
      ],
      ["eth_getBlockByNumber", ["latest", false], null, { number: "0x2" }, "is no block: null"],
      ["eth_getBlockByNumber", ["0x2", false], { number: "0x1" }, { number: "0x2" }, 'is block "0x1", not "0x2"'],
      ["eth_getBlockByHash", ["0xab", false], { hash: "0xcd" }, { hash: "0xAB" }, 'is block "0xcd", not "0xab"'],
      [
        "eth_getTransactionReceipt",
        ["0xab"],
        { ...RECEIPT, transactionHash: "0xcd" },
        { ...RECEIPT, transactionHash: "0xab" },
        'is of "0xcd", not of "0xab"',
      ],
      ...(
        [
          ["status", null, "is a receipt that does not say whether the transaction failed"],
          ["status", "0x2", "is a receipt that does not say whether the transaction failed"],
          ["gasUsed", undefined, "is a receipt without the gas that was used"],
          ["logs", undefined, "is a receipt without its logs"],
          ["blockHash", null, "is a receipt that names no transaction or no block"],
        ] as const
      ).map(
        ([name, value, words]) =>
          [
            "eth_getTransactionReceipt",
            ["0xab"],
            { ...RECEIPT, transactionHash: "0xab", [name]: value },
            { ...RECEIPT, transactionHash: "0xab" },
            words,
          ] as const,
      ),
      ["eth_getTransactionByHash", ["0xab"], [], { hash: "0xab" }, "is no transaction: []"],
      ["hardhat_getAutomine", [], null, true, "is neither yes nor no: null"],
      ["anvil_getAutomine", [], null, false, "is neither yes nor no: null"],
      ["web3_clientVersion", [], null, "Geth/v1.17.10", "is no text: null"],
      ["eth_feeHistory", [], null, { oldestBlock: "0x1" }, "is no history of fees: null"],
      ["eth_accounts", [], null, [], "is no list of accounts: null"],
    ] as const) {
      it(`never takes ${JSON.stringify(wrong).slice(0, 60)} for an answer to ${method}`, async () => {
        const answers: unknown[] = [wrong, right];
        rpc.answer = (call) => (call.method === method ? answers.shift() : { number: "0x2" });
        expect(await transport().request(method, params)).to.deep.equal(right);
        rpc.answer = (call) => (call.method === method ? wrong : { number: "0x2" });
        const caught = await failure(transport({ attempts: 2 }).request(method, params));
        expect([caught.trouble, caught.code]).to.deep.equal(["not-json", "endpoint-refuses"]);
        expect(caught.message).to.equal(
          `127.0.0.1:${rpc.port} does not answer ${method}: its answer ${words}, asked 2 times.`,
        );
      });
    }

    it("gives receipts the fields that nobody needs, and takes one without a block for none", async () => {
      const { logsBloom: _, cumulativeGasUsed: _gas, transactionIndex: _index, type: _type, ...bare } = RECEIPT;
      const provider = new EndpointProvider(transport(), 31_337n);
      const sender = { from: TO, effectiveGasPrice: "0x7" };
      rpc.answer = () => ({ ...bare, ...sender, status: true });
      const receipt = await provider.getTransactionReceipt(RECEIPT.transactionHash);
      expect([receipt?.status, receipt?.blockNumber, receipt?.gasUsed, receipt?.gasPrice]).to.deep.equal([
        1,
        16,
        21_000n,
        7n,
      ]);
      rpc.answer = ({ method }) =>
        method === "eth_blockNumber" ? "0x10" : { ...RECEIPT, ...sender, blockNumber: null };
      expect(await transport().request("eth_getTransactionReceipt", [RECEIPT.transactionHash])).to.equal(null);
      provider.destroy();
    });

    it("leaves null where it means that nothing is there", async () => {
      rpc.answer = () => null;
      for (const [method, ...params] of [
        ["eth_getTransactionReceipt", "0xab"],
        ["eth_getTransactionByHash", "0xab"],
        ["eth_getBlockByNumber", "0x5", false],
        ["eth_getBlockByHash", "0xab", false],
        ["anvil_mine"],
      ] as [string, ...unknown[]][]) {
        expect(await transport().request(method, params), method).to.equal(null);
      }
    });

    it("leaves no rejection behind when the command ends while it is under way", async () => {
      const unhandled: unknown[] = [];
      const note = (reason: unknown): unknown => unhandled.push(reason);
      process.on("unhandledRejection", note);
      try {
        const one = transport({ graceMs: 1, timeoutMs: 5_000 });
        rpc.before = () => true;
        const provider = new EndpointProvider(one, 31_337n);
        const polled = Promise.allSettled([one.request("eth_blockNumber", []), one.request("eth_chainId", [])]);
        // Somebody polls, and nobody waits for the answer.
        await provider.on("block", () => undefined);
        await new Promise((resolve) => setTimeout(resolve, 50));
        provider.destroy();
        expect((await polled).map(({ status }) => status)).to.deep.equal(["rejected", "rejected"]);
        await new Promise((resolve) => setTimeout(resolve, 50));
        expect(unhandled).to.deep.equal([]);
      } finally {
        process.off("unhandledRejection", note);
      }
    });

    it("does not repeat what may have been carried out", async () => {
      first(1, (_, response) => Boolean(response.destroy()));
      const { trouble } = await failure(transport().request("eth_sendTransaction", [{}]));
      expect([trouble, rpc.requests.length]).to.deep.equal(["unreachable", 1]);
    });
  });

  describe("waiting", () => {
    it("takes Retry-After for seconds", async () => {
      first(1, (_, response) => Boolean(response.writeHead(429, { "retry-after": "1" }).end("slow down")));
      expect(await transport().request("eth_gasPrice", [])).to.equal("0x1");
      const [one, two] = rpc.requests.map(({ at }) => at) as [number, number];
      expect(two - one).to.be.within(950, 2_500);
    });

    it("is shared by all that wait for the endpoint: they go out as one batch again", async () => {
      first(1, (_, response) => Boolean(response.writeHead(429).end()));
      const one = transport({ backoffMs: 50 });
      await Promise.all(Array.from({ length: 20 }, () => one.request("eth_gasPrice", [])));
      expect(rpc.requests.map(({ calls }) => calls.length)).to.deep.equal([20, 20]);
    });

    it("ends at once when it would take longer than there is time", async () => {
      rpc.before = (_, response) => Boolean(response.writeHead(429, { "retry-after": "3600" }).end());
      const { code, trouble } = await failure(transport().request("eth_gasPrice", []));
      expect([code, trouble]).to.deep.equal(["rate-limited", "rate-limited"]);
      expect(rpc.requests).to.have.length(1);
    });

    it("ends at once when it is interrupted, what is under way a little later", async () => {
      const stopping = new AbortController();
      rpc.before = () => {
        setTimeout(() => stopping.abort(), 20);
        return true;
      };
      const begun = performance.now();
      const { code } = await failure(transport({ signal: stopping.signal, graceMs: 50 }).request("eth_gasPrice", []));
      expect([code, performance.now() - begun < 1_000]).to.deep.equal(["interrupted", true]);
    });
  });

  describe("errors", () => {
    const call = (options?: TransportOptions) =>
      transport(options).request("eth_call", [{ to: TO, data: "0x" }, "latest"]);

    for (const [name, refusal, data] of [
      ["geth with data", error(3, "execution reverted: no", "0x08c379a0"), "0x08c379a0"],
      ["geth without data", error(3, "execution reverted", "0x"), "0x"],
      ["older geth and nitro without data", error(-32000, "execution reverted"), "0x"],
      ["hardhat", error(-32603, "Error: VM Exception: reverted", { message: "x", data: "0xdeadbeef" }), "0xdeadbeef"],
      ["hardhat without data", error(-32603, "Transaction reverted without a reason string", { data: "0x" }), "0x"],
      ["anvil", error(3, "execution reverted: custom error 0xdeadbeef", "0xdeadbeef"), "0xdeadbeef"],
      ["nethermind", error(-32015, "VM execution error.", "Reverted 0xdeadbeef"), "0xdeadbeef"],
    ] as const) {
      it(`takes a revert of ${name} for what it is, and does not repeat it`, async () => {
        rpc.answer = () => refusal;
        const caught = (await call().catch((reason: unknown) => reason)) as { name: string; data: string };
        expect([caught.name, caught.data]).to.deep.equal(["CallRevertedError", data]);
        expect(rpc.requests).to.have.length(1);
      });
    }

    for (const [refusal, trouble] of [
      [error(-32005, "limit exceeded"), "rate-limited"],
      [error(-32000, "header not found"), "lagging"],
      [error(-32000, "missing trie node 0xabc (path ) state 0xdef is not available"), "missing-state"],
      [error(4444, "pruned history unavailable"), "missing-state"],
      [error(-32603, "internal error"), "refused"],
      [error(3, "something else"), "refused"],
      [error(-32000, "execution aborted (timeout = 5s)"), "timeout"],
    ] as const) {
      it(`takes "${refusal.error.message}" (${refusal.error.code}) for trouble: repeats it, and ends with its words`, async () => {
        rpc.answer = () => refusal;
        const caught = await failure(call({ attempts: 2 }));
        expect([caught.trouble, caught.rpcCode]).to.deep.equal([trouble, refusal.error.code]);
        expect(caught.message).to.include(refusal.error.message);
        let left = 1;
        rpc.answer = () => (left-- > 0 ? refusal : "0x2a");
        expect(await call()).to.equal("0x2a");
      });
    }

    it("tells a block whose state anvil has let go from one that is not there yet", async () => {
      const words = (requested: number) => `BlockOutOfRangeError: block height is 560 but requested was ${requested}`;
      for (const [requested, trouble] of [
        [13, "missing-state"],
        [561, "lagging"],
      ] as const) {
        rpc.answer = () => error(-32602, words(requested));
        expect((await failure(call())).trouble).to.equal(trouble);
      }
    });

    for (const refusal of [
      error(-32601, "the method eth_maxPriorityFeePerGas does not exist/is not available"),
      error(-32600, "Unsupported method: eth_maxPriorityFeePerGas"),
      error(-32004, "Not supported"),
      error(-32000, "rpc method is not whitelisted"),
    ]) {
      it(`tells from "${refusal.error.message}" that there is no such method`, async () => {
        rpc.answer = () => refusal;
        const caught = await failure(transport().request("eth_maxPriorityFeePerGas", []));
        expect([caught.trouble, rpc.requests.length]).to.deep.equal(["unsupported", 1]);
      });
    }

    it("does not repeat what would be refused again", async () => {
      for (const refusal of [
        error(-32601, "no such method"),
        error(-32602, "invalid params"),
        error(-32000, "out of gas"),
      ]) {
        rpc.requests.length = 0;
        rpc.answer = () => refusal;
        await failure(call());
        expect(rpc.requests, refusal.error.message).to.have.length(1);
      }
    });

    it("reach the user of an ethers contract as they are", async () => {
      const provider = new EndpointProvider(transport(), 31_337n);
      const contract = new Contract(
        TO,
        ["function f() view returns (uint256)", "error Refused(uint256 why)"],
        provider,
      );
      const f = () => contract.getFunction("f").staticCall();
      rpc.answer = () => error(-32005, "limit exceeded");
      expect((await failure(f())).message).to.include("limit exceeded");
      rpc.answer = () => error(3, "execution reverted", contract.interface.encodeErrorResult("Refused", [7]));
      const caught = (await f().catch((reason: unknown) => reason)) as {
        code: string;
        revert: { name: string; args: bigint[] };
      };
      expect([caught.code, caught.revert.name, caught.revert.args[0]]).to.deep.equal(["CALL_EXCEPTION", "Refused", 7n]);
      provider.destroy();
    });
  });

  describe("batches", () => {
    const many = async (one: Transport, count: number): Promise<unknown[]> =>
      Promise.all(Array.from({ length: count }, (_, i) => one.request("eth_getBalance", [i])));
    const sizes = () => rpc.requests.map(({ calls }) => calls.length);
    const echo = () => {
      rpc.answer = ({ params }) => params[0];
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
          ...error(-32600, "batch of more than 10 requests are not allowed"),
        }),
      ],
      [
        "an error object in a list",
        JSON.stringify([{ jsonrpc: "2.0", id: null, ...error(-32014, "batch limit exceeded") }]),
      ],
      ["words without JSON", "batch too large"],
    ] as const) {
      it(`find their size when larger ones are refused by ${name}`, async () => {
        echo();
        rpc.before = ({ calls }, response) => calls.length > 10 && Boolean(response.end(refuse));
        const one = transport();
        expect(await many(one, 60)).to.have.length(60);
        rpc.requests.length = 0;
        expect((await many(one, 60)).at(-1)).to.equal(59);
        expect(Math.max(...sizes())).to.be.at.most(20);
        rpc.requests.length = 0;
        await many(one, 60);
        expect(sizes().filter((size) => size <= 10)).to.have.length.within(6, 7);
      });
    }

    it("are given up where they are not spoken at all", async () => {
      echo();
      rpc.before = ({ batch, calls }, response) =>
        batch &&
        Boolean(
          response.end(JSON.stringify({ id: calls[0]?.id, ...error(-32600, "batch requests are not supported") })),
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
      rpc.answer = ({ params }) => (params[0] === 2 && refused++ === 0 ? error(-32005, "limit exceeded") : params[0]);
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
      rpc.requests.flatMap(({ calls }) => calls).map(({ params }) => (params[0] as { to: string }).to.slice(0, 8));
    const other = "0x00000000000000000000000000000000000000b2";

    it("are one call, and a read that fails inside is asked again by itself", async () => {
      rpc.answer = ({ params }) => {
        const { to, data } = params[0] as { to: string; data: string };
        if (to !== MULTICALL3) return error(3, "execution reverted", "0xdeadbeef");
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
      expect(rpc.requests).to.have.length(2);
    });

    it("go one by one where neither Multicall3 nor overrides are", async () => {
      rpc.answer = ({ params }) => {
        const { to, data } = params[0] as { to: string; data: string };
        return params.length > 2 ? error(-32602, "too many arguments") : to === MULTICALL3 ? "0x" : data;
      };
      const one = transport({ aggregate: true });
      const answers = ["0x01", "0x02", "0x03"].map((data) => read(one, TO, data));
      expect(await Promise.all(answers)).to.deep.equal(["0x01", "0x02", "0x03"]);
    });

    it("are fewer in a call when the endpoint does not compute so many", async () => {
      rpc.answer = ({ params }) => {
        const { data } = params[0] as { data: string };
        const [calls] = multicall.decodeFunctionData("aggregate3", data) as unknown as [{ callData: string }[]];
        if (calls.length > 40) return error(-32000, "out of gas");
        return multicall.encodeFunctionResult("aggregate3", [calls.map(({ callData }) => [true, callData])]);
      };
      const one = transport({ aggregate: true });
      const asked = Array.from({ length: 300 }, (_, i) => `0x${i.toString(16).padStart(4, "0")}`);
      expect(await Promise.all(asked.map((data) => read(one, TO, data)))).to.deep.equal(asked);
    });

    it("leave out what only the node itself answers: Arbitrum's NodeInterface", async () => {
      rpc.answer = ({ params }) => (params[0] as { data: string }).data;
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
      rpc.answer = ({ method, params }) => {
        if (method === "eth_getBlockByNumber") return { number: params[0] };
        const [from, to] = span(params[0]);
        if (to - from + 1 > limit) return error(-32602, words);
        return Array.from({ length: to - from + 1 }, (_, i) => from + i);
      };
    };
    const whole = Array.from({ length: blocks }, (_, i) => i + 1);
    const asked = () => rpc.requests.flatMap(({ calls }) => calls).filter(({ method }) => method === "eth_getLogs");

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
      rpc.answer = ({ method, params }) =>
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
        const caught = await failure(transport({ attempts: 2 }).request("eth_getLogs", [filter]));
        expect([caught.trouble, caught.words]).to.deep.equal(["lagging", words]);
      });
    }

    it("grow again when more is taken", async () => {
      let calls = 0;
      serve(10_000, "");
      const answer = rpc.answer;
      rpc.answer = (call) =>
        call.method !== "eth_getLogs" ? answer(call) : calls++ < 5 ? error(-32000, "block range too large") : [];
      const one = transport();
      const range = (to: number) => one.request("eth_getLogs", [{ fromBlock: "0x1", toBlock: `0x${to.toString(16)}` }]);
      await range(100_000);
      rpc.requests.length = 0;
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
        rpc.answer = ({ method, params }) => {
          if (method === "eth_getBlockByNumber") return { number: params[0] };
          const [from, to] = span(params[0]);
          return every.slice((from - 1) * 9, to * 9).slice(0, cap);
        };
        expect(await logs()).to.deep.equal(every);
      });
    }

    it("are not believed of a replica that does not have their last block", async () => {
      let behind = 1;
      rpc.before = ({ calls }, response) => {
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

  describe("several endpoints", () => {
    const dead = "http://127.0.0.1:9";
    const block = (timestamp: number, number = 5) => ({
      number: `0x${number.toString(16)}`,
      timestamp: `0x${timestamp.toString(16)}`,
    });
    const healthy = (one: ScriptedRpc, chainId: string, timestamp = 1_000): void => {
      one.answer = ({ method }) =>
        method === "eth_chainId" ? chainId : method === "eth_getBlockByNumber" ? block(timestamp) : one.port;
    };

    it("uses the first that answers", async () => {
      healthy(rpc, "0x7a69");
      healthy(other, "0x7a69");
      const one = transport({}, dead, rpc.url, other.url);
      expect(await one.open()).to.equal(31_337n);
      expect(await one.request("eth_gasPrice", [])).to.equal(rpc.port);
    });

    it("passes over one of another chain, and one that is behind", async () => {
      healthy(rpc, "0x1");
      healthy(other, "0x7a69");
      const one = transport({ chainId: 31_337n }, rpc.url, other.url);
      await one.open();
      expect(await one.request("eth_gasPrice", [])).to.equal(other.port);

      healthy(rpc, "0x7a69", 900);
      const two = transport({ chainId: 31_337n }, rpc.url, other.url);
      await two.open();
      expect(await two.request("eth_gasPrice", [])).to.equal(other.port);
    });

    it("goes over to another when one fails, without waiting, and comes back", async () => {
      healthy(rpc, "0x7a69");
      healthy(other, "0x7a69");
      const one = transport({ backoffMs: 50 }, rpc.url, other.url);
      await one.open();
      first(1, (_, response) => Boolean(response.writeHead(429, { "retry-after": "1" }).end()));
      const begun = performance.now();
      expect(await one.request("eth_gasPrice", [])).to.equal(other.port);
      expect(await one.request("eth_gasPrice", [])).to.equal(other.port);
      expect(performance.now() - begun).to.be.below(500);
      await new Promise((resolve) => setTimeout(resolve, 1_100 - (performance.now() - begun)));
      expect(await one.request("eth_gasPrice", [])).to.equal(rpc.port);
    });

    it("tells what each of them said when none answers, and chooses anew the next time", async () => {
      rpc.before = (_, response) => Boolean(response.writeHead(503).end("busy"));
      other.before = (_, response) => Boolean(response.writeHead(502).end("bad gateway"));
      const both = transport({ chainId: 31_337n, attempts: 1 }, rpc.url, other.url);
      const { message } = await failure(both.request("eth_blockNumber", []));
      // Chain and newest block are asked for at once: either may be refused first.
      expect(message.replace("eth_getBlockByNumber", "eth_chainId")).to.equal(
        `127.0.0.1:${rpc.port} does not answer eth_chainId: no JSON: "busy" (HTTP 503), asked 3 times; ` +
          `127.0.0.1:${other.port}: no JSON: "bad gateway" (HTTP 502).`,
      );
      other.before = () => false;
      healthy(other, "0x7a69");
      expect(await both.request("eth_gasPrice", [])).to.equal(other.port);
    });

    it("names the chain when it is the wrong one everywhere", async () => {
      healthy(rpc, "0x7a69");
      healthy(other, "0x7a69");
      const caught = await connect([rpc.url, other.url], 42_161n, { backoffMs: 2 }).catch((reason: unknown) => reason);
      expect(caught).to.be.instanceOf(ChainError);
      expect((caught as ChainError).code).to.equal("wrong-chain");
      expect((caught as ChainError).message).to.equal(`127.0.0.1:${rpc.port} serves chain 31337, but 42161 was meant.`);
    });

    it("never uses one that was silent at first and turns out to be of another chain", async () => {
      healthy(rpc, "0x1");
      healthy(other, "0x7a69");
      let silent = true;
      rpc.before = (_, response) => silent && Boolean(response.destroy());
      const one = transport({ chainId: 31_337n, attempts: 2 }, rpc.url, other.url);
      await one.open();
      silent = false;
      other.before = (_, response) => Boolean(response.destroy());
      await failure(one.request("eth_gasPrice", []));
      expect(rpc.methods).to.not.include("eth_gasPrice");
    });
  });

  describe("transactions", () => {
    const raw = "0x02c0";
    const hash = keccak256(raw);
    const send = () => transport().request("eth_sendRawTransaction", [raw]);

    it("are sent again when the answer is lost, and found when they are known already", async () => {
      first(1, (_, response) => Boolean(response.destroy()));
      rpc.answer = () => error(-32000, "already known");
      expect(await send()).to.equal(hash);
      expect(rpc.methods).to.deep.equal(["eth_sendRawTransaction", "eth_sendRawTransaction"]);
    });

    it("are looked for when the nonce is used: it may be their own", async () => {
      first(1, (_, response) => Boolean(response.destroy()));
      rpc.answer = ({ method }) => (method === "eth_getTransactionByHash" ? { hash } : error(-32000, "nonce too low"));
      expect(await send()).to.equal(hash);
      rpc.answer = ({ method }) => (method === "eth_getTransactionByHash" ? null : error(-32000, "nonce too low"));
      expect((await failure(send())).words).to.equal("nonce too low");
    });

    it("that may have arrived are not refused for good by what is said of them afterwards", async () => {
      const refusal = error(-32000, "insufficient funds for gas * price + value");
      first(1, (_, response) => Boolean(response.destroy()));
      rpc.answer = () => refusal;
      const provider = new EndpointProvider(transport(), 31_337n);
      const answer = () => provider.send("eth_sendRawTransaction", [raw]).catch(readRefusal) as Promise<SendAnswer>;
      expect(await answer()).to.deep.equal({ kind: "unclear", words: refusal.error.message, said: true });
      expect(await answer()).to.deep.equal({ kind: "refused", why: "funds", words: refusal.error.message });
      // Some gateways have a text in the place of the error.
      rpc.requests.length = 0;
      rpc.answer = () => ({ error: refusal.error.message });
      expect(await answer()).to.deep.equal({ kind: "refused", why: "funds", words: refusal.error.message });
      expect(rpc.methods.filter((method) => method === "eth_sendRawTransaction")).to.have.length(1);
      provider.destroy();
    });

    it("are not repeated when the pool refuses them", async () => {
      rpc.answer = () => error(-32000, "max fee per gas less than block base fee");
      await failure(send());
      expect(rpc.methods).to.deep.equal(["eth_sendRawTransaction"]);
    });
  });

  describe("replicas in arrears", () => {
    it("are asked again for a block that is known to exist, and for the newest when an older one comes", async () => {
      const heights = ["0x10", "0xe", "0x11"];
      rpc.answer = ({ method }) => (method === "eth_blockNumber" ? heights.shift() : null);
      const one = transport();
      expect(await one.request("eth_blockNumber", [])).to.equal("0x10");
      expect(await one.request("eth_blockNumber", [])).to.equal("0x11");
      let asked = 0;
      rpc.answer = () => (asked++ < 2 ? null : { number: "0xf" });
      expect(await one.request("eth_getBlockByNumber", ["0xf", false])).to.deep.equal({ number: "0xf" });
      // A block beyond the newest is simply not there.
      rpc.answer = () => null;
      expect(await one.request("eth_getBlockByNumber", ["0x99", false])).to.equal(null);
    });

    it("are asked again for a transaction that was in a block, until it was taken back", async () => {
      const hash = `0x${"ab".repeat(32)}`;
      const receipt = RECEIPT;
      const one = transport();
      const ask = (method = "eth_getTransactionReceipt") => one.request(method, [hash]);
      rpc.answer = () => receipt;
      expect(await ask()).to.deep.equal(receipt);
      let asked = 0;
      rpc.answer = () => (asked++ < 2 ? null : receipt);
      expect([await ask(), asked]).to.deep.equal([receipt, 3]);
      asked = 0;
      expect([await ask("eth_getTransactionByHash"), asked]).to.deep.equal([receipt, 3]);
      // Four times no is one: the block was taken back, and from then on it may simply not be there.
      asked = -4;
      expect([await ask(), asked]).to.deep.equal([null, 0]);
      asked = -4;
      expect([await ask(), asked]).to.deep.equal([null, -3]);
    });

    it("are asked again for a transaction that somebody knows of, not for one that was just sent from here", async () => {
      const raw = "0x02c0";
      const elsewhere = `0x${"cd".repeat(32)}`;
      rpc.answer = ({ method }) => (method === "eth_sendRawTransaction" ? keccak256(raw) : null);
      const one = transport();
      await one.request("eth_sendRawTransaction", [raw]);
      expect(await one.request("eth_getTransactionReceipt", [keccak256(raw)])).to.equal(null);
      expect(rpc.requests).to.have.length(2);
      expect(await one.request("eth_getTransactionReceipt", [elsewhere])).to.equal(null);
      expect(rpc.requests).to.have.length(5);
      // Where there is one attempt only, no is no.
      expect(await transport({ attempts: 1 }).request("eth_getTransactionByHash", [elsewhere])).to.equal(null);
    });

    it("are known by a block that a record names", async () => {
      const heights = ["0xe", "0xe", "0x10"];
      const one = transport();
      one.notBefore(16);
      rpc.answer = ({ method }) => (method === "eth_blockNumber" ? heights.shift() : "0x1");
      expect(await one.request("eth_getBalance", [TO, "latest"])).to.equal("0x1");
      expect([heights.length, rpc.methods.filter((method) => method === "eth_getBalance").length]).to.deep.equal([
        0, 3,
      ]);
    });

    it("are asked again for what a local node is asked, and changes nothing", async () => {
      for (const [method, times] of [
        ["hardhat_getAutomine", 2],
        ["anvil_nodeInfo", 2],
        ["evm_mine", 1],
        ["hardhat_setBalance", 1],
        ["anvil_reset", 1],
      ] as const) {
        rpc.requests.length = 0;
        rpc.answer = () => true;
        first(1, (_, response) => Boolean(response.end("<html><title>Service Temporarily Unavailable</title></html>")));
        const asked = await transport()
          .request(method, [])
          .then(
            () => "answered",
            (reason: unknown) => (reason as EndpointError).trouble,
          );
        expect([asked, rpc.requests.length], method).to.deep.equal([times === 2 ? "answered" : "not-json", times]);
      }
    });

    it("are believed in the end: blocks can be taken back", async () => {
      rpc.answer = () => "0x10";
      const one = transport();
      await one.request("eth_blockNumber", []);
      rpc.answer = () => "0x5";
      expect(await one.request("eth_blockNumber", [])).to.equal("0x5");
      expect(await one.request("eth_blockNumber", [])).to.equal("0x5");
      expect(rpc.requests).to.have.length(5);
    });
  });

  describe("settings", () => {
    it("join an option that is given several times, and leave the rest alone", () => {
      expect(joinRepeated(["status", "--rpc", "a", "--json", "--rpc=b", "--", "--rpc", "c"], "rpc")).to.deep.equal([
        "status",
        "--rpc",
        "a,b",
        "--json",
        "--",
        "--rpc",
        "c",
      ]);
      expect(joinRepeated(["--rpc", "--json", "--rpc", "a"], "rpc")).to.deep.equal(["--rpc", "--json", "--rpc", "a"]);
    });

    it("take several URLs apart at commas and blanks, not at commas of a URL", () => {
      expect(splitUrls(" https://a.example/x,y , http://b.example\nhttps://c.example,")).to.deep.equal([
        "https://a.example/x,y",
        "http://b.example",
        "https://c.example",
      ]);
      expect(splitUrls("")).to.deep.equal([]);
    });

    it("come from the environment, an empty variable being none", () => {
      const variables = { SESSION_RPC_TIMEOUT: "1.5", SESSION_RPC_BATCH: "10", SESSION_RPC_ATTEMPTS: "", PATH: "x" };
      expect(transportSettings(variables)).to.deep.equal({ timeoutMs: 1_500, batchSize: 10 });
      for (const [name, value] of [
        ["SESSION_RPC_BATCH", "0"],
        ["SESSION_RPC_BATCH", "1.5"],
        ["SESSION_RPC_TIMEOUT", "soon"],
      ] as const) {
        expect(() => transportSettings({ [name]: value })).to.throw(ChainError, `$${name} is "${value}"`);
      }
    });
  });

  describe("secrets of a URL", () => {
    it("become an Authorization header, and are never told", async () => {
      const url = `http://us%C3%ABr:p%40ss-word@127.0.0.1:${rpc.port}/v2/0123456789abcdef?token=fedcba9876543210`;
      await transport({}, url).request("eth_gasPrice", []);
      expect(rpc.requests[0]?.headers.authorization).to.equal(
        `Basic ${Buffer.from("usër:p@ss-word").toString("base64")}`,
      );

      rpc.answer = () => error(-32000, `bad key 0123456789abcdef, see ${url} and fedcba9876543210 for p@ss-word`);
      const caught = await failure(transport({ attempts: 1 }, url).request("eth_gasPrice", []));
      const told = `${caught.message} ${JSON.stringify(caught)} ${JSON.stringify(caught.details)} ${caught.stack}`;
      for (const secret of ["0123456789abcdef", "fedcba9876543210", "p@ss-word", "p%40ss-word", "/v2/"]) {
        expect(told).to.not.include(secret);
      }
      expect(caught.words).to.equal(`bad key …, see 127.0.0.1:${rpc.port} and … for …`);
    });

    it("are not repeated when the URL is none", () => {
      for (const [url, words] of [
        ["wss://user:secret@node.example/key", "node.example is given as a WebSocket"],
        ["ftp://user:secret@node.example", "must begin with http:// or https://, not ftp://"],
        ["user:secret@node", "must begin with http:// or https://"],
      ] as const) {
        expect(() => transport({}, url))
          .to.throw(ChainError, words)
          .with.property("message")
          .not.include("secret");
      }
    });
  });
});
