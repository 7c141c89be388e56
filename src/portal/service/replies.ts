/** How answers leave: bytes made beforehand, objects with the network around them, refusals. */
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { CollectError } from "../../collect/index.ts";
import { toFailure } from "./collections.ts";
import type { Portal } from "./portal.ts";
import { PortalError } from "./refusal.ts";
import { ROUTES } from "./routes.ts";

export const JSON_TYPE = "application/json; charset=utf-8";

/** Bytes of a snapshot, or 304 where the visitor has them. */
export function sendBody(
  portal: Portal,
  request: FastifyRequest,
  reply: FastifyReply,
  make: () => Buffer | readonly Buffer[],
): FastifyReply {
  portal.requireReady();
  const tag = `W/"${portal.snapshots.tag}"`;
  if (request.headers["if-none-match"] === tag) return reply.code(304).send();
  reply.header("etag", tag).header("cache-control", "no-cache").type(JSON_TYPE);
  const body = make();
  return Buffer.isBuffer(body) ? reply.send(body) : sendPieces(portal, request, reply, body);
}

/**
 * Pieces that replies share, one after the other: joined, each reply would be 200 kB of garbage, and V8 lets 64 MB of it gather
 * before it looks.
 */
function sendPieces(
  portal: Portal,
  request: FastifyRequest,
  reply: FastifyReply,
  pieces: readonly Buffer[],
): FastifyReply {
  reply.header(
    "content-length",
    pieces.reduce((sum, piece) => sum + piece.length, 0),
  );
  const raw = takeOver(portal, request, reply, 200);
  raw.cork();
  for (const piece of pieces) raw.write(piece);
  raw.end();
  raw.uncork();
  return reply;
}

/** The response itself, with the headers that hooks have set (CORS, security, limits), counted like any other. */
export function takeOver(
  portal: Portal,
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  headers: OutgoingHttpHeaders = {},
): ServerResponse {
  const set = Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined));
  reply.hijack();
  const { raw } = reply;
  const route = request.routeOptions.url ?? "none";
  raw.once("close", () => portal.metrics.requests.inc({ route, status }));
  return raw.writeHead(status, { ...set, ...headers } as OutgoingHttpHeaders);
}

/** An object of the live interface: what is given, after `network` and `t`. */
export function sendWrapped(portal: Portal, reply: FastifyReply, rest: object): FastifyReply {
  return reply.type(JSON_TYPE).send(portal.snapshots.wrap([`,${JSON.stringify(rest).slice(1)}`]));
}

export function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply, portal: Portal): FastifyReply {
  const { status, body, retryAfter } = refusalOf(error, request);
  if (retryAfter !== undefined) reply.header("retry-after", String(retryAfter));
  reply.code(status);
  // Every reply of the live interface carries the network, as soon as it is known.
  const live = LIVE_PATHS.has(request.routeOptions.url ?? "") && portal.snapshots.ready;
  return live ? sendWrapped(portal, reply, { error: body }) : reply.send({ error: body });
}

const LIVE_PATHS: ReadonlySet<string> = new Set(
  Object.values(ROUTES).flatMap(({ group, path }) => (group === "live" ? [path] : [])),
);

function refusalOf(
  error: unknown,
  request: FastifyRequest,
): { status: number; body: object; retryAfter?: number | undefined } {
  if (error instanceof PortalError) {
    const { status, code, message, details, retryAfter } = error;
    return { status, body: { code, error: message, ...details }, retryAfter };
  }
  if (error instanceof CollectError) {
    const { status, failure, retryAfter } = toFailure(error);
    return { status, body: failure, retryAfter };
  }
  const status = (error as FastifyError).statusCode ?? 500;
  if (status < 500) return { status, body: { code: "bad-request", error: (error as Error).message } };
  request.log.error({ err: error, route: request.routeOptions.url }, "request failed");
  const sentence = "The service failed to answer; it is noted in its log. Try again in a minute.";
  return { status: 500, body: { code: "internal", error: sentence } };
}
