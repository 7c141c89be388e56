import { main } from "../checks/fuzz/main.ts";

await main(process.argv.slice(2));
