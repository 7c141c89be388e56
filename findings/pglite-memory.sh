#!/usr/bin/env bash
# @electric-sql/pglite 0.5.17 (Postgres in WebAssembly) under Node 24.21.0.
#
# Opening an empty database that is there takes 600 to 800 MB of resident memory at its peak, and making one more still, although
# Postgres then works in some 180 MB. Most of it is V8's optimising compiler at work on the module's largest functions, in the
# background, seconds after the first query was answered. With `--liftoff-only`, the baseline compiler alone, the peak is a third.
#
# Seen: "peak resident MB: made 1027, opened 811, opened with --liftoff-only 255". Fails when the flag saves less than half.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module","private":true}' > package.json
npm install --silent --no-audit --no-fund --save-exact @electric-sql/pglite@0.5.17 node@24.21.0
cat > open.js <<'JS'
import { PGlite } from "@electric-sql/pglite";

const db = await PGlite.create({ dataDir: "./data" });
await db.query("SELECT count(*) FROM pg_class");
// The optimising compiler works in the background.
await new Promise((resolve) => setTimeout(resolve, 8000));
await db.close();
console.log(Math.round(process.resourceUsage().maxRSS / 1024));
process.exit(0);
JS
node=node_modules/node/bin/node
made=$($node open.js)
opened=$($node open.js)
baseline=$($node --liftoff-only open.js)
echo "peak resident MB: made $made, opened $opened, opened with --liftoff-only $baseline"
[ "$opened" -gt $((2 * baseline)) ] || { echo "changed: the flag saves less than half"; exit 1; }
