import { main } from "../devnet/main.ts";

await main(process.argv.slice(2));
