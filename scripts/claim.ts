import { runProcess } from "../src/cli/process.ts";

await runProcess(["claim", ...process.argv.slice(2)]);
