import type { Tags } from "../../bls/index.ts";
import { deriveTags } from "../../bls/index.ts";
import {
  connect,
  getPool,
  getToken,
  openRewards,
  presetOfChain,
  resolveNetwork,
  RPC_VARIABLE,
  transportSettings,
} from "../../chain/index.ts";
import type {
  ConnectOptions,
  EndpointProvider,
  OpenedRewards,
  PoolContract,
  RewardsContract,
  TokenContract,
} from "../../chain/index.ts";
import { CliError } from "../terminal/errors.ts";
import type { Io } from "../terminal/io.ts";
import type { NetworkOptions } from "../terminal/options.ts";
import { remark } from "../terminal/output.ts";

/** A checked connection: the right chain, a contract at the address. */
export interface Session {
  networkName: string;
  provider: EndpointProvider;
  chainId: bigint;
  rewardsAddress: string;
  rewards: RewardsContract;
  /** Tags of every message signed for this contract on this chain. */
  tags: Tags;
  contributionFactory: string | undefined;
  explorer: string | undefined;
  token(): Promise<{ address: string; contract: TokenContract }>;
  pool(): Promise<{ address: string; contract: PoolContract }>;
}

/** Opens the session, runs, and closes the connection whatever happens. */
export async function withSession<T>(args: NetworkOptions, io: Io, run: (session: Session) => Promise<T>): Promise<T> {
  const session = await openSession(args, io);
  try {
    return await run(session);
  } finally {
    session.provider.destroy();
  }
}

export async function openSession(args: NetworkOptions, io: Io): Promise<Session> {
  const given = [args.rpc, io.env[RPC_VARIABLE]].some((text) => text !== undefined && text.trim() !== "");
  const choice = { network: args.network ?? (given ? undefined : "arbitrum") };
  const resolved = resolveNetwork({ ...choice, rpc: args.rpc, rewards: args.rewardsContract }, io.env);
  if (resolved.chainId !== undefined) requireAddress(resolved);
  const { provider, chainId } = await connect(resolved.rpcUrl, resolved.chainId, transportOptions(io));
  let opened: OpenedRewards;
  // Without a preset the chain tells which one it is.
  const preset = args.network === undefined ? presetOfChain(chainId) : undefined;
  const network = { ...preset, ...resolved, ...(preset ? { name: preset.name } : {}) };
  try {
    opened = await openRewards(provider, requireAddress(network));
  } catch (error) {
    provider.destroy();
    throw error;
  }
  const { rewards } = opened;
  const rewardsAddress = await rewards.getAddress();
  return {
    networkName: network.name,
    provider,
    chainId,
    rewardsAddress,
    rewards,
    tags: deriveTags({ chainId, contract: rewardsAddress }),
    contributionFactory: network.contributionFactory,
    explorer: network.explorer,
    async token() {
      return { address: opened.token, contract: getToken(opened.token, provider) };
    },
    async pool() {
      return { address: opened.pool, contract: getPool(opened.pool, provider) };
    },
  };
}

function requireAddress({ name, rewards }: { name: string; rewards?: string | undefined }): string {
  if (rewards !== undefined) return rewards;
  throw new CliError(
    "usage",
    `The network ${name} has no rewards contract of its own.`,
    "Give its address by --rewards-contract.",
  );
}

/** Waits shorter than this are nobody's business. */
const WORTH_A_NOTE_MS = 2_000;

/** How a command reaches the chain: what the environment says, an end when it is interrupted, a line for each long wait. */
function transportOptions(io: Io): ConnectOptions {
  let noted = Number.NEGATIVE_INFINITY;
  return {
    ...transportSettings(io.env),
    signal: io.signal,
    onRetry({ host, words, waitMs }) {
      // Calls that wait together are one wait.
      if (waitMs < WORTH_A_NOTE_MS || performance.now() - noted < WORTH_A_NOTE_MS) return;
      noted = performance.now();
      remark(io, `${host}: ${words}; waiting ${Math.ceil(waitMs / 1_000)} s`);
    },
  };
}
