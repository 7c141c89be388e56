import { main } from "../checks/faults/main.ts";

await main(process.argv.slice(2));
