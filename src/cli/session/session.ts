import type { JsonRpcProvider } from "ethers";
import type { Tags } from "../../bls/index.ts";
import { deriveTags } from "../../bls/index.ts";
import { connect, getPool, getRewards, getToken, requireContract, resolveNetwork } from "../../chain/index.ts";
import type { PoolContract, RewardsContract, TokenContract } from "../../chain/index.ts";
import { CliError } from "../terminal/errors.ts";
import type { Io } from "../terminal/io.ts";
import type { NetworkOptions } from "../terminal/options.ts";

/** A checked connection: the right chain, a contract at the address. */
export interface Session {
  networkName: string;
  provider: JsonRpcProvider;
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
  const choice = { network: args.network ?? (args.rpc === undefined ? "arbitrum" : undefined) };
  const resolved = resolveNetwork({ ...choice, rpc: args.rpc, rewards: args.rewardsContract }, io.env);
  if (resolved.rewards === undefined) {
    throw new CliError(
      "usage",
      `The network ${resolved.name} has no rewards contract of its own.`,
      "Give its address by --rewards-contract.",
    );
  }
  const { provider, chainId } = await connect(resolved.rpcUrl, resolved.chainId);
  try {
    await requireContract(provider, resolved.rewards, "ServiceNodeRewards");
  } catch (error) {
    provider.destroy();
    throw error;
  }
  const rewards = getRewards(resolved.rewards, provider);
  return {
    networkName: resolved.name,
    provider,
    chainId,
    rewardsAddress: resolved.rewards,
    rewards,
    tags: deriveTags({ chainId, contract: resolved.rewards }),
    contributionFactory: resolved.contributionFactory,
    explorer: resolved.explorer,
    async token() {
      const address = await rewards.designatedToken();
      return { address, contract: getToken(address, provider) };
    },
    async pool() {
      const address = await rewards.foundationPool();
      return { address, contract: getPool(address, provider) };
    },
  };
}
