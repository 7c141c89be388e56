import { main } from "../checks/rehearsal/rehearse.ts";

await main(process.argv.slice(2));
