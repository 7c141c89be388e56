import type { Argv } from "yargs";
import { Refusal, Refusals } from "../lib/refusal.ts";
import { deriveTags } from "../../src/bls/index.ts";
import type { Call } from "../../src/chain/calls.ts";
import { getPool, getRewards, getToken } from "../../src/chain/contracts.ts";
import { optional } from "../../src/chain/optional.ts";
import { chainSeconds } from "../../src/chain/sending/follow.ts";
import { formatSesh } from "../../src/chain/units.ts";
import type { CommonArguments, Context } from "./context.ts";
import { commonOptions, requireAddress, requireSigner, withContext } from "./context.ts";
import { openJournal } from "./journal.ts";
import { Output, grouped, guarded } from "./output.ts";
import type { SeedNode } from "./seedFile.ts";
import { checkSeedList, proofHolds, readSeedFile, seedArgument } from "./seedFile.ts";
import { callTo } from "./calls.ts";
import { numeric } from "../../src/settings/numbers.ts";

/**
 * Gas of one portion, at most. Well below the 16,777,216 that a transaction may use since Osaka, and below Arbitrum's 32 M block
 * limit, with room for the estimate's margin.
 */
const PORTION_GAS = 12_000_000n;

interface Arguments extends CommonArguments {
  file: string;
  rewards: string | undefined;
  start: boolean;
  fundStakes: boolean;
  portionGas: number;
}

export const command = "seed <file>";
export const describe = "put the initial nodes on the list, then start the contract";

export function builder(parser: Argv): Argv<Arguments> {
  return commonOptions(parser)
    .positional("file", { type: "string", demandOption: true, describe: "seed file (JSON), see docs/runbooks/seed.md" })
    .option("rewards", { type: "string", describe: "rewards contract, instead of the recorded one" })
    .option("start", { type: "boolean", default: true, describe: "call start() when the list is complete" })
    .option("fund-stakes", { type: "boolean", default: false, describe: "send the seeded deposits from this account" })
    .option("portion-gas", {
      ...numeric("portion-gas", { min: 1, whole: true }),
      default: Number(PORTION_GAS),
      describe: "most gas of one transaction",
    }) as unknown as Argv<Arguments>;
}

export async function handler(args: Arguments): Promise<void> {
  const output = new Output(args.json);
  await guarded(output, () => withContext(args, output, (context) => seed(context, args)));
}

async function seed(context: Context, args: Arguments): Promise<boolean> {
  const { provider, output, info } = context;
  const address = requireAddress(context, "rewards", args.rewards);
  const rewards = getRewards(address, provider);
  const nodes = readSeedFile(args.file);
  // Before anything is read: a replica that lacks what is sent already would have it sent again.
  const journal = await openJournal(context, "seed");

  const [started, requirement, maxContributors, owner, tokenAddress] = await Promise.all([
    rewards.isStarted(),
    rewards.stakingRequirement(),
    rewards.maxContributors(),
    rewards.owner(),
    rewards.designatedToken(),
  ]);
  const now = await chainSeconds(provider);
  const problems = checkSeedList(nodes, requirement, maxContributors, now);
  if (problems.length > 0) throw new Refusals(problems.slice(0, 20));
  if (context.from !== undefined && owner.toLowerCase() !== context.from.toLowerCase()) {
    throw new Refusal("account", `Only the owner ${owner} may seed, and this account is ${context.from}: use its key.`);
  }

  const tags = deriveTags({ chainId: info.chainId, contract: address });
  const liars: number[] = [];
  nodes.forEach((node, index) => {
    if (!proofHolds(node, tags)) liars.push(index);
    if ((index + 1) % 50 === 0 || index + 1 === nodes.length) {
      output.progress(`proofs of possession verified: ${index + 1} of ${nodes.length}`);
    }
  });
  if (liars.length > 0) {
    throw new Refusals(
      liars.map(
        (index) =>
          new Refusal(
            "parameters",
            `nodes.${index}: the proof of possession is not one of ${nodes[index]?.blsPubkey} for its operator on ` +
              `${address}, chain ${info.chainId}: ask the node for a new one.`,
          ),
      ),
    );
  }

  const missing = await notListed(rewards, nodes);
  if (started && missing.length > 0) {
    throw new Refusal(
      "state",
      `The contract has started: ${missing.length} nodes of the file can no longer be seeded.`,
    );
  }
  const portions = await cut(context, address, missing, BigInt(args.portionGas));
  const token = getToken(tokenAddress, provider);
  const lacking = await lackingDeposits(rewards, token, missing.length, provider);
  output.say(
    `${nodes.length} nodes in the file, ${nodes.length - missing.length} on the list already; ` +
      `${missing.length} to seed in ${portions.length} transactions, about ${grouped(sum(portions))} gas`,
  );
  if (lacking > 0n) {
    output.say(
      `The contract lacks ${formatSesh(lacking)} SESH of the seeded deposits` +
        (args.fundStakes ? ": they are sent from this account." : ": send them, or add --fund-stakes."),
    );
  }
  const summary = { ok: true, network: info.name, rewards: address, nodes: nodes.length, seeded: missing.length };
  if (!context.broadcast) {
    output.result({
      ...summary,
      mode: "dry-run",
      portions: portions.map(({ nodes: list, gas }) => ({ nodes: list.length, gas })),
      lacking,
    });
    output.say("Nothing was sent: add --broadcast.");
    return true;
  }

  const { signer, from } = requireSigner(context);
  if (lacking > 0n && args.fundStakes) await requireSesh(token, from, lacking);
  const options = { provider, signer, from };
  let done = nodes.length - missing.length;
  let gasUsed = 0n;
  for (const portion of portions) {
    const first = portion.nodes[0]?.blsPubkey.slice(0, 18) ?? "";
    const entry = await journal.once(`portion-${first}`, seedCall(address, portion.nodes), options);
    done += portion.nodes.length;
    gasUsed += BigInt(entry.gasUsed ?? 0);
    output.progress(`seeded ${done} of ${nodes.length}: ${entry.hash} (${grouped(BigInt(entry.gasUsed ?? 0))} gas)`);
  }
  if (lacking > 0n && args.fundStakes) {
    const call = callTo(
      tokenAddress,
      "function transfer(address,uint256)",
      [address, lacking],
      "fund the seeded deposits",
    );
    // The chain shows that more is needed: what this journal has sent was for an earlier file.
    await journal.renew("deposits", provider);
    await journal.once("deposits", call, options);
    output.progress(`sent ${formatSesh(lacking)} SESH for the seeded deposits`);
  }
  if (args.start && !started) {
    await journal.once("start", callTo(address, "function start()", [], "start the contract"), options, () =>
      rewards.isStarted(),
    );
    output.progress("started");
  }

  const [total, left, nowStarted, stillLacking] = await Promise.all([
    rewards.totalNodes(),
    notListed(rewards, nodes),
    rewards.isStarted(),
    lackingDeposits(rewards, token, 0, provider),
  ]);
  const funded = stillLacking === 0n || !args.fundStakes;
  if (!funded)
    output.say(
      `The contract still lacks ${formatSesh(stillLacking)} SESH of the deposits: run the same command again.`,
    );
  const ok = left.length === 0 && (nowStarted || !args.start) && funded;
  journal.note("totalNodes", total.toString());
  if (ok) journal.finish();
  output.say(`${total} nodes on the list, started: ${nowStarted}; ${grouped(gasUsed)} gas. Record: ${journal.file}`);
  output.result({
    ...summary,
    ok,
    mode: "broadcast",
    totalNodes: total,
    started: nowStarted,
    gasUsed,
    record: journal.file,
  });
  return ok;
}

/**
 * What the contract lacks of the deposits of its nodes and of `more` to come. What the pool has paid out before the start belongs
 * to the rewards.
 */
async function lackingDeposits(
  rewards: ReturnType<typeof getRewards>,
  token: ReturnType<typeof getToken>,
  more: number,
  provider: Context["provider"],
): Promise<bigint> {
  const [total, requirement, started, pool, address] = await Promise.all([
    rewards.totalNodes(),
    rewards.stakingRequirement(),
    rewards.isStarted(),
    rewards.foundationPool(),
    rewards.getAddress(),
  ]);
  // A foundation pool need not be a RewardRatePool: then nothing has been paid out by one.
  const paidOut = started ? 0n : ((await optional(getPool(pool, provider).totalPaidOut(), provider, pool)) ?? 0n);
  const held = (await token.balanceOf(address)) - paidOut;
  const deposits = (total + BigInt(more)) * requirement;
  return held < deposits ? deposits - held : 0n;
}

/** Found out before anything is sent: a list that is seeded and cannot be funded waits for somebody in a hurry. */
async function requireSesh(token: ReturnType<typeof getToken>, from: string, needed: bigint): Promise<void> {
  const held = await token.balanceOf(from);
  if (held >= needed) return;
  const [has, needs] = [held, needed].map((amount) => formatSesh(amount));
  throw new Refusal(
    "funds",
    `The account ${from} has ${has} SESH, and the seeded deposits need ${needs}: send it the difference, or leave ` +
      "--fund-stakes out. Nothing was sent.",
  );
}

/** The nodes of the file whose key the contract does not hold. */
async function notListed(rewards: ReturnType<typeof getRewards>, nodes: readonly SeedNode[]): Promise<SeedNode[]> {
  const { pubkeys } = await rewards.allServiceNodeIDs();
  const listed = new Set(pubkeys.map(({ X, Y }) => `${X}:${Y}`));
  return nodes.filter((node) => {
    const { blsPubkey } = seedArgument(node);
    return !listed.has(`${blsPubkey.X}:${blsPubkey.Y}`);
  });
}

interface Portion {
  nodes: SeedNode[];
  gas: bigint;
}

const sum = (portions: readonly Portion[]): bigint => portions.reduce((total, { gas }) => total + gas, 0n);

/** Gas of a seeded node and of each of its contributors, first guess; estimates of the chain correct it. */
const NODE_GAS = 260_000n;
const CONTRIBUTOR_GAS = 75_000n;
/** Most gas of the sample that is measured, by the guess: a tenth of what a transaction may use. */
const SAMPLE_GAS = 1_600_000n;

/**
 * Cuts the list into portions whose gas stays under the limit. The model is calibrated by the chain's own estimate of the first
 * portion: what a later portion costs differs by its contributors only.
 */
async function cut(context: Context, address: string, nodes: SeedNode[], limit: bigint): Promise<Portion[]> {
  if (nodes.length === 0) return [];
  const model = (node: SeedNode) => NODE_GAS + CONTRIBUTOR_GAS * BigInt(node.contributors.length);
  // A few are enough to measure by, and are never over the gas cap of a transaction, whatever the portions may take.
  const sample = take(nodes, 0, limit / 2n < SAMPLE_GAS ? limit / 2n : SAMPLE_GAS, model);
  const owner = await getRewards(address, context.provider).owner();
  const call = seedCall(address, sample);
  const measured = await context.provider.estimateGas({ from: owner, to: call.to, data: call.data });
  const guessed = sample.reduce((total, node) => total + model(node), 0n);
  const cost = (node: SeedNode) => (model(node) * measured * 105n) / (guessed * 100n);

  const portions: Portion[] = [];
  for (let at = 0; at < nodes.length;) {
    const list = take(nodes, at, limit, cost);
    portions.push({ nodes: list, gas: list.reduce((total, node) => total + cost(node), 0n) });
    at += list.length;
  }
  return portions;
}

function take(nodes: SeedNode[], from: number, limit: bigint, cost: (node: SeedNode) => bigint): SeedNode[] {
  let gas = 0n;
  let to = from;
  for (; to < nodes.length; to++) {
    gas += cost(nodes[to] as SeedNode);
    if (gas > limit && to > from) break;
  }
  return nodes.slice(from, to);
}

function seedCall(address: string, nodes: readonly SeedNode[]): Call {
  return callTo(
    address,
    "function seedPublicKeyList(((uint256 X, uint256 Y) blsPubkey, uint256 ed25519Pubkey, uint256 addedTimestamp, " +
      "((address addr, address beneficiary) staker, uint256 stakedAmount)[] contributors)[] nodes)",
    [nodes.map(seedArgument)],
    `seed ${nodes.length} nodes`,
  );
}
