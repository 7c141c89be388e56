/** What endpoints say when they do not take a transaction: JSON-RPC has no codes for it, and each client words of its own. */
import { expect } from "chai";
import { EndpointError } from "../../../src/chain/index.ts";
import { readRefusal } from "../../../src/chain/sending/refusals.ts";

const said = (words: string, rpcCode = -32_000) =>
  readRefusal(
    new EndpointError({ trouble: "refused", host: "host", method: "eth_sendRawTransaction", rpcCode, words }),
  );

describe("chain/sending: words of a refusal", () => {
  for (const [why, ...all] of [
    [
      "known",
      "already known",
      "AlreadyKnown",
      "Known transaction",
      "transaction already in mempool",
      "Transaction with the same hash was already imported.",
    ],
    [
      "funds",
      "insufficient funds for gas * price + value: address 0xd8 have 1 want 2",
      "InsufficientFunds, Account balance: 0, cumulative cost: 1",
      "Upfront cost exceeds account balance",
      "transaction up-front cost 0x1 exceeds transaction sender account balance 0x0",
      "lack of funds (0) for max fee (100)",
      "Sender doesn't have enough funds to send tx",
    ],
    [
      "underpriced",
      "replacement transaction underpriced",
      "ReplacementNotAllowed",
      "could not replace existing tx",
      "Transaction gas price supplied is too low. There is another transaction with same nonce in the queue.",
      "Transaction fee too low to replace",
    ],
    [
      "fee",
      "max fee per gas less than block base fee: address 0xd8, maxFeePerGas: 1, baseFee: 2",
      "transaction underpriced: tip needed 1, tip permitted 0",
      "FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 2",
      "fee too low",
      "Gas price below configured minimum gas price",
    ],
    ["nonce-used", "nonce too low: next nonce 6, tx nonce 5", "OldNonce", "Transaction nonce is too low."],
    [
      "other",
      "intrinsic gas too low: have 1, want 21000",
      "exceeds block gas limit",
      "tx fee (1.50 ether) exceeds the configured cap (1.00 ether)",
      "only replay-protected (EIP-155) transactions allowed over RPC",
      "transaction type not supported",
      "unknown transaction type 4: not supported",
      "rlp: expected input list for types.DynamicFeeTx",
      "invalid chain id for signer: have 1 want 2",
    ],
    // Whether it was sent does not follow from these: it is looked for.
    [
      "unclear",
      "Internal error",
      "txpool is full",
      "unauthorized: project id required",
      "unknown transaction",
      "execution reverted: nope",
    ],
  ] as [string, ...string[]][]) {
    for (const words of all) {
      it(`${why}: "${words}"`, () => {
        const answer = said(words);
        expect(answer.kind === "refused" ? answer.why : answer.kind).to.equal(why);
      });
    }
  }
});
