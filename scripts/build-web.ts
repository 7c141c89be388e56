import { main } from "../checks/page/build.ts";

await main();
