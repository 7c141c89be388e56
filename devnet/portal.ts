import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Logger } from "pino";
import { pino } from "pino";
import { connect, getRewards } from "../src/chain/index.ts";
import type { DatabaseOptions } from "../src/portal/index/index.ts";
import { bare, openDatabase } from "../src/portal/index/index.ts";
import type { SourceOptions } from "../src/portal/service/index.ts";
import { createServer, openSource, Portal } from "../src/portal/service/index.ts";
import { endpoints } from "./network.ts";
import type { Devnet } from "./run.ts";

/** Where the portal is served; any free port where somebody has this one. */
const PORT = 8_080;

const BUILD_PAGE = fileURLToPath(new URL("../scripts/build-web.ts", import.meta.url));

/** The portal of a local network, as `session-staking serve` runs it. */
export interface DevPortal {
  url: string;
  portal: Portal;
  stop(): Promise<void>;
}

export interface DevPortalOptions {
  networkName: string;
  version: string;
  /** For its database and its lists; goes with it. */
  folder: string;
  database: DatabaseOptions;
  /** Whom it asks for signatures. */
  source: Omit<SourceOptions, "folder">;
  /** The page; left out: the one of `npm run build:web`. */
  pageFolder?: string;
  /** A read endpoint for wallets that do not know the chain. */
  pageRpc?: string;
  /** Addresses of vesting contracts. */
  vesting?: readonly string[];
  pollMs: number;
  /** Tried first. */
  port?: number;
  logger?: Logger;
}

/** Builds the page, and starts the portal in this process, with a database of its own. */
export async function startPortal(net: Devnet): Promise<DevPortal> {
  await promisify(execFile)(process.execPath, [BUILD_PAGE]);
  const folder = await mkdtemp(join(tmpdir(), "session-portal-"));
  const nodeUrls = endpoints(net.nodes)
    .map(({ url }) => url)
    .filter((url) => url !== "")
    .join(",");
  return servePortal(net, {
    networkName: "localhost",
    version: "devnet",
    folder,
    database: { folder: join(folder, "data") },
    source: { nodeUrls, timeoutMs: 5_000, deadlineMs: 20_000 },
    pageRpc: net.chain.url,
    pollMs: 1_000,
    port: PORT,
  });
}

/** Starts a portal of the network in this process. */
export async function servePortal(net: Devnet, options: DevPortalOptions): Promise<DevPortal> {
  const { networkName, version, folder, pageFolder, pageRpc, vesting = [], pollMs, port = 0 } = options;
  const { addresses, url: rpc } = net.chain;
  const { provider, chainId } = await connect(rpc);
  const rewards = getRewards(addresses.rewards, provider);
  const logger = options.logger ?? pino({ level: "silent" });
  const { daemonUrl } = options.source;
  const portal = new Portal(
    {
      networkName,
      chainId,
      explorer: undefined,
      pageRpc,
      lens: undefined,
      fromBlock: undefined,
      vesting: vesting.map(bare),
      index: true,
      pollMs,
      mostCollections: 4,
      stale: 60,
      version,
    },
    {
      db: await openDatabase(options.database),
      contracts: { provider, rewards, addresses },
      source: openSource({ ...options.source, folder }, { chainId, address: addresses.rewards, rewards }, logger),
      daemons: daemonUrl === undefined ? [] : [daemonUrl],
      daemon: daemonUrl !== undefined,
      logger,
    },
  );
  await portal.start();
  const app = await createServer(portal, { rateLimit: 0, collectLimit: 0, trustProxy: false, pageFolder });
  const listen = (at: number) => app.listen({ host: "127.0.0.1", port: at });
  const url = await listen(port).catch(() => listen(0));
  return {
    url,
    portal,
    async stop() {
      await app.close();
      await portal.stop();
      provider.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
