import { expect } from "chai";
import { readNodeSet } from "../../../src/chain/index.ts";
import * as api from "../../../src/portal/api/index.ts";
import { startPortal } from "../../helpers/portal.ts";
import { SESH_UNIT } from "../../helpers/staking.ts";
import type { Client } from "./client.ts";

export function httpSuite(c: () => Client): void {
  describe("around it", function () {
    it("answers 404 to what is no address or key, 400 to a wrong checksum", async function () {
      const wrong = c().alice.replace(/[a-fA-F](?=[^a-fA-F]*$)/, (letter) =>
        letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
      );
      for (const route of ["stakes", "rewards", "daily-rewards", "registrations", "app/history", "app/vesting"]) {
        await c().ask(`/${route}/nobody`, api.errorReply, 404);
        await c().ask(`/${route}/${wrong}`, api.errorReply, 400);
      }
      for (const route of ["exit", "liquidation", "contract/contribution", "store"])
        await c().ask(`/${route}/12ab`, api.errorReply, 404);
      await c().ask("/nothing/here", api.errorReply, 404);
    });

    it("/app: configuration, state, table, keys that sum to the contract's, history, vesting", async function () {
      const config = await c().ask("/app/config", api.appConfig);
      expect(config.contracts).to.deep.equal({
        rewards: c().world.chain.contract,
        ...c().world.addresses,
        factory: c().world.factory,
        lens: null,
      });
      const state = await c().ask("/app/state", api.appState);
      expect(state.head).to.deep.include({ complete: true, missing: [], lagSeconds: 0 });
      expect(state.figures).to.deep.include({ nodes: 6, started: true, maxContributors: 10 });
      const table = await c().ask("/app/nodes", api.appNodes);
      expect(table.rows.map(([id]) => id)).to.deep.equal([...c().running.portal.follower.state.held]);
      const keys = await c().ask("/app/keys", api.appKeys);
      const set = await readNodeSet(c().world.chain.rewards, { block: keys.block });
      expect(keys.keys).to.deep.equal(set.nodes.map(({ id, hex }) => [Number(id), hex.slice(2)]));
      const points = await c().ask("/app/history/network?points=50", api.networkHistory);
      expect(points.at(-1)).to.deep.include({ nodes: 6, claimed: Number(600n * SESH_UNIT) });
      expect(points.at(-1)?.rewardRate).to.be.a("number").above(0);
      expect(await c().ask(`/app/vesting/${c().carol}`, api.appVestingList)).to.have.length(1);
      const [vesting] = await c().ask(`/app/vesting/${c().world.vesting}`, api.appVestingList);
      expect(vesting).to.deep.include({
        staked: Number(c().world.chain.system.requirement),
        balance: Number(5_000n * SESH_UNIT),
        releasable: 0,
      });
    });

    it("describes itself, and is watched", async function () {
      const { body } = await c().running.get("/openapi.json");
      const described = body as { paths: Record<string, object>; components: { schemas: Record<string, object> } };
      expect(Object.keys(described.paths)).to.include.members(["/stakes/{address}", "/validate", "/app/keys"]);
      const text = JSON.stringify(body);
      for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
        expect(described.components.schemas).to.have.property(name as string);
      expect((await c().ask("/health", api.health)).ok).to.equal(true);
      const metrics = await (await fetch(`${c().running.url}/metrics`)).text();
      expect(metrics)
        .to.match(/^session_portal_index_block \d+$/m)
        .and.match(/session_portal_requests_total\{route="\/info",status="200"\} \d+/);
    });

    it("says what a browser may do, and that nothing changed where nothing did", async function () {
      const reply = await fetch(`${c().running.url}/nodes`);
      expect(reply.headers.get("access-control-allow-origin")).to.equal("*");
      expect(reply.headers.get("content-security-policy")).to.match(/default-src 'none';.*connect-src 'self';/);
      expect(reply.headers.get("x-content-type-options")).to.equal("nosniff");
      const tag = reply.headers.get("etag") as string;
      expect((await fetch(`${c().running.url}/nodes`, { headers: { "if-none-match": tag } })).status).to.equal(304);
    });

    it("limits what one visitor asks for", async function () {
      const limited = await startPortal(c().world, { server: { rateLimit: 5, collectLimit: 2 } });
      try {
        await limited.caughtUp();
        const statuses: number[] = [];
        for (let i = 0; i < 7; i++) statuses.push((await fetch(`${limited.url}/info`)).status);
        expect(statuses).to.deep.equal([200, 200, 200, 200, 200, 429, 429]);
        const reply = await fetch(`${limited.url}/info`);
        expect(Number(reply.headers.get("retry-after"))).to.be.within(1, 60);
        expect(((await reply.json()) as api.ErrorReply).error.code).to.equal("rate-limited");
        expect((await fetch(`${limited.url}/health`)).status).to.equal(200);
      } finally {
        await limited.stop();
      }
    });

    it("a refusal of a live route carries the network as every reply does, and its headers can be read", async function () {
      for (const [path, status] of [
        ["/stakes/nobody", 404],
        [`/exit/${"ab".repeat(32)}`, 404],
        [`/store/${"ab".repeat(32)}`, 400],
      ] as const) {
        const { network, t } = await c().ask(path, api.errorReply.loose(), status);
        expect(network?.node_count, path).to.equal(6);
        expect(Math.abs((t ?? 0) - Date.now() / 1_000)).to.be.below(60);
      }
      expect((await c().ask("/app/history/nobody", api.errorReply, 404)).network).to.equal(undefined);
      const { headers } = await fetch(`${c().running.url}/stakes/nobody`);
      expect(headers.get("access-control-expose-headers")).to.match(/retry-after/);
      expect(headers.get("content-type")).to.equal("application/json; charset=utf-8");
    });

    it("lets another page's client ask first, and takes what it sends along", async function () {
      const url = `${c().running.url}/rewards/${c().alice}`;
      const asked = await fetch(url, {
        method: "OPTIONS",
        headers: {
          origin: "https://page.example",
          "access-control-request-method": "POST",
          "access-control-request-headers": "content-type",
        },
      });
      expect(asked.status).to.equal(204);
      expect(asked.headers.get("access-control-allow-methods")).to.match(/POST/);
      expect(asked.headers.get("access-control-allow-headers")).to.equal("content-type");
      for (const [type, body] of [
        ["application/json", ""],
        ["application/json", "{}"],
        ["text/plain", "anything"],
      ] as const) {
        const reply = await fetch(url, { method: "POST", headers: { "content-type": type }, body });
        expect(reply.status, `${type} ${body}`).to.equal(200);
      }
      for (const path of ["/info", `/stakes/${c().alice}`, "/nodes"]) {
        const head = await fetch(`${c().running.url}${path}`, { method: "HEAD" });
        expect([head.status, await head.text()], path).to.deep.equal([200, ""]);
        const whole = await (await fetch(`${c().running.url}${path}`)).arrayBuffer();
        expect(Number(head.headers.get("content-length")), path).to.be.closeTo(whole.byteLength, 8);
      }
    });
  });
}
