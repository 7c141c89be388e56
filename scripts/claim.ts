import { parseUnits } from "ethers";
import pc from "picocolors";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { connect, explain, loadAccount, parseSesh, requireContract, resolveNetwork } from "../src/chain/index.ts";
import { claim } from "../src/cli/lib/claim.ts";
import { claimJson, claimText } from "../src/cli/lib/claimText.ts";
import { progressLine } from "../src/cli/lib/progressLine.ts";
import { CollectError, parseNodeUrls, readNodesFile } from "../src/collect/index.ts";

const argv = await yargs(hideBin(process.argv))
  .scriptName("npm run claim --")
  .usage("$0 [options]\n\nClaims the rewards of one's own account against a signature of the network's nodes.")
  .option("network", {
    type: "string",
    choices: ["arbitrum", "arbitrumSepolia", "localhost", "hardhat"],
    describe: "preset of endpoint and addresses, checked by chain id",
  })
  .option("rpc", { type: "string", describe: "JSON-RPC endpoint of the chain" })
  .option("rewards-contract", { type: "string", describe: "address of ServiceNodeRewards" })
  .option("node-urls", { type: "string", describe: "URLs of the nodes, separated by commas" })
  .option("nodes-file", { type: "string", describe: "file with the URLs: JSON, or one a line" })
  .option("keystore", { type: "string", describe: "encrypted Ethereum JSON keystore of the account" })
  .option("password-file", { type: "string", describe: "file whose first line is the keystore's password" })
  .option("from", { type: "string", describe: "account of a dry run without a key" })
  .option("amount", { type: "string", describe: "claim at most this much SESH (default: everything)" })
  .option("dry-run", { type: "boolean", describe: "simulate and show, send nothing (the default)" })
  .option("broadcast", { type: "boolean", default: false, describe: "send it" })
  .option("json", { type: "boolean", default: false, describe: "print one JSON object" })
  .option("timeout", { type: "number", default: 5, describe: "seconds a node may take" })
  .option("deadline", { type: "number", default: 12, describe: "seconds for the whole collection" })
  .option("stop-at", { type: "number", describe: "stop at this many signers" })
  .option("gas-multiplier", { type: "number", default: 1.2, describe: "gas limit over the estimate" })
  .option("max-fee", { type: "string", describe: "cap of the gas price, gwei" })
  .option("nonce", { type: "number", describe: "nonce of the first transaction" })
  .epilogue(
    "The key comes from $PRIVATE_KEY or from a keystore, never from the command line.\n" +
      "Exit codes: 0 done (or nothing to claim), 1 refused or failed, 2 wrong usage.",
  )
  .example("$0 --network localhost --rewards-contract 0x… --nodes-file nodes.json", "what would be claimed")
  .example("$0 --network arbitrumSepolia --nodes-file nodes.json --broadcast", "claim it")
  .check((given) => {
    if (!given["node-urls"] && !given["nodes-file"]) throw new Error("Give --node-urls or --nodes-file.");
    if (given["dry-run"] && given.broadcast) throw new Error("--dry-run and --broadcast exclude each other.");
    if (!given.network && !given.rpc) throw new Error("Give --network or --rpc.");
    return true;
  })
  .fail((message, error, parser) => {
    parser.showHelp();
    process.stderr.write(`\n${pc.red(message ?? error.message)}\n`);
    process.exit(2);
  })
  .strict()
  .wrap(Math.min(110, process.stdout.columns ?? 110))
  .parse();

const abort = new AbortController();
process.once("SIGINT", () => abort.abort());

try {
  const target = resolveNetwork({ network: argv.network, rpc: argv.rpc, rewards: argv.rewardsContract });
  if (!target.rewards) throw new Error("Give --rewards-contract: this network has no known address of it.");
  const { provider, chainId } = await connect(target.rpcUrl, target.chainId);
  await requireContract(provider, target.rewards, "ServiceNodeRewards");
  const nodes = argv.nodesFile ? await readNodesFile(argv.nodesFile) : parseNodeUrls(argv.nodeUrls ?? "");
  const account = await loadAccount({ keystore: argv.keystore, passwordFile: argv.passwordFile }, provider);
  const recipient = account?.address ?? argv.from;
  if (!recipient) throw new Error("Whose rewards? Set $PRIVATE_KEY, give --keystore, or --from for a dry run.");

  const progress = progressLine(!argv.json);
  const report = await claim({
    provider,
    contract: target.rewards,
    chainId,
    recipient,
    nodes,
    broadcast: argv.broadcast,
    collector: { timeoutMs: argv.timeout * 1_000, deadlineMs: argv.deadline * 1_000 },
    gasMultiplier: argv.gasMultiplier,
    signal: abort.signal,
    onEvent: progress.update,
    ...(account ? { signer: account } : {}),
    ...(argv.amount === undefined ? {} : { amount: parseSesh(argv.amount) }),
    ...(argv.stopAt === undefined ? {} : { stopAt: argv.stopAt }),
    ...(argv.maxFee === undefined ? {} : { maxFeePerGas: parseUnits(argv.maxFee, "gwei") }),
    ...(argv.nonce === undefined ? {} : { nonce: argv.nonce }),
  }).finally(progress.end);
  process.stdout.write(`${argv.json ? JSON.stringify(claimJson(report)) : claimText(report, argv.broadcast)}\n`);
  provider.destroy();
} catch (error) {
  const decoded = explain(error);
  const message = decoded ? `${decoded.sentence} ${decoded.fix}` : (error as Error).message;
  const code = decoded?.name ?? (error instanceof CollectError ? error.code : (error as { code?: string }).code);
  if (argv.json) process.stdout.write(`${JSON.stringify({ status: "failed", error: code ?? "error", message })}\n`);
  else process.stderr.write(`${pc.red(message.trim())}\n`);
  process.exitCode = 1;
}
