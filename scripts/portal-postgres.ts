import { main } from "../test/portal/postgres.ts";

await main();
