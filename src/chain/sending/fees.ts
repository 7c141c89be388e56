import type { Block, Provider } from "ethers";
import { formatUnits, Interface } from "ethers";
import { ChainError } from "../errors.ts";
import { EndpointError } from "../transport/endpointError.ts";

/** What a transaction offers per gas. */
export interface Fees {
  /** Most that one gas can cost, tip included; wei. */
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
  /** Gas price of a chain without EIP-1559. */
  legacy: boolean;
}

/** Caps of the sender, wei per gas. */
export interface FeeCaps {
  maxFeePerGas?: bigint | undefined;
  maxPriorityFeePerGas?: bigint | undefined;
}

/** What the network asks now, wei per gas. */
export interface NetworkFees {
  /** Null on chains without EIP-1559. */
  baseFee: bigint | null;
  /** Base fee and tip, or the gas price. */
  price: bigint;
  tip: bigint;
}

type Sending = Provider & { send?: (method: string, params: unknown[]) => Promise<unknown> };

/** Reads what the network asks. Nothing is guessed: an endpoint that does not answer is an error. */
export async function readFees(provider: Provider): Promise<NetworkFees> {
  const { send } = provider as Sending;
  const ask = async (method: string): Promise<bigint> => BigInt((await send?.call(provider, method, [])) as string);
  const tipAsked = typeof send === "function" ? ask("eth_maxPriorityFeePerGas") : undefined;
  // Judged below: a chain without EIP-1559 has no tip, and may have no such method.
  tipAsked?.catch(() => undefined);
  const block = await newestBlock(provider);
  const baseFee = block.baseFeePerGas;
  if (typeof send !== "function") {
    const { gasPrice, maxPriorityFeePerGas } = await provider.getFeeData();
    const tip = maxPriorityFeePerGas ?? 0n;
    return { baseFee, tip, price: baseFee === null ? (gasPrice ?? 0n) : baseFee + tip };
  }
  if (baseFee === null) return { baseFee, tip: 0n, price: await ask("eth_gasPrice") };
  const tip = await (tipAsked ?? ask("eth_maxPriorityFeePerGas")).catch(async (error: unknown) => {
    if (!isUnsupported(error)) throw error;
    const price = await ask("eth_gasPrice");
    return price > baseFee ? price - baseFee : 0n;
  });
  return { baseFee, tip, price: baseFee + tip };
}

/** The newest block. @throws ChainError `unknown-block` where an endpoint has none */
export async function newestBlock(provider: Provider): Promise<Block> {
  const block = await provider.getBlock("latest");
  if (block === null) throw new ChainError("unknown-block", "The endpoint does not give its newest block.");
  return block;
}

/** A method that the endpoint does not have, as JSON-RPC says it. */
function isUnsupported(error: unknown): boolean {
  if (error instanceof EndpointError) return error.trouble === "unsupported";
  const {
    code,
    error: inner,
    info,
  } = error as {
    code?: unknown;
    error?: { code?: unknown };
    info?: { error?: { code?: unknown } };
  };
  return code === "UNSUPPORTED_OPERATION" || inner?.code === -32_601 || info?.error?.code === -32_601;
}

/**
 * Chooses what to offer: twice the base fee and the tip, within the caps.
 *
 * @param above - Fees of a transaction that this one is to replace: every pool wants at least a tenth more, some an eighth.
 * @throws ChainError `fee-cap` when a cap leaves less than base fee and tip
 */
export function chooseFees(network: NetworkFees, caps: FeeCaps, above?: Fees): Fees {
  const legacy = network.baseFee === null;
  const tipCap = caps.maxPriorityFeePerGas;
  const floor = above === undefined ? 0n : raised(above.maxPriorityFeePerGas);
  const wanted = network.tip > floor ? network.tip : floor;
  const tip = tipCap !== undefined && tipCap < wanted ? tipCap : wanted;
  const current = legacy ? network.price : (network.baseFee as bigint) + tip;
  const least = above === undefined || raised(above.maxFeePerGas) < current ? current : raised(above.maxFeePerGas);
  const cap = caps.maxFeePerGas;
  if (cap !== undefined && least > cap) throw overCap(least, cap);
  const roomy = legacy ? network.price : 2n * (network.baseFee as bigint) + tip;
  const most = roomy > least ? roomy : least;
  const maxFeePerGas = cap !== undefined && cap < most ? cap : most;
  return { maxFeePerGas, maxPriorityFeePerGas: legacy ? 0n : tip, legacy };
}

/** An eighth more, rounded up: what the strictest of the usual pools asks of a replacement. */
function raised(fee: bigint): bigint {
  return (fee * 9n + 7n) / 8n;
}

/** The fields of a transaction. */
export function feeFields({ maxFeePerGas, maxPriorityFeePerGas, legacy }: Fees): Record<string, bigint | number> {
  return legacy ? { gasPrice: maxFeePerGas, type: 0 } : { maxFeePerGas, maxPriorityFeePerGas, type: 2 };
}

function overCap(price: bigint, cap: bigint): ChainError {
  const [now, most] = [price, cap].map((wei) => formatUnits(wei, "gwei"));
  return new ChainError("fee-cap", `Gas costs ${now} gwei now, over the cap of ${most}.`, { price, cap });
}

/** Arbitrum's NodeInterface: no contract, but a door that its nodes keep for `eth_call`. */
export const NODE_INTERFACE = "0x00000000000000000000000000000000000000C8";

const nodeInterface = new Interface([
  "function gasEstimateL1Component(address to, bool contractCreation, bytes data) payable returns (uint64 gasEstimateForL1, uint256 baseFee, uint256 l1BaseFeeEstimate)",
]);

/** Arbitrum One, Nova and Sepolia: chains whose gas pays for the data on L1 as well. */
const ARBITRUM: readonly bigint[] = [42_161n, 42_170n, 421_614n];

/**
 * The part of a transaction's gas that pays for its data on L1, in units of L2 gas; 0 on chains that have no such part. The estimate
 * of the whole includes it, at the L1 price of now.
 */
export async function readL1Gas(
  provider: Provider,
  chainId: bigint,
  { to, data }: { to: string | null; data: string },
): Promise<bigint> {
  if (!ARBITRUM.includes(chainId)) return 0n;
  const method = "gasEstimateL1Component";
  const target = to ?? "0x0000000000000000000000000000000000000000";
  const call = nodeInterface.encodeFunctionData(method, [target, to === null, data]);
  const answer = await provider.call({ to: NODE_INTERFACE, data: call });
  // A local chain that only bears Arbitrum's chain id has nothing behind the door.
  if (answer === "0x") return 0n;
  return nodeInterface.decodeFunctionResult(method, answer)[0] as bigint;
}
