import Fastify from "fastify";
import type { FastifyInstance } from "fastify";
import { CliError } from "../terminal/errors.ts";
import type { Metrics } from "./metrics.ts";
import type { Health } from "./watcher.ts";

/** `GET /metrics` for Prometheus, `GET /health` for an orchestrator: 200, or 503 with the same body. */
export async function serveMetrics(
  options: { host: string; port: number },
  metrics: Metrics,
  health: () => Health,
): Promise<{ app: FastifyInstance; url: string }> {
  const app = Fastify({ bodyLimit: 1_024, requestTimeout: 5_000 });
  app.get("/metrics", async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  app.get("/health", async (_request, reply) => {
    const state = health();
    return reply.code(state.ok ? 200 : 503).send(state);
  });
  try {
    return { app, url: await app.listen(options) };
  } catch (cause) {
    const { code = "error" } = cause as NodeJS.ErrnoException;
    const where = `${options.host}:${options.port}`;
    throw new CliError("usage", `Cannot listen on ${where}: ${code}.`, "Give another --metrics-port.", {}, cause);
  }
}
