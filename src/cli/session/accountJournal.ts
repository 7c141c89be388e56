import { join } from "node:path";
import { openJournalFile, readJournalFile } from "../../chain/files/index.ts";
import { Journal } from "../../chain/index.ts";
import type { Entry } from "../../chain/index.ts";
import type { Session } from "./session.ts";
import { stateDirectory } from "./state.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** One journal for each account on each chain, whichever command sends: they share its nonces. */
function journalPath(session: Session, account: string, stateDir: string | undefined, env: Env): string {
  return join(stateDirectory(stateDir, env), "journal", `${session.chainId}-${account.toLowerCase()}.json`);
}

/** Opens the account's journal, for this process alone. @throws ChainError `locked` | `state-file` */
export async function openJournal(
  session: Session,
  account: string,
  stateDir: string | undefined,
  env: Env,
): Promise<Journal> {
  const path = journalPath(session, account, stateDir, env);
  return Journal.open(await openJournalFile(path, `the account ${account} on chain ${session.chainId}`));
}

/** What an earlier run left open, for a look without the lock. */
export async function readOpenEntries(
  session: Session,
  account: string,
  stateDir: string | undefined,
  env: Env,
): Promise<Entry[]> {
  const entries = await readJournalFile(journalPath(session, account, stateDir, env));
  return entries.filter(({ state }) => state === "signed");
}
