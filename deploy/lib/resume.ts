import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { trackTransaction } from "@nomicfoundation/ignition-core";
import type { Provider, TransactionRequest, Wallet } from "ethers";
import { keccak256 } from "ethers";
import type { Chain } from "./execute.ts";
import { ChainError } from "../../src/chain/errors.ts";
import { readRefusal } from "../../src/chain/sending/refusals.ts";
import { whoUsed } from "../../src/chain/sending/replacement.ts";
import { pause } from "../../src/chain/transport/pause.ts";
import { endLine, wholeLines } from "./journalLines.ts";
import { Refusal } from "./refusal.ts";
import { writeWhole } from "./whole.ts";

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
  transaction?: { hash: string };
}

const SIGNED_FILE = "signed.jsonl";

/** How often it is looked for what used a nonce and is not shown, and the first pause between, in milliseconds. */
const LOOKS = 8;
const PAUSE_MS = 250;

/**
 * The chain for one stage, with every transaction signed here and written down beside Ignition's journal before it is sent.
 * Ignition learns a hash only from the node's answer, and a process that dies before the answer would not know what it sent. It (ignition-core 3.1.9) also
 * takes a transaction that the endpoint does not show for replaced once its nonce is used, and would send it anew: here that is no
 * answer until it is known who used the nonce.
 */
export function noting(
  chain: Chain,
  provider: Provider,
  wallet: Wallet,
  chainId: number,
  journal: string,
  pauseMs = PAUSE_MS,
): Chain {
  const byHash = (hash: unknown) => chain.provider.request({ method: "eth_getTransactionByHash", params: [hash] });
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
    endLine(join(journal, SIGNED_FILE));
    appendFileSync(join(journal, SIGNED_FILE), `${JSON.stringify(signed)}\n`, { flush: true });
    try {
      return await chain.provider.request({ method: "eth_sendRawTransaction", params: [raw] });
    } catch (error) {
      const answer = readRefusal(error);
      if (answer.kind === "known") return signed.hash;
      if (answer.kind === "refused" && answer.why !== "nonce-used") throw error;
      // The answer was lost, perhaps, and not the transaction; or it was to take the place of one that is included by now.
      for (const { hash } of signaturesOf(signed.nonce, journal)) {
        if ((await byHash(hash).catch(() => null)) !== null) return hash;
      }
      const { hash, nonce } = signed;
      const text = `${hash} (nonce ${nonce}) may have been sent (${answer.words}): run the same command again, it looks for it.`;
      throw new ChainError("not-included", text, { hash, nonce }, error);
    }
  };
  const show = async (hash: unknown): Promise<unknown> => {
    const signed = allSigned(journal).find((one) => one.hash === hash);
    for (let look = 1; ; look++) {
      const found = await byHash(hash);
      if (found !== null || signed === undefined) return found;
      const all = signaturesOf(signed.nonce, journal);
      // With other fees it is there.
      for (const one of all) if (one.hash !== hash && (await byHash(one.hash)) !== null) return null;
      if (!(await isOurs(provider, wallet.address, signed.nonce, all))) return null;
      if (look >= LOOKS) throw unshown(wallet.address, signed);
      await pause(look * pauseMs, undefined);
    }
  };
  return {
    ...chain,
    provider: {
      request: ({ method, params = [] }) => {
        if (method === "eth_sendTransaction") return send(params[0] as Record<string, string>);
        if (method === "eth_getTransactionByHash") return show(params[0]);
        return chain.provider.request({ method, params });
      },
    },
  };
}

/** Whether a nonce is used, and by nothing that is known to be another's: then what was signed with it is not sent anew. */
async function isOurs(provider: Provider, from: string, nonce: number, signed: readonly Signed[]): Promise<boolean> {
  if ((await provider.getTransactionCount(from, "latest")) <= nonce) return false;
  const user = await whoUsed(provider, { from, nonce, attempts: signed.map((one) => ({ ...one, at: 0 })) });
  return user.kind !== "other" || user.by.reason === "repriced";
}

function unshown(sender: string, { nonce, hash }: Signed): ChainError {
  const text =
    `Nonce ${nonce} of ${sender} is used, and the endpoint does not show whether by ${hash}: ` +
    "look at the chain, and run the same command again, with another endpoint (--rpc) if it stays so.";
  return new ChainError("end-unknown", text, { hash, nonce, from: sender });
}

/** Ignition's word for a transaction whose hash it knows. */
const SENT = "TRANSACTION_SEND";
/** Ignition's word for a transaction that it has waited for long enough. It would refuse to go on from there. */
const TIMEOUT = "ONCHAIN_INTERACTION_TIMEOUT";

/**
 * Mends what an earlier run left in a stage's journal and Ignition would stop at: a step that was begun without anything sent, a
 * transaction of which only the nonce is known, and one that was given up waiting for.
 *
 * @throws Refusal `record` | ChainError `end-unknown` when what was sent cannot be found out
 */
export async function mend(chain: Chain, provider: Provider, sender: string, journal: string): Promise<void> {
  const file = join(journal, "journal.jsonl");
  if (!existsSync(file)) return;
  const all = readFileSync(file, "utf8").split("\n").filter(Boolean);
  const lines = wholeLines(file).filter((line) => !line.includes(TIMEOUT));
  const messages = lines.map((line) => JSON.parse(line) as Message);
  const last = new Map(messages.map((message, index) => [message.futureId, index]));
  const unfinished = [...last.values()].filter((index) => isCut(messages[index]));

  const replaced = new Map<number, string[]>();
  const track: string[] = [];
  for (const index of unfinished) {
    const { nonce, futureId } = messages[index] as Message;
    const hash = nonce === undefined ? undefined : await lost(provider, sender, nonce, journal);
    const earlier = messages.filter((one) => one.type === SENT && one.futureId === futureId && one.nonce === nonce);
    const last = earlier.at(-1);
    if (hash === undefined) replaced.set(index, []);
    else if (last === undefined) track.push(hash);
    // Cut while its fees were raised: Ignition takes what it did not note itself for the user's, and would send it anew.
    else if (earlier.some(({ transaction }) => transaction?.hash === hash)) replaced.set(index, []);
    else {
      const sent = JSON.stringify({ ...last, transaction: { ...last.transaction, hash } });
      replaced.set(index, [lines[index] as string, sent]);
    }
  }
  if (replaced.size > 0 || lines.length < all.length) {
    const mended = lines.flatMap((line, index) => replaced.get(index) ?? [line]);
    writeWhole(file, `\n${mended.join("\n")}`);
  }
  for (const hash of track) await trackTransaction(journal, hash, chain.provider);
}

/** Whether a step that ends with this message was cut before its transaction was known. */
function isCut(message: Message | undefined): boolean {
  return /^(DEPLOYMENT|CALL)_EXECUTION_STATE_INITIALIZE$|^TRANSACTION_PREPARE_SEND$/.test(message?.type ?? "");
}

/**
 * The transaction of a nonce whose hash the journal does not hold: it is on its way, or is sent once more as it was signed, so
 * that there is never a second one. Undefined when nothing was sent, or what was can never be included.
 *
 * @throws ChainError `end-unknown` when the nonce is used and the endpoint does not show by what: that is no reason to send anew
 */
async function lost(provider: Provider, sender: string, nonce: number, journal: string): Promise<string | undefined> {
  const used = await provider.getTransactionCount(sender, "latest");
  if (!existsSync(join(journal, SIGNED_FILE))) {
    if (used <= nonce) return undefined;
    throw new Refusal(
      "record",
      `The transaction with nonce ${nonce} of ${sender} was sent by a run that was killed before it knew the hash: ` +
        "start the local node anew and run again with --fresh.",
    );
  }
  const attempts = signaturesOf(nonce, journal);
  const [newest] = attempts;
  if (newest === undefined) return undefined;
  for (const { hash } of attempts) if ((await provider.getTransaction(hash)) !== null) return hash;
  if (used <= nonce) {
    await provider.broadcastTransaction(newest.raw);
    return newest.hash;
  }
  if (await isOurs(provider, sender, nonce, attempts)) throw unshown(sender, newest);
  // Another transaction of this account took the nonce: none of these can ever be included.
  return undefined;
}

/** What was signed with a nonce, the newest first. */
function signaturesOf(nonce: number, journal: string): Signed[] {
  return allSigned(journal)
    .filter((signed) => signed.nonce === nonce)
    .reverse();
}

function allSigned(journal: string): Signed[] {
  const file = join(journal, SIGNED_FILE);
  if (!existsSync(file)) return [];
  return wholeLines(file).map((line) => JSON.parse(line) as Signed);
}
