/** What has to be compiled when a source changes. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const IMPORT = /^import [^;]*?"(\.[^"]+)";/gm;
const CONTRACT = /^contract \w/m;
/** Variants and views of what is deployed, which the pinning tests do not need. */
const BESIDE = ["contracts/testnet/", "contracts/lens/"];

/**
 * The contracts that contain the source, of those that the tests deploy: the harnesses for the tests of the libraries, the system for
 * all others.
 */
export function touched(file: string, tests: readonly string[]): string[] {
  const sources = globSync("contracts/**/*.sol");
  const imports = new Map(sources.map((source) => [source, importsOf(source)]));
  const contains = (source: string): boolean => source === file || (imports.get(source) ?? []).some(contains);
  const ofLibraries = tests.every((test) => /^test\/(unit\/libraries|differential)\//.test(test));
  return sources.filter(
    (source) =>
      source.startsWith("contracts/mocks/") === ofLibraries &&
      !BESIDE.some((folder) => source.startsWith(folder)) &&
      CONTRACT.test(readFileSync(source, "utf8")) &&
      contains(source),
  );
}

function importsOf(source: string): string[] {
  return [...readFileSync(source, "utf8").matchAll(IMPORT)].map(([, path]) => join(dirname(source), path!));
}
