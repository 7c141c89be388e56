/** The live daemon's JSON-RPC: how it is reached (transport), what it says (replies), and what of it is to be believed (client). */
export * from "./client.ts";
export type { Departing } from "./replies.ts";
export { omqDaemon } from "./omqTransport.ts";
export { daemonAt } from "./open.ts";
export { httpDaemon } from "./transport.ts";
export type { CallOptions, DaemonTransport } from "./transport.ts";
