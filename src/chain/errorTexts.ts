import { formatDuration, formatSesh, formatTime } from "./units.ts";

/** Decoded arguments by name, as ethers gives them. */
export type ErrorArgs = Record<string, unknown>;

/** What went wrong, and what to do about it. */
export type ErrorText = (args: ErrorArgs) => { sentence: string; fix: string };

const big = (args: ErrorArgs, name: string): bigint => BigInt(args[name] as bigint);
const sesh = (args: ErrorArgs, name: string): string => `${formatSesh(big(args, name))} SESH`;
const node = (args: ErrorArgs): string => `node ${String(args["serviceNodeID"])}`;
const key = (value: unknown): string => {
  const point = value as { X: bigint; Y: bigint };
  return `0x${point.X.toString(16).padStart(64, "0")}${point.Y.toString(16).padStart(64, "0")}`;
};
const at = (args: ErrorArgs, name: string): string => formatTime(big(args, name));
const left = (args: ErrorArgs, end: bigint, now: string): string => {
  const seconds = end - big(args, now);
  return seconds > 0n ? formatDuration(seconds) : "a moment";
};
const same =
  (sentence: string, fix: string): ErrorText =>
  () => ({ sentence, fix });

const CONTRIBUTION_STATUS = ["WaitForOperatorContrib", "OpenForPublicContrib", "WaitForFinalized", "Finalized"];
const status = (args: ErrorArgs): string =>
  CONTRIBUTION_STATUS[Number(args["status"])] ?? `status ${String(args["status"])}`;

/** The minimum age of a node before a signed exit or liquidation, seconds. */
const MINIMUM_EXIT_AGE = 7_200n;

const rewards: Record<string, ErrorText> = {
  "BLSPubkeyAlreadyExists(uint64)": (a) => ({
    sentence: `This BLS key is registered already, as ${node(a)}.`,
    fix: "Use another key, or wait until that node has left.",
  }),
  "BLSPubkeyDoesNotExist((uint256,uint256))": (a) => ({
    sentence: `No node with the BLS key ${key(a["pubkey"])} is registered.`,
    fix: "The node has left already, or the key is mistyped; look it up with `nodes`.",
  }),
  "BLSPubkeyDoesNotMatch(uint64,(uint256,uint256))": (a) => ({
    sentence: `The BLS key ${key(a["pubkey"])} is not the one of ${node(a)}.`,
    fix: "Look the node's key up again.",
  }),
  "CallerNotContributor(uint64,address)": (a) => ({
    sentence: `${String(a["caller"])} has no stake in ${node(a)}.`,
    fix: "Send it from the account of the operator or of a contributor.",
  }),
  "ClaimThresholdExceeded()": same(
    "The contract has paid out what it may pay in this claim cycle.",
    "Claim a smaller amount, or wait for the next cycle (12 hours on the live network).",
  ),
  "ContractAlreadyStarted()": same("The contract has been started.", "Seeding is possible only before the start."),
  "ContractNotStarted()": same("The contract has not been started yet.", "Wait until its owner calls `start`."),
  "ContributionTotalMismatch(uint256,uint256)": (a) => ({
    sentence: `The contributions add up to ${sesh(a, "provided")} instead of ${sesh(a, "required")}.`,
    fix: "Make them add up to the staking requirement exactly.",
  }),
  "DeleteSentinelNodeNotAllowed()": same("Id 0 is the list's sentinel, not a node.", "Give the id of a node."),
  "Ed25519PubkeyAlreadyExists(uint64)": (a) => ({
    sentence: `This Ed25519 key is registered already, as ${node(a)}.`,
    fix: "Use another node identity, or wait until that node has left.",
  }),
  "ExitTooEarly(uint64,uint256,uint256)": (a) => ({
    sentence: `${node(a)} was registered at ${at(a, "addedTimestamp")}, too recently to leave.`,
    fix: `Try again in ${left(a, big(a, "addedTimestamp") + MINIMUM_EXIT_AGE, "currenttime")}.`,
  }),
  "InsufficientBLSSignatures(uint256,uint256)": (a) => ({
    sentence: `Only ${String(a["numSigners"])} nodes signed; ${String(a["requiredSigners"])} must.`,
    fix: "Ask again later: too many nodes did not answer or refused.",
  }),
  "InsufficientContributors()": same("A seeded node needs a contributor.", "Give at least the operator."),
  "InsufficientNodes()": same("There are too few nodes for this.", "Register nodes first."),
  "InsufficientOperatorContribution(uint256)": (a) => ({
    sentence: `The operator's share of ${sesh(a, "operatorStake")} is under a quarter of the requirement.`,
    fix: "The first contributor is the operator and stakes at least 25 %.",
  }),
  "InvalidBLSProofOfPossession()": same(
    "The proof of possession does not verify.",
    "It must be made for this BLS key, this operator address, this Ed25519 key, this chain and this contract.",
  ),
  "InvalidBLSSignature((uint256,uint256))": (a) => ({
    sentence: `The aggregate signature does not verify against the signers' key ${key(a["aggPubkey"])}.`,
    fix: "The node set changed since it was collected, or a signer lied: collect again.",
  }),
  "LeaveRequestNotInitiatedYet(uint64)": (a) => ({
    sentence: `Nobody has requested the exit of ${node(a)}.`,
    fix: "Request it first; without a signature it takes 30 days from then.",
  }),
  "LeaveRequestTooEarly(uint64,uint256,uint256)": (a) => ({
    sentence: `It is too early for ${node(a)}: possible from ${at(a, "endTimestamp")}.`,
    fix: `Try again in ${left(a, big(a, "endTimestamp"), "currTimestamp")}.`,
  }),
  "LiquidatorPenaltyTooHigh()": same(
    "Liquidator and pool together may take at most a quarter.",
    "Choose ratios with (liquidator + pool) * 3 <= recipient.",
  ),
  "MaxClaimExceeded()": same(
    "The amount is more than what is left to claim.",
    "Claim at most lifetime rewards less what was claimed.",
  ),
  "MaxContributorsExceeded()": same("The node has too many contributors.", "At most 10 on the live network."),
  "MaxPubkeyAggregationsExceeded()": same(
    "This block has taken all the registrations it may take.",
    "Send it again in the next block.",
  ),
  "NullAddress()": same("An address is zero.", "Give a real address."),
  "NullBLSPubkey()": same("The BLS key is zero.", "Give the node's BLS key."),
  "NullEd25519Pubkey()": same("The Ed25519 key is zero.", "Give the node's Ed25519 key."),
  "PositiveNumberRequirement()": same("A number that must be positive is zero.", "Give a positive number."),
  "RecipientAddressDoesNotMatch(address,address,uint256)": (a) => ({
    sentence: `The recipient of ${node(a)} is ${String(a["expectedRecipient"])}, not ${String(a["providedRecipient"])}.`,
    fix: "Use the address that the contract has.",
  }),
  "RecipientRewardsTooLow()": same(
    "The contract has this lifetime amount, or a higher one, on record already.",
    "Nothing needs updating: claim what is there.",
  ),
  "ServiceNodeDoesntExist(uint64)": (a) => ({ sentence: `There is no ${node(a)}.`, fix: "It may have left already." }),
  "SignatureExpired(uint64,uint256,uint256)": (a) => ({
    sentence: `The signature for ${node(a)} dates from ${at(a, "timestamp")} and has expired (now ${at(a, "currenttime")}).`,
    fix: "Collect a new one and send it within 10 minutes; check this machine's clock.",
  }),
  "DuplicateContributor(address)": (a) => ({
    sentence: `${String(a["contributor"])} is listed twice among the contributors.`,
    fix: "Give each contributor once, with the whole amount.",
  }),
  "DegeneratePoint()": same(
    "The hash of the message met an exceptional case of the curve's addition law.",
    "Report it: no known message does that.",
  ),
  "DegenerateSum()": same(
    "The hashes of the messages add up to infinity, or met an exceptional case of the addition law.",
    "See that no message is there twice; else report it: no known choice of distinct messages does that.",
  ),
  "EmptyBatch()": same("The batch names nobody.", "Give one recipient at least."),
  "RecipientNotAscending(uint256,address)": (a) => ({
    sentence: `The recipients of a batch must be in ascending order, each once: ${String(a["recipient"])} is not.`,
    fix: "Sort them by address.",
  }),
  "RecipientRewardsTooLowAt(uint256,address)": (a) => ({
    sentence: `The contract has the lifetime rewards of ${String(a["recipient"])} on record already, or more.`,
    fix: "Leave that recipient out of the batch.",
  }),
  "ParamsChanged(bytes32,bytes32)": same(
    "The operator has changed keys, fee or reservations since the terms were shown.",
    "Look at the contribution contract again before you pay.",
  ),
  "HashToG2Failed()": same("The message does not hash to the curve.", "Report it: the chance is about 2^-256."),
  "InvalidBLSPubkey((uint256,uint256))": (a) => ({
    sentence: `${key(a["point"])} is not a BLS public key.`,
    fix: "It must be a point of the curve in canonical form, and not infinity.",
  }),
  "LastPaidOutTimeInFuture(uint256,uint256)": (a) => ({
    sentence: `${at(a, "lastPaidOutTime")} is in the future (now ${at(a, "currentTime")}).`,
    fix: "Give a time in the past.",
  }),
  "ModularExponentiationFailed()": same("A precompile of the chain failed.", "Send it again with more gas."),
  "NotRegistering()": same("The token is not being registered now.", "Call `registerTokenOnL2`."),
  "OnlyGenesisReceiver(address)": (a) => ({
    sentence: `${String(a["caller"])} is not the genesis receiver.`,
    fix: "Send it from that account.",
  }),
  "OnlyL2Gateway(address)": (a) => ({
    sentence: `${String(a["caller"])} is not the bridge's gateway.`,
    fix: "Use the bridge.",
  }),
  "PointAdditionFailed((uint256,uint256),(uint256,uint256))": same(
    "A point is not on the curve.",
    "Check the keys and the signature; one of them is damaged.",
  ),
  "RegistrationValueMismatch(uint256,uint256)": (a) => ({
    sentence: `The registration needs ${String(a["required"])} wei, not ${String(a["provided"])}.`,
    fix: "Send exactly that value.",
  }),
  "SignatureExpiryTooLong(uint256,uint256)": (a) => ({
    sentence: `Signatures may live for ${formatDuration(big(a, "max"))} at most, not ${formatDuration(big(a, "newExpiry"))}.`,
    fix: "Choose a shorter expiry.",
  }),
  "TooManyAdditionsInBlock(uint256,uint256)": (a) => ({
    sentence: `${String(a["additions"])} of ${String(a["totalNodes"])} nodes were registered in this very block; no network signature counts in it.`,
    fix: "Send it again in the next block.",
  }),
  "ZeroContribution(address)": (a) => ({
    sentence: `${String(a["contributor"])} contributes nothing.`,
    fix: "Leave it out, or give it a stake.",
  }),
  "SmallContributorLeaveTooEarly(uint64,address)": (a) => ({
    sentence: `${String(a["contributor"])} holds under a quarter of ${node(a)} and cannot request its exit in the first 30 days.`,
    fix: "Wait, or let the operator request it.",
  }),
};

const contribution: Record<string, ErrorText> = {
  "BeneficiaryUpdatingDisabledNodeIsNotOpen(uint256)": same(
    "The beneficiary cannot be changed in this state.",
    "It can while the contract is open or waits to be finalised.",
  ),
  "CalcMinContributionGivenBadContribArgs(uint256,uint256)": (a) => ({
    sentence: `${String(a["numContributors"])} of ${String(a["maxNumContributors"])} places are taken; none is free.`,
    fix: "Contribute to another node.",
  }),
  "ContributeFundsNotPossible(uint8)": (a) => ({
    sentence: `The contract takes no contributions now (${status(a)}).`,
    fix: "Choose a contract that is open.",
  }),
  "ContributionBelowMinAmount(uint256,uint256)": (a) => ({
    sentence: `${sesh(a, "contributed")} is under the minimum of ${sesh(a, "min")}.`,
    fix: "Contribute at least the minimum.",
  }),
  "ContributionBelowReservedAmount(uint256,uint256)": (a) => ({
    sentence: `${sesh(a, "contributed")} is under the ${sesh(a, "reserved")} reserved for you.`,
    fix: "The first payment covers the reservation.",
  }),
  "ContributionExceedsStakingRequirement(uint256,uint256,uint256)": (a) => ({
    sentence: `With ${sesh(a, "totalContributed")} paid and ${sesh(a, "totalReserved")} reserved it exceeds ${sesh(a, "stakingRequirement")}.`,
    fix: "Contribute less.",
  }),
  "DuplicateAddressInReservedContributor(uint256)": (a) => ({
    sentence: `Reservation ${String(a["index"])} repeats an address.`,
    fix: "Give each address once.",
  }),
  "FeeExceedsPossibleValue(uint16,uint16)": (a) => ({
    sentence: `A fee of ${String(a["fee"])} is more than ${String(a["max"])} (100 %).`,
    fix: "The fee is in units of 0.01 %.",
  }),
  "FinalizeNotPossible(uint8)": (a) => ({
    sentence: `The contract cannot be finalised now (${status(a)}).`,
    fix: "It must be exactly full.",
  }),
  "FirstContributionMustBeOperator(address,address)": (a) => ({
    sentence: `The operator ${String(a["operator"])} has not contributed yet.`,
    fix: "Wait for the operator's payment.",
  }),
  "FirstReservedContributorMustBeOperator(uint256,address)": (a) => ({
    sentence: "The first reservation is not the operator's.",
    fix: `Put ${String(a["operator"])} first.`,
  }),
  "MaxContributorsExceeded(uint256)": (a) => ({
    sentence: `The node has its ${String(a["maxContributors"])} contributors.`,
    fix: "Contribute to another node.",
  }),
  "NonContributorUpdatedBeneficiary(address)": (a) => ({
    sentence: `${String(a["nonContributorAddr"])} has contributed nothing here.`,
    fix: "Only a contributor has a beneficiary.",
  }),
  "OnlyOperatorIsAuthorised(address,address)": (a) => ({
    sentence: `Only the operator ${String(a["operator"])} may do this, not ${String(a["addr"])}.`,
    fix: "Send it from the operator's account.",
  }),
  "RequireWaitForOperatorContribStatus(uint8)": (a) => ({
    sentence: `This can be changed only before the first contribution (now ${status(a)}).`,
    fix: "Reset the contract first; everyone is refunded.",
  }),
  "RescueBalanceIsEmpty(address)": (a) => ({
    sentence: `The contract holds none of ${String(a["token"])}.`,
    fix: "There is nothing to rescue.",
  }),
  "RescueNotPossible(uint8)": (a) => ({
    sentence: `Tokens cannot be rescued now (${status(a)}).`,
    fix: "Only before the first contribution, or after finalisation.",
  }),
  "ReservedContributionBelowMinAmount(uint256,uint256,uint256)": (a) => ({
    sentence: `Reservation ${String(a["index"])} of ${sesh(a, "contributed")} is under its minimum of ${sesh(a, "min")}.`,
    fix: "Reserve more at this place.",
  }),
  "ReservedContributionExceedsStakingRequirement(uint256,uint256,uint256)": (a) => ({
    sentence: `Reservation ${String(a["index"])} of ${sesh(a, "contributed")} is more than the ${sesh(a, "remaining")} that remain.`,
    fix: "Reserve less.",
  }),
  "ReservedContributorHasZeroAddress(uint256)": (a) => ({
    sentence: `Reservation ${String(a["index"])} is for address zero.`,
    fix: "Give a real address.",
  }),
  "RewardsContractMaxContributorsChanged(uint256,uint256)": (a) => ({
    sentence: `The rewards contract now allows ${String(a["newMax"])} contributors instead of ${String(a["oldMax"])}.`,
    fix: "This contract is outdated: withdraw and make a new one.",
  }),
  "RewardsContractStakingRequirementChanged(uint256,uint256)": (a) => ({
    sentence: `The staking requirement is now ${sesh(a, "newRequirement")} instead of ${sesh(a, "oldRequirement")}.`,
    fix: "This contract is outdated: withdraw and make a new one.",
  }),
  "TooManyReservedContributors(uint256,uint256)": (a) => ({
    sentence: `${String(a["length"])} reservations are more than ${String(a["max"])}.`,
    fix: "Reserve for fewer contributors.",
  }),
  "WithdrawTooEarly(uint256,uint256,uint256)": (a) => ({
    sentence: `The last contribution was at ${at(a, "contribTime")}; it is locked for ${formatDuration(big(a, "delayRequired"))}.`,
    fix: `Try again in ${left(a, big(a, "contribTime") + big(a, "delayRequired"), "blockTime")}.`,
  }),
};

const library: Record<string, ErrorText> = {
  "EnforcedPause()": same("The contract is paused.", "Wait until its owner unpauses it."),
  "ExpectedPause()": same("The contract is not paused.", "Pause it first."),
  "InvalidInitialization()": same("The contract is initialised already.", "Nothing to do."),
  "NotInitializing()": same("This runs only during initialisation.", "Use the initialiser."),
  "OwnableInvalidOwner(address)": (a) => ({
    sentence: `${String(a["owner"])} cannot own it.`,
    fix: "Give a real address.",
  }),
  "OwnableUnauthorizedAccount(address)": (a) => ({
    sentence: `${String(a["account"])} is not the owner.`,
    fix: "Send it from the owner's account.",
  }),
  "ReentrancyGuardReentrantCall()": same("The call re-entered the contract.", "Call it from outside."),
  "SafeERC20FailedOperation(address)": (a) => ({
    sentence: `A transfer of the token ${String(a["token"])} failed.`,
    fix: "Check balance and allowance of the payer.",
  }),
  "ERC20InsufficientAllowance(address,uint256,uint256)": (a) => ({
    sentence: `${String(a["spender"])} may spend ${sesh(a, "allowance")}, but needs ${sesh(a, "needed")}.`,
    fix: `Approve ${String(a["spender"])} for at least that amount.`,
  }),
  "ERC20InsufficientBalance(address,uint256,uint256)": (a) => ({
    sentence: `${String(a["sender"])} holds ${sesh(a, "balance")}, but needs ${sesh(a, "needed")}.`,
    fix: "Fund that account.",
  }),
  "ERC20InvalidApprover(address)": same("The approver is address zero.", "Give a real address."),
  "ERC20InvalidReceiver(address)": (a) => ({
    sentence: `${String(a["receiver"])} cannot receive tokens.`,
    fix: "Give a real address.",
  }),
  "ERC20InvalidSender(address)": same("The sender is address zero.", "Give a real address."),
  "ERC20InvalidSpender(address)": same("The spender is address zero.", "Give a real address."),
  "ERC2612ExpiredSignature(uint256)": (a) => ({
    sentence: `The permit expired at ${at(a, "deadline")}.`,
    fix: "Sign a new one with a later deadline.",
  }),
  "ERC2612InvalidSigner(address,address)": (a) => ({
    sentence: `The permit was signed by ${String(a["signer"])}, not by ${String(a["owner"])}.`,
    fix: "Sign it with the owner's account, on this chain.",
  }),
  "InvalidAccountNonce(address,uint256)": (a) => ({
    sentence: `The permit's nonce is not ${String(a["currentNonce"])}.`,
    fix: "Read the nonce again and sign a new permit.",
  }),
  "ECDSAInvalidSignature()": same("The signature of the permit is invalid.", "Sign it again."),
  "ECDSAInvalidSignatureLength(uint256)": same("The signature has a wrong length.", "Sign it again."),
  "ECDSAInvalidSignatureS(bytes32)": same("The signature is not in canonical form.", "Sign it again."),
  "InvalidShortString()": same("A stored name is corrupt.", "Report it."),
  "StringTooLong(string)": same("A name is too long.", "Use at most 31 bytes."),
  "ProxyDeniedAdminAccess()": same("The proxy's admin cannot use the contract.", "Send it from another account."),
};

/** Signature (canonical types) of every known custom error, and its text. */
export const errorTexts: Readonly<Record<string, ErrorText>> = { ...rewards, ...contribution, ...library };
