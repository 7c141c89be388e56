import { main } from "../checks/compat/main.ts";

await main(process.argv.slice(2));
