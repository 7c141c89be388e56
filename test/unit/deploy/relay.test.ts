/** The address on this machine that Hardhat, Ignition, forks and SDKs are given in the place of an endpoint. */
import { expect } from "chai";
import hre from "hardhat";
import { throughRelay } from "../../../deploy/lib/relay.ts";
import { EndpointError, Transport } from "../../../src/chain/index.ts";
import { ScriptedRpc } from "../../helpers/scriptedRpc.ts";

describe("deploy/lib/relay", () => {
  let rpc: ScriptedRpc;
  let transport: Transport;

  beforeEach(async () => {
    rpc = await new ScriptedRpc().start();
    transport = new Transport([rpc.url], { backoffMs: 2, attempts: 3, aggregate: false });
  });
  afterEach(async () => {
    transport.close();
    await rpc.stop();
  });

  const post = async (url: string, body: unknown): Promise<unknown> =>
    (await fetch(url, { method: "POST", body: JSON.stringify(body) })).json();
  const call = (method: string) => ({ jsonrpc: "2.0", id: 1, method, params: [] });
  const page: ScriptedRpc["before"] = (_, response) =>
    Boolean(response.writeHead(503).end("<html><title>Over capacity</title></html>"));
  const caught = (work: Promise<unknown>): Promise<Error> =>
    work.then(
      () => new Error("nothing was thrown"),
      (reason: unknown) => reason as Error,
    );

  it("hands on what it is asked, retries included, to nobody but those who know its path", async () => {
    let failures = 1;
    rpc.before = (request, response) => failures-- > 0 && page(request, response);
    await throughRelay(transport, async (url) => {
      expect(await post(url, [call("eth_gasPrice"), call("eth_chainId")])).to.deep.equal([
        { jsonrpc: "2.0", id: 1, result: "0x1" },
        { jsonrpc: "2.0", id: 1, result: "0x7a69" },
      ]);
      expect((await fetch(new URL("/", url), { method: "POST", body: "{}" })).status).to.equal(404);
      expect((await fetch(url, { method: "POST", body: "{" })).status).to.equal(400);
    });
    expect(rpc.methods.filter((method) => method === "eth_gasPrice")).to.have.length(2);
  });

  it("gives the endpoint's trouble back as such, whatever it was wrapped in, and other errors as they are", async () => {
    rpc.before = page;
    const wrapped = await caught(
      throughRelay(transport, async (url) => {
        const { error } = (await post(url, call("eth_gasPrice"))) as { error: { message: string } };
        throw new Error("the provider failed", { cause: new Error(`Request failed: ${error.message}`) });
      }),
    );
    expect(wrapped).to.be.instanceOf(EndpointError);
    expect(wrapped.message).to.include('"Over capacity" (HTTP 503), asked 3 times');
    const own = new Error("a bug");
    const other = throughRelay(transport, async (url) => {
      await post(url, call("eth_gasPrice"));
      throw own;
    });
    expect(await caught(other)).to.equal(own);
  });

  it("is gone when the work has ended, however it ended", async () => {
    let address = "";
    const work = throughRelay(transport, (url) => {
      address = url;
      return Promise.reject(new Error("no"));
    });
    expect((await caught(work)).message).to.equal("no");
    expect((await caught(fetch(address, { method: "POST", body: "{}" }))).message).to.equal("fetch failed");
  });

  it("opens a fork at the block that is named, though the replica that answers does not have it yet", async () => {
    // The second request meets a replica two blocks behind; without the name of the block EDR gives up at once.
    const server = await hre.network.createServer("hardhat", "127.0.0.1", 0);
    const { port } = await server.listen();
    const node = new Transport([`http://127.0.0.1:${port}`]);
    try {
      for (let i = 0; i < 5; i++) await node.request("evm_mine", []);
      const behind = Object.create(node, {
        request: {
          value: (method: string, params: unknown[]) =>
            method === "eth_blockNumber" ? Promise.resolve("0x3") : node.request(method, params),
        },
      }) as Transport;
      const height = (block?: number) =>
        throughRelay(
          behind,
          async (url) => {
            const override = { forking: { url, blockNumber: 5 } };
            const fork = await hre.network.create({ network: "hardhat", override });
            try {
              return Number(await fork.provider.request({ method: "eth_blockNumber" }));
            } finally {
              await fork.close();
            }
          },
          block === undefined ? {} : { block },
        );
      expect(await height(5)).to.equal(5);
      expect((await caught(height())).message).to.match(/block 5.*current block is 3/);
    } finally {
      node.close();
      await server.close();
    }
  });
});
