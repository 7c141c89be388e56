import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { pino } from "pino";
import { parseAddress } from "../../chain/index.ts";
import { withoutUsers } from "../../chain/transport/users.ts";
import { bare, openDatabase } from "../../portal/index/index.ts";
import { createServer, openSource, Portal } from "../../portal/service/index.ts";
import { openSession } from "../session/session.ts";
import { directoryUrls } from "../session/source.ts";
import { stateDirectory } from "../session/state.ts";
import { defineCommand } from "../terminal/command.ts";
import { CliError } from "../terminal/errors.ts";
import { numeric, withNetwork, withSource, withState } from "../terminal/options.ts";
import { version } from "../version.ts";
import { HEADINGS } from "./headings.ts";

const LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
/** History is read in as large ranges as the endpoint takes; what it takes is found out. */
const LOG_RANGE = "1000000";

/** `serve`: the staking portal as one process. */
export const serveCommand = defineCommand({
  ...HEADINGS.serve,
  builder: (yargs) =>
    withState(withSource(withNetwork(yargs)))
      .option("port", {
        ...numeric("port", { max: 65_535, whole: true }),
        default: 8_080,
        describe: "Port; 0: any free one",
        group: "Service:",
      })
      .option("host", { type: "string", default: "127.0.0.1", describe: "Address to listen on", group: "Service:" })
      .option("data", {
        type: "string",
        normalize: true,
        describe:
          "Folder of the embedded database (default: in --state-dir); the variable DATABASE_URL (postgres://…) goes before it",
        group: "Service:",
        requiresArg: true,
      })
      .option("index", {
        type: "boolean",
        default: true,
        describe: "--no-index: only serve, beside a process that indexes into the same DATABASE_URL",
        group: "Service:",
      })
      .option("from-block", {
        ...numeric("from-block", { whole: true }),
        describe: "Where history begins: with the contract's state at that block instead of its deployment",
        group: "Service:",
      })
      .option("poll", {
        ...numeric("poll", { min: 0.1, max: 600 }),
        default: 2,
        describe: "Seconds between two looks at the chain",
        group: "Service:",
      })
      .option("factory", {
        alias: "contribution-factory",
        type: "string",
        describe: "Address of ServiceNodeContributionFactory, where the preset has none",
        group: "Service:",
        requiresArg: true,
      })
      .option("vesting", {
        type: "string",
        describe: "Vesting contracts to follow, comma-separated; those that stake are found by themselves",
        group: "Service:",
        requiresArg: true,
      })
      .option("lens", {
        type: "string",
        describe: "Address of the lens, told to the page",
        group: "Service:",
        requiresArg: true,
      })
      .option("page-rpc", {
        type: "string",
        describe: "Read endpoint told to visitors' pages (no secret in it); without it they read through their wallets",
        group: "Service:",
        requiresArg: true,
      })
      .option("page-folder", {
        type: "string",
        normalize: true,
        describe: "The built page (default: the package's own)",
        group: "Service:",
        requiresArg: true,
      })
      .option("rate-limit", {
        ...numeric("rate-limit", { max: 1_000_000, whole: true }),
        default: 600,
        describe: "Requests a minute of one visitor; 0: no limit",
        group: "Service:",
      })
      .option("collect-limit", {
        ...numeric("collect-limit", { max: 1_000_000, whole: true }),
        default: 20,
        describe: "Of these, collections and registrations",
        group: "Service:",
      })
      .option("max-collections", {
        ...numeric("max-collections", { min: 1, max: 1_000, whole: true }),
        default: 4,
        describe: "Collections that run at once, over all visitors",
        group: "Service:",
      })
      .option("trust-proxy", {
        type: "boolean",
        default: false,
        describe: "Take visitors' addresses from X-Forwarded-For: behind a proxy of your own only",
        group: "Service:",
      })
      .option("stale-after", {
        ...numeric("stale-after", { min: 1, max: 86_400, whole: true }),
        default: 60,
        describe: "Seconds behind the chain from which on figures are stale and /health says 503",
        group: "Service:",
      })
      .option("log-level", {
        choices: LEVELS,
        default: "info" as (typeof LEVELS)[number],
        describe: "Least level logged; one JSON object a line",
        group: "Service:",
      })
      .example(
        "$0 serve --directory http://DAEMON:22023 --data /var/lib/portal",
        "the live network's, on http://127.0.0.1:8080",
      ),
  run: async (args, { io }) => {
    // Reading history makes much garbage: it is collected before the heap is three times what is alive.
    setFlagsFromString("--heap-growing-percent=30");
    const logger = pino(
      { level: args.logLevel, base: { program: "serve" } },
      { write: (line) => io.stdout.write(withoutUsers(line)) },
    );
    const folder = stateDirectory(args.stateDir, io.env);
    const session = await openSession(args, { ...io, env: { SESSION_RPC_LOG_RANGE: LOG_RANGE, ...io.env } });
    try {
      const directories = directoryUrls(args, session, io);
      const [token, pool] = await Promise.all([session.token(), session.pool()]);
      const factory =
        args.factory === undefined ? session.contributionFactory : parseAddress(args.factory, "--factory");
      const vesting = (args.vesting ?? "").split(/[\s,]+/).filter((text) => text !== "");
      const pageRpc = args.pageRpc;
      if (pageRpc !== undefined && !URL.canParse(pageRpc)) {
        throw new CliError("usage", "--page-rpc is no URL.", "Give the whole address, with https://.");
      }
      const source = openSource(
        {
          nodesFile: args.nodesFile,
          nodeUrls: args.nodeUrls,
          directories,
          directoryAge: args.directoryAge,
          daemonUrl: args.daemonUrl,
          timeoutMs: args.timeout * 1_000,
          deadlineMs: (args.deadline ?? DEADLINE_SECONDS) * 1_000,
          concurrency: args.concurrency,
          folder,
        },
        { chainId: session.chainId, address: session.rewardsAddress, rewards: session.rewards },
        logger,
      );
      const url = io.env["DATABASE_URL"];
      const data = args.data ?? join(folder, `portal-${session.chainId}-${bare(session.rewardsAddress).slice(0, 8)}`);
      if (!args.index && !url) {
        throw new CliError(
          "usage",
          "--no-index serves what another process indexes.",
          "Give DATABASE_URL, or leave it out.",
        );
      }
      const db = await openDatabase({ url, folder: data });
      const portal = new Portal(
        {
          networkName: session.networkName,
          chainId: session.chainId,
          explorer: session.explorer,
          pageRpc,
          lens: args.lens === undefined ? undefined : parseAddress(args.lens, "--lens"),
          fromBlock: args.fromBlock,
          vesting: vesting.map((text) => bare(parseAddress(text, "--vesting"))),
          index: args.index,
          pollMs: args.poll * 1_000,
          mostCollections: args.maxCollections,
          stale: args.staleAfter,
          version: version(),
        },
        {
          db,
          contracts: {
            provider: session.provider,
            rewards: session.rewards,
            addresses: { rewards: session.rewardsAddress, pool: pool.address, token: token.address, factory },
          },
          source,
          daemons: [...(args.daemonUrl === undefined ? [] : [args.daemonUrl]), ...directories],
          daemon: args.daemonUrl !== undefined,
          logger,
        },
      );
      try {
        await portal.start();
        const app = await createServer(portal, {
          rateLimit: args.rateLimit,
          collectLimit: args.collectLimit,
          trustProxy: args.trustProxy,
          pageFolder: args.pageFolder,
        });
        const address = await app.listen({ host: args.host, port: args.port }).catch((cause: unknown) => {
          const { code = "error" } = cause as NodeJS.ErrnoException;
          throw new CliError(
            "usage",
            `Cannot listen on ${args.host}:${args.port}: ${code}.`,
            "Give another --port.",
            {},
            cause,
          );
        });
        logger.info({ url: address, database: db.kind, network: session.networkName }, "serving");
        io.stderr.write(`The portal of ${session.networkName} is at ${address}\n`);
        await ended(io.signal);
        logger.info("stopping");
        await app.close();
      } finally {
        await portal.stop();
      }
      logger.info("stopped");
    } finally {
      session.provider.destroy();
    }
  },
});

/** For a collection; visitors wait for it. */
const DEADLINE_SECONDS = 20;

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
