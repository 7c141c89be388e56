import type { z } from "zod";
import * as api from "../api/index.ts";

/** A route as the description of the interface has it. */
export interface RouteSpec {
  method: "GET" | "POST";
  /** As fastify takes it: `/stakes/:address`. */
  path: string;
  summary: string;
  /** Of a reply with status 200; undefined for a stream. */
  reply: z.ZodType | undefined;
  /** Names in the query or form. */
  query?: readonly string[];
  /** `live`: also of the live network's backend. */
  group: "live" | "app" | "service";
}

const PROOFS = ["pubkey_bls", "sig_ed25519", "sig_bls", "operator", "contract"];
const VALIDATE = ["pubkey_ed25519", ...PROOFS, "stake", "fee", "res_addr", "res_stake"];

/** Every route with a reply of JSON, and the streams. */
export const ROUTES = {
  info: { method: "GET", path: "/info", summary: "The network", reply: api.infoReply, group: "live" },
  nodes: { method: "GET", path: "/nodes", summary: "All nodes of the contract", reply: api.nodesReply, group: "live" },
  blsKeys: {
    method: "GET",
    path: "/nodes/bls",
    summary: "BLS keys in the contract",
    reply: api.blsKeysReply,
    group: "live",
  },
  stakes: {
    method: "GET",
    path: "/stakes/:address",
    summary: "What an address has a share in",
    reply: api.nodesReply,
    group: "live",
  },
  contributions: {
    method: "GET",
    path: "/contract/contribution",
    summary: "All contribution contracts",
    reply: api.contributionsReply,
    group: "live",
  },
  contribution: {
    method: "GET",
    path: "/contract/contribution/:ed25519",
    summary: "The contribution contract of a node's key",
    reply: api.contributionReply,
    group: "live",
  },
  rewards: {
    method: "GET",
    path: "/rewards/:address",
    summary: "Rewards and stakes of an address",
    reply: api.rewardsReply,
    group: "live",
  },
  sign: {
    method: "POST",
    path: "/rewards/:address",
    summary: "The network's signature on an address's lifetime rewards, collected now",
    reply: api.rewardsSignatureReply,
    group: "live",
  },
  daily: {
    method: "GET",
    path: "/daily-rewards/:address",
    summary: "Lifetime rewards by day",
    reply: api.dailyRewardsReply,
    group: "live",
  },
  exit: {
    method: "GET",
    path: "/exit/:ed25519",
    summary: "The network's signature on a node's exit",
    reply: api.exitReply,
    group: "live",
  },
  liquidation: {
    method: "GET",
    path: "/liquidation/:ed25519",
    summary: "The network's signature on a node's liquidation",
    reply: api.exitReply,
    group: "live",
  },
  departing: {
    method: "GET",
    path: "/exit_liquidation_list",
    summary: "Nodes that left the network and not the contract",
    reply: api.departingReply,
    group: "live",
  },
  registrations: {
    method: "GET",
    path: "/registrations/:name",
    summary: "Registrations prepared for an operator's address, or by a node's Ed25519 key",
    reply: api.registrationsReply,
    group: "live",
  },
  store: {
    method: "GET",
    path: "/store/:ed25519",
    summary: "Stores a registration whose two signatures verify",
    reply: api.storeReply,
    query: PROOFS,
    group: "live",
  },
  storePost: {
    method: "POST",
    path: "/store/:ed25519",
    summary: "The same, as a form",
    reply: api.storeReply,
    query: PROOFS,
    group: "live",
  },
  validate: {
    method: "GET",
    path: "/validate",
    summary: "Whether network and contract would take a registration",
    reply: api.validateReply,
    query: VALIDATE,
    group: "live",
  },
  config: {
    method: "GET",
    path: "/app/config",
    summary: "What the page must know first",
    reply: api.appConfig,
    group: "app",
  },
  state: {
    method: "GET",
    path: "/app/state",
    summary: "Where the index stands; the contract's figures",
    reply: api.appState,
    group: "app",
  },
  table: {
    method: "GET",
    path: "/app/nodes",
    summary: "All nodes in a compact table",
    reply: api.appNodes,
    group: "app",
  },
  keys: {
    method: "GET",
    path: "/app/keys",
    summary: "BLS keys, to be summed by whoever verifies",
    reply: api.appKeys,
    group: "app",
  },
  history: {
    method: "GET",
    path: "/app/history/network",
    summary: "The network over time",
    reply: api.networkHistory,
    query: ["points"],
    group: "app",
  },
  addressHistory: {
    method: "GET",
    path: "/app/history/:address",
    summary: "Earned and claimed by day",
    reply: api.addressHistory,
    group: "app",
  },
  vesting: {
    method: "GET",
    path: "/app/vesting/:address",
    summary: "Vesting contracts of a beneficiary, or one by its address",
    reply: api.appVestingList,
    group: "app",
  },
  collectRewards: {
    method: "GET",
    path: "/app/collect/rewards/:address",
    summary: "Collects and tells of it: events progress, then result (RewardsResult) or failure (CollectFailure)",
    reply: undefined,
    group: "app",
  },
  collectExit: {
    method: "GET",
    path: "/app/collect/exit/:ed25519",
    summary: "The same for an exit: result (DepartureResult)",
    reply: undefined,
    group: "app",
  },
  collectLiquidation: {
    method: "GET",
    path: "/app/collect/liquidation/:ed25519",
    summary: "The same for a liquidation",
    reply: undefined,
    group: "app",
  },
  health: {
    method: "GET",
    path: "/health",
    summary: "Whether it is well: 200, or 503 with the same body",
    reply: api.health,
    group: "service",
  },
} as const satisfies Record<string, RouteSpec>;
