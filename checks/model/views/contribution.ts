import type { Read } from "../chain/observe.ts";
import { DAY, Revert } from "../core/world.ts";
import type { Address, ContributionState, Value, World } from "../core/world.ts";
import type { Env } from "../chain/resolve.ts";
import {
  calcMinimumContribution,
  minimumContribution,
  minimumOperatorContribution,
  totalContribution,
  totalReserved,
} from "../rules/contribution/amounts.ts";
import type { Add } from "./add.ts";

export function factoryReads(add: Add, { world, system }: Env, full: boolean): void {
  const { factory } = world;
  add("paused", [], factory.paused);
  if (!full) return;
  add("owner", [], factory.owner);
  add("pendingOwner", [], factory.pendingOwner);
  add("stakingRewardsContract", [], factory.rewards);
  add("VERSION", [], 2n);
  for (const address of [...Object.keys(factory.deployed), system.actors["alice"] as Address, world.at.factory]) {
    add("owns", [address], factory.deployed[address] ?? false);
    add("deployedContracts", [address], factory.deployed[address] ?? false);
  }
}

/** What a view answers, or with what it reverts. */
function attempt(view: () => Value): Read["expect"] {
  try {
    return view();
  } catch (error) {
    if (error instanceof Revert) return { error: error.error, args: error.args };
    throw error;
  }
}

const SAMPLES: readonly (readonly [bigint, bigint, bigint])[] = [
  [25_000_000_000_000n, 0n, 10n],
  [101n, 0n, 10n],
  [0n, 0n, 4n],
  [0n, 3n, 4n],
  [100n, 3n, 10n],
  [100n, 9n, 10n],
  [100n, 10n, 10n],
  [100n, 11n, 10n],
  [0n, 2n, 2n],
];

export function contributionReads(add: Add, world: World, at: Address, people: readonly Address[]): void {
  const state = world.contributions[at] as ContributionState;
  const { contributors, contributions, reserved } = state;
  add("status", [], state.status);
  add("manualFinalize", [], state.manualFinalize);
  add("operator", [], state.operator);
  add("stakingRequirement", [], state.requirement);
  add("maxContributors", [], state.maxContributors);
  add("SESH", [], world.at.token);
  add("stakingRewardsContract", [], world.at.rewards);
  add("blsPubkey", [], state.key);
  add("blsSignature", [], state.sig.words);
  add("_blsSignature", [], state.sig.words);
  add("serviceNodeParams", [], state.params);
  add("_serviceNodeParams", [], state.params);
  add("MAX_FEE", [], 10_000n);
  add("WITHDRAWAL_DELAY", [], DAY);

  add("totalContribution", [], totalContribution(state));
  add("totalReservedContribution", [], totalReserved(state));
  add("operatorContribution", [], contributions[state.operator] ?? 0n);
  add(
    "minimumContribution",
    [],
    attempt(() => minimumContribution(state)),
  );
  add("minimumOperatorContribution", [state.requirement], minimumOperatorContribution(state.requirement));
  for (const sample of SAMPLES)
    add(
      "calcMinimumContribution",
      sample,
      attempt(() => calcMinimumContribution(...sample)),
    );

  add("contributorAddressesLength", [], BigInt(contributors.length));
  for (const [index, { addr, beneficiary }] of contributors.entries()) {
    add("contributorAddresses", [BigInt(index)], [addr, beneficiary]);
    add("_contributorAddresses", [BigInt(index)], [addr, beneficiary]);
  }
  add(
    "getContributions",
    [],
    [
      contributors.map(({ addr }) => addr),
      contributors.map(({ beneficiary }) => beneficiary),
      contributors.map(({ addr }) => contributions[addr] ?? 0n),
    ],
  );
  add(
    "getReserved",
    [],
    [reserved.map(({ addr }) => addr), reserved.map(({ amount }) => amount), reserved.map(({ received }) => received)],
  );
  for (const [index, { addr }] of reserved.entries()) add("reservedContributionsAddresses", [BigInt(index)], addr);
  for (const person of people) {
    add("contributions", [person], contributions[person] ?? 0n);
    add("contributionTimestamp", [person], state.timestamps[person] ?? 0n);
    const reservation = reserved.find(({ addr }) => addr === person);
    add("reservedContributions", [person], [reservation?.amount ?? 0n, reservation?.received ?? false]);
  }
  add("paramsHash", [], { learn: at });
}
