/**
 * The one room of the chain that reads and writes files: keystores, passwords, journals of what was sent, locks. A browser has
 * none, so `session-staking/chain` does not bring it along; it is `session-staking/chain/files`.
 *
 * @packageDocumentation
 */
export * from "./accounts.ts";
export { unusable, writeAtomically } from "./atomic.ts";
export { openJournalFile, readJournalFile } from "./journalFile.ts";
export type { Lock, LockOwner } from "./lock.ts";
export { takeLock } from "./lock.ts";
