import { main } from "../checks/page/build.ts";

await main(process.argv.slice(2));
