/** The service: routes of the live interface and of our page, collections shared between visitors, the HTTP server. */
export { openSource } from "./sources.ts";
export type { NetworkSignature, Source, SourceOptions } from "./sources.ts";
export { Portal } from "./portal.ts";
export type { PortalDependencies, PortalOptions } from "./portal.ts";
export { createServer } from "./server.ts";
export type { ServerOptions } from "./server.ts";
