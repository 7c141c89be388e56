/**
 * Asks many nodes for a signature on one message, adds up what comes, names who did not sign and who lied, and gives the
 * transaction.
 *
 * @packageDocumentation
 */
export { bindKeys } from "./bind.ts";
export type { Bound, Identities } from "./bind.ts";
export * from "./cancelled.ts";
export * from "./collected.ts";
export { collect, Collector } from "./collector.ts";
export type { Collection, CollectOptions, CollectorDependencies, CollectorOptions } from "./collector.ts";
export * from "./daemon/index.ts";
export { Directories, tellHeight } from "./directories.ts";
export type { DirectoriesOptions } from "./directories.ts";
export { mergeListings, readListing } from "./directory.ts";
export type { DirectoryDaemon, DirectoryNode, Listing } from "./directory.ts";
export * from "./errors.ts";
export type { CollectEvent, Progress } from "./events.ts";
export { GATHER_DEFAULTS } from "./gather.ts";
export type { GatherOptions } from "./gather.ts";
export type { ToldHeight } from "./heights.ts";
export type { FailureReason } from "./failure.ts";
export { identityReader } from "./identities.ts";
export * from "./nodes.ts";
export { OFFENCE_MS, Offenders } from "./offenders.ts";
export type { OffenceReason } from "./offence.ts";
export { MAX_RECIPIENTS } from "./request.ts";
export type {
  CollectRequest,
  DepartureRequest,
  Height,
  PreparedRequest,
  RecipientAmount,
  RewardRequest,
  RewardsRequest,
  Statement,
} from "./request.ts";
export * from "./saved.ts";
export * from "./submit.ts";
export type { Candidate } from "./verify.ts";
export { isOmqNode } from "./wires.ts";
