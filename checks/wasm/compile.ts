import { isDone } from "../help.ts";
import { readFile, writeFile } from "node:fs/promises";
import { format, resolveConfig } from "prettier";

/** Its imports are the other .as.ts files of the folder. */
const SOURCE = "src/bls/wasm/sum.as.ts";
export const MODULE = "src/bls/wasm/module.ts";

/** Compiles the module: the same bytes everywhere, as the compiler is pinned. */
export async function compile(): Promise<Uint8Array> {
  // A megabyte of modules: loaded when there is something to compile.
  const { default: asc } = await import("assemblyscript/asc");
  const files = new Map<string, string | Uint8Array>();
  const { error, stderr } = await asc.main(
    [SOURCE, "--outFile", "curve.wasm", "-O3", "--converge", "--runtime", "stub", "--noAssert"],
    { writeFile: (name: string, data: string | Uint8Array) => void files.set(name, data) },
  );
  const bytes = files.get("curve.wasm");
  if (error || !(bytes instanceof Uint8Array)) throw new Error(`${SOURCE} does not compile: ${stderr.toString()}`);
  return bytes;
}

/** The module as source text. */
export async function moduleText(bytes: Uint8Array): Promise<string> {
  const text = `/**
 * sum.as.ts and what it imports, compiled by \`npm run build:wasm\`: ${bytes.length} bytes, base64. Not to be edited; a test compiles it again.
 */
export const MODULE = ${JSON.stringify(Buffer.from(bytes).toString("base64"))};
`;
  return format(text, { ...(await resolveConfig(MODULE)), parser: "typescript" });
}

const HELP = `Compiles src/bls/wasm into the module that the package carries.

Usage: npm run build:wasm
`;

/** `npm run build:wasm` */
export async function main(args: readonly string[]): Promise<void> {
  if (isDone(args, HELP)) return;
  const bytes = await compile();
  const text = await moduleText(bytes);
  const before = await readFile(MODULE, "utf8").catch(() => "");
  await writeFile(MODULE, text);
  process.stdout.write(`${MODULE}: ${bytes.length} bytes, ${before === text ? "as they were" : "changed"}\n`);
}
