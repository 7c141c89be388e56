import { main } from "../checks/pack/build.ts";

await main(process.argv.slice(2));
