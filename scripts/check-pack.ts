import { main } from "../checks/pack/main.ts";

await main(process.argv.slice(2));
