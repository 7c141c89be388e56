/**
 * The chain as the toolkit sees it: typed contracts, reads pinned to one block, calldata, and sending that simulates first.
 *
 * @packageDocumentation
 */
export * from "./abi.ts";
export * from "./address.ts";
export * from "./amounts.ts";
export * from "./calls.ts";
export * from "./claimState.ts";
export * from "./contracts.ts";
export * from "./errors.ts";
export * from "./features.ts";
export * from "./networks.ts";
export * from "./nodeSet.ts";
export * from "./optional.ts";
export * from "./permitCalls.ts";
export * from "./send.ts";
export * from "./transport/index.ts";
export * from "./units.ts";
