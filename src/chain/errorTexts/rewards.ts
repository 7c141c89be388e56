import { formatDuration } from "../units.ts";
import type { ErrorText } from "./text.ts";
import { at, big, key, left, MINIMUM_EXIT_AGE, node, same, sesh } from "./text.ts";

/** Errors of ServiceNodeRewards and its libraries. */
export const rewardsTexts: Record<string, ErrorText> = {
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
  "WrongRoot(uint256)": same(
    "A square root that was sent along is not that of the messages.",
    "Take them from hashRoots, for the messages in the order of the entries.",
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
    "The contract has this lifetime amount (of a batch: all of them), or a higher one, on record already.",
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
  "HashToG2Failed()": same("The message does not hash to the curve.", "Report it: the chance is about 2^-256."),
  "InvalidBLSPubkey((uint256,uint256))": (a) => ({
    sentence: `${key(a["point"])} is not a BLS public key.`,
    fix: "It must be a point of the curve in canonical form, and not infinity.",
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
  "SignatureExpiryTooLong(uint256,uint256)": (a) => ({
    sentence: `Signatures may live for ${formatDuration(big(a, "max"))} at most, not ${formatDuration(big(a, "newExpiry"))}.`,
    fix: "Choose a shorter expiry.",
  }),
  "TooManyAdditionsInBlock(uint256,uint256,uint256)": (a) => ({
    sentence: `${String(a["additions"])} nodes were registered in this very block and count as non-signers: with ${String(a["nonSigners"])} others they are more than the ${String(a["threshold"])} that may be missing.`,
    fix: "Send it again in the next block (of Ethereum, for a contract on Arbitrum).",
  }),
  "ZeroSupply()": same("The token's supply is zero.", "Give the supply in atomic units."),
  "ZeroContribution(address)": (a) => ({
    sentence: `${String(a["contributor"])} contributes nothing.`,
    fix: "Leave it out, or give it a stake.",
  }),
  "SmallContributorLeaveTooEarly(uint64,address)": (a) => ({
    sentence: `${String(a["contributor"])} holds under a quarter of ${node(a)} and cannot request its exit in the first 30 days.`,
    fix: "Wait, or let the operator request it.",
  }),
  "DegenerateSum()": same("The messages of this batch add up to nothing.", "Report it: the chance is negligible."),
  "EmptyBatch()": same("The batch is empty.", "Give at least one recipient."),
  "RecipientNotAscending(uint256,address)": (a) => ({
    sentence: `Entry ${String(a["index"])} (${String(a["recipient"])}) is not in ascending order of addresses.`,
    fix: "Sort the entries by address, and list each recipient once.",
  }),
};
