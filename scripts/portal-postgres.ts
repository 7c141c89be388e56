import { main } from "../test/portal/postgres.ts";

await main(process.argv.slice(2));
