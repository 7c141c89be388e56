import { main } from "../checks/wasm/compile.ts";

await main(process.argv.slice(2));
