/** User and password in the URL of a node or a daemon. */
import { expect } from "chai";
import { askJson } from "../../../src/collect/http.ts";
import { httpDaemon } from "../../../src/collect/daemon/transport.ts";
import { ConnectionPool } from "../../../src/collect/pool.ts";
import { parseNodeUrls } from "../../../src/collect/nodes.ts";
import { ScriptedRpc } from "../../helpers/scriptedRpc.ts";

describe("collect: credentials in a URL", () => {
  let server: ScriptedRpc;
  let pool: ConnectionPool;
  beforeEach(async () => {
    server = await new ScriptedRpc().start();
    pool = new ConnectionPool();
  });
  afterEach(async () => {
    await pool.destroy();
    await server.stop();
  });
  const basic = `Basic ${Buffer.from("user:p@ss").toString("base64")}`;
  const url = () => `http://user:p%40ss@127.0.0.1:${server.port}`;

  it("go as an Authorization header to a daemon, and to a node", async () => {
    const daemon = httpDaemon(url(), pool);
    expect(await daemon.call("get_info", {}, { timeoutMs: 2_000 })).to.equal("0x1");
    await askJson(pool, `${url()}/v1/reward`, JSON.stringify({ id: 1, method: "x" }), {
      timeoutMs: 2_000,
      maxBytes: 1_000,
    });
    expect(server.requests.map(({ headers }) => headers.authorization)).to.deep.equal([basic, basic]);
  });

  it("are not repeated when the URL is no node's", () => {
    expect(() => parseNodeUrls("ftp://user:secret@node.example")).to.throw(
      '"ftp://node.example" is not the URL of a node.',
    );
  });
});
