/**
 * The chain as the toolkit sees it: typed contracts, reads pinned to one block, calldata, and sending that simulates first.
 *
 * @packageDocumentation
 */
export * from "./abi.ts";
export * from "./address.ts";
export * from "./amounts.ts";
export * from "./batchForm.ts";
export * from "./calls.ts";
export * from "./claimState.ts";
export * from "./contracts.ts";
export * from "./errors.ts";
export * from "./features.ts";
export * from "./networks.ts";
export * from "./nodeSet.ts";
export * from "./optional.ts";
export * from "./parseCall.ts";
export * from "./permitCalls.ts";
export * from "./safeBatch.ts";
export * from "./send.ts";
export type { SendAnswer } from "./sending/refusals.ts";
export type { FeeCaps, Fees, NetworkFees } from "./sending/fees.ts";
export { chooseFees, NODE_INTERFACE, readFees, readL1Gas } from "./sending/fees.ts";
export type { Followed, FollowOptions, Tick } from "./sending/follow.ts";
export { broadcast, chainSeconds, findReceipt, follow } from "./sending/follow.ts";
export type { Attempt, Entry, EntryState, JournalStore } from "./sending/journal.ts";
export { Journal } from "./sending/journal.ts";
export { nextNonce } from "./sending/nonces.ts";
export type { Peeked } from "./sending/peek.ts";
export { peek, reopenAllGone, reopenIfGone, reopenIfOut } from "./sending/peek.ts";
export { FOLLOW_MS } from "./sending/pursue.ts";
export type { Replacement } from "./sending/replacement.ts";
export * from "./transport/index.ts";
export * from "./units.ts";
