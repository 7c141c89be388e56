/** One request to endpoints that misbehave as hosted ones do: what is asked again, and what is told. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { Contract } from "ethers";
import { EndpointProvider, Transport } from "../../../../src/chain/index.ts";
import type { TransportOptions } from "../../../../src/chain/index.ts";
import { RECEIPT, TO, endpointPair, rpcError, troubleOf } from "../../../helpers/endpointPair.ts";
import { localFetch } from "../../../../src/node/localFetch.ts";
import type { ScriptedRpc } from "../../../helpers/scriptedRpc.ts";

describe("chain/transport: requests", () => {
  const { net, transport, first } = endpointPair();

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
        expect(net.rpc.requests).to.have.length(2);
      });
    }

    it("ends with the endpoint's own words and status when it stays wrong", async () => {
      net.rpc.before = (_, response) =>
        Boolean(response.writeHead(503).end("<html><title>Over capacity</title></html>"));
      const { message, status, host, code } = await troubleOf(transport({ attempts: 3 }).request("eth_gasPrice", []));
      expect([status, host, code]).to.deep.equal([503, `127.0.0.1:${net.rpc.port}`, "endpoint-refuses"]);
      expect(message).to.equal(
        `127.0.0.1:${net.rpc.port} does not answer eth_gasPrice: a web page, "Over capacity" (HTTP 503), asked 3 times.`,
      );
    });

    it("is told in words when TLS is asked of an endpoint that has none", async () => {
      const [host, attempts] = [`127.0.0.1:${net.rpc.port}`, 1];
      const secure = new Transport([`https://${host}`], { attempts, chainId: 31_337n });
      const { message } = await troubleOf(secure.request("eth_gasPrice", [])).finally(() => secure.close());
      expect(message).to.include("it speaks no TLS: http:// instead of https://");
    });

    it("tells of an earlier trouble too, and its status while it waits", async () => {
      let asked = 0;
      net.rpc.before = (_, response) =>
        ++asked === 1
          ? Boolean(response.writeHead(429, { "retry-after": "0" }).end("Too Many Requests"))
          : Boolean(response.writeHead(502).end("bad gateway"));
      const { message } = await troubleOf(transport({ attempts: 2 }).request("eth_blockNumber", []));
      const refusal = 'no JSON: "Too Many Requests" (HTTP 429)';
      expect(message).to.equal(
        `127.0.0.1:${net.rpc.port} does not answer eth_blockNumber: no JSON: "bad gateway" (HTTP 502), asked 2 times; before that ${refusal}.`,
      );
      expect(net.retries.map(({ words }) => words)).to.include(refusal);
    });

    for (const [status, answer] of [
      [301, "Method Not Allowed"],
      [302, '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}}'],
    ] as const) {
      it(`names where it is redirected to by ${status}, which loses the question`, async () => {
        const there = createServer((_, response) => response.end(answer));
        await new Promise<void>((resolve) => there.listen(0, "127.0.0.1", resolve));
        const { port } = there.address() as AddressInfo;
        net.rpc.before = (_, response) =>
          Boolean(response.writeHead(status, { location: `http://127.0.0.1:${port}/v2/secretkey` }).end());
        const { words } = await troubleOf(transport({ attempts: 1 }).request("eth_gasPrice", []));
        expect(words).to.equal(`it redirects to 127.0.0.1:${port} (http): give that URL`);
        there.close();
      });
    }

    it("follows a redirection that keeps the question, a refusal included", async () => {
      net.rpc.before = (_, response) => Boolean(response.writeHead(308, { location: net.other.url }).end());
      expect(await transport().request("eth_gasPrice", [])).to.equal("0x1");
      net.other.answer = () => rpcError(-32000, "already known");
      expect((await troubleOf(transport({ attempts: 1 }).request("eth_gasPrice", []))).words).to.equal("already known");
    });

    for (const body of ['{"detail":"Access denied"}', '{"errors":[{"message":"Access denied"}]}']) {
      it(`ends with the words of ${body}`, async () => {
        net.rpc.before = (_, response) => Boolean(response.writeHead(403).end(body));
        expect((await troubleOf(transport({ attempts: 1 }).request("eth_gasPrice", []))).said).to.equal(
          "Access denied (HTTP 403)",
        );
      });
    }

    it("is not asked for ever by one that says to wait for no time at all", async () => {
      net.rpc.before = (_, response) => Boolean(response.writeHead(429, { "retry-after": "0" }).end("slow down"));
      const { message } = await troubleOf(transport({ attempts: 3 }).request("eth_blockNumber", []));
      expect(message).to.match(/HTTP 429\), asked 3 times\.$/);
    });

    it("ends in time when nothing ever comes", async () => {
      net.rpc.before = () => true;
      const begun = performance.now();
      const { trouble, message } = await troubleOf(transport({ timeoutMs: 100 }).request("eth_gasPrice", []));
      expect([trouble, performance.now() - begun < 2_000]).to.deep.equal(["timeout", true]);
      expect(message).to.include("nothing came within 0.1 s");
    });

    it("ends in time when the answer comes a byte at a time", async () => {
      net.rpc.before = (_, response) => {
        response.write("{");
        const dripping = setInterval(() => response.write(" "), 20);
        response.on("close", () => clearInterval(dripping));
        return true;
      };
      for (const fetch of [globalThis.fetch, localFetch]) {
        const asked = transport({ timeoutMs: 100, attempts: 1, fetch }).request("eth_gasPrice", []);
        expect((await troubleOf(asked)).trouble).to.equal("timeout");
      }
    });

    it("is not read to its end when the answer has none, and asked for in parts where it can be", async () => {
      const MB = 2 ** 20;
      const chunk = Buffer.alloc(MB, " ");
      let written = 0;
      net.rpc.before = ({ calls }, response) => {
        const [filter] = (calls.find(({ method }) => method === "eth_getLogs")?.params ?? []) as Record<
          string,
          unknown
        >[];
        if (filter?.["fromBlock"] === filter?.["toBlock"] && filter !== undefined) return false;
        if (calls.every(({ method }) => method !== "eth_getLogs" && method !== "eth_gasPrice")) return false;
        const more = (): void => {
          // A good deal more than is ever read, and an end, so that a failure is one.
          if (written > 200 * MB || response.destroyed) response.end();
          else {
            written += MB;
            response.write(chunk, () => setImmediate(more));
          }
        };
        more();
        return true;
      };
      net.rpc.answer = ({ method, params: [number] }) =>
        method === "eth_getLogs" ? [] : method === "eth_chainId" ? "0x7a69" : { number };
      for (const fetch of [globalThis.fetch, localFetch]) {
        written = 0;
        const { words, trouble } = await troubleOf(transport({ attempts: 2, fetch }).request("eth_gasPrice", []));
        expect([trouble, words]).to.deep.equal(["too-large", "its answer is larger than 64 MB"]);
        expect(written).to.be.lessThan(100 * MB);
      }
      written = 0;
      expect(await transport().request("eth_getLogs", [{ fromBlock: "0x1", toBlock: "0x2" }])).to.deep.equal([]);
    });

    it("is answered in one spelling of hex, whatever the endpoint's is", async () => {
      const shout = (value: unknown): unknown =>
        JSON.parse(JSON.stringify(value), (_, one: unknown) =>
          typeof one === "string" && one.startsWith("0x") ? `0x${one.slice(2).toUpperCase()}` : one,
        );
      net.rpc.answer = ({ method }) =>
        method === "eth_chainId" ? "0X7A69" : method === "eth_getTransactionReceipt" ? shout(RECEIPT) : "0xAB";
      const { transactionHash: hash } = RECEIPT;
      expect(await transport().request("eth_getTransactionReceipt", [hash])).to.deep.equal(RECEIPT);
      expect(await transport().request("eth_call", [{ to: TO, data: "0x" }, "latest"])).to.equal("0xab");
      net.rpc.answer = () => "0xAB is no hex";
      expect(await transport().request("web3_clientVersion", [])).to.equal("0xAB is no hex");
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
      ["eth_getBlockByHash", ["0xAB", false], { hash: "0xcd" }, { hash: "0xab" }, 'is block "0xcd", not "0xAB"'],
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
          ["logs", [{ transactionHash: "0xcd" }], "is a receipt with a log of another transaction"],
          ["logs", [{ transactionHash: "0xAB", blockHash: "0xcd" }], "is a receipt with a log of another transaction"],
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
        net.rpc.answer = (call) => (call.method === method ? answers.shift() : { number: "0x2" });
        expect(await transport().request(method, params)).to.deep.equal(right);
        net.rpc.answer = (call) => (call.method === method ? wrong : { number: "0x2" });
        const caught = await troubleOf(transport({ attempts: 2 }).request(method, params));
        expect([caught.trouble, caught.code]).to.deep.equal(["not-json", "endpoint-refuses"]);
        expect(caught.message).to.equal(
          `127.0.0.1:${net.rpc.port} does not answer ${method}: its answer ${words}, asked 2 times.`,
        );
      });
    }

    it("gives receipts the fields that nobody needs, and takes one without a block for none", async () => {
      const { logsBloom: _, cumulativeGasUsed: _gas, transactionIndex: _index, type: _type, ...bare } = RECEIPT;
      const provider = new EndpointProvider(transport(), 31_337n);
      const sender = { from: TO, effectiveGasPrice: "0x7" };
      net.rpc.answer = () => ({ ...bare, ...sender, status: true });
      const receipt = await provider.getTransactionReceipt(RECEIPT.transactionHash);
      expect([receipt?.status, receipt?.blockNumber, receipt?.gasUsed, receipt?.gasPrice]).to.deep.equal([
        1,
        16,
        21_000n,
        7n,
      ]);
      net.rpc.answer = ({ method }) =>
        method === "eth_blockNumber" ? "0x10" : { ...RECEIPT, ...sender, blockNumber: null };
      expect(await transport().request("eth_getTransactionReceipt", [RECEIPT.transactionHash])).to.equal(null);
      provider.destroy();
    });

    it("leaves null where it means that nothing is there", async () => {
      net.rpc.answer = () => null;
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
        net.rpc.before = () => true;
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
      const { trouble } = await troubleOf(transport().request("eth_sendTransaction", [{}]));
      expect([trouble, net.rpc.requests.length]).to.deep.equal(["unreachable", 1]);
    });
  });

  describe("waiting", () => {
    it("takes Retry-After for seconds", async () => {
      first(1, (_, response) => Boolean(response.writeHead(429, { "retry-after": "1" }).end("slow down")));
      expect(await transport().request("eth_gasPrice", [])).to.equal("0x1");
      const [one, two] = net.rpc.requests.map(({ at }) => at) as [number, number];
      expect(two - one).to.be.within(950, 2_500);
    });

    it("is shared by all that wait for the endpoint: they go out as one batch again", async () => {
      first(1, (_, response) => Boolean(response.writeHead(429).end()));
      const one = transport({ backoffMs: 50 });
      await Promise.all(Array.from({ length: 20 }, () => one.request("eth_gasPrice", [])));
      expect(net.rpc.requests.map(({ calls }) => calls.length)).to.deep.equal([20, 20]);
    });

    it("ends at once when it would take longer than there is time", async () => {
      net.rpc.before = (_, response) => Boolean(response.writeHead(429, { "retry-after": "3600" }).end());
      const { code, trouble } = await troubleOf(transport().request("eth_gasPrice", []));
      expect([code, trouble]).to.deep.equal(["rate-limited", "rate-limited"]);
      expect(net.rpc.requests).to.have.length(1);
    });

    it("is no longer than a call may take: an endpoint that asked for hours is asked again then", async () => {
      for (const retryAfter of ["3600", "99999999999", "Fri, 31 Dec 2100 23:59:59 GMT"]) {
        first(1, (_, response) => Boolean(response.writeHead(429, { "retry-after": retryAfter }).end("slow down")));
        const one = transport({ deadlineMs: 200 });
        await troubleOf(one.request("eth_gasPrice", []));
        const begun = performance.now();
        expect(await one.request("eth_gasPrice", [])).to.equal("0x1");
        expect(performance.now() - begun).to.be.within(100, 2_000);
      }
    });

    it("ends at once when it is interrupted, what is under way a little later", async () => {
      const stopping = new AbortController();
      net.rpc.before = () => {
        setTimeout(() => stopping.abort(), 20);
        return true;
      };
      const begun = performance.now();
      const { code } = await troubleOf(transport({ signal: stopping.signal, graceMs: 50 }).request("eth_gasPrice", []));
      expect([code, performance.now() - begun < 1_000]).to.deep.equal(["interrupted", true]);
    });
  });

  describe("errors", () => {
    const call = (options?: TransportOptions) =>
      transport(options).request("eth_call", [{ to: TO, data: "0x" }, "latest"]);

    for (const [name, refusal, data] of [
      ["geth with data", rpcError(3, "execution reverted: no", "0x08c379a0"), "0x08c379a0"],
      ["geth without data", rpcError(3, "execution reverted", "0x"), "0x"],
      ["older geth and nitro without data", rpcError(-32000, "execution reverted"), "0x"],
      [
        "hardhat",
        rpcError(-32603, "Error: VM Exception: reverted", { message: "x", data: "0xdeadbeef" }),
        "0xdeadbeef",
      ],
      ["hardhat without data", rpcError(-32603, "Transaction reverted without a reason string", { data: "0x" }), "0x"],
      ["anvil", rpcError(3, "execution reverted: custom error 0xdeadbeef", "0xdeadbeef"), "0xdeadbeef"],
      ["nethermind", rpcError(-32015, "VM execution error.", "Reverted 0xdeadbeef"), "0xdeadbeef"],
    ] as const) {
      it(`takes a revert of ${name} for what it is, and does not repeat it`, async () => {
        net.rpc.answer = () => refusal;
        const caught = (await call().catch((reason: unknown) => reason)) as { name: string; data: string };
        expect([caught.name, caught.data]).to.deep.equal(["CallRevertedError", data]);
        expect(net.rpc.requests).to.have.length(1);
      });
    }

    for (const [refusal, trouble] of [
      [rpcError(-32005, "limit exceeded"), "rate-limited"],
      [rpcError(-32000, "header not found"), "lagging"],
      [rpcError(-32000, "missing trie node 0xabc (path ) state 0xdef is not available"), "missing-state"],
      [rpcError(4444, "pruned history unavailable"), "missing-state"],
      [rpcError(-32603, "internal error"), "refused"],
      [rpcError(3, "something else"), "refused"],
      [rpcError(-32000, "execution aborted (timeout = 5s)"), "timeout"],
    ] as const) {
      it(`takes "${refusal.error.message}" (${refusal.error.code}) for trouble: repeats it, and ends with its words`, async () => {
        net.rpc.answer = () => refusal;
        const caught = await troubleOf(call({ attempts: 2 }));
        expect([caught.trouble, caught.rpcCode]).to.deep.equal([trouble, refusal.error.code]);
        expect(caught.message).to.include(refusal.error.message);
        let left = 1;
        net.rpc.answer = () => (left-- > 0 ? refusal : "0x2a");
        expect(await call()).to.equal("0x2a");
      });
    }

    it("tells a block whose state anvil has let go from one that is not there yet", async () => {
      const words = (requested: number) => `BlockOutOfRangeError: block height is 560 but requested was ${requested}`;
      for (const [requested, trouble] of [
        [13, "missing-state"],
        [561, "lagging"],
      ] as const) {
        net.rpc.answer = () => rpcError(-32602, words(requested));
        expect((await troubleOf(call())).trouble).to.equal(trouble);
      }
    });

    for (const refusal of [
      rpcError(-32601, "the method eth_maxPriorityFeePerGas does not exist/is not available"),
      rpcError(-32600, "Unsupported method: eth_maxPriorityFeePerGas"),
      rpcError(-32004, "Not supported"),
      rpcError(-32000, "rpc method is not whitelisted"),
    ]) {
      it(`tells from "${refusal.error.message}" that there is no such method`, async () => {
        net.rpc.answer = () => refusal;
        const caught = await troubleOf(transport().request("eth_maxPriorityFeePerGas", []));
        expect([caught.trouble, net.rpc.requests.length]).to.deep.equal(["unsupported", 1]);
      });
    }

    it("does not repeat what would be refused again", async () => {
      for (const refusal of [
        rpcError(-32601, "no such method"),
        rpcError(-32602, "invalid params"),
        rpcError(-32000, "out of gas"),
      ]) {
        net.rpc.requests.length = 0;
        net.rpc.answer = () => refusal;
        await troubleOf(call());
        expect(net.rpc.requests, refusal.error.message).to.have.length(1);
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
      net.rpc.answer = () => rpcError(-32005, "limit exceeded");
      expect((await troubleOf(f())).message).to.include("limit exceeded");
      net.rpc.answer = () => rpcError(3, "execution reverted", contract.interface.encodeErrorResult("Refused", [7]));
      const caught = (await f().catch((reason: unknown) => reason)) as {
        code: string;
        revert: { name: string; args: bigint[] };
      };
      expect([caught.code, caught.revert.name, caught.revert.args[0]]).to.deep.equal(["CALL_EXCEPTION", "Refused", 7n]);
      provider.destroy();
    });
  });
});
