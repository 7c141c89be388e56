import { getAddress, isAddress, ZeroAddress } from "ethers";
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
  const fault = addressFault(text);
  if (fault === undefined) return getAddress(prefixAddress(text));
  throw new ChainError("bad-address", `${what}: "${text.slice(0, 80)}" ${fault}.`, { address: text });
}

/**
 * An address that rewards or money go to: {@link parseAddress}, and not the zero address, which is nobody's and which contracts take
 * for "as it was".
 *
 * @throws ChainError `bad-address`
 */
export function parsePayee(text: string, what: string): string {
  const address = parseAddress(text, what);
  if (address !== ZeroAddress) return address;
  throw new ChainError("bad-address", `${what}: this is the zero address, which nobody has.`, { address: text });
}

/**
 * Which contract of the system an address is, in words; undefined where it is none. Nobody could claim rewards that go there.
 *
 * @param contracts - Addresses in any case; those that there are not are left out, or null.
 */
export function systemContract(
  address: string,
  contracts: Partial<Record<keyof typeof SYSTEM, string | null | undefined>>,
): string | undefined {
  const found = Object.entries(contracts).find(([, own]) => own?.toLowerCase() === address.toLowerCase());
  return found && SYSTEM[found[0] as keyof typeof SYSTEM];
}

const SYSTEM = {
  rewards: "the rewards contract",
  token: "the token",
  pool: "the pool",
  factory: "the contribution factory",
  contribution: "the contribution contract itself",
};

/**
 * Why a text is no address, as the end of a sentence that names it; undefined where it is one. Names are not looked up (the way to
 * money would be whoever answers), and other spellings than hex (ICAP) are nobody's today.
 */
export function addressFault(text: string): string | undefined {
  const address = prefixAddress(text);
  if (/^0x[0-9a-fA-F]{40}$/.test(address)) {
    return isAddress(address) ? undefined : "has a wrong checksum: copy the address again";
  }
  if (/^0x[0-9a-fA-F]+$/.test(address)) return `has ${address.length - 2} hex digits, an address has 40`;
  if (/^[^\s.]+(\.[^\s.]+)*\.[a-z]{2,}$/i.test(address))
    return "is not an address but a name, and names are not looked up";
  return "is not an address";
}
