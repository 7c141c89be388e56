import { ZERO } from "../core/world.ts";
import type { Address, World } from "../core/world.ts";
import type { Add } from "./add.ts";

const NAME = "Session Token";
const SYMBOL = "SESH";

export function tokenReads(add: Add, world: World, at: Address, people: readonly Address[], full: boolean): void {
  const token = world.tokens[at];
  if (token === undefined) return;
  for (const person of people) add("balanceOf", [person], token.balances[person] ?? 0n);
  add("totalSupply", [], token.supply);
  if (!full) return;
  for (const [pair, value] of Object.entries(token.allowances)) add("allowance", pair.split(","), value);
  for (const person of people) add("nonces", [person], token.nonces[person] ?? 0n);
  add("balanceOf", [ZERO], 0n);
  add("decimals", [], 9n);
  add("name", [], NAME);
  add("symbol", [], SYMBOL);
  if (token.gateway !== undefined) {
    add("VERSION", [], 3n);
    add("l2Gateway", [], token.gateway);
    add("l1Address", [], world.at.l1Token);
  } else {
    add("VERSION", [], 2n);
  }
}
