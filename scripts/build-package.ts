import { main } from "../checks/pack/build.ts";

await main();
