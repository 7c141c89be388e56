import type { Provider } from "ethers";
import { getBytes } from "ethers";
import type { Call } from "../calls.ts";
import { ChainError, explain, RevertError } from "../errors.ts";

/** Gas that every transaction costs before its code runs (EIP-2028, EIP-3860), without what Arbitrum adds for data on L1. */
function intrinsicGas({ to, data }: { to: string | null; data: string }): bigint {
  const bytes = getBytes(data);
  const zeros = bytes.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
  const creation = to === null ? 32_000 + 2 * Math.ceil(bytes.length / 32) : 0;
  return BigInt(21_000 + 4 * zeros + 16 * (bytes.length - zeros) + creation);
}

const OUT_OF_GAS =
  /out of gas|outofgas|gas too low|intrinsic gas|requires at least \d+ gas|intrinsicgas|gas limit below/i;

/**
 * Tries a call with a gas limit that somebody has set, as it is.
 *
 * @returns the limit
 * @throws ChainError `gas-limit` when it does not suffice; RevertError
 */
export async function requireGas(
  { what }: Call,
  request: { to: string | null; data: string; value: bigint; from: string },
  provider: Provider,
  gasLimit: bigint,
): Promise<bigint> {
  const least = intrinsicGas(request);
  if (gasLimit < least) {
    const text = `A gas limit of ${gasLimit} is less than the ${least} that it takes to ${what} before anything is computed.`;
    throw new ChainError("gas-limit", text, { gasLimit, least });
  }
  try {
    await provider.call({ ...request, gasLimit });
    return gasLimit;
  } catch (error) {
    const words = String((error as { words?: unknown }).words ?? (error as Error).message);
    const decoded = explain(error);
    // What runs out inside a call may come back as a revert without data: without the limit it is told apart.
    const runsOut = OUT_OF_GAS.test(words) || (decoded?.selector === "" && (await succeeds(provider, request)));
    if (runsOut) {
      const text = `A gas limit of ${gasLimit} does not suffice to ${what}.`;
      throw new ChainError("gas-limit", text, { gasLimit }, error);
    }
    if (decoded) throw new RevertError(decoded, error);
    throw error;
  }
}

async function succeeds(provider: Provider, request: object): Promise<boolean> {
  try {
    await provider.call(request);
    return true;
  } catch (error) {
    if (explain(error)) return false;
    throw error;
  }
}
