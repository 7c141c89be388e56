import type { Provider } from "ethers";
import { id as keccakOfText, Interface } from "ethers";
import { serviceNodeRewardsAdditions } from "./abi.ts";

/** Additional entries that a rewards contract has or lacks, by function name. */
export type Features = ReadonlySet<string>;

/** Storage slot of the implementation behind an ERC-1967 proxy: keccak256("eip1967.proxy.implementation") - 1. */
const IMPLEMENTATION_SLOT = `0x${(BigInt(keccakOfText("eip1967.proxy.implementation")) - 1n).toString(16).padStart(64, "0")}`;

/**
 * Finds which of the additional entries the contract at `address` has. Solidity compares the call's selector against each
 * function's by PUSH4, so the implementation's code holds the four bytes of every function it has; nothing is executed.
 */
export async function probeFeatures(provider: Provider, address: string): Promise<Features> {
  const slot = await provider.getStorage(address, IMPLEMENTATION_SLOT);
  const behind = BigInt(slot) === 0n ? address : `0x${slot.slice(-40)}`;
  const code = (await provider.getCode(behind)).toLowerCase();

  const found = new Set<string>();
  new Interface(serviceNodeRewardsAdditions).forEachFunction((fragment) => {
    if (hasSelector(code, fragment.selector)) found.add(fragment.name);
  });
  return found;
}

/** PUSH4 (0x63) and the selector; PUSH3 and fewer for a selector that starts with zero bytes. */
function hasSelector(code: string, selector: string): boolean {
  const significant = selector.slice(2).replace(/^(00)+/, "");
  const push = (0x5f + significant.length / 2).toString(16);
  return code.includes(push + significant);
}
