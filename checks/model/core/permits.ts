import { recoverAddress, TypedDataEncoder } from "ethers";
import type { Address } from "./world.ts";

/** What an ERC-2612 permit states. */
export interface Permit {
  owner: Address;
  spender: Address;
  value: bigint;
  nonce: bigint;
  deadline: bigint;
}

const TYPES = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

export function permitDigest(chainId: bigint, token: Address, permit: Permit): string {
  const domain = { name: "Session Token", version: "1", chainId, verifyingContract: token };
  return TypedDataEncoder.hash(domain, TYPES, permit);
}

export function signerOf(digest: string, signature: string): Address {
  return recoverAddress(digest, signature).toLowerCase();
}
