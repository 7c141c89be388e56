import { Agent } from "undici";
import { z } from "zod";
import { hex } from "../../settings/hex.ts";
import { askJson } from "../../collect/http.ts";
import type { NodeEndpoint } from "../../collect/index.ts";
import { isOmqNode } from "../../collect/index.ts";
import { OmqClient, OmqError } from "../../omq/index.ts";
import { CliError } from "../terminal/errors.ts";

const infoShape = z.object({
  version: z.string().max(64).optional(),
  chainId: z.number().optional(),
  contract: z.string().optional(),
  blsPubkey: hex(64, "blsPubkey"),
  height: z.number().nullable().optional(),
  rules: z.string().optional(),
});

/** What a node says of itself. */
export type PingInfo = z.output<typeof infoShape>;

/** One node's answer to `GET /v1/info`; or over OxenMQ to `ping.ping`, where its key is what the contract has for its address. */
export interface Ping {
  url: string;
  /** Milliseconds to the last byte. */
  ms: number;
  info: PingInfo | undefined;
  /** Why there is no usable answer. */
  failure: string | undefined;
}

/** Printable ASCII: what comes from the wire must not steer a terminal. */
const clean = (text: string): string => text.replace(/[^\x20-\x7e]+/g, " ");

/**
 * Asks every node for its information, many at once.
 *
 * @throws CliError `signatures` where nodes over OxenMQ are to be asked and ZeroMQ cannot be loaded
 */
export async function pingAll(
  endpoints: readonly NodeEndpoint[],
  options: { timeoutMs: number; concurrency?: number | undefined; signal?: AbortSignal },
  onProgress?: (done: number) => void,
): Promise<Ping[]> {
  const agent = new Agent({ connections: 1, keepAliveTimeout: 1_000 });
  const client = endpoints.some(isOmqNode) ? new OmqClient() : undefined;
  const pings: Ping[] = [];
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    while (next < endpoints.length && !options.signal?.aborted) {
      const index = next++;
      const endpoint = endpoints[index] as NodeEndpoint;
      pings[index] = isOmqNode(endpoint)
        ? await pingOmq(client as OmqClient, endpoint, options.timeoutMs)
        : await pingHttp(agent, endpoint, options.timeoutMs);
      onProgress?.(++done);
    }
  };
  try {
    await client?.ready();
    await Promise.all(Array.from({ length: Math.min(options.concurrency ?? 500, endpoints.length) }, worker));
  } catch (error) {
    if (error instanceof OmqError) throw new CliError("signatures", error.message);
    throw error;
  } finally {
    await Promise.all([agent.destroy(), client?.close()]);
  }
  return pings.filter(Boolean);
}

async function pingHttp(agent: Agent, { url }: NodeEndpoint, timeoutMs: number): Promise<Ping> {
  const started = performance.now();
  const answer = await askJson(agent, `${url}/v1/info`, undefined, { timeoutMs, maxBytes: 65_536 });
  const ms = performance.now() - started;
  const parsed = answer.ok ? infoShape.safeParse(answer.body) : undefined;
  return {
    url,
    ms,
    info: parsed?.success
      ? {
          ...parsed.data,
          ...(parsed.data.version === undefined ? {} : { version: clean(parsed.data.version) }),
        }
      : undefined,
    failure: answer.ok ? (parsed?.success ? undefined : "bad-shape") : answer.reason,
  };
}

/** A pong after the handshake says more than it looks: whoever sent it holds the key of the address. */
async function pingOmq(client: OmqClient, { url, blsPubkey }: NodeEndpoint, timeoutMs: number): Promise<Ping> {
  const started = performance.now();
  const outcome = await client.request(url, "ping.ping", [], { timeoutMs, maxBytes: 1_024 });
  const ms = performance.now() - started;
  if (!outcome.ok) return { url, ms, info: undefined, failure: outcome.reason };
  const pong = Buffer.from(outcome.parts[0] ?? []).toString("latin1") === "pong";
  return pong && blsPubkey !== undefined
    ? { url, ms, info: { blsPubkey: blsPubkey as PingInfo["blsPubkey"] }, failure: undefined }
    : { url, ms, info: undefined, failure: pong ? "unknown-key" : "bad-shape" };
}

/** Upper bounds of the histogram's buckets, ms. */
const BUCKETS = [10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000] as const;

/** Latencies by bucket; the last one has no upper bound. */
export function histogram(latencies: readonly number[]): { upTo: number | undefined; count: number }[] {
  const bounds = [...BUCKETS, undefined];
  return bounds.map((upTo, i) => {
    const from = i === 0 ? 0 : (bounds[i - 1] as number);
    return { upTo, count: latencies.filter((ms) => ms >= from && (upTo === undefined || ms < upTo)).length };
  });
}

/** The value below which the given share of a list lies; undefined for an empty list. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
