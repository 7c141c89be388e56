import { getAddress, isAddress } from "ethers";
import { ChainError } from "./errors.ts";

/** 0x in front of what are 40 hex digits, their case as it was: the checksum is in it. All else as it was, without blanks around. */
export function prefixAddress(text: string): string {
  return text.trim().replace(/^(0[xX])?(?=[0-9a-fA-F]{40}$)/, "0x");
}

/**
 * Reads an address as people write it: with or without 0x; in mixed case its checksum (EIP-55) must be right.
 *
 * @param what - What is read, for the error.
 * @returns with 0x and checksum
 * @throws ChainError `bad-address`
 */
export function parseAddress(text: string, what: string): string {
  const address = prefixAddress(text);
  if (isAddress(address)) return getAddress(address);
  throw new ChainError("bad-address", `${what}: "${text.slice(0, 80)}" ${fault(address)}.`, { address: text });
}

function fault(text: string): string {
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return "has a wrong checksum: copy the address again";
  return /^0x[0-9a-fA-F]+$/.test(text) ? `has ${text.length - 2} hex digits, an address has 40` : "is not an address";
}
