import { main } from "../checks/gas/main.ts";

await main(process.argv.slice(2));
