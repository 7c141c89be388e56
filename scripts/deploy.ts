import { main } from "../deploy/ops/deploy.ts";

await main(process.argv.slice(2));
