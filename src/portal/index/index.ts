/** The index of the chain: events in Postgres, embedded or a server, and the state that is folded from them. */
export * from "./chainSource.ts";
export * from "./database.ts";
export * from "./facts.ts";
export * from "./follower.ts";
export * from "./indexer.ts";
export * from "./kinds.ts";
export * from "./schema.ts";
export * from "./state.ts";
export * from "./store.ts";
