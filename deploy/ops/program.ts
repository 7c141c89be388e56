import { parsed } from "./arguments.ts";
import * as acceptOwnership from "./acceptOwnership.ts";
import * as bridge from "./bridge.ts";
import * as call from "./call.ts";
import * as checkDeployment from "./checkDeployment.ts";
import * as dump from "./dump.ts";
import * as release from "./release.ts";
import * as seed from "./seed.ts";
import * as upgrade from "./upgrade.ts";
import * as verify from "./verify.ts";
import * as vesting from "./vesting.ts";

/** Runs the operation that is named. */
export async function main(args: readonly string[]): Promise<void> {
  await parsed(args, (parser) =>
    parser
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
      .command(call)
      .command(acceptOwnership)
      .command(dump)
      .demandCommand(1, "Name an operation.")
      .recommendCommands()
      .epilogue("Variables: .env.example. Runbooks: docs/runbooks/."),
  );
}

/** `npm run check-deployment`: the one operation that only reads, by itself. */
export async function checkDeploymentMain(args: readonly string[]): Promise<void> {
  await parsed(args, (parser) =>
    parser
      .scriptName("npm run check-deployment --")
      .command("$0", checkDeployment.describe, checkDeployment.builder, checkDeployment.handler)
      .epilogue("Variables: .env.example. Reads only."),
  );
}
