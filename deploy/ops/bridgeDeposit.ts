import { ethers } from "ethers";
import { Refusal } from "../lib/refusal.ts";
import { AmountError } from "../../src/chain/amounts.ts";
import { formatSesh, parseSesh } from "../../src/chain/units.ts";
import type { Bridge } from "./bridgeEnds.ts";
import { ask, until } from "./bridgeEnds.ts";
import { callTo } from "./calls.ts";
import type { Context } from "./context.ts";
import { addressOption, requireSigner } from "./context.ts";
import type { OperationJournal } from "./journal.ts";
import { openJournal } from "./journal.ts";
import type { TicketFees } from "./ticketFees.ts";
import { ticketFees } from "./ticketFees.ts";

/** What is to be bridged. */
export interface DepositArguments {
  /** SESH, in decimals. */
  amount: string | undefined;
  to: string | undefined;
  id: string | undefined;
  /** Seconds to wait for the arrival. */
  wait: number;
}

/** Sends an amount through the router, once over all runs, and waits until the gateway on L2 has finalised this very deposit. */
export async function deposit(context: Context, bridge: Bridge, args: DepositArguments): Promise<boolean> {
  const { output, provider, info } = context;
  const amount = amountOf(args.amount);
  const from = context.from ?? (await ask(provider, bridge.token, "genesisReceiver"));
  const to = args.to === undefined ? from : addressOption(args.to, "--to");
  const sesh = formatSesh(amount);
  // Spelled one way, so that 1,000 and 1000 are one deposit.
  const id = args.id ?? `${to.slice(2, 10)}-${sesh.replaceAll(",", "")}`;
  if (!/^[\w. -]+$/.test(id)) {
    throw new Refusal("parameters", "--id names a file: letters, digits, dot, dash, underscore and space only.");
  }
  const journal = await openJournal(context, `bridge-${id}`);
  const result = { network: info.name, token: bridge.token, amount, to, id, record: journal.file };
  refuseOther(journal, { amount: amount.toString(), to });
  if (journal.finished) {
    output.say(`The deposit ${id} has arrived already; name another with --id to bridge the same again.`);
    output.result({ ok: true, mode: "done", ...result });
    return true;
  }
  if ((await ask(provider, bridge.l1Router, "getGateway", bridge.token)) !== bridge.l1Gateway) {
    throw new Refusal("state", `SESH is not registered with the router: run \`npm run ops -- bridge register\` first.`);
  }
  const outbound = new ethers.Contract(
    bridge.l1Gateway,
    ["function getOutboundCalldata(address,address,address,uint256,bytes) view returns (bytes)"],
    provider,
  );
  const data = (await outbound.getFunction("getOutboundCalldata")(bridge.token, from, to, amount, "0x")) as string;
  const fees = await ticketFees(bridge, { from: bridge.l1Gateway, to: bridge.l2Gateway, data, refundTo: from });
  output.say(
    `Bridge ${sesh} SESH to ${to}, fees by ${fees.by}: ${ethers.formatEther(fees.value)} ETH, the rest refunded on L2.`,
  );
  const token = new ethers.Contract(
    bridge.token,
    [
      "function balanceOf(address) view returns (uint256)",
      "function allowance(address,address) view returns (uint256)",
    ],
    provider,
  );
  const sent = (await journal.included("deposit", provider)) !== undefined;
  if (!sent && ((await token.getFunction("balanceOf")(from)) as bigint) < amount) {
    throw new Refusal("funds", `${from} has less than ${sesh} SESH: send it the difference.`);
  }
  if (!context.broadcast) {
    output.say("Nothing was sent: add --broadcast.");
    output.result({ ok: true, mode: "dry-run", ...result, fees });
    return true;
  }
  await sendDeposit(context, bridge, journal, { amount, to, fees });
  output.progress("waiting for the tokens on L2");
  await until(bridge, args.wait, `the deposit ${id} on L2`, () => arrived(context, bridge, journal, amount, to));
  journal.finish();
  output.say(`${sesh} SESH arrived at ${to}.`);
  output.result({ ok: true, mode: "broadcast", ...result });
  return true;
}

function amountOf(text: string | undefined): bigint {
  if (text === undefined) throw new Refusal("parameters", "--amount is missing: give a number of SESH.");
  try {
    const amount = parseSesh(text);
    if (amount > 0n) return amount;
  } catch (error) {
    if (!(error instanceof AmountError)) throw error;
    throw new Refusal("parameters", `--amount: ${error.message} ${error.fix}`, { cause: error });
  }
  throw new Refusal("parameters", "--amount is zero: give a number of SESH.");
}

/** An id that was used already stands for that deposit, not for another. */
function refuseOther(journal: OperationJournal, deposit: { amount: string; to: string }): void {
  const noted = journal.notes["deposit"] as typeof deposit | undefined;
  if (noted === undefined || (noted.amount === deposit.amount && noted.to === deposit.to)) return;
  throw new Refusal(
    "parameters",
    `${journal.file} is a deposit of ${formatSesh(BigInt(noted.amount))} SESH to ${noted.to}: name another with --id.`,
  );
}

async function sendDeposit(
  context: Context,
  bridge: Bridge,
  journal: OperationJournal,
  { amount, to, fees }: { amount: bigint; to: string; fees: TicketFees },
): Promise<void> {
  const { provider } = context;
  const account = requireSigner(context);
  journal.note("deposit", { amount: amount.toString(), to });
  // What arrived up to now, the same amount included, is not this deposit.
  if (journal.notes["l2Block"] === undefined) journal.note("l2Block", (await bridge.l2.getBlockNumber()) + 1);
  const token = new ethers.Contract(
    bridge.token,
    ["function allowance(address,address) view returns (uint256)"],
    provider,
  );
  const allowance = (await token.getFunction("allowance")(account.from, bridge.l1Gateway)) as bigint;
  const deposited = await journal.included("deposit", provider);
  if (deposited === undefined && allowance < amount) {
    const approve = callTo(
      bridge.token,
      "function approve(address,uint256)",
      [bridge.l1Gateway, amount],
      "approve the gateway",
    );
    await journal.once("approve", approve, { provider, ...account });
  }
  const data = ethers.AbiCoder.defaultAbiCoder().encode(["uint256", "bytes"], [fees.maxSubmissionCost, "0x"]);
  const call = callTo(
    bridge.l1Router,
    "function outboundTransferCustomRefund(address,address,address,uint256,uint256,uint256,bytes) payable",
    [bridge.token, account.from, to, amount, fees.gasLimit, fees.maxFeePerGas, data],
    `bridge ${formatSesh(amount)} SESH`,
    fees.value,
  );
  const entry = await journal.once("deposit", call, { provider, ...account });
  context.output.progress(`deposited on L1: ${entry.hash}`);
}

/** Whether this very deposit was finalised on L2: its event there names sender, receiver and amount. */
async function arrived(
  context: Context,
  bridge: Bridge,
  journal: OperationJournal,
  amount: bigint,
  to: string,
): Promise<boolean> {
  const topics = [
    ethers.id("DepositFinalized(address,address,address,uint256)"),
    ethers.zeroPadValue(bridge.token, 32),
    ethers.zeroPadValue(context.from ?? ethers.ZeroAddress, 32),
    ethers.zeroPadValue(to, 32),
  ];
  const logs = await bridge.l2.getLogs({
    address: bridge.l2Gateway,
    fromBlock: Number(journal.notes["l2Block"] ?? 0),
    toBlock: "latest",
    topics,
  });
  return logs.some(({ data }) => BigInt(data) === amount);
}
