import { expect } from "chai";
import { fastify } from "fastify";
import type { FastifyInstance } from "fastify";
import { listCandidates } from "../../../src/cli/leaving/candidates.ts";

const blsKey = (digit: string) => `0x${digit.repeat(128)}`;

describe("candidates for liquidation", () => {
  const servers: FastifyInstance[] = [];

  /** A node whose list holds these keys, each ripe since height 1. */
  async function nodeListing(...digits: string[]): Promise<string> {
    return daemonListing(digits, { result: { height: 10 } });
  }

  async function daemonListing(digits: string[], height: object): Promise<string> {
    const server = fastify();
    server.post("/json_rpc", (request) => {
      const { method } = request.body as { method: string };
      if (method === "get_height") return { jsonrpc: "2.0", id: 0, ...height };
      const result = digits.map((digit) => ({
        service_node_pubkey: digit.repeat(64),
        liquidation_height: 1,
        type: "deregister",
        info: { pubkey_bls: digit.repeat(128) },
      }));
      return { jsonrpc: "2.0", id: 0, result };
    });
    servers.push(server);
    return server.listen({ host: "127.0.0.1", port: 0 });
  }

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  it("are not said to be unripe by a source that does not tell its height", async () => {
    const silent = await daemonListing(["1"], { error: { code: -32_000, message: "busy" } });
    expect(await listCandidates([silent, await nodeListing("1")], 0, 5_000)).to.deep.include.members([
      {
        blsPubkey: blsKey("1"),
        ed25519Pubkey: `0x${"1".repeat(64)}`,
        type: "deregister",
        ripe: true,
        ripeAt: undefined,
        votes: 1,
      },
    ]);
    const alone = await listCandidates([silent], 0, 5_000).catch((error: unknown) => error);
    expect(alone).to.have.property("message", "No node gives the list of those that left.");
  });

  it("come in the order of how many list them, so that a liar delays nobody", async () => {
    const urls = [await nodeListing("1", "2", "3", "a"), await nodeListing("a"), await nodeListing("b", "a")];

    const candidates = await listCandidates(urls, 0, 5_000);

    expect(candidates.map(({ blsPubkey, votes }) => [blsPubkey, votes])).to.deep.equal([
      [blsKey("a"), 3],
      [blsKey("1"), 1],
      [blsKey("2"), 1],
      [blsKey("3"), 1],
      [blsKey("b"), 1],
    ]);
  });
});
