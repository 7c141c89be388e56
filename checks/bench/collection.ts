import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { CollectFigures } from "./collectOnce.ts";
import type { NodesOptions, NodesReady } from "./nodes.ts";

/** Whose collector is measured: that of the built package, run as the program runs, or that of another checkout's source. */
export interface Subject {
  wire?: "http" | "omq";
  /** Folder of the checkout. */
  against?: string;
}

/** Runs a whole collection: the nodes in one child process, the collector in another. */
export async function measureCollection(
  options: NodesOptions,
  { wire = "http", against }: Subject = {},
): Promise<CollectFigures> {
  const nodes = start(pathOf(wire === "http" ? "./nodes.ts" : "./omqNodes.ts"), [JSON.stringify(options)]);
  try {
    const ready = (await nextMessage(nodes)) as NodesReady;
    const args = against === undefined ? ["dist", "js", "program"] : [join(against, "src"), "ts", "library"];
    return await inCompiled("./collectOnce.ts", async (program) => {
      const collector = start(program, args);
      try {
        await nextMessage(collector);
        collector.send({ ...ready, again: wire === "omq" });
        return (await nextMessage(collector)) as CollectFigures;
      } finally {
        collector.kill();
      }
    });
  } finally {
    nodes.kill();
  }
}

/** Several subjects in turn, so that all see the same machine: each figure the median of its runs, right only if all were. */
export async function measureInTurn(
  runs: number,
  options: NodesOptions,
  subjects: readonly Subject[],
): Promise<CollectFigures[]> {
  const found = subjects.map((): CollectFigures[] => []);
  for (let i = 0; i < runs; i++) {
    for (const [at, subject] of subjects.entries()) found[at]?.push(await measureCollection(options, subject));
  }
  return found.map((list) => {
    const median = (of: (one: CollectFigures) => number) =>
      list.map(of).sort((a, b) => a - b)[list.length >> 1] as number;
    return {
      ...(list[0] as CollectFigures),
      ms: median((one) => one.ms),
      againMs: median((one) => one.againMs),
      cpuMs: median((one) => one.cpuMs),
      peakMb: median((one) => one.peakMb),
      correct: list.every((one) => one.correct),
    };
  });
}

/** Compiles a program beforehand: what strips types inside a process takes 30 MB of it. */
async function inCompiled<T>(file: string, work: (program: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "session-bench-"));
  try {
    const outfile = join(directory, "program.mjs");
    await build({ entryPoints: [pathOf(file)], outfile, bundle: true, format: "esm", platform: "node" });
    return await work(outfile);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));

function start(file: string, args: string[]): ChildProcess {
  return fork(file, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", (code) => reject(new Error(`a child of the benchmark ended with ${code}`)));
  });
}
