import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import chromium from "@sparticuz/chromium";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { chromium as playwright } from "playwright-core";
import { fileURLToPath } from "node:url";
import { buildWeb } from "../../../checks/page/build.ts";
import type { TestWallet } from "./wallet.ts";
import { installWallets } from "./wallet.ts";

/** Pictures of what the tests saw, for people: a build result. */
const PICTURES = fileURLToPath(new URL("../../../.tmp/browser", import.meta.url));

/** Those of docs/portal.md; `npm run portal:pictures` sets PORTAL_PICTURES. */
const SHOWN = new Set([
  "network",
  "claim",
  "refused",
  "silent",
  "registered",
  "open",
  "contribution",
  "leave",
  "liquidate",
  "stakes 360",
]);

/** How long a test waits for what must come: enough where much else runs. What comes is not waited for any longer than it takes. */
export const LIMIT_MS = 60_000;

/** Builds the page into a folder of its own. */
export async function buildPage(): Promise<{ directory: string; remove: () => void }> {
  const directory = mkdtempSync(join(tmpdir(), "session-page-"));
  await buildWeb(directory);
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** Made for one short call in a small machine: in one process the browser ends with its first context, and web security is what is tested. */
const UNWANTED = [
  "--single-process",
  "--no-zygote",
  "--in-process-gpu",
  "--disable-web-security",
  "--allow-running-insecure-content",
];

/** A Chromium: of the npm package, or the one that CHROME names. */
export async function startBrowser(): Promise<Browser> {
  const installed = process.env["CHROME"];
  return playwright.launch({
    args: installed ? [] : chromium.args.filter((arg) => !UNWANTED.includes(arg)),
    executablePath: installed ?? (await chromium.executablePath()),
    headless: true,
  });
}

export interface VisitorOptions {
  wallets?: readonly TestWallet[];
  width?: number;
  height?: number;
  dark?: boolean;
  /** The wallets announce themselves when the page is told `__announceWallets()`. */
  late?: boolean;
  /** Seconds that the visitor's clock is wrong by. */
  clock?: number;
}

/** One person before the page. */
export interface Visitor {
  context: BrowserContext;
  page: Page;
  /** Addresses of other hosts that the page asked for something; there must be none. */
  foreign: string[];
  /** What the page wrote as error. */
  errors: string[];
  close(): Promise<void>;
}

const WRONG_CLOCK = `(() => {
  const Right = Date;
  const off = SECONDS * 1000;
  globalThis.Date = class extends Right {
    constructor(...parts) { if (parts.length > 0) super(...parts); else super(Right.now() + off); }
    static now() { return Right.now() + off; }
  };
})();`;

export async function visit(
  browser: Browser,
  url: string,
  path: string,
  options: VisitorOptions = {},
): Promise<Visitor> {
  const { wallets = [], width = 1_200, height = 900, dark = false, late = false, clock = 0 } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    reducedMotion: "reduce",
    acceptDownloads: true,
  });
  context.setDefaultTimeout(LIMIT_MS);
  await installWallets(context, wallets, late);
  if (clock !== 0) await context.addInitScript({ content: WRONG_CLOCK.replace("SECONDS", String(clock)) });
  const foreign: string[] = [];
  const errors: string[] = [];
  context.on("request", (request) => {
    const target = request.url();
    if (!target.startsWith(url) && !/^(data|blob):/.test(target)) foreign.push(target);
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.goto(`${url}/${path}`);
  return { context, page, foreign, errors, close: () => context.close() };
}

/** Keeps a picture of the page as it is. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  const path = join(PICTURES, `${name}.png`);
  await page.screenshot({ path });
  const docs = process.env["PORTAL_PICTURES"];
  if (docs && SHOWN.has(name)) copyFileSync(path, join(docs, `${name.replace(" ", "-")}.png`));
}
