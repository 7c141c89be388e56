import { main } from "../checks/rehearsal/rehearseUpgrade.ts";

await main(process.argv.slice(2));
