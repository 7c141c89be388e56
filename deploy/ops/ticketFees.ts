import { createRequire } from "node:module";
import { ParentToChildMessageGasEstimator } from "@arbitrum/sdk";
import { ethers } from "ethers";
import { throughRelay } from "../lib/relay.ts";
import type { EndpointProvider } from "../../src/chain/transport/index.ts";

/** What a retryable ticket is sent with: gas and price on L2, and the cost of keeping it there. Wei and gas. */
export interface TicketFees {
  gasLimit: bigint;
  maxFeePerGas: bigint;
  maxSubmissionCost: bigint;
  /** Ether that goes with the ticket. */
  value: bigint;
  /** Who estimated: Arbitrum's SDK, or the fallback for chains without Arbitrum's precompiles. */
  by: "sdk" | "fallback";
}

/** A message from an L1 contract to an L2 contract. */
export interface Message {
  /** L1 contract that sends it, not aliased. */
  from: string;
  to: string;
  data: string;
  refundTo: string;
}

/** Both ends of the bridge. */
export interface Ends {
  l1: EndpointProvider;
  l2: EndpointProvider;
  /** Whether the L2 is on this machine. */
  local: boolean;
  /** Arbitrum's delayed inbox on L1. */
  inbox: string;
}

/** Arbitrum answers so for every precompile; ArbSys at 0x64 is one. */
const PRECOMPILE_CODE = "0xfe";
const ARB_SYS = "0x0000000000000000000000000000000000000064";
const ALIAS_OFFSET = 0x1111000000000000000000000000000000001111n;

/** The vendor's own estimates came eleven gas short on registration: everything is bought with a margin; what is left is refunded. */
const GAS_MARGIN = { times: 15n, by: 10n };
const SUBMISSION_MARGIN = 4n;
const PRICE_MARGIN = 3n;

/**
 * The fees of one ticket: by Arbitrum's SDK where the L2 is an Arbitrum chain. Elsewhere (two local chains) the same three
 * figures come from the inbox itself, from an ordinary estimate as the aliased sender, and from the L2's gas price.
 */
export async function ticketFees(ends: Ends, message: Message): Promise<TicketFees> {
  const real = (await ends.l2.getCode(ARB_SYS)) === PRECOMPILE_CODE;
  return real ? bySdk(ends, message) : byFallback(ends, message);
}

async function bySdk(ends: Ends, message: Message): Promise<TicketFees> {
  // The SDK is written for ethers 5, which it brings along.
  const own = createRequire(createRequire(import.meta.url).resolve("@arbitrum/sdk"));
  const { providers } = own("ethers") as {
    providers: {
      JsonRpcProvider: new (url: string) => ConstructorParameters<typeof ParentToChildMessageGasEstimator>[0];
    };
  };
  const block = await ends.l1.getBlock("latest");
  const { BigNumber } = own("ethers") as { BigNumber: { from(value: string): never } };
  // The SDK's own connections have no retries: they go through ours.
  const estimate = await throughRelay(ends.l1.transport, (near) =>
    throughRelay(ends.l2.transport, (far) =>
      new ParentToChildMessageGasEstimator(new providers.JsonRpcProvider(far)).estimateAll(
        {
          from: message.from,
          to: message.to,
          l2CallValue: BigNumber.from("0"),
          excessFeeRefundAddress: message.refundTo,
          callValueRefundAddress: message.refundTo,
          data: message.data,
        },
        BigNumber.from((block?.baseFeePerGas ?? 0n).toString()),
        new providers.JsonRpcProvider(near) as never,
        { gasLimit: { percentIncrease: BigNumber.from("50") } } as never,
      ),
    ),
  );
  const gasLimit = BigInt(estimate.gasLimit.toString());
  const maxFeePerGas = BigInt(estimate.maxFeePerGas.toString());
  const maxSubmissionCost = BigInt(estimate.maxSubmissionCost.toString());
  return { gasLimit, maxFeePerGas, maxSubmissionCost, value: maxSubmissionCost + gasLimit * maxFeePerGas, by: "sdk" };
}

async function byFallback(ends: Ends, message: Message): Promise<TicketFees> {
  const inbox = new ethers.Contract(
    ends.inbox,
    ["function calculateRetryableSubmissionFee(uint256 dataLength, uint256 baseFee) view returns (uint256)"],
    ends.l1,
  );
  const block = await ends.l1.getBlock("latest");
  const length = ethers.dataLength(message.data);
  const fee = (await inbox.getFunction("calculateRetryableSubmissionFee")(
    length,
    block?.baseFeePerGas ?? 0n,
  )) as bigint;
  const alias = ethers.toBeHex((BigInt(message.from) + ALIAS_OFFSET) % 2n ** 160n, 20);
  const gas = await ends.l2.estimateGas({ from: ethers.getAddress(alias), to: message.to, data: message.data });
  const price = BigInt((await ends.l2.send("eth_gasPrice", [])) as string);
  const gasLimit = (gas * GAS_MARGIN.times) / GAS_MARGIN.by;
  const maxFeePerGas = price * PRICE_MARGIN;
  const maxSubmissionCost = fee * SUBMISSION_MARGIN;
  return {
    gasLimit,
    maxFeePerGas,
    maxSubmissionCost,
    value: maxSubmissionCost + gasLimit * maxFeePerGas,
    by: "fallback",
  };
}
