import { ethers } from "ethers";
import { z } from "zod";
import { Refusal, Refusals } from "../lib/refusal.ts";
import { addressFault, prefixAddress } from "../../src/chain/address.ts";
import { formatSesh } from "../../src/chain/units.ts";
import { hex } from "../../src/settings/hex.ts";
import { readTextSync } from "../../src/settings/text.ts";
import type { PublicKey, Signature, Tags } from "../../src/bls/index.ts";
import {
  proofOfPossessionMessage,
  publicKeyFromHex,
  publicKeyToParams,
  signatureFromHex,
  verify,
} from "../../src/bls/index.ts";

/** One node of a seed file, parsed; amounts in atomic SESH. */
export interface SeedNode {
  publicKey: PublicKey;
  /** 0x and 128 hex digits. */
  blsPubkey: string;
  ed25519Pubkey: bigint;
  addedTimestamp: bigint;
  proofOfPossession: Signature;
  contributors: { staker: { addr: string; beneficiary: string }; stakedAmount: bigint }[];
}

const address = z
  .string()
  .overwrite(prefixAddress)
  .superRefine((text, context) => {
    const fault = addressFault(text) ?? (BigInt(text) === 0n ? "is the zero address" : undefined);
    if (fault !== undefined) context.addIssue({ code: "custom", message: `"${text.slice(0, 80)}" ${fault}` });
  });
const integer = z
  .union([z.string().regex(/^\d+$/, "must be digits"), z.number().int().nonnegative()])
  .transform(BigInt);

const File = z.object({
  nodes: z
    .array(
      z.object({
        blsPubkey: hex(64, "the BLS key"),
        ed25519Pubkey: hex(32, "the Ed25519 key"),
        addedTimestamp: integer,
        proofOfPossession: hex(128, "the proof of possession"),
        contributors: z
          // With a letter wrong in `beneficiary` the rewards would go elsewhere without a word.
          .array(z.strictObject({ address, beneficiary: address.optional(), amount: integer }))
          .min(1, "needs one contributor at least"),
      }),
    )
    .min(1, "holds no node"),
});

/**
 * Reads a seed file: `{ nodes: [{ blsPubkey, ed25519Pubkey, addedTimestamp, proofOfPossession, contributors: [{ address,
 * beneficiary?, amount }] }] }`; keys and proofs in hex, amounts in atomic SESH, the operator first among the contributors.
 *
 * @throws Refusals `parameters`, a sentence for each thing that is wrong (the first twenty).
 */
export function readSeedFile(file: string): SeedNode[] {
  let raw: unknown;
  try {
    raw = JSON.parse(readTextSync(file));
  } catch (cause) {
    throw new Refusal("parameters", `${file} cannot be read as JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = File.safeParse(raw);
  if (!parsed.success) {
    throw new Refusals(
      parsed.error.issues
        .slice(0, 20)
        .map((issue) => new Refusal("parameters", `${file}: ${issue.path.join(".")} ${issue.message}.`)),
    );
  }
  return parsed.data.nodes.map((node, index) => {
    try {
      return {
        publicKey: publicKeyFromHex(node.blsPubkey),
        blsPubkey: node.blsPubkey,
        ed25519Pubkey: BigInt(node.ed25519Pubkey),
        addedTimestamp: node.addedTimestamp,
        proofOfPossession: signatureFromHex(node.proofOfPossession),
        contributors: node.contributors.map((contributor) => ({
          staker: { addr: contributor.address, beneficiary: contributor.beneficiary ?? contributor.address },
          stakedAmount: contributor.amount,
        })),
      };
    } catch (cause) {
      throw new Refusal("parameters", `${file}: nodes.${index}: ${(cause as Error).message}.`, { cause });
    }
  });
}

/**
 * What the contract demands of a list, told before anything is sent: sums, counts, duplicates. And what it does not: a node that is
 * added after `now` (unix seconds of the chain) could not leave before then.
 */
export function checkSeedList(
  nodes: readonly SeedNode[],
  requirement: bigint,
  maxContributors: bigint,
  now: number,
): Refusal[] {
  const problems: Refusal[] = [];
  const refuse = (index: number, sentence: string) =>
    problems.push(new Refusal("parameters", `nodes.${index}: ${sentence}`));
  const keys = new Map<string, number>();
  const identities = new Map<bigint, number>();
  nodes.forEach((node, index) => {
    const key = node.blsPubkey.toLowerCase();
    const twin = keys.get(key) ?? identities.get(node.ed25519Pubkey);
    if (twin !== undefined) refuse(index, `has a key of node ${twin}: each key may be there once.`);
    keys.set(key, index);
    identities.set(node.ed25519Pubkey, index);
    if (node.ed25519Pubkey === 0n) refuse(index, "has a null Ed25519 key.");
    if (node.addedTimestamp > BigInt(now)) {
      refuse(index, `addedTimestamp ${node.addedTimestamp} is not past: give unix seconds.`);
    }
    const sum = node.contributors.reduce((total, { stakedAmount }) => total + stakedAmount, 0n);
    if (sum !== requirement)
      refuse(index, `its contributions sum up to ${inBoth(sum)}, the requirement is ${inBoth(requirement)}.`);
    if (BigInt(node.contributors.length) > maxContributors) {
      refuse(index, `has ${node.contributors.length} contributors, the contract takes ${maxContributors}.`);
    }
    const stakers = new Set(node.contributors.map(({ staker }) => staker.addr.toLowerCase()));
    if (stakers.size !== node.contributors.length) refuse(index, "names a contributor twice.");
    if (node.contributors.some(({ stakedAmount }) => stakedAmount === 0n)) refuse(index, "has a contribution of zero.");
  });
  return problems;
}

/** The file has atomic SESH, people think in SESH. */
function inBoth(amount: bigint): string {
  return `${amount} (${formatSesh(amount)} SESH)`;
}

/** Whether a node's proof of possession is its own, for its operator (the first contributor). */
export function proofHolds(node: SeedNode, tags: Tags): boolean {
  const operator = node.contributors[0]?.staker.addr ?? ethers.ZeroAddress;
  const message = proofOfPossessionMessage(tags, {
    publicKey: node.publicKey,
    operator,
    ed25519PublicKey: node.ed25519Pubkey,
  });
  return verify(node.publicKey, message, node.proofOfPossession, tags.hashToG2);
}

/** The node as `seedPublicKeyList` takes it. */
export function seedArgument(node: SeedNode) {
  const { X, Y } = publicKeyToParams(node.publicKey);
  return {
    blsPubkey: { X, Y },
    ed25519Pubkey: node.ed25519Pubkey,
    addedTimestamp: node.addedTimestamp,
    contributors: node.contributors,
  };
}
