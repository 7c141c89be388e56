/** A process of its own, see `database.ts`: makes the files of an empty database under a draft's name, then gives them their name. */
import { rename } from "node:fs/promises";
import { PGlite } from "@electric-sql/pglite";

const [draft = "", final = ""] = process.argv.slice(2);
const db = await PGlite.create({ dataDir: draft });
await db.close();
await rename(draft, final);
process.exit(0);
