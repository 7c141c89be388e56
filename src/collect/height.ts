import { gather } from "./gather.ts";
import type { HttpWire } from "./httpWire.ts";
import type { NodeEndpoint } from "./nodes.ts";

/** Nodes asked for their height. */
const SAMPLE = 64;

/**
 * Finds a height that most nodes have: honest nodes give equal figures only for equal heights. A random sample is asked, and the
 * median of its heights taken, which a third of liars does not move to where no honest node is, into the past as little as into
 * the future. A node that is behind it looks at the chain again when asked, or answers 410 and is asked again.
 *
 * @returns undefined when nobody tells a height; each node's newest is the only choice then
 */
export async function agreeOnHeight(
  wire: HttpWire,
  endpoints: readonly NodeEndpoint[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
  random: () => number = Math.random,
): Promise<number | undefined> {
  const heights: number[] = [];
  const enough = new AbortController();
  const sample = drawSample(endpoints, SAMPLE, random);
  const patience = Math.ceil(sample.length * 0.8);
  await gather(
    [{ endpoints: sample, ask: (endpoint, limits) => wire.info(endpoint, limits), concurrency: sample.length }],
    {
      timeoutMs,
      deadlineMs: timeoutMs,
      retries: 0,
      signal: signal ? AbortSignal.any([signal, enough.signal]) : enough.signal,
    },
    {
      asked: () => undefined,
      answered: (_, body) => {
        const height = (body as { height?: unknown } | null)?.height;
        if (typeof height === "number" && Number.isSafeInteger(height) && height >= 0) heights.push(height);
        // The dead ones of the sample need not be waited for.
        if (heights.length >= patience) enough.abort();
      },
      retrying: () => undefined,
      failed: () => undefined,
    },
  );
  heights.sort((a, b) => a - b);
  return heights[(heights.length - 1) >> 1];
}

function drawSample<T>(items: readonly T[], count: number, random: () => number): T[] {
  const pool = [...items];
  const drawn: T[] = [];
  while (drawn.length < count && pool.length > 0) {
    const [item] = pool.splice(Math.floor(random() * pool.length), 1);
    drawn.push(item as T);
  }
  return drawn;
}
