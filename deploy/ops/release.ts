import type { Argv } from "yargs";
import { Refusal } from "../lib/refusal.ts";
import { getPool, getToken } from "../../src/chain/contracts.ts";
import { send } from "../../src/chain/send.ts";
import { formatSesh } from "../../src/chain/units.ts";
import { writeRecord } from "../lib/record.ts";
import { join } from "node:path";
import { callTo } from "./calls.ts";
import { openJournal } from "./journal.ts";
import type { CommonArguments, Context } from "./context.ts";
import { commonOptions, requireAddress, requireSigner, withContext } from "./context.ts";
import { Output, guarded } from "./output.ts";

interface Arguments extends CommonArguments {
  pool: string | undefined;
}

export const command = "release";
export const describe = "pay out what the pool has accrued to the rewards contract (anyone may)";

export function builder(parser: Argv): Argv<Arguments> {
  return commonOptions(parser).option("pool", { type: "string", describe: "pool, instead of the recorded one" });
}

export async function handler(args: Arguments): Promise<void> {
  const output = new Output(args.json);
  await guarded(output, () => withContext(args, output, (context) => release(context, args)));
}

async function release(context: Context, args: Arguments): Promise<boolean> {
  const { provider, output, info } = context;
  const address = requireAddress(context, "pool", args.pool);
  const pool = getPool(address, provider);
  const tokenAddress = (await callRead(context, address, "function SESH() view returns (address)")) as string;
  const token = getToken(tokenAddress, provider);
  const [beneficiary, accrued, balance, last] = await Promise.all([
    pool.beneficiary(),
    pool.calculateReleasedAmount(),
    token.balanceOf(address),
    pool.lastPaidOutTime(),
  ]);
  output.say(
    `Pool ${address} holds ${formatSesh(balance)} SESH; about ${formatSesh(accrued - (await pool.totalPaidOut()))} accrued since ${new Date(Number(last) * 1000).toISOString()}.`,
  );
  if (balance === 0n) throw new Refusal("state", `The pool ${address} is empty: fund it first.`);
  const call = callTo(address, "function payoutReleased()", [], `release the pool to ${beneficiary}`);
  const before = await token.balanceOf(beneficiary);
  const { from } = context;
  let transaction: unknown;
  let released: bigint | undefined;
  if (context.broadcast) {
    const journal = await openJournal(context, "release");
    // What an earlier run released was that run's; only what it left without an end is this one's.
    await journal.renew("release", provider);
    const entry = await journal.once("release", call, { provider, ...requireSigner(context) });
    released = (await token.balanceOf(beneficiary)) - before;
    writeRecord(join(context.record, "operations"), `release-${entry.block}.json`, { ...entry, released });
    output.say(`Released ${formatSesh(released)} SESH to ${beneficiary} with ${entry.gasUsed} gas: ${entry.hash}`);
    transaction = entry;
  } else {
    transaction = await send(call, { provider, from: from ?? beneficiary });
    output.say("Nothing was sent: add --broadcast.");
  }
  output.result({
    ok: true,
    mode: context.broadcast ? "broadcast" : "dry-run",
    network: info.name,
    pool: address,
    beneficiary,
    released,
    transaction,
  });
  return true;
}

async function callRead(context: Context, to: string, signature: string): Promise<unknown> {
  const { ethers } = await import("ethers");
  const contract = new ethers.Contract(to, [signature], context.provider);
  const name = contract.interface.fragments[0] as { name?: string };
  return contract.getFunction(name.name ?? "")();
}
