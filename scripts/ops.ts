import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import * as acceptOwnership from "./ops/acceptOwnership.ts";
import * as bridge from "./ops/bridge.ts";
import * as checkDeployment from "./ops/checkDeployment.ts";
import * as dump from "./ops/dump.ts";
import * as release from "./ops/release.ts";
import * as seed from "./ops/seed.ts";
import * as upgrade from "./ops/upgrade.ts";
import * as verify from "./ops/verify.ts";
import * as vesting from "./ops/vesting.ts";

await yargs(hideBin(process.argv))
  .scriptName("npm run ops --")
  .usage(
    "$0 <operation> --network NAME [--broadcast] [--json]\n\nOperations on a deployment. Without --broadcast nothing is sent. Killed half-way, the same command goes on where it stopped; what was done is written to deployments/NAME/.",
  )
  .command(seed)
  .command(vesting)
  .command(upgrade)
  .command(verify)
  .command(checkDeployment)
  .command(bridge)
  .command(release)
  .command(acceptOwnership)
  .command(dump)
  .demandCommand(1, "Name an operation.")
  .strict()
  .epilogue("Variables: .env.example. Runbooks: docs/runbooks/.")
  .parseAsync();
