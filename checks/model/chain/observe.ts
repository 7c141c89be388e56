import { text, fromEthers } from "./values.ts";
import type { Address, Value } from "../core/world.ts";
import { decodeError } from "./errors.ts";
import type { Difference } from "./outcome.ts";
import { encodeRecords } from "./puppet.ts";
import type { Env } from "./resolve.ts";
import { READER_AT } from "./system.ts";

/** A view and what the model says that it answers; several results are an array. */
export interface Read {
  to: Address;
  kind: string;
  fn: string;
  args: readonly unknown[];
  expect: Value | { error: string; args: readonly Value[] } | Learn;
}

/** The hash of a contribution's terms: remembered, since only what goes into it is specified. */
export interface Learn {
  learn: Address;
}

const encoded = new Map<string, string>();
const decoded = new Map<string, string>();
const CACHED = 50_000;
const READS_A_CALL = 120;
const GAS = "0xfe0000";

/** Asks the chain for all of it, in few calls. */
export async function observe(env: Env, reads: readonly Read[]): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (let from = 0; from < reads.length; from += READS_A_CALL) {
    const part = reads.slice(from, from + READS_A_CALL);
    const answers = await ask(env, part);
    for (const [index, read] of part.entries()) {
      const chain = answers[index] as string;
      const model =
        typeof read.expect === "object" && "learn" in read.expect
          ? learn(env, read.expect, chain)
          : expected(read.expect);
      if (chain !== model) {
        const args = read.args.map(String).join(", ");
        differences.push({ what: `${read.kind}.${read.fn.replace(/\(.*/, "")}(${args}) at ${read.to}`, chain, model });
      }
    }
  }
  return differences;
}

/** The same terms, the same hash; other terms, another hash (H11). */
function learn(env: Env, { learn: at }: Learn, chain: string): string {
  const state = env.world.contributions[at];
  if (state === undefined) return "no contribution";
  const terms = text([
    state.key,
    state.params[0],
    state.params[3],
    state.reserved.map(({ addr, amount }) => [addr, amount]),
  ]);
  const all = `${at} ${terms} ${text([state.sig.words, state.params])}`;
  const before = env.paramsHashes.get(all) ?? chain;
  const other = env.paramsHashes.get(`${at} ${chain}`) ?? terms;
  env.paramsHashes.set(all, chain);
  env.paramsHashes.set(`${at} ${chain}`, terms);
  if (!env.firstHash.has(at)) env.firstHash.set(at, chain);
  state.paramsHash = chain;
  return other === terms ? before : `another hash than that of ${other}`;
}

function expected(expect: Exclude<Read["expect"], Learn>): string {
  return typeof expect === "object" && "error" in expect
    ? `revert ${expect.error}(${expect.args.map(text).join(", ")})`
    : text(expect);
}

async function ask(env: Env, reads: readonly Read[]): Promise<string[]> {
  const { provider } = env.system.connection;
  const data = encodeRecords(reads.map((read) => ({ to: read.to, data: encode(env, read) })));
  const answer = (await provider.request({
    method: "eth_call",
    params: [{ from: env.system.sender, to: READER_AT, data, gas: GAS }, "latest"],
  })) as string;
  const out: string[] = [];
  let position = 2;
  for (const read of reads) {
    const ok = answer.slice(position, position + 2) === "01";
    const length = Number.parseInt(answer.slice(position + 2, position + 8), 16) * 2;
    const raw = `0x${answer.slice(position + 8, position + 8 + length)}`;
    position += 8 + length;
    out.push(ok ? decode(env, read, raw) : failure(env, raw));
  }
  return out;
}

function failure(env: Env, raw: string): string {
  const { name, args } = decodeError(env.system, raw);
  return `revert ${name}(${args.map(text).join(", ")})`;
}

function encode(env: Env, read: Read): string {
  const name = `${read.kind}.${read.fn}(${text(read.args as readonly Value[])})`;
  let data = encoded.get(name);
  if (data === undefined) {
    if (encoded.size > CACHED) encoded.clear();
    data = env.system.interfaces[read.kind]?.encodeFunctionData(read.fn, read.args) ?? "0x";
    encoded.set(name, data);
  }
  return data;
}

function decode(env: Env, { kind, fn }: Read, raw: string): string {
  const name = `${kind}.${fn},${raw}`;
  let value = decoded.get(name);
  if (value === undefined) {
    if (decoded.size > CACHED) decoded.clear();
    const results = [...(env.system.interfaces[kind]?.decodeFunctionResult(fn, raw) ?? [])].map(fromEthers);
    value = text(results.length === 1 ? (results[0] as Value) : results);
    decoded.set(name, value);
  }
  return value;
}
