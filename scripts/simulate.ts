import { main } from "../checks/simulate/main.ts";

await main(process.argv.slice(2));
