import { main } from "../checks/session/main.ts";

await main(process.argv.slice(2));
