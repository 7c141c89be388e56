import { enableCompileCache } from "node:module";

// Hardhat and Ignition are a thousand modules: what Node has compiled of them serves the next start.
enableCompileCache("node_modules/.cache/node");
const { main } = await import("../devnet/main.ts");
await main(process.argv.slice(2));
