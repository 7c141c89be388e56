export * from "./additions.ts";
export * from "./contribution.ts";
export * from "./pool.ts";
export * from "./rewards.ts";
export * from "./testnet.ts";
export * from "./token.ts";
export * from "./vesting.ts";
