import { main } from "../checks/prove/main.ts";

await main(process.argv.slice(2));
