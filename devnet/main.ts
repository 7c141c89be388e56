/** `npm start`: a Session network on a local chain; see devnet/. */
import { pathToFileURL } from "node:url";
import yargs from "yargs";
import { EXIT } from "../src/settings/exit.ts";
import { numeric } from "../src/settings/numbers.ts";
import { failWith } from "../src/settings/usage.ts";
import { devWallet } from "./chain.ts";
import { startPortal } from "./portal.ts";
import { held, Report } from "./report.ts";
import { ACCOUNTS, Devnet, MIN_SEEDED } from "./run.ts";
import type { Outcome } from "./steps.ts";
import { tickAll } from "./network.ts";
import { silentAndBack } from "./standing.ts";
import * as steps from "./steps.ts";

/** A command line that makes no sense: one line. */
function refuse(why: string): never {
  process.stderr.write(`${why.replace(/([^.?])$/, "$1.")} --help lists the options.\n`);
  process.exit(EXIT.usage);
}

/** Runs the network, prints what happened, and ends it unless `--keep`. */
export async function main(args: readonly string[]): Promise<void> {
  const argv = await yargs([...args])
    .scriptName("npm start --")
    .usage("$0 [options]\n\nA Session network on a local chain: real nodes sign, the contract pays.")
    .option("nodes", {
      ...numeric("nodes", { min: MIN_SEEDED, max: 1_000, whole: true }),
      default: 20,
      describe: `nodes to seed, ${MIN_SEEDED} at least (two are dead and one lies); 4 more register`,
    })
    .option("json", { type: "boolean", default: false, describe: "print one JSON object, progress to standard error" })
    .option("keep", { type: "boolean", default: false, describe: "leave the network running and print how to use it" })
    .option("port", {
      ...numeric("port", { max: 65_535, whole: true }),
      describe: "port of the chain's JSON-RPC [any free one]",
    })
    .strict()
    .help()
    .showHelpOnFail(false)
    .fail(failWith(refuse))
    .parseAsync();

  const report = new Report(argv.json);
  // Who plays with the network wants the node to name errors; a run that ends with the command decodes them itself.
  const extent = argv.keep ? "traces" : "code";
  const net = new Devnet({
    seeded: argv.nodes,
    report,
    extent,
    ...(argv.port === undefined ? {} : { port: argv.port }),
  });
  const outcome: Outcome = { claimed: 0n, expected: 0n };
  let failure: unknown;
  try {
    await report.step("chain", (progress) => net.start(progress));
    await report.step("seed", (progress) => net.seed(progress));
    await report.step("register", (progress) => steps.registerFour(net, progress));
    await report.step("pool", (progress) => steps.fundPool(net, progress));
    await report.step("nodes", (progress) => steps.bringUpNodes(net, progress));
    await report.step("accrue", (progress) => steps.accrue(net, progress));
    await report.step("claim", (progress) => steps.claimForAlice(net, outcome, progress));
    await report.step("claim, OxenMQ", (progress) => steps.claimOverOmq(net, progress));
    await report.step("crowd-fund", (progress) => steps.crowdFund(net, progress));
    await report.step("vesting", (progress) => steps.stakeFromVesting(net, progress));
    await report.step("batch", (progress) => steps.batch(net, progress));
    await report.step("exit", (progress) => steps.exitBob(net, progress));
    await report.step("stake back", (progress) => steps.claimStakeOfBob(net, progress));
    await report.step("silence", (progress) => silentAndBack(net, progress));
    await report.step("liquidate", (progress) => steps.liquidate(net, progress));
    await report.step("unsigned exit", (progress) => steps.unlockUnsigned(net, progress));
  } catch (error) {
    failure = error;
  }

  report.table();
  const seconds = Math.round(report.steps.reduce((sum, { ms }) => sum + ms, 0) / 1_000);
  if (failure === undefined) {
    const nodes = net.firstCollected?.set.nodes.length ?? 0;
    report.verdict(
      true,
      `Everything held: ${report.steps.length} steps with ${nodes} nodes in ${seconds} s, ${held} checks, every amount to the last atom.`,
    );
    if (!argv.keep) report.say(NEXT);
  } else report.verdict(false, `It failed at "${report.steps.at(-1)?.name}", after ${held} checks that held.`);
  if (failure !== undefined) {
    const reason = failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
    process.stderr.write(`\n${reason}\n`);
    process.exitCode = 1;
  } else if (argv.keep) {
    await keep(net, report);
  }
  if (argv.json) process.stdout.write(`${JSON.stringify(summary(net, report, outcome, failure === undefined))}\n`);
  if (failure !== undefined || !argv.keep) await net.stop();
}

const NEXT = `
Try next:
  npm start -- --keep                     the same, and leave it running to play with
  npm run cli -- status                   the live network, from a public endpoint
  npm run cli -- mine 0x…                 your nodes, stakes and rewards there
  npm run cli -- --help                   everything else; nothing is sent without --broadcast
  npm test                                every check of the project`;

/** The object of `--json`. Ids are numbers, amounts decimal strings of atomic SESH. */
function summary(net: Devnet, report: Report, outcome: Outcome, ok: boolean) {
  const collected = net.firstCollected;
  const bad = collected?.badNodes ?? [];
  const name = ({ id, reason }: { id: bigint | undefined; reason: string }) => {
    const url = net.nodes.find((node) => node.id === id)?.url ?? "";
    return { id: id === undefined ? null : Number(id), url, reason };
  };
  return {
    nodes: collected?.set.nodes.length ?? 0,
    signers: collected?.signers.length ?? 0,
    // those who kept silent; the contract's list of non-signers holds the bad nodes too
    nonSigners: (collected?.nonSigners ?? []).filter(({ id }) => !bad.some((node) => node.id === id)).map(name),
    badNodes: bad.map(name),
    steps: report.steps,
    claimed: outcome.claimed.toString(),
    expected: outcome.expected.toString(),
    ok,
  };
}

/** Goes on mining, so that rounds pass, until interrupted. */
async function keep(net: Devnet, report: Report): Promise<void> {
  const path = ".tmp/devnet/nodes.json";
  // what accrued over the 30 days of the last step must be in the contract before anybody can claim it
  await net.releasePool();
  await net.writeNodesFile(pathToFileURL(path).href);
  const wallet = devWallet(ACCOUNTS.alice);
  // The network is of use without it.
  const portal = await startPortal(net).catch((error: unknown) => {
    report.note(`the portal could not be started: ${(error as Error).message}`);
    return undefined;
  });
  const served = portal && `${portal.url}  (the staking page; its interface: ${portal.url}/openapi.json)`;
  report.say(`
The network stays up until Ctrl-C.
  portal           ${served ?? "none"}
  chain            ${net.chain.url}
  rewards contract ${net.chain.addresses.rewards}
  token, pool      ${net.chain.addresses.token}, ${net.chain.addresses.pool}
  factory          ${net.chain.addresses.factory} (of contribution contracts)
  nodes            ${path}
  a funded key     ${wallet.privateKey}  (development account ${wallet.address}, worthless elsewhere)

Try, in another terminal:
  export PRIVATE_KEY=${wallet.privateKey}
  on="--rpc ${net.chain.url} --rewards-contract ${net.chain.addresses.rewards}"
  npm run cli -- mine ${wallet.address} $on --nodes-file ${path}
  npm run claim -- $on --nodes-file ${path}
  npm run claim -- $on --daemon-url ${net.nodes.find((node) => node.running)?.url ?? ""}
`);
  const turn = async (): Promise<void> => {
    await net.releasePool();
    await tickAll(net.nodes);
  };
  let busy = false;
  const mining = setInterval(() => {
    if (busy) return;
    busy = true;
    void turn()
      .catch(() => undefined)
      .finally(() => (busy = false));
  }, 2_000);
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      clearInterval(mining);
      void (portal?.stop() ?? Promise.resolve()).then(() => net.stop()).then(() => process.exit(0));
    });
}
