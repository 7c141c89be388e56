/** The HTTP face of a node. Everything that comes in is untrusted: it is bounded, parsed, and refused with a typed answer. */
import Fastify, { LogController } from "fastify";
import type { FastifyBaseLogger, FastifyError, FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { z } from "zod";
import type { Hex } from "../bls/index.ts";
import { handleJsonRpc } from "./jsonRpc.ts";
import type { JsonRpcDependencies } from "./jsonRpc.ts";
import { announcementToWire } from "./announcements.ts";
import type { AnnouncementBook } from "./announcements.ts";
import type { Council } from "./council/council.ts";
import { EMPTY_PARCEL, PAGE_LIMIT, parcelShape } from "./gossip.ts";
import { toWire } from "./quorum/certificate.ts";
import type { FairQueue, RequestLimiter } from "./limits.ts";
import { Refusal, REFUSAL_STATUS } from "./policy.ts";
import type { DepartureKind, Policy } from "./policy.ts";
import type { UptimeProof } from "./proof.ts";
import {
  complaint,
  dayRequest,
  departureRequest,
  infoQuery,
  rangeQuery,
  rewardRequest,
  rewardsRequest,
  sinceQuery,
} from "./schemas.ts";

/** What `GET /v1/info` says, without the proof that a challenge asks for. */
export interface NodeInfo {
  readonly version: string;
  readonly chainId: number;
  readonly contract: string;
  readonly blsPubkey: Hex;
  readonly ed25519Pubkey: Hex;
  readonly x25519Pubkey: Hex;
  /** Newest block of the ledger, or null before the chain was read. */
  readonly height: number | null;
  /** Oldest height that rewards can be asked for. */
  readonly oldestHeight: number | null;
  /** Unix seconds of that newest block. */
  readonly timestamp: number | null;
  /** Last settled round. */
  readonly round: number | null;
  /** Nodes in the contract. */
  readonly nodes: number | null;
  /** Fingerprint of the consensus parameters and genesis: nodes that differ here cannot agree. */
  readonly rules: Hex;
}

export interface ServerDependencies {
  readonly policy: Policy;
  readonly logger: Logger;
  readonly blsPubkey: Hex;
  readonly info: () => NodeInfo;
  readonly prove: (challenge: Hex) => UptimeProof;
  readonly jsonRpc: JsonRpcDependencies;
  /** Recipients in one `POST /v1/rewards`. */
  readonly maxBatch: number;
  /** Counts requests by address. */
  readonly requests: RequestLimiter;
  readonly council: Council;
  readonly book: AnnouncementBook;
  /** Does what costs processor time for the askers in turn. */
  readonly queue: FairQueue;
}

const BODY_LIMIT_BYTES = 64 * 1024;
/** A full parcel of the longest things that its shape takes. */
const PARCEL_LIMIT_BYTES = 192 * 1024;

export function createServer(dependencies: ServerDependencies): FastifyInstance {
  const { policy, logger, blsPubkey, info, prove, jsonRpc, maxBatch, requests } = dependencies;
  const app = bareServer(logger);
  app.addHook("onRequest", async (request) => requests.request(request.ip));

  app.get("/v1/info", async (request) => {
    const { challenge } = parse(infoQuery, request.query);
    return challenge === undefined ? info() : { ...info(), proof: prove(challenge) };
  });

  app.post("/v1/reward", async (request) => {
    const { recipient, height } = parse(rewardRequest, request.body);
    const [signed] = await policy.rewards([recipient], height, request.ip);
    if (signed === undefined) throw new Error("the policy answered nothing");
    return { ...signed, amount: signed.amount.toString(), blsPubkey, signer: blsPubkey };
  });

  const batch = rewardsRequest(maxBatch);
  app.post("/v1/rewards", async (request) => {
    const { recipients, height } = parse(batch, request.body);
    const signed = await policy.rewards(recipients, height, request.ip);
    const rewards = signed.map(({ recipient, amount, message, signature }) => ({
      recipient,
      amount: amount.toString(),
      message,
      signature,
    }));
    return { height: signed[0]?.height, rewards, blsPubkey, signer: blsPubkey };
  });

  for (const kind of ["exit", "liquidate"] as const satisfies DepartureKind[]) {
    app.post(`/v1/${kind}`, async (request) => {
      const { blsPubkey: departing, timestamp } = parse(departureRequest, request.body);
      return { ...(await policy.departure(kind, departing, timestamp, request.ip)), signer: blsPubkey };
    });
  }

  serveCouncil(app, dependencies);
  serveJsonRpc(app, jsonRpc);
  return app;
}

/** What nodes ask and tell each other; see docs/standing.md. */
function serveCouncil(app: FastifyInstance, { council, book, queue }: ServerDependencies): void {
  app.post("/v1/gossip", { bodyLimit: PARCEL_LIMIT_BYTES }, async (request) => {
    const parcel = parse(parcelShape, request.body);
    // One piece each: a signature that is looked at costs as much as one that is made.
    const pieces = [
      ...parcel.announcements.map((item) => () => council.receive({ ...EMPTY_PARCEL, announcements: [item] })),
      ...parcel.certificates.map((item) => () => council.receive({ ...EMPTY_PARCEL, certificates: [item] })),
      ...parcel.votes.map((item) => () => council.receive({ ...EMPTY_PARCEL, votes: [item] })),
      ...parcel.presences.map((item) => () => council.receive({ ...EMPTY_PARCEL, presences: [item] })),
      ...parcel.attendances.map((item) => () => council.receive({ ...EMPTY_PARCEL, attendances: [item] })),
    ];
    await queue.run(request.ip, pieces);
    return { ok: true };
  });
  app.get("/v1/announcements", async (request) => {
    const { since } = parse(sinceQuery, request.query);
    return { announcements: book.since(since).map(announcementToWire) };
  });
  app.get("/v1/certificates/days", async () => ({
    days: council.set.days.map((day) => ({
      day,
      digest: council.set.digest(day),
      count: council.set.ofDay(day).length,
    })),
  }));
  app.get("/v1/certificates", async (request) => {
    const { from, until } = parse(rangeQuery, request.query);
    const all = council.set.between(from, until);
    // A page ends with a round, so that the next one begins with one.
    const cut = all[PAGE_LIMIT];
    const page = cut === undefined ? all : all.slice(0, PAGE_LIMIT).filter(({ round }) => round < cut.round);
    return { certificates: page.map(toWire), next: cut?.round ?? null };
  });
  app.get("/v1/archives", async () => ({ archives: council.archives }));
  app.post("/v1/archive", async (request) => {
    const { day } = parse(dayRequest, request.body);
    const [vote] = await queue.run(request.ip, [() => council.archiveVote(day)]);
    if (vote === undefined) throw new Refusal("not-eligible", "that day is not over yet, with all that may come of it");
    return vote;
  });
}

/** The face that the node's owner sees: the JSON-RPC alone, on an address that others do not reach. */
export function createAdminServer({
  logger,
  jsonRpc,
}: {
  logger: Logger;
  jsonRpc: JsonRpcDependencies;
}): FastifyInstance {
  const app = bareServer(logger);
  serveJsonRpc(app, jsonRpc);
  return app;
}

function bareServer(logger: Logger): FastifyInstance {
  const app: FastifyInstance = Fastify({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: 30_000,
    keepAliveTimeout: 10_000,
    // A body of __proto__ is data like any other: it is never merged into anything.
    onProtoPoisoning: "ignore",
    onConstructorPoisoning: "ignore",
  });

  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof Refusal) {
      if (error.code === "busy") reply.header("retry-after", "1");
      return reply.code(REFUSAL_STATUS[error.code]).send({ error: error.code, message: error.message });
    }
    const status = error.statusCode ?? 500;
    if (status < 500)
      return reply.code(status === 415 ? 400 : status).send({ error: "malformed", message: error.message });
    request.log.error({ err: error, url: request.url }, "request failed");
    return reply.code(500).send({ error: "internal", message: "the node failed to answer" });
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: "not-found", message: `there is no ${request.method} ${request.url.split("?")[0]}` }),
  );
  return app;
}

/** JSON-RPC answers with its own errors and with integers above 2^53, so it writes and reads its bodies itself. */
function serveJsonRpc(app: FastifyInstance, jsonRpc: JsonRpcDependencies): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
    scope.post("/json_rpc", async (request, reply) => {
      const text = typeof request.body === "string" ? request.body : "";
      return reply.type("application/json").send(await handleJsonRpc(text, { ...jsonRpc, asker: request.ip }));
    });
  });
}

function parse<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value);
  if (!result.success) throw new Refusal("malformed", complaint(result.error));
  return result.data;
}
