import { main } from "../checks/bench/standing.ts";

await main(process.argv.slice(2));
