import type { FastifyReply, FastifyRequest } from "fastify";
import { CollectError } from "../../collect/index.ts";
import type { CollectFailure, CollectProgress } from "../api/index.ts";
import { toFailure } from "./collections.ts";
import type { Listening } from "./handlers.ts";
import type { Portal } from "./portal.ts";
import { PortalError } from "./refusal.ts";
import { takeOver } from "./replies.ts";

/** Milliseconds between two events of progress, and between comments that keep proxies from closing the line. */
const PROGRESS_MS = 100;
const KEEP_ALIVE_MS = 15_000;

/**
 * A collection as Server-Sent Events: `progress` as it goes, then `result` or `failure`, and the end. Refusals before it starts (too
 * many under way) are a `failure` too, with status 200: a browser's EventSource shows no body of an error.
 */
export async function streamCollection(
  portal: Portal,
  request: FastifyRequest,
  reply: FastifyReply,
  collect: (listening: Listening) => Promise<object>,
): Promise<FastifyReply> {
  const gone = new AbortController();
  const raw = takeOver(portal, request, reply, 200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  raw.on("close", () => gone.abort());
  const send = (event: string, data: object) => {
    if (!gone.signal.aborted) raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const keepAlive = setInterval(() => {
    if (!gone.signal.aborted) raw.write(": still here\n\n");
  }, KEEP_ALIVE_MS);
  const progress = throttled((at) => send("progress", at));
  try {
    const result = await collect({ onProgress: progress.tell, signal: gone.signal });
    progress.flush();
    send("result", result);
  } catch (error) {
    progress.flush();
    send("failure", failureOf(error, request));
  } finally {
    clearInterval(keepAlive);
    progress.end();
    raw.end();
  }
  return reply;
}

function failureOf(error: unknown, request: FastifyRequest): CollectFailure {
  if (error instanceof PortalError || error instanceof CollectError) return toFailure(error).failure;
  request.log.error({ err: error }, "a collection failed");
  return { code: "internal", error: "The service failed; try again in a minute.", signed: null, needed: null };
}

/** Tells the first at once and then the newest now and then; the last is never lost. */
function throttled(send: (progress: CollectProgress) => void) {
  let waiting: CollectProgress | undefined;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    if (waiting) send(waiting);
    waiting = undefined;
  };
  return {
    tell(progress: CollectProgress) {
      waiting = progress;
      if (timer !== undefined) return;
      flush();
      timer = setTimeout(() => {
        timer = undefined;
        flush();
      }, PROGRESS_MS);
    },
    flush,
    end: () => clearTimeout(timer),
  };
}
