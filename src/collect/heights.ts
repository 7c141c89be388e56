import { CollectError } from "./errors.ts";
import { agreeOnHeight } from "./height.ts";
import type { NodeEndpoint } from "./nodes.ts";
import type { CollectRequest } from "./request.ts";
import { isDeparture } from "./request.ts";
import { isOmqNode } from "./wires.ts";
import type { Wires } from "./wires.ts";

/** The newest height, as somebody tells it. */
export interface ToldHeight {
  height: number;
  /** Who says so: an address. */
  source: string;
}

/** A height to ask for, and who told it, if one source alone did; no height where each node's newest is asked for, or none at all. */
export interface HeightChoice {
  height: number | undefined;
  sources: readonly string[];
}

/** How far below a told height is asked first: the nodes are not all as far as the one that tells. */
const BELOW_NEWEST = 1;

/**
 * Which height to ask for: that of the request, or what the nodes agree on (HTTP), or what others tell (OxenMQ has no command for it).
 * Of several tellers the middle one is believed first; the others are there for when no node has its height.
 *
 * @param told - Asks the tellers; their failures are left out of its result.
 * @throws CollectError `bad-request` when nodes over OxenMQ must be asked and nobody tells a height
 */
export async function chooseHeights(
  request: CollectRequest,
  endpoints: readonly NodeEndpoint[],
  wires: Wires,
  told: (() => Promise<readonly ToldHeight[]>) | undefined,
  limits: { timeoutMs: number; signal: AbortSignal | undefined },
): Promise<HeightChoice[]> {
  const unnamed = { height: undefined, sources: [] };
  if (isDeparture(request)) return [unnamed];
  const http = endpoints.filter((endpoint) => !isOmqNode(endpoint));
  const omq = endpoints.length - http.length;
  if (typeof request.height === "number") return [{ height: request.height, sources: [] }];
  if (request.height === "latest" && omq === 0) return [unnamed];

  const sampled = async (): Promise<HeightChoice[]> => {
    if (http.length === 0) return [];
    const height = await agreeOnHeight(wires.http, http, limits.timeoutMs, limits.signal);
    return height === undefined ? [] : [{ height, sources: [] }];
  };
  // A few nodes over HTTP must not speak for thousands over OxenMQ.
  const choices =
    omq > http.length
      ? [...inOrder((await told?.()) ?? []), ...(await sampled())]
      : [...(await sampled()), ...(omq > 0 ? inOrder((await told?.()) ?? []) : [])];
  if (choices.length > 0) return choices;
  if (omq === 0) return [unnamed];
  throw new CollectError(
    "bad-request",
    "Nodes over OxenMQ are asked for one height, and nobody tells which: give --height, or --directory or --daemon-url with a daemon that answers.",
  );
}

/** The middle one first, then by how close they are to it. */
function inOrder(told: readonly ToldHeight[]): HeightChoice[] {
  const sorted = [...told].sort((a, b) => a.height - b.height);
  const middle = sorted[(sorted.length - 1) >> 1]?.height ?? 0;
  const sources = new Map<number, string[]>();
  for (const { height, source } of sorted) sources.set(height, [...(sources.get(height) ?? []), source]);
  return [...sources]
    .sort(([a], [b]) => Math.abs(a - middle) - Math.abs(b - middle))
    .map(([height, names]) => ({ height: Math.max(0, height - BELOW_NEWEST), sources: names }));
}
