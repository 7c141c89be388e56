import { main } from "../checks/bench/main.ts";

await main(process.argv.slice(2));
