// Hardhat's engine (EDR) is an optional dependency with `engines: node >= 22`. npm on Node 20 leaves it out without a word,
// so a second pass runs by npm on the Node 24 that is in node_modules/.bin by now. On Node 22+ nothing is missing and nothing runs.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";

if (existsSync("hardhat.config.ts") && existsSync("node_modules/hardhat")) {
  try {
    createRequire(import.meta.url)("@nomicfoundation/edr");
  } catch {
    console.log("prepare: Hardhat's engine was left out by this Node; second pass with the Node of node_modules");
    const npm = process.env.npm_execpath;
    const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund"];
    if (npm) execFileSync("node_modules/.bin/node", [npm, ...args], { stdio: "inherit" });
    else execFileSync("npm", args, { stdio: "inherit" });
  }
}
