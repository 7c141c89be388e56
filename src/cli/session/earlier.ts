import { ChainError, peek, recordOf, reopenAllGone, reopenIfOut, resume, RevertError } from "../../chain/index.ts";
import type { Entry, Journal, SendOptions, SendRecord } from "../../chain/index.ts";
import type { Output } from "../terminal/output.ts";

/** A transaction of an earlier run whose end became known in this one. */
export interface Earlier {
  entry: Entry;
  record: SendRecord;
}

/** Ends that leave the command to do its work anew. */
const UNDONE = ["replaced", "expired", "given-up", "not-taken"];

/**
 * Finds out what became of the transactions that earlier runs left: those of the same command are followed to their end, and sent
 * again if they got lost; those of other commands are only looked for.
 *
 * @param command - What the present command is for.
 * @returns those of the same command that are included
 * @throws ChainError `not-included` | `left` while one of them is still under way
 */
export async function lookAfter(
  command: string,
  journal: Journal,
  options: SendOptions,
  out: Output,
  replace: boolean,
): Promise<Earlier[]> {
  const { provider } = options;
  for (const { hash, what } of await reopenAllGone(provider, journal)) {
    out.note(`${hash} (${what}) is no part of the chain any more: a block was taken back`);
  }
  const own = journal.all.filter((entry) => entry.command === command);
  for (const { hash, what } of await reopenIfOut(provider, journal, own)) {
    out.note(`${hash} (${what}) of an earlier run was given up, and is there after all`);
  }
  const found: Earlier[] = [];
  // A run that ended before it could say so leaves its user to run the command again.
  for (const entry of journal.all) {
    if (entry.command !== command || !entry.final || entry.state !== "included" || entry.told !== false) continue;
    found.push({ entry, record: await recordOf(entry, provider) });
    out.note(`${entry.hash} of an earlier run is included in block ${entry.block} (${entry.what})`);
  }
  for (const entry of [...journal.open].sort((a, b) => a.nonce - b.nonce)) {
    if (entry.command === command) {
      out.note(`looking for ${entry.hash} (${entry.what}), sent by an earlier run`);
      try {
        found.push({ entry, record: await resume(entry, { ...options, journal }, { replace }) });
        out.note(`${entry.hash} of an earlier run is included in block ${entry.block} (${entry.what})`);
      } catch (error) {
        const undone = error instanceof RevertError || (error instanceof ChainError && UNDONE.includes(error.code));
        if (!undone) throw error;
        out.note(error.message);
      }
    } else {
      const seen = await peek(entry, provider, journal, options.pollMs).catch((error: unknown) => {
        // That is its own command's to decide.
        if (error instanceof ChainError && error.code === "end-unknown") return "unproven" as const;
        throw error;
      });
      out.note(`${entry.hash} of an earlier run (${entry.what}) ${SEEN[seen]}`);
    }
  }
  return found;
}

const SEEN = {
  included: "is included",
  failed: "is included, and failed",
  replaced: "was replaced by another transaction of the account",
  pending: "is still on its way; what is sent now comes after it",
  unproven: "may have taken effect: its nonce is used, and the endpoint does not show by what",
  unknown: "is not known to the endpoint; what is sent now has its nonce, so that only one of the two takes effect",
} as const;
