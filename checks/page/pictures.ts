/** `npm run portal:pictures`: the pictures of docs/portal.md, taken by the tests of the page in a real browser. */
import { isDone } from "../help.ts";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PICTURES = fileURLToPath(new URL("../../docs/portal", import.meta.url));

const HELP = `Takes the pictures of docs/portal.md: the browser's tests against the local network.

Usage: npm run portal:pictures
`;

/** Plays the tests, and keeps what they saw. */
export function main(args: readonly string[]): void {
  if (isDone(args, HELP)) return;
  mkdirSync(PICTURES, { recursive: true });
  const env = { ...process.env, PORTAL_PICTURES: PICTURES };
  execFileSync("npx", ["hardhat", "test", "mocha", "test/browser/portal.test.ts"], { env, stdio: "inherit" });
}
