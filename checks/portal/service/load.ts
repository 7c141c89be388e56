/** Requests a second of the routes that the live page asks for most, against a server that answers fixed bytes. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";
import { Random } from "../../simulate/random.ts";
import { freePort } from "../../ports.ts";
import { start, stop, until } from "../processes.ts";

const CONNECTIONS = 100;
/** Runs of each, in turn. */
const RUNS = 3;
/** Addresses asked for: more than any cache of a few. */
const ADDRESSES = 400;

export interface LoadFigures {
  /** Medians over the runs: requests a second and the 99th percentile of a reply's time in milliseconds. */
  service: { requests: number; p99: number };
  fixed: { requests: number; p99: number };
  /** Bytes of a reply. */
  bytes: { stakes: number; nodes: number; info: number };
}

export async function measureLoad(
  url: string,
  people: readonly string[],
  options: { seconds: number; folder: string; tell: (text: string) => void },
): Promise<LoadFigures> {
  const random = new Random(8);
  const addresses = random.some(people, ADDRESSES);
  const body = async (path: string): Promise<Buffer> => {
    const reply = await fetch(`${url}${path}`);
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
    return Buffer.from(await reply.arrayBuffer());
  };
  const stakes = await Promise.all(addresses.slice(0, 50).map((address) => body(`/stakes/${address}`)));
  const middle = stakes.sort((a, b) => a.length - b.length)[stakes.length >> 1] as Buffer;
  const [nodes, info] = [await body("/nodes"), await body("/info")];
  const file = join(options.folder, "bodies.json");
  const texts = { stakes: middle, nodes, info };
  writeFileSync(
    file,
    JSON.stringify(texts, (_, value) => (Buffer.isBuffer(value) ? value.toString("base64") : value)),
  );

  const port = await freePort();
  const fixed = start(process.execPath, [fileURLToPath(new URL("fixed.ts", import.meta.url)), String(port), file], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const target = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${target}/info`)).ok, fixed, "the fixed server", 30_000);
  const taken: Record<string, { requests: number[]; p99: number[] }> = {};
  try {
    for (let run = 0; run < RUNS; run++) {
      for (const [name, at] of [
        ["fixed", target],
        ["service", url],
      ] as const) {
        const result = await fire(at, addresses, options.seconds);
        const times = (taken[name] ??= { requests: [], p99: [] });
        times.requests.push(result.requests.average);
        times.p99.push(result.latency.p99);
        options.tell(`${name}: ${Math.round(result.requests.average)} requests a second, p99 ${result.latency.p99} ms`);
      }
    }
  } finally {
    await stop(fixed);
  }
  const of = (name: string) => ({
    requests: median(taken[name]?.requests ?? []),
    p99: median(taken[name]?.p99 ?? []),
  });
  const bytes = { stakes: middle.length, nodes: nodes.length, info: info.length };
  return { service: of("service"), fixed: of("fixed"), bytes };
}

/** `/stakes/<address>`, `/nodes` and `/info` mixed 8:1:1, in an order that no two connections share for long. */
async function fire(url: string, addresses: readonly string[], seconds: number): Promise<autocannon.Result> {
  const random = new Random(1);
  const requests = addresses.flatMap((address, i) => [
    { path: `/stakes/${address}` },
    ...(i % 8 === 0 ? [{ path: "/nodes" }, { path: "/info" }] : []),
  ]);
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: seconds,
    timeout: 30,
    requests: random.some(requests, requests.length),
  });
  if (result.non2xx + result.errors > 0) throw new Error(`${url}: ${result.non2xx} refusals, ${result.errors} errors`);
  return result;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
