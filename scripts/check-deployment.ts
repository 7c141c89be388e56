import { checkDeploymentMain } from "../deploy/ops/program.ts";

await checkDeploymentMain(process.argv.slice(2));
