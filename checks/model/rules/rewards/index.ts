import { HOUR, emit, revert, SESH, ZERO } from "../../core/world.ts";
import type { Address, Call, Key, RootsValue, SignatureValue, Value, World } from "../../core/world.ts";
import { governance, onlyOwner } from "../ownable.ts";
import { tryPermit } from "../token.ts";
import { claim, updateAndClaim, updateBatch, updateRewardsBalance } from "./balances.ts";
import { addBLSPublicKey, rederive, seedPublicKeyList, updateThreshold } from "./registration.ts";
import type { ContributorArg, Params, SeedArg } from "./registration.ts";
import { exitAfterWaitTime, initiateExit, MINIMUM_EXIT_AGE, removeBatch, removeWithSignature } from "./removal.ts";

/** ServiceNodeRewards: one call. False: no such function here. */
export function rewardsCall(world: World, call: Call, name: string, args: readonly Value[]): boolean {
  const { rewards, at } = world;
  if (governance(world, at.rewards, rewards, call, name, args)) return true;
  const signed = args as unknown as [Key, bigint, SignatureValue, readonly bigint[]];
  switch (name) {
    case "initialize":
      initialize(world, call, args as [Address, Address, bigint, bigint, bigint, bigint, bigint]);
      return true;
    case "seedPublicKeyList":
      seedPublicKeyList(world, call, args[0] as unknown as SeedArg[]);
      return true;
    case "start":
      onlyOwner(rewards, call);
      rewards.started = true;
      return true;
    case "addBLSPublicKey": {
      const [key, signature, params, contributors] = args as unknown as [Key, SignatureValue, Params, ContributorArg[]];
      addBLSPublicKey(world, call, key, signature, params, contributors);
      return true;
    }
    case "addBLSPublicKeyWithPermit": {
      const [key, signature, params, contributors, permit] = args as unknown as [
        Key,
        SignatureValue,
        Params,
        ContributorArg[],
        readonly [bigint, string, string, string],
      ];
      tryPermit(world, rewards.token, call.from, at.rewards, rewards.requirement, permit[0], permit[1]);
      addBLSPublicKey(world, call, key, signature, params, contributors);
      return true;
    }
    case "initiateExitBLSPublicKey":
      initiateExit(world, call, args[0] as bigint);
      return true;
    case "exitBLSPublicKeyAfterWaitTime":
      exitAfterWaitTime(world, call, args[0] as bigint);
      return true;
    case "exitBLSPublicKeyWithSignature":
      removeWithSignature(world, call, "exit", ...signed);
      return true;
    case "liquidateBLSPublicKeyWithSignature":
      removeWithSignature(world, call, "liquidate", ...signed);
      return true;
    case "exitBLSPublicKeysWithSignature":
    case "liquidateBLSPublicKeysWithSignature": {
      const [removals, ...rest] = args as unknown as [[Key, bigint][], SignatureValue, bigint[], RootsValue];
      removeBatch(world, call, name.startsWith("exit") ? "exit" : "liquidate", removals, ...rest);
      return true;
    }
    case "updateRewardsBalance":
      updateRewardsBalance(world, ...(args as unknown as [Address, bigint, SignatureValue, bigint[]]));
      return true;
    case "updateRewardsBalances":
      updateBatch(world, ...(args as unknown as [[Address, bigint][], SignatureValue, bigint[], RootsValue]));
      return true;
    case "updateRewardsBalanceAndClaim":
      updateAndClaim(world, call, ...(args as unknown as [bigint, SignatureValue, bigint[]]));
      return true;
    case "claimRewards":
      claim(world, call, args[0] as bigint | undefined);
      return true;
    case "rederiveTotalNodesAndAggregatePubkey":
      rederive(rewards);
      return true;
  }
  return set(world, call, name, args as readonly bigint[]);
}

function initialize(
  world: World,
  call: Call,
  [token, foundationPool, requirement, maxContributors, liquidator, pool, recipient]: [
    Address,
    Address,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ],
): void {
  const { rewards, at } = world;
  if (rewards.initialized > 0n) revert("InvalidInitialization");
  if (token === ZERO || foundationPool === ZERO) revert("NullAddress");
  if (requirement === 0n) revert("PositiveNumberRequirement");
  requireRatios(liquidator, pool, recipient);
  Object.assign(rewards, {
    initialized: 1n,
    owner: call.from,
    token,
    foundationPool,
    requirement,
    maxContributors,
    ratios: { liquidator, pool, recipient },
    expiry: HOUR / 6n,
    thresholdMax: 4000n,
    claimThreshold: 1_000_000n * SESH,
    claimCycle: 12n * HOUR,
    nextId: 1n,
  });
  // B14: no events of setters
  emit(world, at.rewards, "OwnershipTransferred", ZERO, call.from);
  emit(world, at.rewards, "Initialized", 1n);
}

function requireRatios(liquidator: bigint, pool: bigint, recipient: bigint): void {
  if (recipient === 0n) revert("PositiveNumberRequirement");
  if ((liquidator + pool) * 3n > recipient) revert("LiquidatorPenaltyTooHigh");
}

function set(world: World, call: Call, name: string, args: readonly bigint[]): boolean {
  const { rewards, at } = world;
  const [value = 0n, second = 0n, third = 0n] = args;
  const positive = (): void => {
    onlyOwner(rewards, call);
    if (value === 0n) revert("PositiveNumberRequirement");
  };
  switch (name) {
    case "setStakingRequirement":
      positive();
      rewards.requirement = value;
      emit(world, at.rewards, "StakingRequirementUpdated", value);
      return true;
    case "setClaimThreshold":
      positive();
      rewards.claimThreshold = value;
      emit(world, at.rewards, "ClaimThresholdUpdated", value);
      return true;
    case "setClaimCycle":
      positive();
      rewards.claimCycle = value;
      // H4: whatever number comes out now, it begins with nothing claimed
      rewards.claimTotal = 0n;
      emit(world, at.rewards, "ClaimCycleUpdated", value);
      return true;
    case "setSignatureExpiry":
      positive();
      if (value > MINIMUM_EXIT_AGE) revert("SignatureExpiryTooLong", value, MINIMUM_EXIT_AGE);
      rewards.expiry = value;
      emit(world, at.rewards, "SignatureExpiryUpdated", value);
      return true;
    case "setBLSNonSignerThresholdMax":
      positive();
      rewards.thresholdMax = value;
      updateThreshold(rewards); // H9
      emit(world, at.rewards, "BLSNonSignerThresholdMaxUpdated", value);
      return true;
    case "setLiquidationRatios":
      onlyOwner(rewards, call);
      requireRatios(value, second, third);
      rewards.ratios = { liquidator: value, pool: second, recipient: third };
      emit(world, at.rewards, "LiquidationRatiosUpdated", value, second, third);
      return true;
  }
  return false;
}
