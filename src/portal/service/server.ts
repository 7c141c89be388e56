/** The HTTP face of the portal. Everything that comes in is untrusted; replies that are asked for most are bytes made beforehand. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import files from "@fastify/static";
import Fastify, { LogController } from "fastify";
import type { FastifyBaseLogger, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { BASE_HEADERS, contentSecurityPolicy } from "./headers.ts";
import { describeApi } from "./openapi.ts";
import { PAGE_FOLDER } from "./page.ts";
import { addressInPath, keyInPath, queryOf, toFields, toObject } from "./parameters.ts";
import type { Portal } from "./portal.ts";
import { PortalError } from "./refusal.ts";
import * as handlers from "./handlers.ts";
import { JSON_TYPE, refuse, sendBody, sendWrapped } from "./replies.ts";
import { ROUTES } from "./routes.ts";
import { streamCollection } from "./stream.ts";
import type { Fields } from "./parameters.ts";

export interface ServerOptions {
  /** Requests a minute of one visitor; 0: no limit. */
  rateLimit: number;
  /** Of these, collections. */
  collectLimit: number;
  /** Whether the visitor's address is in X-Forwarded-For: behind a proxy of one's own only. */
  trustProxy: boolean;
  /** Where the built page is; its place in the package when left out. */
  pageFolder?: string | undefined;
}

/** POST /rewards gives up after so long, milliseconds. */
const SIGN_TIMEOUT_MS = 60_000;

type InPath = { Params: Record<string, string> };

export async function createServer(portal: Portal, options: ServerOptions): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    loggerInstance: portal.deps.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 16 * 1024,
    requestTimeout: 30_000,
    keepAliveTimeout: 30_000,
    trustProxy: options.trustProxy,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    forceCloseConnections: true,
    onProtoPoisoning: "ignore",
    onConstructorPoisoning: "ignore",
  });
  await app.register(helmet, {
    contentSecurityPolicy: contentSecurityPolicy(portal.options.pageRpc),
    ...BASE_HEADERS,
  });
  await app.register(cors, {
    origin: "*",
    methods: ["GET", "POST", "HEAD"],
    exposedHeaders: ["etag", "retry-after"],
    maxAge: 86_400,
  });
  if (options.rateLimit > 0) {
    await app.register(rateLimit, {
      max: options.rateLimit,
      timeWindow: 60_000,
      errorResponseBuilder: (_request, { after, ttl }) =>
        new PortalError(429, "rate-limited", `Too many requests; come again in ${after}.`, {
          retryAfter: Math.ceil(ttl / 1_000),
        }),
    });
  }
  // Clients name a type without sending anything, or send what no route reads: neither is a reason to refuse.
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) =>
    done(null, toObject(String(body))),
  );
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, _body, done) => done(null, {}));
  // Forms are read as text and parsed here: names may repeat.
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) =>
    done(null, toFields(new URLSearchParams(String(body)))),
  );
  app.addHook("onResponse", (request, reply, done) => {
    portal.metrics.requests.inc({ route: request.routeOptions.url ?? "none", status: reply.statusCode });
    done();
  });
  app.setErrorHandler((error: FastifyError, request, reply) => refuse(error, request, reply, portal));

  serveLive(app, portal, options);
  serveApp(app, portal, options);
  serveItself(app, portal);
  await servePage(app, options.pageFolder ?? PAGE_FOLDER);
  return app;
}

// ── Routes ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function limited({ rateLimit, collectLimit }: ServerOptions) {
  return rateLimit > 0 && collectLimit > 0 ? { config: { rateLimit: { max: collectLimit, timeWindow: 60_000 } } } : {};
}

function serveLive(app: FastifyInstance, portal: Portal, options: ServerOptions): void {
  const { snapshots } = portal;
  const body = (path: string, make: (request: FastifyRequest<InPath>) => Buffer | readonly Buffer[]) =>
    app.get<InPath>(path, (request, reply) => sendBody(portal, request, reply, () => make(request)));
  body(ROUTES.info.path, () => snapshots.info());
  body(ROUTES.nodes.path, () => snapshots.nodes());
  body(ROUTES.blsKeys.path, () => snapshots.blsKeys());
  body(ROUTES.contributions.path, () => snapshots.contributions());
  body(ROUTES.contribution.path, ({ params }) => snapshots.contribution(keyInPath(params["ed25519"] ?? "")));
  body(ROUTES.stakes.path, ({ params }) => snapshots.stakes(addressInPath(params["address"] ?? "")));

  app.get<InPath>(ROUTES.rewards.path, async ({ params }, reply) => {
    const address = addressInPath(params["address"] ?? "");
    portal.requireReady();
    return sendWrapped(portal, reply, { rewards: await handlers.rewards(portal, address) });
  });
  app.post<InPath>(ROUTES.sign.path, limited(options), async ({ params }, reply) => {
    const address = addressInPath(params["address"] ?? "");
    const result = await within(SIGN_TIMEOUT_MS, handlers.signRewards(portal, address));
    return sendWrapped(portal, reply, { rewards: handlers.toRewardsSignature(result) });
  });
  app.get<InPath>(ROUTES.daily.path, async ({ params }, reply) => {
    const address = addressInPath(params["address"] ?? "");
    portal.requireReady();
    return sendWrapped(portal, reply, { rewards: await portal.earnings.daily(address) });
  });
  for (const [route, kind] of [
    [ROUTES.exit, "exit"],
    [ROUTES.liquidation, "liquidate"],
  ] as const) {
    app.get<InPath>(route.path, limited(options), async ({ params }, reply) => {
      const ed25519 = keyInPath(params["ed25519"] ?? "");
      const result = await within(SIGN_TIMEOUT_MS, handlers.signDeparture(portal, kind, ed25519));
      return sendWrapped(portal, reply, { result: handlers.toExitSignature(result) });
    });
  }
  app.get(ROUTES.departing.path, async (_request, reply) => {
    portal.requireReady();
    return sendWrapped(portal, reply, { result: handlers.departing(portal) });
  });
  app.get<InPath>(ROUTES.registrations.path, async ({ params }, reply) => {
    const name = params["name"] ?? "";
    const of = /^0x/.test(name) ? addressInPath(name) : keyInPath(name);
    portal.requireReady();
    return sendWrapped(portal, reply, { registrations: await portal.registrations.of(of) });
  });
  const storing = async (request: FastifyRequest<InPath>, reply: FastifyReply, fields: Fields) => {
    const ed25519 = keyInPath(request.params["ed25519"] ?? "");
    portal.requireReady();
    return sendWrapped(portal, reply, { success: true, registration: await handlers.store(portal, ed25519, fields) });
  };
  app.get<InPath>(ROUTES.store.path, limited(options), (request, reply) => storing(request, reply, queryOf(request)));
  app.post<InPath>(ROUTES.storePost.path, limited(options), (request, reply) =>
    storing(request, reply, { ...queryOf(request), ...((request.body ?? {}) as Fields) }),
  );
  app.get(ROUTES.validate.path, async (request, reply) => {
    portal.requireReady();
    const outcome = handlers.check(portal, queryOf(request));
    return sendWrapped(portal, reply, "error" in outcome ? outcome : { success: true, ...outcome });
  });
}

function serveApp(app: FastifyInstance, portal: Portal, options: ServerOptions): void {
  const { snapshots } = portal;
  app.get(ROUTES.config.path, async (_request, reply) => {
    portal.requireReady();
    return reply.header("cache-control", "no-cache").send(handlers.config(portal));
  });
  app.get(ROUTES.state.path, async (_request, reply) => {
    portal.requireReady();
    return reply.header("cache-control", "no-cache").send(snapshots.appState(portal.chain()));
  });
  app.get(ROUTES.table.path, (request, reply) => sendBody(portal, request, reply, () => snapshots.appNodes()));
  app.get(ROUTES.keys.path, (request, reply) => sendBody(portal, request, reply, () => snapshots.appKeys()));
  app.get(ROUTES.history.path, async (request) => {
    portal.requireReady();
    const points = Number((request.query as Record<string, unknown>)["points"] ?? 300);
    return handlers.networkHistory(portal, Number.isSafeInteger(points) ? points : 300);
  });
  app.get<InPath>(ROUTES.addressHistory.path, async ({ params }) => {
    const address = addressInPath(params["address"] ?? "");
    portal.requireReady();
    return portal.earnings.history(address);
  });
  app.get<InPath>(ROUTES.vesting.path, async ({ params }) => {
    const address = addressInPath(params["address"] ?? "");
    portal.requireReady();
    return handlers.vesting(portal, address);
  });
  app.get<InPath>(ROUTES.collectRewards.path, limited(options), (request, reply) => {
    const address = addressInPath(request.params["address"] ?? "");
    return streamCollection(portal, request, reply, (listening) => handlers.signRewards(portal, address, listening));
  });
  for (const [route, kind] of [
    [ROUTES.collectExit, "exit"],
    [ROUTES.collectLiquidation, "liquidate"],
  ] as const) {
    app.get<InPath>(route.path, limited(options), (request, reply) => {
      const ed25519 = keyInPath(request.params["ed25519"] ?? "");
      return streamCollection(portal, request, reply, (listening) =>
        handlers.signDeparture(portal, kind, ed25519, listening),
      );
    });
  }
}

function serveItself(app: FastifyInstance, portal: Portal): void {
  const description = JSON.stringify(describeApi(portal.options.version));
  app.get("/openapi.json", async (_request, reply) => reply.type(JSON_TYPE).send(description));
  // Watchers come often and from one address: they are not counted with visitors.
  const uncounted = { config: { rateLimit: false as const } };
  app.get(ROUTES.health.path, uncounted, async (_request, reply) => {
    const state = portal.health();
    return reply.code(state.ok ? 200 : 503).send(state);
  });
  app.get("/metrics", uncounted, async (_request, reply) => {
    portal.updateMetrics();
    return reply.type(portal.metrics.registry.contentType).send(await portal.metrics.registry.metrics());
  });
}

/** The page at the root: its files' names hold their digests and may be kept for ever, but for the first. */
async function servePage(app: FastifyInstance, folder: string): Promise<void> {
  const there = existsSync(join(folder, "index.html"));
  if (there) {
    await app.register(files, {
      root: folder,
      wildcard: false,
      cacheControl: false,
      setHeaders: (reply, path) =>
        void reply.header(
          "cache-control",
          path.includes("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
        ),
    });
  } else {
    const text =
      "The service answers; the page is not built here (`npm run build:web`). Its interface: /openapi.json\n";
    app.get("/", async (_request, reply) => reply.type("text/plain; charset=utf-8").send(text));
  }
  app.setNotFoundHandler((request) => {
    throw new PortalError(
      404,
      "not-found",
      `There is no ${request.method} ${request.url.split("?")[0]?.slice(0, 200) ?? ""}.`,
    );
  });
}

/** @throws PortalError 408 when it takes longer; the work goes on for whoever asks next */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new PortalError(408, "timeout", "The collection takes too long; ask again in a minute.", { retryAfter: 60 }),
        ),
      ms,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
