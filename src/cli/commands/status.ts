import { formatEther } from "ethers";
import { formatDuration, formatSesh, formatTime, optional } from "../../chain/index.ts";
import { HEADINGS } from "./headings.ts";
import { defineCommand } from "../terminal/command.ts";
import { NODE_STATES, readNodes } from "../network/nodes.ts";
import { withNetwork } from "../terminal/options.ts";
import { startProgress } from "../terminal/progress.ts";
import { withSession } from "../session/session.ts";
import type { Session } from "../session/session.ts";
import { CliError } from "../terminal/errors.ts";

/** `status`: the contract's parameters, the cycle cap, the thresholds, nodes by state; all at one block. */
export const statusCommand = defineCommand({
  ...HEADINGS.status,
  builder: (yargs) =>
    withNetwork(yargs).example("$0 status --network arbitrum", "the live network, from a public endpoint"),
  run: (args, { io, out }) =>
    withSession(args, io, async (session) => {
      const { ids, ...facts } = await readStatus(session);
      const progress = startProgress(io, "nodes", ids.length);
      const nodes = await readNodes(session.rewards, ids, facts.block, (done) => progress.update(done)).finally(() =>
        progress.stop(),
      );
      const count = Object.fromEntries(
        NODE_STATES.map((state) => [state, nodes.filter((node) => node.state === state).length]),
      );
      const staked = nodes.reduce((sum, node) => sum + node.deposit, 0n);
      const result = { ...facts, nodes: { total: nodes.length, ...count, staked } };

      out.result(result, () => {
        const { colors } = out;
        const flags = [
          facts.started ? colors.green("started") : colors.yellow("not started"),
          facts.paused ? colors.red("paused") : undefined,
        ].filter(Boolean);
        const sesh = (amount: bigint) => `${formatSesh(amount)} SESH`;
        out.heading(`ServiceNodeRewards on ${facts.network}`);
        out.fields([
          ["contract", facts.rewardsContract],
          ["state", flags.join(", ")],
          ["block", `${facts.block.number}, ${formatTime(BigInt(facts.block.timestamp))}`],
          ["chain id", String(facts.chainId)],
          ["token", facts.token],
          ["pool", facts.pool],
          ["owner", facts.owner],
          ["holds", sesh(facts.balance)],
          ["pool holds", sesh(facts.poolBalance)],
          ["pool pays", `${sesh(facts.rewardRate)} in 2 minutes`],
        ]);
        out.heading("Staking");
        out.fields([
          ["requirement", sesh(facts.stakingRequirement)],
          ["contributors", `at most ${facts.maxContributors}`],
          [
            "liquidation",
            `liquidator ${facts.liquidation.liquidator}, pool ${facts.liquidation.pool}, rest ${facts.liquidation.recipient}`,
          ],
        ]);
        out.heading("Claims");
        out.fields([
          ["cap", `${sesh(facts.claim.threshold)} per ${formatDuration(facts.claim.cycleSeconds)}`],
          ["left now", `${sesh(facts.claim.left)}, until ${formatTime(BigInt(facts.claim.cycleEnds))}`],
        ]);
        out.heading("Signatures");
        out.fields([
          ["non-signers", `at most ${facts.signatures.nonSignerThreshold} of ${facts.signatures.totalNodes}`],
          ["needed", String(facts.signatures.required)],
          ["expiry", formatDuration(facts.signatures.expirySeconds)],
        ]);
        out.heading("Nodes");
        out.table(
          [{ name: "state" }, { name: "nodes", align: "right" }],
          [...NODE_STATES.map((state) => [state, String(count[state])]), ["all", String(nodes.length)]],
        );
        out.fields([
          ["staked", sesh(staked)],
          ["gas price", `${formatEther(facts.gasPrice * 10n ** 9n)} gwei`],
        ]);
      });
    }),
});

async function readStatus(session: Session) {
  const { rewards, provider } = session;
  const block = await provider.getBlock("latest");
  if (!block) throw new CliError("chain", "The endpoint does not give its newest block.");
  const pinned = { blockTag: block.number };
  const [token, pool] = await Promise.all([session.token(), session.pool()]);
  // All asked for at the same moment: the transport makes one request of them.
  const [facts, ratios, balances, claim, gasPrice] = await Promise.all([
    Promise.all([
      rewards.isStarted(pinned),
      rewards.paused(pinned),
      rewards.owner(pinned),
      rewards.totalNodes(pinned),
      rewards.blsNonSignerThreshold(pinned),
      rewards.signatureExpiry(pinned),
      rewards.allServiceNodeIDs(pinned),
    ]),
    Promise.all([
      rewards.stakingRequirement(pinned),
      rewards.maxContributors(pinned),
      rewards.liquidatorRewardRatio(pinned),
      rewards.poolShareOfLiquidationRatio(pinned),
      rewards.recipientRatio(pinned),
    ]),
    Promise.all([
      token.contract.balanceOf(session.rewardsAddress, pinned),
      token.contract.balanceOf(pool.address, pinned),
      // A pool that is an ordinary account (some test networks) has no rate.
      optional(pool.contract.rewardRate(pinned), provider, pool.address).then((rate) => rate ?? 0n),
    ]),
    readClaimCap(session, block),
    provider.send("eth_gasPrice", []) as Promise<string>,
  ]);
  const [started, paused, owner, total, threshold, expiry, list] = facts;
  const [requirement, maxContributors, liquidator, poolRatio, recipient] = ratios;
  const [balance, poolBalance, rate] = balances;
  return {
    network: session.networkName,
    chainId: session.chainId,
    rewardsContract: session.rewardsAddress,
    token: token.address,
    pool: pool.address,
    owner,
    started,
    paused,
    block: { number: block.number, timestamp: block.timestamp },
    balance,
    poolBalance,
    rewardRate: rate,
    stakingRequirement: requirement,
    maxContributors,
    liquidation: { liquidator, pool: poolRatio, recipient },
    claim,
    signatures: {
      totalNodes: total,
      nonSignerThreshold: threshold,
      required: total - threshold,
      expirySeconds: expiry,
    },
    gasPrice: BigInt(gasPrice),
    ids: [...list.ids],
  };
}

/** The cap of a claim cycle and what is left of it. The stored total belongs to the stored cycle; a new cycle starts from zero. */
async function readClaimCap(session: Session, block: { number: number; timestamp: number }) {
  const { rewards } = session;
  const pinned = { blockTag: block.number };
  const [threshold, cycleSeconds, storedCycle, storedTotal] = await Promise.all([
    rewards.claimThreshold(pinned),
    rewards.claimCycle(pinned),
    rewards.currentClaimCycle(pinned),
    rewards.currentClaimTotal(pinned),
  ]);
  const cycle = BigInt(block.timestamp) / cycleSeconds;
  const spent = cycle > storedCycle ? 0n : storedTotal;
  return {
    threshold,
    cycleSeconds,
    left: spent < threshold ? threshold - spent : 0n,
    cycleEnds: (cycle + 1n) * cycleSeconds,
  };
}
