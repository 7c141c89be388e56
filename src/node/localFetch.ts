/**
 * `fetch` to an endpoint on this machine, as operators are told to run one. The platform's own costs five times what a request and
 * its answer need: streams, and rules for redirects, encodings and proxies that mean something between machines.
 */
import { request } from "undici";
import type { Fetch } from "../chain/transport/index.ts";

const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|\[::1\])$/;

/** Whether a URL leads to this machine, without TLS. */
export function isLocal(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "http:" && LOOPBACK.test(hostname);
}

/** The platform's `fetch`, and for this machine the plain request. */
export const localFetch: Fetch = async (url, init) => {
  if (!isLocal(url)) return fetch(url, init);
  const { statusCode, headers, body } = await request(url, init);
  const isPlain = (headers["content-encoding"] ?? "identity") === "identity";
  if (!isPlain || (statusCode >= 300 && statusCode < 400)) {
    // Not answered yet: it is asked again in the way that knows what to do with it.
    await body.dump();
    return fetch(url, init);
  }
  return {
    status: statusCode,
    headers: { get: (name) => [headers[name.toLowerCase()] ?? null].flat()[0] ?? null },
    text: () => body.text(),
    body,
  };
};
