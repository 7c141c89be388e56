import type { Database } from "./database.ts";

/**
 * Migrations, each applied once, in order. Events are the truth and are stored as they came: `data` is topics 1.. and data in one.
 * What pages show is folded from them (`state.ts`), so that taking blocks back is a DELETE.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE head (
    id int PRIMARY KEY CHECK (id = 1),
    block bigint NOT NULL, hash bytea NOT NULL, timestamp bigint NOT NULL,
    -- Counts roll-backs: who has folded events of another epoch begins anew.
    epoch bigint NOT NULL DEFAULT 0,
    -- Counts what was added besides blocks: details, gaps, vesting contracts.
    revision bigint NOT NULL DEFAULT 0,
    chain_head bigint NOT NULL, checked_at bigint NOT NULL
  );
  CREATE TABLE blocks (block bigint PRIMARY KEY, hash bytea NOT NULL, timestamp bigint NOT NULL);
  CREATE TABLE events (
    block bigint NOT NULL, log_index int NOT NULL, timestamp bigint NOT NULL,
    kind smallint NOT NULL, emitter bytea NOT NULL, node bigint, account bytea, tx bytea NOT NULL, data bytea NOT NULL,
    PRIMARY KEY (block, log_index)
  );
  CREATE INDEX events_of_account ON events (account, block, log_index) WHERE account IS NOT NULL;
  -- What the events do not say, read from the contract's state at their block.
  CREATE TABLE details (node bigint NOT NULL, block bigint NOT NULL, body jsonb NOT NULL, PRIMARY KEY (node, block));
  -- The contract's state that the events go on from, where history does not begin at the deployment.
  CREATE TABLE base (id int PRIMARY KEY CHECK (id = 1), block bigint NOT NULL, body jsonb NOT NULL);
  CREATE TABLE gaps (from_block bigint PRIMARY KEY, to_block bigint NOT NULL, what text NOT NULL);
  -- Stakers that were looked at: null where there is no vesting contract at the address.
  CREATE TABLE vesting (address bytea PRIMARY KEY, block bigint NOT NULL, body jsonb);
  CREATE TABLE settings (name text PRIMARY KEY, value text NOT NULL);
  -- Not of the chain: kept whatever becomes of it.
  CREATE TABLE registrations (
    ed25519 bytea NOT NULL, type text NOT NULL CHECK (type IN ('solo', 'contract')), operator bytea NOT NULL,
    bls bytea NOT NULL, sig_ed25519 bytea NOT NULL, sig_bls bytea NOT NULL, contract bytea, timestamp double precision NOT NULL,
    PRIMARY KEY (ed25519, type)
  );
  CREATE INDEX registrations_of_operator ON registrations (operator);
  CREATE TABLE figures (
    account bytea NOT NULL, day bigint NOT NULL, block bigint NOT NULL, timestamp bigint NOT NULL, lifetime numeric NOT NULL,
    PRIMARY KEY (account, day)
  );
  `,
];

/** Brings the tables to this program's form; processes that start together do so one after the other. */
export async function migrate(db: Database): Promise<void> {
  await db.script("CREATE TABLE IF NOT EXISTS migrations (number int PRIMARY KEY)").catch(async (error: unknown) => {
    // Two processes may create it at the same moment: one of them is told so.
    await db.query("SELECT 1 FROM migrations LIMIT 1").catch(() => {
      throw error;
    });
  });
  await db.transaction(async (query) => {
    await query("LOCK TABLE migrations IN EXCLUSIVE MODE");
    const done = new Set(
      (await query<{ number: number }>("SELECT number FROM migrations")).map(({ number }) => number),
    );
    if (Math.max(0, ...done) > MIGRATIONS.length) {
      throw new Error(
        `the database is of a newer version (${Math.max(...done)}; this program knows ${MIGRATIONS.length})`,
      );
    }
    for (const [index, sql] of MIGRATIONS.entries()) {
      if (done.has(index + 1)) continue;
      for (const statement of sql.replace(/--[^\n]*/g, "").split(";")) {
        if (statement.trim() !== "") await query(statement);
      }
      await query("INSERT INTO migrations VALUES ($1)", [index + 1]);
    }
  });
}
