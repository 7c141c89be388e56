import { emit, revert, ZERO } from "../core/world.ts";
import type { Address, Call, ConverterState, Value, World } from "../core/world.ts";
import { governance, onlyOwner, whenNotPaused } from "./ownable.ts";
import { balanceOf, transfer, transferFrom } from "./token.ts";

export function createConverter(world: World, call: Call, args: readonly Value[]): void {
  const [tokenA, tokenB, numerator, denominator] = args as [Address, Address, bigint, bigint];
  if (tokenA === ZERO || tokenB === ZERO) revert("ZeroAddress");
  if (numerator === 0n || denominator === 0n) revert("ZeroRate");
  const at = call.created;
  world.converters[at] = {
    owner: call.from,
    pendingOwner: ZERO,
    paused: false,
    tokenA,
    tokenB,
    numerator,
    denominator,
  };
  emit(world, at, "OwnershipTransferred", ZERO, call.from);
  emit(world, at, "RateUpdated", numerator, denominator);
}

export function quote({ numerator, denominator }: ConverterState, amount: bigint): bigint {
  return (amount * numerator) / denominator;
}

export function converterCall(world: World, at: Address, call: Call, name: string, args: readonly Value[]): boolean {
  const state = world.converters[at] as ConverterState;
  if (governance(world, at, state, call, name, args)) return true;
  const [amount, second] = args as [bigint, bigint?];
  switch (name) {
    case "convertTokens": {
      whenNotPaused(state);
      if (amount === 0n) revert("ZeroAmount");
      const out = quote(state, amount);
      if (out === 0n) revert("ZeroOutput", amount);
      if (second !== undefined && out < second) revert("SlippageExceeded", out, second);
      const stock = balanceOf(world, state.tokenB, at);
      if (out > stock) revert("InsufficientStock", stock, out);
      emit(world, at, "Conversion", call.from, amount, out);
      transferFrom(world, state.tokenA, at, call.from, at, amount);
      transfer(world, state.tokenB, at, call.from, out);
      return true;
    }
    case "depositTokenB":
      onlyOwner(state, call);
      if (amount === 0n) revert("ZeroAmount");
      emit(world, at, "TokenBDeposited", amount);
      transferFrom(world, state.tokenB, at, call.from, at, amount);
      return true;
    case "withdrawTokenB": {
      onlyOwner(state, call);
      if (amount === 0n) revert("ZeroAmount");
      const stock = balanceOf(world, state.tokenB, at);
      if (amount > stock) revert("InsufficientStock", stock, amount);
      emit(world, at, "TokenBWithdrawn", amount);
      transfer(world, state.tokenB, at, call.from, amount);
      return true;
    }
    case "updateConversionRate":
      onlyOwner(state, call);
      if (amount === 0n || second === 0n) revert("ZeroRate");
      state.numerator = amount;
      state.denominator = second ?? 0n;
      emit(world, at, "RateUpdated", amount, second ?? 0n);
      return true;
  }
  return false;
}
