import { main } from "../checks/portal/main.ts";

await main(process.argv.slice(2));
