import { main } from "../checks/clients/main.ts";

await main(process.argv.slice(2));
