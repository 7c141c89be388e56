import { permitDigest, signerOf } from "../core/permits.ts";
import { emit, MAX_UINT, revert, Revert, ZERO } from "../core/world.ts";
import type { Address, Call, TokenState, Value, World } from "../core/world.ts";

/** OpenZeppelin 5: ERC-20 with permit. SESH (L1) and SESHL2 differ in who makes the tokens. */

export function balanceOf(world: World, token: Address, account: Address): bigint {
  return world.tokens[token]?.balances[account] ?? 0n;
}

export function tokenCall(world: World, at: Address, call: Call, name: string, args: readonly Value[]): boolean {
  const token = world.tokens[at] as TokenState;
  switch (name) {
    case "transfer":
      transfer(world, at, call.from, args[0] as Address, args[1] as bigint);
      return true;
    case "transferFrom":
      transferFrom(world, at, call.from, args[0] as Address, args[1] as Address, args[2] as bigint);
      return true;
    case "approve":
      approve(world, at, call.from, args[0] as Address, args[1] as bigint);
      return true;
    case "permit": {
      const [owner, spender, value, deadline, signature] = args as [Address, Address, bigint, bigint, string];
      permit(world, at, owner, spender, value, deadline, signature);
      return true;
    }
    case "initialize": {
      if (token.gateway === undefined) return false;
      const [gateway, l1Address] = args as [Address, Address];
      if ((token.initialized ?? 0n) > 0n) revert("InvalidInitialization");
      if (gateway === ZERO || l1Address === ZERO) revert("NullAddress");
      Object.assign(token, { gateway, initialized: 1n });
      emit(world, at, "Initialized", 1n);
      return true;
    }
    case "initializePermit":
      if (token.gateway === undefined) return false;
      if ((token.initialized ?? 0n) > 1n) revert("InvalidInitialization");
      token.initialized = 2n;
      emit(world, at, "Initialized", 2n);
      return true;
    case "bridgeMint":
      if (call.from !== token.gateway) revert("OnlyL2Gateway", call.from);
      if (args[0] === ZERO) revert("ERC20InvalidReceiver", ZERO);
      token.supply += args[1] as bigint;
      move(world, at, ZERO, args[0] as Address, args[1] as bigint);
      return true;
    case "bridgeBurn": {
      if (call.from !== token.gateway) revert("OnlyL2Gateway", call.from);
      const [account, amount] = args as [Address, bigint];
      if (account === ZERO) revert("ERC20InvalidSender", ZERO);
      needBalance(token, account, amount);
      token.supply -= amount;
      move(world, at, account, ZERO, amount);
      return true;
    }
  }
  return false;
}

export function transfer(world: World, at: Address, from: Address, to: Address, value: bigint): void {
  if (to === ZERO) revert("ERC20InvalidReceiver", ZERO);
  needBalance(world.tokens[at] as TokenState, from, value);
  move(world, at, from, to, value);
}

export function transferFrom(
  world: World,
  at: Address,
  spender: Address,
  from: Address,
  to: Address,
  value: bigint,
): void {
  const token = world.tokens[at] as TokenState;
  const allowance = token.allowances[`${from},${spender}`] ?? 0n;
  if (allowance !== MAX_UINT) {
    if (allowance < value) revert("ERC20InsufficientAllowance", spender, allowance, value);
    // the zero address can have approved nobody, so a positive amount never gets here from it
    if (from === ZERO) revert("ERC20InvalidApprover", ZERO);
    token.allowances[`${from},${spender}`] = allowance - value;
  }
  transfer(world, at, from, to, value);
}

export function approve(world: World, at: Address, owner: Address, spender: Address, value: bigint): void {
  if (spender === ZERO) revert("ERC20InvalidSpender", ZERO);
  (world.tokens[at] as TokenState).allowances[`${owner},${spender}`] = value;
  emit(world, at, "Approval", owner, spender, value);
}

/** ERC-2612 */
function permit(
  world: World,
  at: Address,
  owner: Address,
  spender: Address,
  value: bigint,
  deadline: bigint,
  signature: string,
): void {
  if (world.now > deadline) revert("ERC2612ExpiredSignature", deadline);
  const token = world.tokens[at] as TokenState;
  const nonce = token.nonces[owner] ?? 0n;
  const digest = permitDigest(world.chainId, at, { owner, spender, value, nonce, deadline });
  const signer = signerOf(digest, signature);
  if (signer !== owner) revert("ERC2612InvalidSigner", signer, owner);
  token.nonces[owner] = nonce + 1n;
  approve(world, at, owner, spender, value);
}

/** Beside another call: a permit that does not work, because somebody used it first, leaves the allowance that there is. */
export function tryPermit(
  world: World,
  at: Address,
  owner: Address,
  spender: Address,
  value: bigint,
  deadline: bigint,
  signature: string,
): void {
  try {
    permit(world, at, owner, spender, value, deadline, signature);
  } catch (error) {
    if (!(error instanceof Revert)) throw error;
  }
}

function needBalance(token: TokenState, account: Address, value: bigint): void {
  const balance = token.balances[account] ?? 0n;
  if (balance < value) revert("ERC20InsufficientBalance", account, balance, value);
}

function move(world: World, at: Address, from: Address, to: Address, value: bigint): void {
  const { balances } = world.tokens[at] as TokenState;
  if (from !== ZERO) balances[from] = (balances[from] ?? 0n) - value;
  if (to !== ZERO) balances[to] = (balances[to] ?? 0n) + value;
  emit(world, at, "Transfer", from, to, value);
}
