import { join } from "node:path";
import { openJournalFile, readJournalFile } from "../../chain/files/index.ts";
import { ChainError, Journal, presetOfChain } from "../../chain/index.ts";
import type { Entry } from "../../chain/index.ts";
import type { Session } from "./session.ts";
import { stateDirectory } from "./state.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** One journal for each account on each chain, whichever command sends: they share its nonces. */
async function journalPath(
  { provider, chainId }: Session,
  account: string,
  stateDir: string | undefined,
  env: Env,
): Promise<string> {
  const chain = presetOfChain(chainId) ? `${chainId}` : `${chainId}-${await birthOf(provider)}`;
  return join(stateDirectory(stateDir, env), "journal", `${chain}-${account.toLowerCase()}.json`);
}

/**
 * Tells a local chain from the one that bore its number yesterday: what was sent to that one is none of this one's.
 *
 * @throws ChainError `unknown-block`
 */
async function birthOf(provider: Session["provider"]): Promise<string> {
  const hash = (await provider.getBlock(0))?.hash;
  if (hash) return hash.slice(2, 10);
  // Under another name the journal would be empty, and what it knows would be sent again.
  const text = "The endpoint does not give its first block, by which this chain is told from others.";
  throw new ChainError("unknown-block", text);
}

/** Opens the account's journal, for this process alone. @throws ChainError `locked` | `state-file` */
export async function openJournal(
  session: Session,
  account: string,
  stateDir: string | undefined,
  env: Env,
): Promise<Journal> {
  const path = await journalPath(session, account, stateDir, env);
  const journal = await Journal.open(await openJournalFile(path, `the account ${account} on chain ${session.chainId}`));
  tellNewest(session, journal.all);
  return journal;
}

/** What an earlier run left open, for a look without the lock. */
export async function readOpenEntries(
  session: Session,
  account: string,
  stateDir: string | undefined,
  env: Env,
): Promise<Entry[]> {
  const entries = await readJournalFile(await journalPath(session, account, stateDir, env));
  tellNewest(session, entries);
  return entries.filter(({ state }) => state === "signed");
}

/** What this account has seen included is not forgotten by the next run, whatever replica answers it. */
function tellNewest({ provider }: Session, entries: readonly Entry[]): void {
  provider.notBefore(Math.max(0, ...entries.map(({ block }) => block ?? 0)));
}
