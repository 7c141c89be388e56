import type { Wallet } from "ethers";
import { pino } from "pino";
import { HEADINGS } from "./headings.ts";
import { Journal } from "../../chain/index.ts";
import { withoutUsers } from "../../chain/transport/users.ts";
import { defineCommand } from "../terminal/command.ts";
import { findLiquidatable, sourceUrls } from "../leaving/candidates.ts";
import { CliError } from "../terminal/errors.ts";
import { readText } from "../../settings/text.ts";
import { ethOf, priceOf } from "../terminal/amounts.ts";
import { numeric, withNetwork, withSending, withSource } from "../terminal/options.ts";
import { withSender } from "../session/sending.ts";
import { withSession } from "../session/session.ts";
import { openSource } from "../session/source.ts";
import { createMetrics } from "../watch/metrics.ts";
import { serveMetrics } from "../watch/server.ts";
import { Watcher } from "../watch/watcher.ts";

const LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

/** `watch`: the liquidator as a service. */
export const watchCommand = defineCommand({
  ...HEADINGS.watch,
  builder: (yargs) =>
    withSource(withSending(withNetwork(yargs)))
      .option("interval", {
        ...numeric("interval", { min: 1, max: 86_400 }),
        default: 60,
        describe: "Seconds between polls, 1 at least",
      })
      .option("max-backoff", {
        ...numeric("max-backoff", { min: 1, max: 86_400 }),
        default: 900,
        describe: "Longest pause after failures, seconds",
      })
      .option("sesh-price", {
        type: "string",
        describe: "ETH for one SESH: the share must be worth more than the gas",
        requiresArg: true,
        conflicts: ["price-file", "any-price"],
      })
      .option("price-file", {
        type: "string",
        normalize: true,
        describe: "File with that price, read anew for each decision",
        requiresArg: true,
        conflicts: "any-price",
      })
      .option("any-price", { type: "boolean", describe: "Liquidate whatever it costs (within --max-cost)" })
      .option("min-profit", { type: "string", default: "0", describe: "Least profit that is worth sending, ETH" })
      .option("metrics-host", { type: "string", default: "127.0.0.1", describe: "Address of /metrics and /health" })
      .option("metrics-port", {
        ...numeric("metrics-port", { max: 65_535, whole: true }),
        default: 9464,
        describe: "Port of them; 0: any free one",
      })
      .option("grace", {
        ...numeric("grace", { max: 3_600 }),
        default: 10,
        describe: "After a signal: seconds for a transaction under way",
      })
      .option("replace-after", {
        ...numeric("replace-after", { min: 1, max: 86_400 }),
        default: 60,
        describe: "With --replace: seconds that a transaction may wait before its fees are raised",
      })
      .option("stall-after", {
        ...numeric("stall-after", { min: 1, max: 86_400 }),
        default: 180,
        describe: "Seconds that a transaction may wait before /health says 503",
      })
      .option("once", {
        type: "boolean",
        describe: "Poll once and end (exit code 3 when that fails, 8 while a transaction is under way)",
      })
      .option("log-level", {
        choices: LEVELS,
        default: "info" as (typeof LEVELS)[number],
        describe: "Least level logged",
      })
      .example("$0 watch --nodes-file nodes.json --sesh-price 0.00002", "what it would do, for a while")
      .example("$0 watch --nodes-file nodes.json --sesh-price 0.00002 --broadcast", "do it"),
  run: (args, context) =>
    // The endpoint is still there in the time of grace.
    withSession(args, { ...context.io, signal: later(context.io.signal, args.grace * 1_000) }, (session) =>
      withSender(args, session, context, undefined, async (sender) => {
        const { io } = context;
        const readPrice = priceReader(args);
        await readPrice();
        const logger = pino(
          { level: args.logLevel, base: { program: "watch" } },
          { write: (line) => io.stdout.write(withoutUsers(line)) },
        );
        const metrics = createMetrics();
        // No progress bars between the lines of the log.
        const source = await openSource(args, session, { ...io, stderr: { write: () => undefined } });
        const { signer, onProgress: _silent, confirm: _ask, nonce: _none, signal: _, ...sending } = sender.options();
        const watcher = new Watcher(
          {
            intervalMs: args.interval * 1_000,
            maxBackoffMs: args.maxBackoff * 1_000,
            broadcast: sender.broadcast,
            sending: { ...sending, timeoutMs: 60_000 },
            minimumProfit: ethOf(args.minProfit, "--min-profit"),
            graceMs: args.grace * 1_000,
            replaceMs: args.replace ? args.replaceAfter * 1_000 : undefined,
            stallMs: args.stallAfter * 1_000,
          },
          {
            session,
            source,
            wallet: signer as Wallet | undefined,
            journal: sender.journal ?? Journal.inMemory(),
            metrics,
            logger,
            candidates: async () =>
              findLiquidatable(session, await sourceUrls(args, session, io), args.timeout * 1_000),
            price: readPrice,
          },
        );
        let server: Awaited<ReturnType<typeof serveMetrics>> | undefined;
        try {
          if (args.once) return ONCE[await watcher.poll(io.signal)];
          server = await serveMetrics({ host: args.metricsHost, port: args.metricsPort }, metrics, () =>
            watcher.health(),
          );
          logger.info({ url: server.url, broadcast: sender.broadcast, account: sender.account }, "watching");
          await watcher.run(io.signal);
          logger.info("stopped");
          return "ok" as const;
        } finally {
          await server?.app.close();
          await source.close();
        }
      }),
    ),
});

/** A signal that fires so long after another. */
function later(signal: AbortSignal, ms: number): AbortSignal {
  const late = new AbortController();
  const start = () => setTimeout(() => late.abort(), ms).unref();
  if (signal.aborted) start();
  else signal.addEventListener("abort", start, { once: true });
  return late.signal;
}

/** Exit codes of a single poll. */
const ONCE = { ok: "ok", waiting: "pending", failed: "chain" } as const;

function priceReader(args: {
  seshPrice: string | undefined;
  priceFile: string | undefined;
  anyPrice: boolean | undefined;
}) {
  const { seshPrice, priceFile } = args;
  if (seshPrice !== undefined) {
    const price = priceOf(seshPrice, "--sesh-price");
    return () => Promise.resolve<bigint | undefined>(price);
  }
  if (priceFile !== undefined) return async () => priceOf((await readText(priceFile)).trim(), "--price-file");
  if (args.anyPrice) return () => Promise.resolve(undefined);
  throw new CliError(
    "usage",
    "Without a price of SESH nobody can tell whether a liquidation is worth its gas.",
    "Give --sesh-price, --price-file, or --any-price.",
  );
}
