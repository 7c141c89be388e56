import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { CollectFigures } from "./collectOnce.ts";
import type { NodesOptions, NodesReady } from "./nodes.ts";

/** Runs a whole collection, twice: the nodes in one child process, the collector in another. */
export async function measureCollection(options: NodesOptions, wire: "http" | "omq" = "http"): Promise<CollectFigures> {
  const nodes = start(wire === "http" ? "./nodes.ts" : "./omqNodes.ts", [JSON.stringify(options)]);
  try {
    const ready = (await nextMessage(nodes)) as NodesReady;
    const collector = start("./collectOnce.ts", []);
    try {
      await nextMessage(collector);
      collector.send({ ...ready, again: wire === "omq" });
      return (await nextMessage(collector)) as CollectFigures;
    } finally {
      collector.kill();
    }
  } finally {
    nodes.kill();
  }
}

function start(file: string, args: string[]): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", (code) => reject(new Error(`a child of the benchmark ended with ${code}`)));
  });
}
