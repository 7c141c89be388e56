import { formatDuration } from "../units.ts";
import type { ErrorText } from "./text.ts";
import { at, big, left, same, sesh, status } from "./text.ts";

/** Errors of ServiceNodeContribution and its factory. */
export const contributionTexts: Record<string, ErrorText> = {
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
  "AlreadyInitialized()": same("The contract is set up already.", "Nothing to do."),
  "ParamsChanged(bytes32,bytes32)": same(
    "The operator changed keys, fee or reservations since you looked.",
    "Look at the contract again, and contribute if you still agree.",
  ),
  "ZeroContribution()": same("The contribution is zero.", "Contribute something."),
  "CloneFailed()": same("The contract could not be made.", "Send it again with more gas."),
};
