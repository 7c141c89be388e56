import { rmSync } from "node:fs";
import { ethers } from "ethers";
import { consent, processAsking } from "../lib/consent.ts";
import type { Deployment, DeploymentPlan } from "../lib/deployment.ts";
import { broadcast, planDeployment } from "../lib/deployment.ts";
import { networkInfo } from "../lib/networks.ts";
import { parametersFile, readParameters } from "../lib/parameters.ts";
import { recordDirectory } from "../lib/record.ts";
import { Refusal } from "../lib/refusal.ts";
import { formatSesh } from "../../src/chain/units.ts";
import { numeric } from "../../src/settings/numbers.ts";
import { parsed } from "./arguments.ts";
import { commonOptions } from "./context.ts";
import { Output, grouped, guarded, pc, refused } from "./output.ts";

/** Plans a deployment, or makes it. */
export async function main(args: readonly string[]): Promise<void> {
  const argv = await parsed(args, (parser) =>
    commonOptions(parser)
      .scriptName("npm run deploy --")
      .usage(
        "$0 --network NAME [--broadcast] [--json]\n\nDeploys what deploy/parameters/NAME.json5 says. Without --broadcast nothing is sent: the same modules run on a chain inside this process, and the plan and its gas are shown. Killed half-way, the same command goes on where it stopped.",
      )
      .option("parameters", { type: "string", describe: "another parameter file than deploy/parameters/NAME.json5" })
      .option("confirmations", {
        ...numeric("confirmations", { min: 1, whole: true }),
        describe: "blocks to wait for (default: 5; 1 where blocks are made on demand)",
      })
      .option("fresh", {
        type: "boolean",
        default: false,
        describe: "forget an earlier deployment (local networks only)",
      })
      .example("$0 --network arbitrumSepolia", "what would be done, and its gas")
      .example("$0 --network arbitrumSepolia --broadcast", "do it, check it, record it")
      .epilogue("Variables: .env.example. Step by step: docs/runbooks/deploy.md."),
  );
  if (argv === undefined) return;

  const output = new Output(argv.json);

  await guarded(output, async () => {
    const info = networkInfo(argv.network);
    const parameters = readParameters(argv.parameters ?? parametersFile(info.name));
    const record = recordDirectory(info.name, argv.record);
    if (argv.fresh) {
      if (info.kind === "live") {
        throw new Refusal(
          "record",
          `--fresh is for local networks: move ${record} away by hand to deploy ${info.name} anew.`,
        );
      }
      rmSync(record, { recursive: true, force: true });
    }

    output.progress(`dry run of ${info.name} (chain id ${info.chainId}) on a chain inside this process`);
    const plan = await planDeployment(info, parameters, record, argv.rpc);
    showPlan(plan, output);
    if (!argv.broadcast) {
      output.result(planJson(plan));
      for (const { message } of plan.problems) refused(message);
      output.say(
        plan.problems.length === 0
          ? `\nNothing was sent. To send it${argv.rpc === undefined ? "" : ", with the same --rpc"}: npm run deploy -- ${sameOptions(argv)} --broadcast`
          : "\nNothing was sent. --broadcast would be refused for the reasons above.",
      );
      return plan.problems.length === 0;
    }

    const total = plan.plan.steps.length;
    const ask = consent(argv.yes, processAsking(new AbortController().signal));
    // What is refused for a reason is not asked about.
    if (plan.problems.length === 0 && plan.done.size < total) await ask?.(question(plan, total));
    let confirmed = plan.done.size;
    const deployment = await broadcast(plan, record, {
      confirmations: argv.confirmations,
      onStep(step, what, hash) {
        if (what === "confirmed") confirmed++;
        output.progress(`[${confirmed}/${total}] ${step} ${what} ${hash}`);
      },
      onWaiting: (line) => output.progress(`[${confirmed}/${total}] ${line}`),
    });
    showDeployment(deployment, record, output);
    const ok = deployment.checks.every((check) => check.ok);
    output.result({ ok, mode: "broadcast", ...deployment, record });
    return ok;
  });
}

function question({ info, deployer, done, plan, gasPrice }: DeploymentPlan, total: number): string {
  const cost = gasPrice === undefined ? "" : `, about ${ethers.formatEther(plan.totalGas * gasPrice)} ETH`;
  return `Send ${total - done.size} transactions to ${info.name} from ${deployer ?? "the first account"}${cost}?`;
}

/** The options of this run that the next one needs as well; not the URL of an endpoint, which may hold a secret. */
function sameOptions(argv: {
  network: string;
  parameters?: string | undefined;
  record?: string | undefined;
  confirmations?: number | undefined;
  yes?: boolean;
}): string {
  const quoted = (text: string) => (/^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
  const { network, parameters, record, confirmations } = argv;
  const options = Object.entries({ network, parameters, record, confirmations }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name} ${quoted(String(value))}`],
  );
  return [...options, ...(argv.yes === true ? ["--yes"] : [])].join(" ");
}

function planJson(plan: DeploymentPlan): unknown {
  return {
    ok: plan.problems.length === 0,
    mode: "dry-run",
    network: plan.info.name,
    chainId: plan.info.chainId,
    deployer: plan.deployer,
    balance: plan.balance,
    gasPrice: plan.gasPrice,
    parameters: plan.parameters,
    steps: plan.plan.steps.map(({ step, gasUsed, afterAcceptance }) => ({
      step,
      gasUsed,
      status: statusOf(plan, step, afterAcceptance),
    })),
    totalGas: plan.plan.totalGas,
    problems: plan.problems.map(({ code, message }) => ({ code, message })),
  };
}

function statusOf(plan: DeploymentPlan, step: string, afterAcceptance: boolean): string {
  if (plan.done.has(step)) return "done";
  return afterAcceptance ? "after the owner has accepted" : "to do";
}

/** Amounts in atoms are easily off by the nine decimals: the dry run shows both. */
function inSesh(name: string, value: string | bigint): string {
  if (typeof value !== "bigint" || !["totalSupply", "stakingRequirement", "amount"].includes(name)) return "";
  return ` (${formatSesh(value)} SESH)`;
}

function showPlan(plan: DeploymentPlan, output: Output): void {
  const deployer = plan.deployer ?? "not known yet";
  output.say(pc.bold(`${plan.info.name} (chain id ${plan.info.chainId}), deployer ${deployer}`));
  for (const [section, values] of Object.entries(plan.parameters)) {
    output.say(
      `  ${section}: ${Object.entries(values)
        .map(([name, value]) => `${name} ${value}${inSesh(name, value)}`)
        .join(", ")}`,
    );
  }
  output.table(
    [{ name: "step" }, { name: "gas", align: "right" }, { name: "status" }],
    [
      ...plan.plan.steps.map(({ step, gasUsed, afterAcceptance }) => [
        step,
        grouped(gasUsed),
        statusOf(plan, step, afterAcceptance),
      ]),
      ["total", grouped(plan.plan.totalGas), ""],
    ],
  );
  output.say(
    pc.dim("Gas as on a chain without L1 data fees; addresses follow from the deployer's nonce and are not promised."),
  );
  if (plan.balance !== undefined && plan.gasPrice !== undefined) {
    const cost = ethers.formatEther(plan.plan.totalGas * plan.gasPrice);
    output.say(
      `At ${ethers.formatUnits(plan.gasPrice, "gwei")} gwei: ${cost} ETH of ${ethers.formatEther(plan.balance)}.`,
    );
  }
}

function showDeployment(deployment: Deployment, record: string, output: Output): void {
  output.say();
  for (const [name, address] of Object.entries(deployment.addresses)) output.say(`${name.padEnd(14)} ${address}`);
  output.say();
  output.checks(deployment.checks);
  const failed = deployment.checks.filter((check) => !check.ok).length;
  output.say(
    failed === 0
      ? pc.green(
          `\nDeployed with ${grouped(deployment.totalGas)} gas; ${deployment.checks.length} checks passed. Record: ${record}`,
        )
      : pc.red(`\n${failed} of ${deployment.checks.length} checks failed. Record: ${record}`),
  );
  if (deployment.waitingFor !== undefined) {
    output.say(
      `Waiting for ${deployment.waitingFor} to call acceptOwnership() on pool, rewards and factory; ` +
        "then run the same command once more: the ProxyAdmins follow.",
    );
  }
}
