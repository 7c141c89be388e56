import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { endpoints } from "../../../devnet/network.ts";
import { servePortal } from "../../../devnet/portal.ts";
import type { Devnet } from "../../../devnet/run.ts";
import { emptyDatabase } from "../../helpers/portal.ts";

/** The real service over the local network, in this process. */
export interface Service {
  url: string;
  /** Until the index is at the chain's newest block, and every later question is answered from there. */
  caughtUp(): Promise<void>;
  /** Tells it of nodes that were started since. */
  nodesChanged(): Promise<void>;
  stop(): Promise<void>;
}

/** Whom the service asks: the nodes of the network over HTTP, those that a directory lists, or a daemon. */
export type ServiceSource = "nodes" | { directory: string } | { daemonUrl: string };

export async function startService(
  net: Devnet,
  pageFolder: string,
  vesting: readonly string[],
  given: ServiceSource = "nodes",
): Promise<Service> {
  const folder = await mkdtemp(join(tmpdir(), "session-portal-"));
  const nodesFile = join(folder, "nodes.json");
  const nodesChanged = () => writeFile(nodesFile, JSON.stringify({ nodes: endpoints(net.nodes) }));
  await nodesChanged();
  const { url, portal, stop } = await servePortal(net, {
    networkName: "local network",
    version: "test",
    folder,
    database: await emptyDatabase(join(folder, "db")),
    source: { ...ways(given, nodesFile), timeoutMs: 10_000, deadlineMs: 15_000 },
    pageFolder,
    vesting,
    pollMs: 200,
    logger: pino({ level: process.env["PORTAL_LOG"] ?? "silent" }),
  });
  return {
    url,
    nodesChanged,
    async caughtUp() {
      const wanted = await net.chain.provider.getBlockNumber();
      const deadline = Date.now() + 60_000;
      for (;;) {
        const state = await fetch(`${url}/app/state`).then(
          (reply) => reply.json() as Promise<{ head?: { block: number } }>,
        );
        const index = state.head?.block ?? 0;
        // Once it answers it has figures: of the index's block, or of one before.
        if (index >= wanted && portal.figures.block >= wanted) return;
        if (Date.now() > deadline) throw new Error(`the index is at ${index}, not at ${wanted}`);
        await sleep(50);
      }
    },
    stop,
  };
}

function ways(given: ServiceSource, nodesFile: string) {
  if (given === "nodes") return { nodesFile };
  return "directory" in given ? { directories: [given.directory] } : given;
}
