import { AbiCoder, dataSlice, getAddress, Interface, keccak256, toBeHex } from "ethers";
import type { Provider, Signer, TransactionReceipt, Contract } from "ethers";
import { ARB_SYS } from "./deployBridge.ts";
import type { ArbitrumBridge, LocalChain } from "./deployBridge.ts";
import { vendor } from "./vendor.ts";

/** One retryable ticket, as the inbox packed it. */
export interface RetryableTicket {
  messageNumber: bigint;
  /** The L1 sender under its alias: `msg.sender` on L2. */
  from: string;
  to: string;
  callValue: bigint;
  gasLimit: bigint;
  data: string;
}

/** Kind of an inbox message that submits a retryable ticket. */
const SUBMIT_RETRYABLE = 9n;
/** `to, callValue, deposit, submissionCost, refund address, beneficiary, gasLimit, maxFeePerGas, data length`: 32 bytes each. */
const HEADER_WORDS = 9;
/** Depth of the one-message trees that the relay posts: up to 2^8 messages. */
const SEND_TREE_DEPTH = 8;
/** Ether that the relay lends an L2 sender for its gas. */
const GAS_MONEY = 10n ** 18n;

/**
 * Stands in for what Arbitrum does between the chains, in tests and rehearsals ONLY: the sequencer that executes retryable tickets,
 * and the rollup that proves L2 messages to L1. There is no proof of anything here: the relay executes tickets by impersonation,
 * and posts the roots that its own messages verify against. It needs a local node (Hardhat or Anvil) on both sides.
 */
export class RetryableRelay {
  readonly #bridge: ArbitrumBridge;
  readonly #l2: LocalChain & Provider;
  #sent = 0n;

  constructor(bridge: ArbitrumBridge, { l2 }: { l2: LocalChain & Provider }) {
    this.#bridge = bridge;
    this.#l2 = l2;
  }

  /** The tickets that an L1 transaction submitted, in order. */
  tickets(receipt: TransactionReceipt): RetryableTicket[] {
    const senders = new Map<bigint, string>();
    const tickets: RetryableTicket[] = [];
    for (const log of receipt.logs) {
      const message = this.#bridge.bridge.interface.parseLog(log);
      if (message?.name === "MessageDelivered" && message.args.getValue("kind") === SUBMIT_RETRYABLE) {
        senders.set(message.args.getValue("messageIndex") as bigint, message.args.getValue("sender") as string);
      }
    }
    for (const log of receipt.logs) {
      const delivery = this.#bridge.inbox.interface.parseLog(log);
      if (delivery?.name !== "InboxMessageDelivered") continue;
      const messageNumber = delivery.args.getValue("messageNum") as bigint;
      const packed = delivery.args.getValue("data") as string;
      const from = senders.get(messageNumber);
      if (from === undefined) continue;
      const word = (index: number) => BigInt(dataSlice(packed, 32 * index, 32 * (index + 1)));
      tickets.push({
        messageNumber,
        from,
        to: getAddress(dataSlice(packed, 12, 32)),
        callValue: word(1),
        gasLimit: word(6),
        data: dataSlice(packed, 32 * HEADER_WORDS),
      });
    }
    return tickets;
  }

  /** Executes on L2 the tickets of an L1 transaction, each from its aliased sender, and gives the L2 receipts. */
  async relay(receipt: TransactionReceipt): Promise<TransactionReceipt[]> {
    const executed: TransactionReceipt[] = [];
    for (const ticket of this.tickets(receipt)) executed.push(await this.execute(ticket));
    return executed;
  }

  /** Executes one ticket. Throws if it reverts, as a ticket does that is redeemed by hand. */
  async execute({ from, to, callValue, gasLimit, data }: RetryableTicket): Promise<TransactionReceipt> {
    await this.#l2.send("hardhat_impersonateAccount", [from]);
    try {
      await this.#l2.send("hardhat_setBalance", [from, toQuantity(callValue + GAS_MONEY)]);
      const transaction = { from, to, value: toQuantity(callValue), gas: toQuantity(gasLimit), data };
      const hash = (await this.#l2.send("eth_sendTransaction", [transaction])) as string;
      const receipt = await this.#l2.waitForTransaction(hash);
      if (receipt?.status !== 1) throw new Error(`the ticket to ${to} reverted on L2 in ${hash}`);
      return receipt;
    } finally {
      await this.#l2.send("hardhat_stopImpersonatingAccount", [from]);
    }
  }

  /** Executes on L1 what an L2 transaction sent there, through the real outbox, and gives the L1 receipts. */
  async relayWithdrawals(receipt: TransactionReceipt, l1: Signer): Promise<TransactionReceipt[]> {
    const arbSys = new Interface(vendor.arbSys().abi as string[]);
    const executed: TransactionReceipt[] = [];
    for (const log of receipt.logs) {
      if (getAddress(log.address) !== getAddress(ARB_SYS)) continue;
      const message = arbSys.parseLog(log);
      if (message === null) continue;
      const from = message.args.getValue("from") as string;
      const to = message.args.getValue("to") as string;
      const value = message.args.getValue("value") as bigint;
      const data = message.args.getValue("data") as string;
      executed.push(await this.#executeOnL1(l1, { from, to, value, data, l2Block: receipt.blockNumber }));
    }
    return executed;
  }

  async #executeOnL1(
    l1: Signer,
    message: { from: string; to: string; value: bigint; data: string; l2Block: number },
  ): Promise<TransactionReceipt> {
    const outbox = this.#bridge.outbox.connect(l1) as Contract;
    const index = this.#sent++;
    const item = [message.from, message.to, message.l2Block, 0n, 0n, message.value, message.data] as const;
    const leaf = (await outbox.getFunction("calculateItemHash")(...item)) as string;
    const proof = Array.from({ length: SEND_TREE_DEPTH }, () => toBeHex(0n, 32));
    const root = (await outbox.getFunction("calculateMerkleRoot")(proof, index, leaf)) as string;
    const blockHash = keccak256(AbiCoder.defaultAbiCoder().encode(["uint256"], [message.l2Block]));

    const rollup = this.#bridge.outbox.connect(this.#bridge.rollup) as Contract;
    const posted = (await rollup.getFunction("updateSendRoot")(root, blockHash)) as { wait(): Promise<unknown> };
    await posted.wait();
    const execution = (await outbox.getFunction("executeTransaction")(proof, index, ...item)) as {
      wait(): Promise<TransactionReceipt | null>;
    };
    const receipt = await execution.wait();
    if (receipt === null) throw new Error("the withdrawal was not mined on L1");
    return receipt;
  }
}

/** A JSON-RPC quantity: hex without leading zeros. */
function toQuantity(value: bigint): string {
  return `0x${value.toString(16)}`;
}
