import { main } from "../checks/wasm/compile.ts";

await main();
