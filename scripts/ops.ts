import { main } from "../deploy/ops/program.ts";

await main(process.argv.slice(2));
