import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { builder, describe, handler } from "./ops/checkDeployment.ts";

await yargs(hideBin(process.argv))
  .scriptName("npm run check-deployment --")
  .command("$0", describe, builder, handler)
  .strict()
  .epilogue("Variables: .env.example. Reads only.")
  .parseAsync();
