/** What our index has stored, counted by its database alone. */
import { KINDS, openDatabase } from "../../../src/portal/index/index.ts";

/** Events that are nobody's stake: of proxies when they were set up. Our index leaves them out. */
export const SETTING_UP = ["Initialized", "OwnershipTransferred"];

/** Events of each name in the database of a service that has been stopped. */
export async function storedEvents(folder: string): Promise<Record<string, number>> {
  const db = await openDatabase({ folder });
  try {
    const rows = await db.query<{ kind: number; rows: number }>(
      "SELECT kind, count(*)::int AS rows FROM events GROUP BY kind",
    );
    const byName: Record<string, number> = {};
    for (const { kind, rows: count } of rows) {
      const name = KINDS[kind]?.name ?? `kind ${kind}`;
      byName[name] = (byName[name] ?? 0) + count;
    }
    return byName;
  } finally {
    await db.close();
  }
}
