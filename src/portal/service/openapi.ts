import { z } from "zod";
import * as api from "../api/index.ts";
import { ROUTES } from "./routes.ts";
import type { RouteSpec } from "./routes.ts";

const COMPONENTS = "#/components/schemas/";

/** The description of the interface, OpenAPI 3.1, generated from the schemas of the replies. */
export function describeApi(version: string): object {
  const { schemas } = z.toJSONSchema(z.globalRegistry, { uri: (id) => `${COMPONENTS}${id}` });
  const own = new Set(Object.values(api).flatMap((one) => (one instanceof z.ZodType ? [one.meta()?.id] : [])));
  const components = Object.fromEntries(
    Object.entries(schemas)
      .filter(([id]) => own.has(id))
      .map(([id, { $id: _, $schema: __, ...schema }]) => [id, schema]),
  );
  const paths: Record<string, Record<string, object>> = {};
  for (const [operationId, spec] of Object.entries(ROUTES)) {
    const path = spec.path.replace(/:(\w+)/g, "{$1}");
    (paths[path] ??= {})[spec.method.toLowerCase()] = operation(operationId, spec);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Session staking portal",
      version,
      description:
        "What the staking page's visitors see and have signed. Nothing of it needs to be believed: see docs/portal.md.",
    },
    paths,
    components: { schemas: components },
  };
}

function operation(operationId: string, { path, summary, reply, query = [], group, method }: RouteSpec): object {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const asForm = method === "POST" && query.length > 0;
  const repeated = new Set(["res_addr", "res_stake"]);
  const shape = (name: string) =>
    repeated.has(name) ? { type: "array", items: { type: "string" } } : { type: "string" };
  const inQuery = asForm ? [] : query.map((name) => ({ name, in: "query", required: false, schema: shape(name) }));
  const body = {
    "application/x-www-form-urlencoded": {
      schema: { type: "object", properties: Object.fromEntries(query.map((name) => [name, shape(name)])) },
    },
  };
  const content =
    reply === undefined
      ? { "text/event-stream": { schema: { type: "string" } } }
      : { "application/json": { schema: { $ref: `${COMPONENTS}${reply.meta()?.id ?? ""}` } } };
  const refusal = { "application/json": { schema: { $ref: `${COMPONENTS}Error` } } };
  return {
    operationId,
    summary,
    tags: [group],
    parameters: [...inPath, ...inQuery],
    ...(asForm ? { requestBody: { content: body } } : {}),
    responses: {
      200: { description: "OK", content },
      default: { description: "A sentence with the remedy", content: refusal },
    },
  };
}
