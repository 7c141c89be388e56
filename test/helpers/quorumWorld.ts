/** A small network as quorums see it: a real ledger some rounds on, and nodes that sign with real BLS keys. */
import { keccak256, toBeHex } from "ethers";
import { deriveTags, sign, signatureToHex } from "../../src/bls/index.ts";
import type { Hex } from "../../src/bls/index.ts";
import { Ledger, nodeKeysFromSeed, PARAMS } from "../../src/node/index.ts";
import type { LedgerNode, NodeKeys } from "../../src/node/index.ts";
import { deriveQuorumTags } from "../../src/node/quorum/messages.ts";
import { Quorums } from "../../src/node/quorum/quorums.ts";
import { blsSignatures } from "../../src/node/quorum/signatures.ts";

export const DOMAIN = { chainId: 31_337n, contract: "0x00000000000000000000000000000000000000a1" };
export const TAGS = deriveQuorumTags(DOMAIN);
/** Domain of the hash to the curve. */
export const { hashToG2: DST } = deriveTags(DOMAIN);
const T0 = 1_700_000_000;

export interface QuorumWorld {
  readonly keys: readonly NodeKeys[];
  readonly ledger: Ledger;
  readonly quorums: Quorums;
  readonly signatures: ReturnType<typeof blsSignatures>;
  /** Keys by id, which counts from 1. */
  keysOf(id: bigint): NodeKeys;
  /** What a node signs: 128 bytes. */
  signedBy(id: bigint, message: Uint8Array): Hex;
  /** Place of a node in a round's quorum. */
  placeOf(id: bigint, round: number): number;
}

/**
 * Nodes with the live network's rules, `rounds` of two minutes after genesis.
 *
 * @param seed - Their keys follow from it.
 * @param unsigned - Indices, from 0, of nodes whose registration is not signed.
 */
export function quorumWorld(
  seed: string,
  nodes: number,
  rounds: number,
  unsigned: readonly number[] = [],
): QuorumWorld {
  const keys = Array.from({ length: nodes }, (_, i) => nodeKeysFromSeed(`${seed} ${i}`));
  const ledger = new Ledger({
    params: PARAMS.mainnet,
    genesis: { height: 0, hash: keccak256("0x00"), timestamp: T0 },
    nodes: keys.map((own, index) => nodeOf(own, index, !unsigned.includes(index))),
    historyBlocks: 1_000,
  });
  for (let round = 1; round <= rounds; round++) {
    const block = { height: round, hash: keccak256(toBeHex(round, 32)), timestamp: T0 + 120 * round, events: [] };
    ledger.apply({ ...block, rewardRate: 9n });
  }
  const quorums = new Quorums(() => ledger, PARAMS.mainnet.epochRounds);
  const keysOf = (id: bigint): NodeKeys => keys[Number(id) - 1] as NodeKeys;
  return {
    keys,
    ledger,
    quorums,
    signatures: blsSignatures(DST),
    keysOf,
    signedBy: (id, message) => signatureToHex(sign(message, keysOf(id).blsSecret, DST)),
    placeOf: (id, round) => quorums.of(round)?.places.get(id) as number,
  };
}

function nodeOf({ blsPubkey, ed25519Pubkey }: NodeKeys, index: number, signed: boolean): LedgerNode {
  return {
    id: BigInt(index + 1),
    blsPubkey,
    ed25519Pubkey,
    fee: 0,
    contributors: [{ staker: `0x${index}`, beneficiary: `0x${index}`, amount: 1n }],
    deposit: 1n,
    addedAt: T0 - 100_000,
    leaveRequestedAt: null,
    signed,
    liquidated: false,
  };
}
