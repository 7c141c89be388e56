import { ethers } from "ethers";
import type { SecretKey } from "../../src/bls/index.ts";
import {
  deriveTags,
  importSecretKey,
  proveProofOfPossession,
  publicKeyOf,
  publicKeyToHex,
  signatureToHex,
} from "../../src/bls/index.ts";

/** A node of a rehearsal: made from its number alone, so that every run has the same keys. Worthless outside of one. */
export interface RehearsalNode {
  secretKey: SecretKey;
  ed25519Pubkey: string;
  contributors: { address: string; beneficiary: string; amount: string }[];
}

/** `count` nodes with deterministic keys; every fifth has three contributors, the others their operator alone. */
export function rehearsalNodes(count: number, requirement: bigint): RehearsalNode[] {
  return Array.from({ length: count }, (_, index) => {
    const shares = index % 5 === 4 ? [requirement / 2n, requirement / 4n] : [requirement];
    if (shares.length > 1) shares.push(requirement - shares.reduce((sum, share) => sum + share, 0n));
    return {
      secretKey: importSecretKey(ethers.id(`rehearsal node ${index}`)),
      ed25519Pubkey: ethers.id(`rehearsal identity ${index}`),
      contributors: shares.map((amount, seat) => ({
        address: person(`staker ${index}.${seat}`),
        beneficiary: seat === 1 ? person(`beneficiary ${index}`) : person(`staker ${index}.${seat}`),
        amount: amount.toString(),
      })),
    };
  });
}

/** An address from a name. */
export function person(name: string): string {
  return ethers.getAddress(ethers.dataSlice(ethers.id(name), 12));
}

/** The nodes as `npm run ops -- seed` reads them, each with its proof of possession for this contract. */
export function seedFileOf(
  nodes: readonly RehearsalNode[],
  domain: { chainId: number; contract: string },
  addedTimestamp: number,
): { nodes: object[] } {
  const tags = deriveTags(domain);
  return {
    nodes: nodes.map((node, index) => {
      const operator = node.contributors[0]?.address ?? ethers.ZeroAddress;
      return {
        blsPubkey: publicKeyToHex(publicKeyOf(node.secretKey)),
        ed25519Pubkey: node.ed25519Pubkey,
        addedTimestamp: addedTimestamp + index,
        proofOfPossession: signatureToHex(
          proveProofOfPossession(tags, node.secretKey, operator, BigInt(node.ed25519Pubkey)),
        ),
        contributors: node.contributors,
      };
    }),
  };
}
