/** The views that a ledger reads, by their calldata and the words of their answers: each block asks for the same few. */
import { id as hashOf } from "ethers";
import { wordOf } from "../chain/words.ts";
import type { Words } from "../chain/words.ts";
import type { Hex, LedgerContributor } from "./ledgerTypes.ts";

/** One call of a view. */
export interface View<T> {
  /** Its name, for messages. */
  readonly name: string;
  readonly data: string;
  /** @throws RangeError for what is no answer of it */
  decode(answer: Words): T;
}

/** A node as the contract holds it. */
export interface StoredNode {
  readonly blsPubkey: Hex;
  readonly ed25519Pubkey: Hex;
  readonly addedAt: number;
  readonly leaveRequestedAt: number | null;
  readonly contributors: LedgerContributor[];
}

const ZERO_ADDRESS = `0x${"0".repeat(40)}`;

/** A staker without a beneficiary is its own. */
export function contributorOf(staker: string, beneficiary: string, amount: bigint): LedgerContributor {
  return { staker, beneficiary: beneficiary === ZERO_ADDRESS ? staker : beneficiary, amount };
}

const uint = (answer: Words): bigint => answer.uint(0);

function view<T>(signature: string, decode: (answer: Words) => T): (...words: (bigint | string)[]) => View<T> {
  const name = signature.slice(0, signature.indexOf("("));
  const selector = hashOf(signature).slice(0, 10);
  return (...words) => ({ name, data: selector + words.map((word) => wordOf(BigInt(word))).join(""), decode });
}

/** Views of ServiceNodeRewards. */
export const rewardsViews = {
  /** All zeros for an id that the contract does not hold. */
  serviceNodes: view("serviceNodes(uint64)", decodeNode),
  /** The ids; the keys that come with them are left out. */
  allServiceNodeIDs: view("allServiceNodeIDs()", (answer): bigint[] =>
    answer.staticItems(answer.number(0), 32).map((at) => answer.uint(at)),
  ),
  nextServiceNodeID: view("nextServiceNodeID()", uint),
  isStarted: view("isStarted()", (answer) => answer.uint(0) !== 0n),
  foundationPool: view("foundationPool()", (answer) => answer.address(0)),
  /** `rewards` of the pair. */
  recipients: view("recipients(address)", uint),
};

/** Views of RewardRatePool. */
export const poolViews = {
  SESH: view("SESH()", (answer) => answer.address(0)),
  lastPaidOutTime: view("lastPaidOutTime()", uint),
  ANNUAL_SIMPLE_PAYOUT_RATE: view("ANNUAL_SIMPLE_PAYOUT_RATE()", uint),
  BASIS_POINTS: view("BASIS_POINTS()", uint),
};

/** Views of the token. */
export const tokenViews = { balanceOf: view("balanceOf(address)", uint) };

/**
 * `(next, prev, operator, (X, Y), addedTimestamp, leaveRequestTimestamp, latestLeaveRequestTimestamp, deposit, contributors[],
 * ed25519Pubkey)`, a word each; a contributor is `((address, beneficiary), amount)`.
 */
function decodeNode(answer: Words): StoredNode {
  const node = answer.number(0);
  const leave = Number(answer.uint(node + 6 * 32));
  return {
    blsPubkey: `0x${answer.slice(node + 3 * 32, 64)}`,
    ed25519Pubkey: `0x${answer.slice(node + 10 * 32, 32)}`,
    addedAt: Number(answer.uint(node + 5 * 32)),
    leaveRequestedAt: leave === 0 ? null : leave,
    contributors: answer
      .staticItems(node + answer.number(node + 9 * 32), 96)
      .map((at) => contributorOf(answer.address(at), answer.address(at + 32), answer.uint(at + 64))),
  };
}
