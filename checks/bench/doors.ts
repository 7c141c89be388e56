import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { hexFromBytes } from "../../src/bls/index.ts";
import type { SignedNetwork } from "./network.ts";

/** What it costs to open a door of the built package: processor time of whole processes, user and system. */
export interface Doors {
  versionCpuMs: number;
  helpCpuMs: number;
  /** A cold process that imports the room, decodes one signature and verifies it, against `node -e 0`. */
  coldRatio: number;
}

const RUNS = 7;

/** Of the built package; the figures are medians of runs in turn. */
export async function measureDoors(network: SignedNetwork): Promise<Doors> {
  const directory = mkdtempSync(join(tmpdir(), "session-doors-"));
  try {
    const cold = join(directory, "cold.mjs");
    writeFileSync(cold, coldProgram(network));
    const times: Record<"version" | "help" | "cold" | "nothing", number[]> = {
      version: [],
      help: [],
      cold: [],
      nothing: [],
    };
    for (let i = 0; i <= RUNS; i++) {
      const run = {
        version: cpuMs(directory, ["dist/cli/main.js", "--version"]),
        help: cpuMs(directory, ["dist/cli/main.js", "--help"]),
        cold: cpuMs(directory, [cold]),
        nothing: cpuMs(directory, ["-e", "0"]),
      };
      // the first run of each warms the disk's cache
      if (i > 0) for (const name of ["version", "help", "cold", "nothing"] as const) times[name].push(run[name]);
    }
    const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1] as number;
    return {
      versionCpuMs: median(times.version),
      helpCpuMs: median(times.help),
      coldRatio: median(times.cold) / median(times.nothing),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function coldProgram(network: SignedNetwork): string {
  const bls = pathToFileURL("dist/bls/index.js").href;
  return `import { publicKeyFromHex, signatureFromHex, verify } from ${JSON.stringify(bls)};
import { hexToBytes } from ${JSON.stringify(pathToFileURL("node_modules/@noble/hashes/utils.js").href)};
const bytes = (hex) => hexToBytes(hex.slice(2));
const key = publicKeyFromHex(${JSON.stringify(network.keyHexes[0])});
const signature = signatureFromHex(${JSON.stringify(network.signatureHexes[0])});
if (!verify(key, bytes("${hexFromBytes(network.message)}"), signature, bytes("${hexFromBytes(network.dst)}"))) process.exit(1);
`;
}

/** Writes the processor time of its process, in microseconds, where it is told. */
const METER = `process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  require("node:fs").writeFileSync(process.env.METER_FILE, String(user + system));
});
`;

/** Processor time of a process from its start to its end. Throws unless it ends well. */
function cpuMs(directory: string, args: readonly string[]): number {
  const [meter, file] = [join(directory, "meter.cjs"), join(directory, "meter.txt")];
  writeFileSync(meter, METER);
  const env = { ...process.env, METER_FILE: file };
  const { status } = spawnSync(process.execPath, ["--require", meter, ...args], { stdio: "ignore", env });
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${status}`);
  return Number(readFileSync(file, "utf8")) / 1_000;
}
