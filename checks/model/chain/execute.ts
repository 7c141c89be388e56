import { toBeHex } from "ethers";
import type { CallStep } from "../core/steps.ts";
import type { Address, Argument, Emitted } from "../core/world.ts";
import { encodeRecords } from "./puppet.ts";
import type { Record } from "./puppet.ts";
import { place, resolve } from "./resolve.ts";
import type { Env } from "./resolve.ts";
import type { Outcome } from "./outcome.ts";
import { decodeError } from "./errors.ts";
import { fromEthers } from "./values.ts";

/** A call with everything worked out. */
export interface Prepared {
  step: CallStep;
  from: Address;
  to: Address;
  /** Name of the ABI; undefined for a place without code. */
  kind: string | undefined;
  args: readonly Argument[];
  record: Record;
}

interface Log {
  address: string;
  topics: string[];
  data: string;
}

const NOWHERE = "0x0000000000000000000000000000000000000000";
/** Under EIP-7825's cap. */
const GAS = toBeHex(16_700_000);
const CREATED_EVENT = "NewServiceNodeContributionContract";

export function prepare(env: Env, step: CallStep): Prepared {
  const { system } = env;
  const args = step.args.map((arg) => resolve(env, arg));
  const from = place(env, step.from);
  const values = args.map(({ model }) => model);
  const abi = args.map(({ abi }) => abi);
  if (step.fn === "constructor") {
    const contract = system.interfaces[step.to];
    if (contract === undefined) throw new Error(`no contract ${step.to}`);
    const data = (system.bytecode[step.to] ?? "") + contract.encodeDeploy(abi).slice(2);
    return { step, from, to: NOWHERE, kind: step.to, args: values, record: { to: NOWHERE, data } };
  }
  const to = place(env, step.to);
  const kind = system.kinds.get(to);
  const data = kind === undefined ? "0x12345678" : (system.interfaces[kind]?.encodeFunctionData(step.fn, abi) ?? "0x");
  return { step, from, to, kind, args: values, record: { to, data } };
}

/** Sends calls of one actor in one transaction. */
export async function execute(
  env: Env,
  from: Address,
  records: readonly Record[],
  timestamp: bigint,
): Promise<{ outcomes: Outcome[]; block: bigint }> {
  const { connection, sender } = env.system;
  const { provider } = connection;
  await provider.request({ method: "evm_setNextBlockTimestamp", params: [`0x${timestamp.toString(16)}`] });
  const hash = await provider.request({
    method: "eth_sendTransaction",
    params: [{ from: sender, to: from, data: encodeRecords(records), gas: GAS }],
  });
  const receipt = (await provider.request({ method: "eth_getTransactionReceipt", params: [hash] })) as {
    status: string;
    blockNumber: string;
    logs: Log[];
  };
  if (receipt.status !== "0x1") throw new Error("the transaction ran out of gas");
  return { outcomes: split(env, from, receipt.logs), block: BigInt(receipt.blockNumber) };
}

function split(env: Env, puppet: Address, logs: readonly Log[]): Outcome[] {
  const outcomes: Outcome[] = [];
  let events: Emitted[] = [];
  let created: Address | undefined;
  for (const log of logs) {
    if (log.address.toLowerCase() !== puppet) {
      const event = decodeEvent(env, log);
      if (event.name === CREATED_EVENT) created = event.args[0] as Address;
      events.push(event);
      continue;
    }
    const result = BigInt(log.topics[0] ?? 0);
    if (result > 1n) created = toBeHex(result, 20);
    outcomes.push({ error: result === 0n ? decodeError(env.system, log.data) : undefined, events, created });
    events = [];
    created = undefined;
  }
  return outcomes;
}

function decodeEvent(env: Env, log: Log): Emitted {
  const parsed = env.system.all.parseLog(log);
  const at = log.address.toLowerCase();
  return parsed === null
    ? { at, name: `unknown event ${log.topics.join()}`, args: [] }
    : { at, name: parsed.name, args: [...parsed.args].map(fromEthers) };
}
