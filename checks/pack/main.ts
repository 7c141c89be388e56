/**
 * `npm run check:pack`: what `npm pack` makes is installed into an empty project, where its rooms must import, without Hardhat,
 * under every Node on the PATH; their types must resolve; the command line must start; the container's build stage makes the same.
 */
import { isDone } from "../help.ts";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildStage } from "./image.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ROOMS = { bls: "deriveTags", collect: "Collector", chain: "readNodeSet", node: "createNode", omq: "OmqClient" };

/** Without what an outer npm tells its scripts: it would take the inner one back to this project. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|NODE_OPTIONS)/.test(name)),
);

function run(cwd: string, file: string, args: readonly string[], path = env["PATH"]): string {
  return execFileSync(file, args, {
    cwd,
    env: { ...env, PATH: path },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** One Node a version, in the order of the PATH. */
function nodes(cwd: string): { version: string; directory: string }[] {
  const found = new Map<string, string>();
  for (const directory of (env["PATH"] ?? "").split(delimiter)) {
    const node = join(directory, "node");
    if (!existsSync(node)) continue;
    const version = run(cwd, node, ["--version"]).trim();
    if (!found.has(version)) found.set(version, directory);
  }
  return [...found].map(([version, directory]) => ({ version, directory }));
}

/** This very Node first: it runs TypeScript, as that of the image's first stage does. */
function nodePath(): string {
  return [dirname(process.execPath), env["PATH"]].join(delimiter);
}

function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

const HELP = `Packs the package, installs it in an empty project and uses it there, under each Node that is at hand.

Usage: npm run check:pack
`;

/** Packs, installs, imports. */
export async function main(args: readonly string[]): Promise<void> {
  if (isDone(args, HELP)) return;
  const directory = await mkdtemp(join(tmpdir(), "session-pack-"));
  try {
    const tarball = run(ROOT, "npm", ["pack", "--silent", "--pack-destination", directory])
      .trim()
      .split("\n")
      .at(-1) as string;
    // A chunk's name ends with a hash, into which paths of the machine go.
    const files = (archive: string) =>
      run(directory, "tar", ["-tzf", archive])
        .trim()
        .split("\n")
        .map((file) => file.replace(/-[A-Z0-9]{8}\.js$/, ".js"))
        .sort();
    const [own, built] = [
      files(join(directory, tarball)),
      files(buildStage(ROOT, join(directory, "image"), nodePath())),
    ];
    must(own.includes("package/dist/portal/web/index.html"), "it lacks the portal's page");
    const missing = own.filter((file) => !built.includes(file));
    must(missing.length === 0, `the image lacks ${missing.join(", ")}`);
    must(built.length === own.length, `the image has ${built.length} files, the package ${own.length}`);
    console.log(`the image's stage builds the same ${own.length} files`);

    const app = join(directory, "app");
    await mkdir(app);
    await writeFile(join(app, "package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
    const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--silent"];
    run(app, "npm", ["install", ...quiet, join(directory, tarball)]);
    const installed = await readdir(join(app, "node_modules"));
    must(!installed.some((name) => /hardhat|nomicfoundation|mocha/.test(name)), "it brings Hardhat along");

    const imports = Object.entries(ROOMS).map(([room, name]) => `import { ${name} } from "session-staking/${room}";`);
    const names = Object.values(ROOMS).join(", ");
    await writeFile(
      join(app, "use.mjs"),
      `${imports.join("\n")}\nconsole.log([${names}].map((it) => typeof it).join());\n`,
    );
    for (const { version, directory: bin } of nodes(app)) {
      const path = [bin, env["PATH"]].join(delimiter);
      must(
        run(app, join(bin, "node"), ["use.mjs"]) ===
          `${Object.keys(ROOMS)
            .map(() => "function")
            .join()}\n`,
        `Node ${version}: the imports`,
      );
      const help = run(app, "npx", ["--no-install", "session-staking", "--help"], path);
      must(help.startsWith("session-staking <command>"), `Node ${version}: the command line`);
      console.log(`${tarball} works under Node ${version}`);
    }

    await writeFile(
      join(app, "use.mts"),
      `${imports.join("\n")}
import type { Collected } from "session-staking/collect";
import type { NodeSet } from "session-staking/chain";
import type { SessionNode } from "session-staking/node";
export const tags = deriveTags({ chainId: 42161n, contract: "0xC2B9fC251aC068763EbDfdecc792E3352E351c00" });
export const parts = (collected: Collected, node: SessionNode): [NodeSet, string] => [collected.set, node.url];
export const others = [Collector, readNodeSet, createNode];
// @ts-expect-error: types that resolve to any would let it pass.
export const wrong: number = tags.reward;
`,
    );
    const options = {
      module: "nodenext",
      target: "es2022",
      lib: ["es2024"],
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      types: [],
    };
    await writeFile(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["use.mts"] }));
    const faults = typeFaults(app).filter((line) => /^(use\.mts|node_modules\/session-staking\/)/.test(line));
    must(faults.length === 0, `types do not resolve:\n${faults.join("\n")}`);
    console.log("its types resolve, moduleResolution nodenext");
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Errors of the compiler, also those in other packages' declarations. */
function typeFaults(app: string): string[] {
  try {
    run(app, process.execPath, [join(dirname(fileURLToPath(import.meta.resolve("typescript"))), "tsc.js"), "-p", "."]);
    return [];
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout).split("\n");
  }
}
