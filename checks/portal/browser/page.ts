/** The built page over made-up replies: what it loads before first use, and what its table of nodes takes to sort and to filter. */
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import type { AppConfig, AppNodes, AppState } from "../../../src/portal/api/index.ts";
import { buildWeb } from "../../page/build.ts";

/** Interactions with each table, in turn. */
const ROUNDS = 9;
const FEW = 100;
const MANY = 9_600;

export interface PageFigures {
  /** JavaScript that the page asked for until it was still, kB (1,000 bytes). */
  brotliKb: number;
  gzipKb: number;
  scripts: number;
  /** Medians of all sorts and filters, milliseconds from the event to the frame after the one that shows it. */
  fewMs: number;
  manyMs: number;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

export async function measurePage(browser: Browser, folder: string): Promise<PageFigures> {
  await buildWeb(folder);
  const [few, many] = [await serve(folder, FEW), await serve(folder, MANY)];
  try {
    const small = await open(browser, few.url, FEW);
    const large = await open(browser, many.url, MANY);
    const times: { few: number[]; many: number[] } = { few: [], many: [] };
    for (let round = 0; round < ROUNDS; round++) {
      times.few.push(...(await interact(small.page, round)));
      times.many.push(...(await interact(large.page, round)));
    }
    const bytes = small.scripts.map((path) => readFileSync(join(folder, path)));
    const kb = (pack: (data: Buffer) => Buffer): number =>
      bytes.reduce((sum, one) => sum + pack(one).length, 0) / 1_000;
    return {
      brotliKb: kb((data) => brotliCompressSync(data)),
      gzipKb: kb((data) => gzipSync(data)),
      scripts: bytes.length,
      fewMs: median(times.few),
      manyMs: median(times.many),
    };
  } finally {
    few.stop();
    many.stop();
  }
}

async function open(browser: Browser, url: string, rows: number): Promise<{ page: Page; scripts: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1_280, height: 900 } });
  const scripts: string[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.endsWith(".js")) scripts.push(pathname);
  });
  await page.goto(`${url}/#/network`, { waitUntil: "networkidle" });
  await page.waitForFunction((count) => {
    const { document } = globalThis as unknown as PageScope;
    const told = document.querySelector(".node-table [role=status]")?.textContent ?? "";
    return told.replace(/\D/g, "") === `${count}${count}`;
  }, rows);
  return { page, scripts };
}

/** As far as it is needed: the project's types know no browser. */
interface PageScope {
  document: { querySelector(selector: string): PageElement | null };
  requestAnimationFrame(then: () => void): void;
  Event: new (type: string, options: { bubbles: boolean }) => unknown;
}
interface PageElement {
  textContent: string | null;
  value: string;
  click(): void;
  dispatchEvent(event: unknown): void;
}

/** Sorts by two columns and filters twice; milliseconds of each, until the frame after the next. */
function interact(page: Page, round: number): Promise<number[]> {
  return page.evaluate(async (nth) => {
    const scope = globalThis as unknown as PageScope;
    const painted = (): Promise<void> =>
      new Promise((resolve) => scope.requestAnimationFrame(() => scope.requestAnimationFrame(() => resolve())));
    const find = (selector: string): PageElement => {
      const found = scope.document.querySelector(selector);
      if (found === null) throw new Error(`the page has no ${selector}`);
      return found;
    };
    const taken: number[] = [];
    const time = async (act: () => void): Promise<void> => {
      await painted();
      const start = performance.now();
      act();
      await painted();
      taken.push(performance.now() - start);
    };
    const type = (text: string) => (): void => {
      const input = find(".node-table input");
      input.value = text;
      input.dispatchEvent(new scope.Event("input", { bubbles: true }));
    };
    await time(() => find(`[data-sort=${nth % 2 === 0 ? "stake" : "operator"}]`).click());
    await time(() => find("[data-sort=registered]").click());
    await time(type((nth % 10).toString()));
    await time(type(""));
    return taken;
  }, round);
}

async function serve(folder: string, rows: number): Promise<{ url: string; stop: () => void }> {
  const replies = new Map<string, unknown>([
    ["/app/config", config()],
    ["/app/state", state(rows)],
    ["/app/nodes", nodes(rows)],
    ["/app/history/network", []],
  ]);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://page");
    const reply = replies.get(pathname);
    const file = join(folder, pathname === "/" ? "index.html" : pathname);
    if (reply !== undefined) response.setHeader("content-type", "application/json").end(JSON.stringify(reply));
    else if (existsSync(file) && !pathname.includes(".."))
      response.setHeader("content-type", TYPES[extname(file)] ?? "text/plain").end(readFileSync(file));
    else
      response.writeHead(404, { "content-type": "application/json" }).end('{"error":{"code":"none","error":"None."}}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const NOW = Math.floor(Date.now() / 1_000);
const hex = (n: number, bytes: number): string =>
  ((n + 1) * 0x9e3779b1)
    .toString(16)
    .padStart(2 * bytes, "5")
    .slice(-2 * bytes);
const address = (n: number): string => `0x${hex(n, 20)}`;

function nodes(count: number): AppNodes {
  const stages = ["active", "active", "active", "unlocking", "unlocked"] as const;
  const rows = Array.from({ length: count }, (_, i): AppNodes["rows"][number] => [
    i + 1,
    hex(i * 7 + 1, 32),
    hex(i * 11 + 5, 64),
    address(i % 997),
    1 + (i % 10),
    25_000_000_000_000 + ((i * 7_919) % 100_003),
    (i % 41) * 25,
    NOW - i * 3_600,
    i % 5 > 2 ? NOW - 86_400 : 0,
    stages[i % 5] ?? "active",
  ]);
  return { block: 1_000, timestamp: NOW, rows };
}

function state(count: number): AppState {
  return {
    head: {
      block: 1_000,
      hash: `0x${hex(1, 32)}`,
      timestamp: NOW,
      complete: true,
      missing: [],
      chainHead: 1_000,
      lagSeconds: 0,
    },
    figures: {
      nodes: count,
      active: count,
      awaitingExit: 0,
      totalStake: String(25_000_000_000_000n * BigInt(count)),
      stakingRequirement: 25_000_000_000_000,
      maxContributors: 10,
      minOperatorContribution: 6_250_000_000_000,
      rewardsPerDay: 16_000_000_000_000,
      poolBalance: "40000000000000000",
      claim: {
        threshold: 1_000_000_000_000_000,
        cycleSeconds: 43_200,
        used: 0,
        left: 1_000_000_000_000_000,
        resetsAt: NOW + 3_600,
      },
      paused: { rewards: false, factory: false },
      started: true,
      blsNonSignerThreshold: Math.floor(count / 3),
      aggregatePubkey: hex(3, 64),
      ratios: { liquidator: 3, pool: 17, recipient: 9980 },
    },
  };
}

function config(): AppConfig {
  const contracts = { rewards: address(1), pool: address(2), token: address(3), factory: address(4), lens: null };
  return {
    chainId: 31_337,
    chainName: "localhost",
    nettype: "devnet",
    explorer: null,
    rpcUrl: null,
    contracts,
    deployedBlock: 1,
    nativeSymbol: "ETH",
    stale: 86_400,
    collects: false,
    features: [],
    rules: {
      roundSeconds: 120,
      unlockDelay: 1_296_000,
      exitSigningWindow: 604_800,
      liquidationDelay: 604_800,
      exitWait: 2_592_000,
      smallContributorWait: 2_592_000,
      signatureExpiry: 600,
    },
    version: "0.1.0",
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
