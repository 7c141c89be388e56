import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pino } from "pino";
import { connect, getRewards } from "../src/chain/index.ts";
import { openDatabase } from "../src/portal/index/index.ts";
import { createServer, openSource, Portal } from "../src/portal/service/index.ts";
import { endpoints } from "./network.ts";
import type { Devnet } from "./run.ts";

/** Where the portal is served; any free port where somebody has this one. */
const PORT = 8_080;

const BUILD_PAGE = fileURLToPath(new URL("../scripts/build-web.ts", import.meta.url));

/** The portal of a local network, as `session-staking serve` runs it. */
export interface DevPortal {
  url: string;
  stop(): Promise<void>;
}

/** Builds the page, and starts the portal in this process, with a database of its own that goes with it. */
export async function startPortal(net: Devnet): Promise<DevPortal> {
  await promisify(execFile)(process.execPath, [BUILD_PAGE]);
  const folder = await mkdtemp(join(tmpdir(), "session-portal-"));
  const { addresses, url: rpc } = net.chain;
  const { provider, chainId } = await connect(rpc);
  const rewards = getRewards(addresses.rewards, provider);
  const logger = pino({ level: "silent" });
  const nodeUrls = endpoints(net.nodes)
    .map(({ url }) => url)
    .filter((url) => url !== "")
    .join(",");
  const source = openSource(
    { nodeUrls, timeoutMs: 5_000, deadlineMs: 20_000, folder },
    { chainId, address: addresses.rewards, rewards },
    logger,
  );
  const portal = new Portal(
    {
      networkName: "localhost",
      chainId,
      explorer: undefined,
      pageRpc: rpc,
      lens: undefined,
      fromBlock: undefined,
      vesting: [],
      index: true,
      pollMs: 1_000,
      mostCollections: 4,
      stale: 60,
      version: "devnet",
    },
    {
      db: await openDatabase({ folder: join(folder, "data") }),
      contracts: { provider, rewards, addresses },
      source,
      daemons: [],
      daemon: false,
      logger,
    },
  );
  await portal.start();
  const app = await createServer(portal, { rateLimit: 0, collectLimit: 0, trustProxy: false });
  const listen = (port: number) => app.listen({ host: "127.0.0.1", port });
  const url = await listen(PORT).catch(() => listen(0));
  return {
    url,
    async stop() {
      await app.close();
      await portal.stop();
      provider.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
