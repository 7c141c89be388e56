/** Several endpoints, and what is set of them: replicas in arrears, transactions, credentials. */
import { expect } from "chai";
import { keccak256 } from "ethers";
import {
  ChainError,
  connect,
  EndpointProvider,
  joinRepeated,
  splitUrls,
  transportSettings,
} from "../../../../src/chain/index.ts";
import type { EndpointError } from "../../../../src/chain/index.ts";
import { readRefusal } from "../../../../src/chain/sending/refusals.ts";
import type { SendAnswer } from "../../../../src/chain/sending/refusals.ts";
import { RECEIPT, TO, endpointPair, rpcError, troubleOf } from "../../../helpers/endpointPair.ts";
import type { ScriptedRpc } from "../../../helpers/scriptedRpc.ts";

describe("chain/transport: endpoints", () => {
  const { net, transport, first } = endpointPair();

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
      healthy(net.rpc, "0x7a69");
      healthy(net.other, "0x7a69");
      const one = transport({}, dead, net.rpc.url, net.other.url);
      expect(await one.open()).to.equal(31_337n);
      expect(await one.request("eth_gasPrice", [])).to.equal(net.rpc.port);
    });

    it("passes over one of another chain, and one that is behind", async () => {
      healthy(net.rpc, "0x1");
      healthy(net.other, "0x7a69");
      const one = transport({ chainId: 31_337n }, net.rpc.url, net.other.url);
      await one.open();
      expect(await one.request("eth_gasPrice", [])).to.equal(net.other.port);

      healthy(net.rpc, "0x7a69", 900);
      const two = transport({ chainId: 31_337n }, net.rpc.url, net.other.url);
      await two.open();
      expect(await two.request("eth_gasPrice", [])).to.equal(net.other.port);
    });

    it("goes over to another when one fails, without waiting, and comes back", async () => {
      healthy(net.rpc, "0x7a69");
      healthy(net.other, "0x7a69");
      const one = transport({ backoffMs: 50 }, net.rpc.url, net.other.url);
      await one.open();
      first(1, (_, response) => Boolean(response.writeHead(429, { "retry-after": "1" }).end()));
      const begun = performance.now();
      expect(await one.request("eth_gasPrice", [])).to.equal(net.other.port);
      expect(await one.request("eth_gasPrice", [])).to.equal(net.other.port);
      expect(performance.now() - begun).to.be.below(500);
      await new Promise((resolve) => setTimeout(resolve, 1_100 - (performance.now() - begun)));
      expect(await one.request("eth_gasPrice", [])).to.equal(net.rpc.port);
    });

    it("leaves one that does not answer aside for a while, and comes back", async () => {
      healthy(net.rpc, "0x7a69");
      healthy(net.other, "0x7a69");
      const one = transport({ timeoutMs: 150 }, net.rpc.url, net.other.url);
      await one.open();
      first(1, () => true);
      const asked: number[] = [];
      for (let i = 0; i < 5; i++) asked.push(Number(await one.request("eth_gasPrice", [])));
      expect(asked).to.deep.equal(Array(5).fill(net.other.port));
      expect(net.rpc.methods.filter((method) => method === "eth_gasPrice")).to.have.length(1);
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(await one.request("eth_gasPrice", [])).to.equal(net.rpc.port);
    });

    it("tells what each of them said when none answers, and chooses anew the next time", async () => {
      net.rpc.before = (_, response) => Boolean(response.writeHead(503).end("busy"));
      net.other.before = (_, response) => Boolean(response.writeHead(502).end("bad gateway"));
      const both = transport({ chainId: 31_337n, attempts: 1 }, net.rpc.url, net.other.url);
      const { message } = await troubleOf(both.request("eth_blockNumber", []));
      // Chain and newest block are asked for at once: either may be refused first.
      expect(message.replace("eth_getBlockByNumber", "eth_chainId")).to.equal(
        `127.0.0.1:${net.rpc.port} does not answer eth_chainId: no JSON: "busy" (HTTP 503), asked 3 times; ` +
          `127.0.0.1:${net.other.port}: no JSON: "bad gateway" (HTTP 502).`,
      );
      net.other.before = () => false;
      healthy(net.other, "0x7a69");
      expect(await both.request("eth_gasPrice", [])).to.equal(net.other.port);
    });

    it("names the chain when it is the wrong one everywhere", async () => {
      healthy(net.rpc, "0x7a69");
      healthy(net.other, "0x7a69");
      const caught = await connect([net.rpc.url, net.other.url], 42_161n, { backoffMs: 2 }).catch(
        (reason: unknown) => reason,
      );
      expect(caught).to.be.instanceOf(ChainError);
      expect((caught as ChainError).code).to.equal("wrong-chain");
      expect((caught as ChainError).message).to.equal(
        `127.0.0.1:${net.rpc.port} serves chain 31337, but 42161 was meant.`,
      );
    });

    it("believes none that has gone over to another chain, and comes back when it has", async () => {
      healthy(net.rpc, "0x7a69");
      healthy(net.other, "0x7a69");
      const one = transport({ recheckMs: 0, attempts: 2, chainId: 31_337n }, net.rpc.url, net.other.url);
      await one.open();
      healthy(net.rpc, "0xa4b1");
      expect(await one.request("eth_gasPrice", [])).to.equal(net.other.port);
      healthy(net.other, "0xa4b1");
      const caught = await troubleOf(one.request("eth_gasPrice", []));
      expect([caught.trouble, caught.code]).to.deep.equal(["other-chain", "endpoint-refuses"]);
      expect(caught.words).to.equal("it serves chain 42161 now, not 31337");
      // A revert over there is none here either.
      net.rpc.answer = ({ method }) => (method === "eth_chainId" ? "0xa4b1" : rpcError(3, "execution reverted"));
      expect((await troubleOf(one.request("eth_call", [{ to: TO, data: "0x" }, "latest"]))).trouble).to.equal(
        "other-chain",
      );
      healthy(net.rpc, "0x7a69");
      expect(await one.request("eth_gasPrice", [])).to.equal(net.rpc.port);
    });

    it("is asked for its chain beside the next call, and not with each", async () => {
      healthy(net.rpc, "0x7a69");
      const one = transport({ recheckMs: 60 }, net.rpc.url);
      await one.open();
      await Promise.all([1, 2, 3].map(() => one.request("eth_gasPrice", [])));
      await new Promise((resolve) => setTimeout(resolve, 80));
      await Promise.all([1, 2, 3].map(() => one.request("eth_gasPrice", [])));
      await one.request("eth_gasPrice", []);
      expect(net.rpc.requests.map(({ calls }) => calls.map(({ method }) => method.slice(4)).join())).to.deep.equal([
        "chainId",
        "gasPrice,gasPrice,gasPrice",
        "gasPrice,chainId,gasPrice,gasPrice",
        "gasPrice",
      ]);
    });

    it("gives the chain's id as a number, padded or in capitals", async () => {
      for (const id of ["0x07A69", "0X7A69", 31_337] as const) {
        net.rpc.answer = ({ method }) => (method === "eth_chainId" ? id : "0x1");
        expect(await transport({ chainId: 31_337n }, net.rpc.url).open(), String(id)).to.equal(31_337n);
      }
    });

    it("never uses one that was silent at first and turns out to be of another chain", async () => {
      healthy(net.rpc, "0x1");
      healthy(net.other, "0x7a69");
      let silent = true;
      net.rpc.before = (_, response) => silent && Boolean(response.destroy());
      const one = transport({ chainId: 31_337n, attempts: 2 }, net.rpc.url, net.other.url);
      await one.open();
      silent = false;
      net.other.before = (_, response) => Boolean(response.destroy());
      await troubleOf(one.request("eth_gasPrice", []));
      expect(net.rpc.methods).to.not.include("eth_gasPrice");
    });
  });

  describe("transactions", () => {
    const raw = "0x02c0";
    const hash = keccak256(raw);
    const send = () => transport().request("eth_sendRawTransaction", [raw]);

    it("are sent again when the answer is lost, and found when they are known already", async () => {
      first(1, (_, response) => Boolean(response.destroy()));
      net.rpc.answer = () => rpcError(-32000, "already known");
      expect(await send()).to.equal(hash);
      expect(net.rpc.methods).to.deep.equal(["eth_sendRawTransaction", "eth_sendRawTransaction"]);
    });

    it("are looked for when the nonce is used: it may be their own", async () => {
      first(1, (_, response) => Boolean(response.destroy()));
      net.rpc.answer = ({ method }) =>
        method === "eth_getTransactionByHash" ? { hash } : rpcError(-32000, "nonce too low");
      expect(await send()).to.equal(hash);
      net.rpc.answer = ({ method }) =>
        method === "eth_getTransactionByHash" ? null : rpcError(-32000, "nonce too low");
      expect((await troubleOf(send())).words).to.equal("nonce too low");
    });

    it("that may have arrived are not refused for good by what is said of them afterwards", async () => {
      const refusal = rpcError(-32000, "insufficient funds for gas * price + value");
      first(1, (_, response) => Boolean(response.destroy()));
      net.rpc.answer = () => refusal;
      const provider = new EndpointProvider(transport(), 31_337n);
      const answer = () => provider.send("eth_sendRawTransaction", [raw]).catch(readRefusal) as Promise<SendAnswer>;
      expect(await answer()).to.deep.equal({ kind: "unclear", words: refusal.error.message, said: true });
      expect(await answer()).to.deep.equal({ kind: "refused", why: "funds", words: refusal.error.message });
      // Some gateways have a text in the place of the error.
      net.rpc.requests.length = 0;
      net.rpc.answer = () => ({ error: refusal.error.message });
      expect(await answer()).to.deep.equal({ kind: "refused", why: "funds", words: refusal.error.message });
      expect(net.rpc.methods.filter((method) => method === "eth_sendRawTransaction")).to.have.length(1);
      provider.destroy();
    });

    it("are offered again, and elsewhere, where what is said means neither taken nor refused", async () => {
      const internal = rpcError(-32603, "internal error");
      let refusals = 2;
      net.rpc.answer = () => (refusals-- > 0 ? internal : hash);
      expect(await send()).to.equal(hash);
      expect(net.rpc.methods).to.deep.equal(Array(3).fill("eth_sendRawTransaction"));
      net.rpc.answer = () => internal;
      expect((await troubleOf(send())).words).to.equal("internal error");
      const block = { number: "0x5", timestamp: "0x3e8" };
      for (const rpc of [net.rpc, net.other]) {
        rpc.answer = ({ method }) =>
          method === "eth_chainId"
            ? "0x7a69"
            : method === "eth_getBlockByNumber"
              ? block
              : rpc === net.rpc
                ? internal
                : hash;
      }
      expect(await transport({}, net.rpc.url, net.other.url).request("eth_sendRawTransaction", [raw])).to.equal(hash);
    });

    it("are not repeated when the pool refuses them", async () => {
      net.rpc.answer = () => rpcError(-32000, "max fee per gas less than block base fee");
      await troubleOf(send());
      expect(net.rpc.methods).to.deep.equal(["eth_sendRawTransaction"]);
    });
  });

  describe("replicas in arrears", () => {
    it("are asked again for a block that is known to exist, and for the newest when an older one comes", async () => {
      const heights = ["0x10", "0xe", "0x11"];
      net.rpc.answer = ({ method }) => (method === "eth_blockNumber" ? heights.shift() : null);
      const one = transport();
      expect(await one.request("eth_blockNumber", [])).to.equal("0x10");
      expect(await one.request("eth_blockNumber", [])).to.equal("0x11");
      let asked = 0;
      net.rpc.answer = () => (asked++ < 2 ? null : { number: "0xf" });
      expect(await one.request("eth_getBlockByNumber", ["0xf", false])).to.deep.equal({ number: "0xf" });
      // A block beyond the newest is simply not there.
      net.rpc.answer = () => null;
      expect(await one.request("eth_getBlockByNumber", ["0x99", false])).to.equal(null);
    });

    it("are asked again for a transaction that was in a block, until it was taken back", async () => {
      const hash = `0x${"ab".repeat(32)}`;
      const receipt = RECEIPT;
      const one = transport();
      const ask = (method = "eth_getTransactionReceipt") => one.request(method, [hash]);
      net.rpc.answer = () => receipt;
      expect(await ask()).to.deep.equal(receipt);
      let asked = 0;
      net.rpc.answer = () => (asked++ < 2 ? null : receipt);
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
      net.rpc.answer = ({ method }) => (method === "eth_sendRawTransaction" ? keccak256(raw) : null);
      const one = transport();
      await one.request("eth_sendRawTransaction", [raw]);
      expect(await one.request("eth_getTransactionReceipt", [keccak256(raw)])).to.equal(null);
      expect(net.rpc.requests).to.have.length(2);
      expect(await one.request("eth_getTransactionReceipt", [elsewhere])).to.equal(null);
      expect(net.rpc.requests).to.have.length(5);
      // Where there is one attempt only, no is no.
      expect(await transport({ attempts: 1 }).request("eth_getTransactionByHash", [elsewhere])).to.equal(null);
    });

    it("are known by a block that a record names", async () => {
      const heights = ["0xe", "0xe", "0x10"];
      const one = transport();
      one.notBefore(16);
      net.rpc.answer = ({ method }) => (method === "eth_blockNumber" ? heights.shift() : "0x1");
      expect(await one.request("eth_getBalance", [TO, "latest"])).to.equal("0x1");
      expect([heights.length, net.rpc.methods.filter((method) => method === "eth_getBalance").length]).to.deep.equal([
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
        net.rpc.requests.length = 0;
        net.rpc.answer = () => true;
        first(1, (_, response) => Boolean(response.end("<html><title>Service Temporarily Unavailable</title></html>")));
        const asked = await transport()
          .request(method, [])
          .then(
            () => "answered",
            (reason: unknown) => (reason as EndpointError).trouble,
          );
        expect([asked, net.rpc.requests.length], method).to.deep.equal([times === 2 ? "answered" : "not-json", times]);
      }
    });

    it("are believed in the end: blocks can be taken back", async () => {
      net.rpc.answer = () => "0x10";
      const one = transport();
      await one.request("eth_blockNumber", []);
      net.rpc.answer = () => "0x5";
      expect(await one.request("eth_blockNumber", [])).to.equal("0x5");
      expect(await one.request("eth_blockNumber", [])).to.equal("0x5");
      expect(net.rpc.requests).to.have.length(5);
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
      const url = `http://us%C3%ABr:p%40ss-word@127.0.0.1:${net.rpc.port}/v2/0123456789abcdef?token=fedcba9876543210`;
      await transport({}, url).request("eth_gasPrice", []);
      expect(net.rpc.requests[0]?.headers.authorization).to.equal(
        `Basic ${Buffer.from("usër:p@ss-word").toString("base64")}`,
      );

      net.rpc.answer = () =>
        rpcError(-32000, `bad key 0123456789abcdef, see ${url} and fedcba9876543210 for p@ss-word`);
      const caught = await troubleOf(transport({ attempts: 1 }, url).request("eth_gasPrice", []));
      const told = `${caught.message} ${JSON.stringify(caught)} ${JSON.stringify(caught.details)} ${caught.stack}`;
      for (const secret of ["0123456789abcdef", "fedcba9876543210", "p@ss-word", "p%40ss-word", "/v2/"]) {
        expect(told).to.not.include(secret);
      }
      expect(caught.words).to.equal(`bad key …, see 127.0.0.1:${net.rpc.port} and … for …`);
    });

    it("are not told in part where words are cut, nor as the header that they became", async () => {
      const url = `http://user:p%40ss-word@127.0.0.1:${net.rpc.port}/v2/0123456789abcdef`;
      const basic = Buffer.from("user:p@ss-word").toString("base64");
      const pad = "x".repeat(104);
      for (const body of [`${pad} 0123456789abcdef`, `<title>${"y".repeat(190)} 0123456789abcdef</title>`, basic]) {
        first(9, (_, response) => Boolean(response.writeHead(403).end(body)));
        const { message } = await troubleOf(transport({ attempts: 1 }, url).request("eth_gasPrice", []));
        expect(message)
          .to.include("HTTP 403")
          .and.not.match(/0123|dXNlc/);
      }
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
