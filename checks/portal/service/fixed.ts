/**
 * A process of its own: the server that answers what is in a file, and nothing else. Fastify as the service uses it, with no plugin,
 * the least that such a server can do for these bytes.
 *
 * Arguments: port, and a file of JSON: base64 bodies of `/stakes`, `/nodes`, `/info`.
 */
import { readFileSync } from "node:fs";
import Fastify from "fastify";

const [port, file = ""] = process.argv.slice(2);
const bodies = JSON.parse(readFileSync(file, "utf8")) as Record<"stakes" | "nodes" | "info", string>;
const app = Fastify({ keepAliveTimeout: 30_000, forceCloseConnections: true });
for (const [path, body] of [
  ["/stakes/:address", bodies.stakes],
  ["/nodes", bodies.nodes],
  ["/info", bodies.info],
] as const) {
  const bytes = Buffer.from(body, "base64");
  app.get(path, (_request, reply) => reply.type("application/json; charset=utf-8").send(bytes));
}
await app.listen({ host: "127.0.0.1", port: Number(port) });
