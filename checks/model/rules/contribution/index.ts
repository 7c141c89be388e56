import { isNull } from "../../core/keys.ts";
import { emit, revert, Status, ZERO } from "../../core/world.ts";
import type { Address, Call, ContributionState, Key, SignatureValue, Value, World } from "../../core/world.ts";
import { whenNotPaused } from "../ownable.ts";
import { MAX_FEE, requireProofOfPossession } from "../rewards/registration.ts";
import type { Params } from "../rewards/registration.ts";
import { balanceOf, transfer, tryPermit } from "../token.ts";
import { requireReservations } from "./amounts.ts";
import { contribute, finalize, requireUnregistered, resetAll, setBeneficiary, stateOf, withdraw } from "./funds.ts";

type Reserved = readonly (readonly [Address, bigint])[];

/** ServiceNodeContributionFactory.deploy; B11 is the order of its events. */
export function deploy(
  world: World,
  call: Call,
  key: Key,
  signature: SignatureValue,
  params: Params,
  reserved: Reserved,
  manualFinalize: boolean,
): void {
  const { factory, rewards } = world;
  whenNotPaused(factory);
  const at = call.created;
  world.contributions[at] = {
    operator: call.from,
    requirement: rewards.requirement,
    maxContributors: rewards.maxContributors,
    key: [0n, 0n],
    sig: { words: [0n, 0n, 0n, 0n], messages: [], secret: 0n },
    params: [0n, 0n, 0n, 0n],
    reserved: [],
    contributors: [],
    contributions: {},
    timestamps: {},
    status: Status.WaitForOperator,
    manualFinalize: false,
    paramsHash: "",
  };
  resetAll(world, at);
  setUp(world, at, key, signature, params, reserved, manualFinalize);
  factory.deployed[at] = true;
  emit(world, world.at.factory, "NewServiceNodeContributionContract", at, params[0], call.from);
}

/** Keys, fee, reservations, manual flag. */
function setUp(
  world: World,
  at: Address,
  key: Key,
  signature: SignatureValue,
  params: Params,
  reserved: Reserved,
  manualFinalize: boolean,
): void {
  setKeys(world, at, key, signature, params[0], params[1], params[2]);
  setFee(world, at, params[3]);
  setReserved(world, at, reserved);
  setManualFinalize(world, at, manualFinalize);
}

function setKeys(
  world: World,
  at: Address,
  key: Key,
  signature: SignatureValue,
  ed25519: bigint,
  first: bigint,
  second: bigint,
): void {
  const state = stateOf(world, at);
  if (isNull(key)) revert("NullBLSPubkey");
  if (ed25519 === 0n) revert("NullEd25519Pubkey");
  requireUnregistered(world, key, ed25519);
  requireProofOfPossession(world, key, signature, state.operator, ed25519);
  state.key = key;
  state.sig = signature;
  state.params = [ed25519, first, second, state.params[3]];
  emit(world, at, "UpdatePubkeys", key, ed25519);
}

function setFee(world: World, at: Address, fee: bigint): void {
  const state = stateOf(world, at);
  if (fee > MAX_FEE) revert("FeeExceedsPossibleValue", fee, MAX_FEE);
  state.params = [state.params[0], state.params[1], state.params[2], fee];
  emit(world, at, "UpdateFee", fee);
}

function setReserved(world: World, at: Address, reserved: Reserved): void {
  const state = stateOf(world, at);
  state.reserved = requireReservations(state, reserved);
  emit(world, at, "UpdateReservedContributors", reserved);
}

function setManualFinalize(world: World, at: Address, value: boolean): void {
  stateOf(world, at).manualFinalize = value;
  emit(world, at, "UpdateManualFinalize", value);
}

function onlyOperator(state: ContributionState, { from }: Call): void {
  if (from !== state.operator) revert("OnlyOperatorIsAuthorised", from, state.operator);
}

function onlyEmpty(state: ContributionState): void {
  if (state.status !== Status.WaitForOperator) revert("RequireWaitForOperatorContribStatus", state.status);
}

export function contributionCall(world: World, at: Address, call: Call, name: string, args: readonly Value[]): boolean {
  const state = stateOf(world, at);
  switch (name) {
    case "contributeFunds":
      contribute(world, at, call, ...(args as unknown as [bigint, Address, string?]));
      return true;
    case "contributeFundsWithPermit": {
      const [amount, beneficiary, hash, deadline, signature] = args as [bigint, Address, string, bigint, string];
      tryPermit(world, world.at.token, call.from, at, amount, deadline, signature);
      contribute(world, at, call, amount, beneficiary, hash);
      return true;
    }
    case "withdrawContribution":
      withdraw(world, at, call);
      return true;
    case "updateBeneficiary":
      updateBeneficiary(world, at, call, args[0] as Address);
      return true;
    case "initialize":
      revert("AlreadyInitialized");
      return true;
    case "updatePubkeys":
    case "updateFee":
    case "updateReservedContributors":
      onlyOperator(state, call);
      onlyEmpty(state);
      if (name === "updateFee") setFee(world, at, args[0] as bigint);
      else if (name === "updateReservedContributors") setReserved(world, at, args[0] as unknown as Reserved);
      else setKeys(world, at, ...(args as unknown as [Key, SignatureValue, bigint, bigint, bigint]));
      return true;
    case "updateManualFinalize":
      onlyOperator(state, call);
      setManualFinalize(world, at, args[0] as boolean);
      return true;
    case "finalize":
      onlyOperator(state, call);
      finalize(world, at);
      return true;
    case "reset":
      onlyOperator(state, call);
      resetAll(world, at);
      return true;
    case "resetUpdateAndContribute": {
      onlyOperator(state, call);
      const [key, signature, params, reserved, manual, beneficiary, amount] = args as unknown as [
        Key,
        SignatureValue,
        Params,
        Reserved,
        boolean,
        Address,
        bigint,
      ];
      resetAll(world, at);
      setUp(world, at, key, signature, params, reserved, manual);
      // B2
      if (amount > 0n) contribute(world, at, call, amount, beneficiary);
      return true;
    }
    case "rescueERC20": {
      const [token] = args as [Address];
      onlyOperator(state, call);
      if (state.status !== Status.WaitForOperator && state.status !== Status.Finalized) {
        revert("RescueNotPossible", state.status);
      }
      const balance = balanceOf(world, token, at);
      if (balance === 0n) revert("RescueBalanceIsEmpty", token);
      transfer(world, token, at, state.operator, balance);
      return true;
    }
  }
  return false;
}

function updateBeneficiary(world: World, at: Address, { from }: Call, beneficiary: Address): void {
  const state = stateOf(world, at);
  if (state.status !== Status.Open && state.status !== Status.WaitForFinalized) {
    revert("BeneficiaryUpdatingDisabledNodeIsNotOpen", state.params[0]);
  }
  const contributor = state.contributors.find(({ addr }) => addr === from);
  if (contributor === undefined) revert("NonContributorUpdatedBeneficiary", from);
  // as with the first payment
  setBeneficiary(world, at, contributor, beneficiary === ZERO ? from : beneficiary);
}
