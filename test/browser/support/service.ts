import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import type { Devnet } from "../../../devnet/run.ts";
import { endpoints } from "../../../devnet/network.ts";
import { connect, getRewards } from "../../../src/chain/index.ts";
import { bare, openDatabase } from "../../../src/portal/index/index.ts";
import { emptyDatabase } from "../../helpers/portal.ts";
import { createServer, openSource, Portal } from "../../../src/portal/service/index.ts";

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
  const logger = pino({ level: process.env["PORTAL_LOG"] ?? "silent" });
  const { addresses, url } = net.chain;
  const { provider, chainId } = await connect(url, 31_337n);
  const rewards = getRewards(addresses.rewards, provider);
  const nodesFile = join(folder, "nodes.json");
  const daemonUrl = typeof given === "object" && "daemonUrl" in given ? given.daemonUrl : undefined;
  const nodesChanged = () => writeFile(nodesFile, JSON.stringify({ nodes: endpoints(net.nodes) }));
  await nodesChanged();
  const source = openSource(
    { ...ways(given, nodesFile), timeoutMs: 10_000, deadlineMs: 15_000, folder },
    { chainId, address: addresses.rewards, rewards },
    logger,
  );
  const portal = new Portal(
    {
      networkName: "local network",
      chainId,
      explorer: undefined,
      pageRpc: undefined,
      lens: undefined,
      fromBlock: undefined,
      vesting: vesting.map(bare),
      index: true,
      pollMs: 200,
      mostCollections: 4,
      stale: 60,
      version: "test",
    },
    {
      db: await openDatabase(await emptyDatabase(join(folder, "db"))),
      contracts: { provider, rewards, addresses },
      source,
      daemons: daemonUrl === undefined ? [] : [daemonUrl],
      daemon: daemonUrl !== undefined,
      logger,
    },
  );
  await portal.start();
  const app = await createServer(portal, { rateLimit: 0, collectLimit: 0, trustProxy: false, pageFolder });
  const address = await app.listen({ host: "127.0.0.1", port: 0 });
  return {
    url: address,
    nodesChanged,
    async caughtUp() {
      const wanted = await net.chain.provider.getBlockNumber();
      const deadline = Date.now() + 20_000;
      for (;;) {
        const state = await fetch(`${address}/app/state`).then(
          (reply) => reply.json() as Promise<{ head?: { block: number } }>,
        );
        if ((state.head?.block ?? 0) >= wanted) return;
        if (Date.now() > deadline) throw new Error(`the index is at ${state.head?.block}, not at ${wanted}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async stop() {
      await app.close();
      await portal.stop();
      provider.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function ways(given: ServiceSource, nodesFile: string) {
  if (given === "nodes") return { nodesFile };
  return "directory" in given ? { directories: [given.directory] } : given;
}
