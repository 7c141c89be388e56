import { main } from "../checks/vectors/main.ts";

await main(process.argv.slice(2));
