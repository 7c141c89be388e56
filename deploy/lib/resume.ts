import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { trackTransaction } from "@nomicfoundation/ignition-core";
import type { TransactionRequest, Wallet } from "ethers";
import { keccak256 } from "ethers";
import type { Chain } from "./execute.ts";
import { readRefusal } from "../../src/chain/sending/refusals.ts";
import { pause } from "../../src/chain/transport/pause.ts";
import { Refusal } from "./refusal.ts";

/** A transaction as it was signed, before it was sent. */
interface Signed {
  nonce: number;
  hash: string;
  raw: string;
}

/** The parts of Ignition's journal that tell how far a step had come. */
interface Message {
  type: string;
  futureId?: string;
  nonce?: number;
}

const SIGNED_FILE = "signed.jsonl";

/** How often the same bytes are offered to an endpoint that neither takes nor refuses them, and the first pause between. */
const ATTEMPTS = 4;
const PAUSE_MS = 250;

/**
 * The chain for one stage, with every transaction signed here and written down beside Ignition's journal before it is sent.
 * Ignition learns a hash only from the node's answer, and a process that dies before the answer would not know what it sent.
 */
export function noting(chain: Chain, wallet: Wallet, chainId: number, journal: string): Chain {
  const send = async (call: Record<string, string>): Promise<unknown> => {
    const { gas, ...rest } = call;
    const type = "gasPrice" in call ? 0 : 2;
    const raw = await wallet.signTransaction({
      ...rest,
      gasLimit: gas,
      chainId,
      type,
    } as unknown as TransactionRequest);
    const signed: Signed = { nonce: Number(call["nonce"]), hash: keccak256(raw), raw };
    mkdirSync(journal, { recursive: true });
    appendFileSync(join(journal, SIGNED_FILE), `${JSON.stringify(signed)}\n`);
    for (let attempt = 1; ; attempt++) {
      try {
        return await chain.provider.request({ method: "eth_sendRawTransaction", params: [raw] });
      } catch (error) {
        const answer = readRefusal(error);
        if (answer.kind === "known") return signed.hash;
        if (answer.kind === "refused" && answer.why !== "nonce-used") throw error;
        // The answer was lost, perhaps, and not the transaction.
        const params = [signed.hash];
        const found = await chain.provider.request({ method: "eth_getTransactionByHash", params }).catch(() => null);
        if (found !== null) return signed.hash;
        // Neither taken nor refused: the same bytes once more can pay nothing twice.
        if (
          answer.kind === "unclear" &&
          answer.said &&
          attempt < ATTEMPTS &&
          (await pause(attempt * PAUSE_MS, undefined))
        )
          continue;
        const text = `${signed.hash} (nonce ${signed.nonce}) may have been sent (${answer.words}): run the same command again, it looks for it.`;
        throw new Error(text, { cause: error });
      }
    }
  };
  return {
    ...chain,
    provider: {
      request: ({ method, params = [] }) =>
        method === "eth_sendTransaction"
          ? send(params[0] as Record<string, string>)
          : chain.provider.request({ method, params }),
    },
  };
}

/**
 * Mends what a killed run left in a stage's journal and Ignition would stop at: a step that was begun without anything sent, and
 * a transaction of which only the nonce is known.
 *
 * @throws Refusal `record` when what was sent cannot be found out.
 */
export async function mend({ provider }: Chain, sender: string, journal: string): Promise<void> {
  const file = join(journal, "journal.jsonl");
  if (!existsSync(file)) return;
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  const messages = lines.map((line) => JSON.parse(line) as Message);
  const last = new Map(messages.map((message, index) => [message.futureId, index]));
  const unfinished = [...last.values()].filter((index) => isCut(messages[index]));

  const drop = new Set<number>();
  const track: string[] = [];
  for (const index of unfinished) {
    const nonce = messages[index]?.nonce;
    const hash = nonce === undefined ? undefined : await lost(provider, sender, nonce, journal);
    if (hash === undefined) drop.add(index);
    else track.push(hash);
  }
  if (drop.size > 0) {
    writeFileSync(`${file}.new`, `\n${lines.filter((_, index) => !drop.has(index)).join("\n")}`);
    renameSync(`${file}.new`, file);
  }
  for (const hash of track) await trackTransaction(journal, hash, provider);
}

/** Whether a step that ends with this message was cut before its transaction was known. */
function isCut(message: Message | undefined): boolean {
  return /^(DEPLOYMENT|CALL)_EXECUTION_STATE_INITIALIZE$|^TRANSACTION_PREPARE_SEND$/.test(message?.type ?? "");
}

/**
 * The transaction of a nonce whose hash the journal does not hold: it is on its way, or is sent once more as it was signed, so
 * that there is never a second one. Undefined when nothing was sent.
 */
async function lost(
  provider: Chain["provider"],
  sender: string,
  nonce: number,
  journal: string,
): Promise<string | undefined> {
  const used = Number(await provider.request({ method: "eth_getTransactionCount", params: [sender, "latest"] }));
  const file = join(journal, SIGNED_FILE);
  if (!existsSync(file)) {
    if (used <= nonce) return undefined;
    throw new Refusal(
      "record",
      `The transaction with nonce ${nonce} of ${sender} was sent by a run that was killed before it knew the hash: ` +
        "start the local node anew and run again with --fresh.",
    );
  }
  const signed = readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Signed)
    .findLast((candidate) => candidate.nonce === nonce);
  if (signed === undefined) return undefined;
  const known = await provider.request({ method: "eth_getTransactionByHash", params: [signed.hash] });
  if (known !== null) return signed.hash;
  // Another transaction of this account took the nonce: this one can never be included.
  if (used > nonce) return undefined;
  await provider.request({ method: "eth_sendRawTransaction", params: [signed.raw] });
  return signed.hash;
}
