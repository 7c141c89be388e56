import { readFileSync } from "node:fs";

/** The package's version: its file is two folders up, from the source and from the compiled program alike. */
export function version(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
