import { main } from "../checks/model/run/main.ts";

await main(process.argv.slice(2));
