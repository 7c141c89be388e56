import { main } from "../checks/pack/main.ts";

await main();
