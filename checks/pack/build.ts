/** `npm run build:package`: what the package carries, in dist/. */
import { isDone } from "../help.ts";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { build } from "esbuild";
import { buildWeb } from "../page/build.ts";

const TYPESCRIPT = createRequire(import.meta.url).resolve("typescript/bin/tsc");

/**
 * Declarations by the compiler; the program as a few files, since each file that Node opens costs a millisecond before anything
 * runs. Rooms share what they have in common. Of the dependencies only noble's curves are taken in: they are many small files.
 */
export async function buildPackage(): Promise<void> {
  const { exports, bin } = JSON.parse(readFileSync("package.json", "utf8")) as {
    exports: Record<string, { default: string }>;
    bin: Record<string, string>;
  };
  const outputs = [...Object.values(exports).map((entry) => entry.default), ...Object.values(bin)];
  rmSync("dist", { recursive: true, force: true });
  await build({
    entryPoints: outputs.map((file) => file.replace(/^\.\/dist\/(.+)\.js$/, "src/$1.ts")),
    outdir: "dist",
    outbase: "src",
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    minifyWhitespace: true,
    minifySyntax: true,
    external: ["node:*"],
    plugins: [
      {
        name: "dependencies stay outside",
        setup({ onResolve }) {
          onResolve({ filter: /^[^./]/ }, ({ path }) =>
            /^(@noble\/|src\/)/.test(path) ? undefined : { path, external: true },
          );
        },
      },
    ],
    logLevel: "warning",
  });
  execFileSync(process.execPath, [TYPESCRIPT, "-p", "tsconfig.build.json", "--emitDeclarationOnly"], {
    stdio: "inherit",
  });
  await buildWeb();
}

const HELP = `Builds the package into dist/: bundles, declarations, the page.

Usage: npm run build:package
`;

export async function main(args: readonly string[]): Promise<void> {
  if (!isDone(args, HELP)) await buildPackage();
}
