import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** The page, into dist/portal/web. Nothing of it comes from elsewhere: fonts are the system's, icons are text. */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: fileURLToPath(new URL("../../../dist/portal/web", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    // No inlined data: a policy without `data:` serves it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: "es" },
});
