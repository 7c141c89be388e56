import { DAY, emit, min, revert, ZERO } from "../core/world.ts";
import type { Address, Call, PoolState, Value, World } from "../core/world.ts";
import { governance, onlyOwner } from "./ownable.ts";
import { balanceOf, transfer } from "./token.ts";

const YEAR = 365n * DAY;
const RATE = 151n;
const BASIS = 1000n;

/** The formula, without a bound. */
export function payoutOf(balance: bigint, elapsed: bigint): bigint {
  return (balance * RATE * elapsed) / (BASIS * YEAR);
}

/** H15: never more than there is. */
export function released(world: World): bigint {
  const { pool, at } = world;
  const balance = balanceOf(world, pool.token, at.pool);
  return min(payoutOf(balance, world.now - pool.lastPaidOut), balance);
}

/** The payout of the next two minutes, on what remains. */
export function rewardRate(world: World): bigint {
  return payoutOf(balanceOf(world, world.pool.token, world.at.pool) - released(world), 120n);
}

export function poolCall(world: World, call: Call, name: string, args: readonly Value[]): boolean {
  const { pool, at } = world;
  if (governance(world, at.pool, pool, call, name, args)) return true;
  switch (name) {
    case "initialize": {
      const [beneficiary, token] = args as [Address, Address];
      if (pool.initialized > 0n) revert("InvalidInitialization");
      if (beneficiary === ZERO || token === ZERO) revert("NullAddress");
      Object.assign(pool, { initialized: 1n, owner: call.from, beneficiary, token, lastPaidOut: world.now });
      emit(world, at.pool, "OwnershipTransferred", ZERO, call.from);
      emit(world, at.pool, "Initialized", 1n);
      return true;
    }
    case "payoutReleased":
      payOut(world, pool);
      return true;
    case "setBeneficiary": {
      const [beneficiary] = args as [Address];
      onlyOwner(pool, call);
      if (beneficiary === ZERO) revert("NullAddress");
      // H15: what accrued so far is the old one's
      if (pool.beneficiary !== ZERO) payOut(world, pool);
      pool.beneficiary = beneficiary;
      emit(world, at.pool, "BeneficiaryUpdated", beneficiary);
      return true;
    }
  }
  return false;
}

function payOut(world: World, pool: PoolState): void {
  const amount = released(world);
  pool.totalPaidOut += amount;
  pool.lastPaidOut = world.now;
  emit(world, world.at.pool, "FundsReleased", amount);
  transfer(world, pool.token, world.at.pool, pool.beneficiary, amount);
}
