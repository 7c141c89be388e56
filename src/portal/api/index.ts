/**
 * The interface of the portal's service: schemas and types of every reply. Runs in a browser; a page that only needs the types
 * imports them with `import type` and carries no schema.
 *
 * @packageDocumentation
 */
export * from "./app.ts";
export * from "./live.ts";
export * from "./primitives.ts";
