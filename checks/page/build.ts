/** `npm run build:web`: the portal's page, in dist/portal/web. */
import { isDone } from "../help.ts";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const ROOT = fileURLToPath(new URL("../../src/portal/web", import.meta.url));
const DIST = fileURLToPath(new URL("../../dist/portal/web", import.meta.url));

/** Nothing of the page comes from elsewhere: fonts are the system's, icons are text. Addresses are relative to where it is served. */
export async function buildWeb(directory = DIST): Promise<void> {
  await build({
    root: ROOT,
    configFile: false,
    base: "./",
    logLevel: "error",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    worker: { format: "es" },
    build: {
      outDir: directory,
      emptyOutDir: true,
      target: "es2022",
      // no `data:` addresses: the service's policy allows them for wallets' icons only
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
    },
  });
}

const HELP = `Builds the portal's page into dist/portal/web.

Usage: npm run build:web
`;

export async function main(args: readonly string[]): Promise<void> {
  if (!isDone(args, HELP)) await buildWeb();
}
