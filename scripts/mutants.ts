import { main } from "../checks/mutants/main.ts";

await main(process.argv.slice(2));
