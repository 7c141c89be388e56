import type { Provider } from "ethers";
import { explain } from "./errors.ts";

/**
 * A view that a contract may lack: what it answers, or undefined when the contract says that it has no such function. That is a
 * revert, or an empty answer of an address without code, which is asked for. Trouble of the endpoint is neither, and is thrown.
 *
 * @example
 * ```ts
 * const hash = await optional(contract.paramsHash(), provider, address); // undefined on a contract of the live kind
 * ```
 */
export async function optional<T>(view: Promise<T>, provider: Provider, address: string): Promise<T | undefined> {
  try {
    return await view;
  } catch (error) {
    if (explain(error) !== undefined) return undefined;
    const { code, value } = error as { code?: unknown; value?: unknown };
    if (code === "BAD_DATA" && value === "0x" && (await provider.getCode(address)) === "0x") return undefined;
    throw error;
  }
}
