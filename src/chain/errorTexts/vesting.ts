import type { ErrorText } from "./text.ts";
import { at, same } from "./text.ts";

/** Errors of the vesting contracts and of the converter. */
export const vestingTexts: Record<string, ErrorText> = {
  "AlreadyRevoked(address)": (a) => ({
    sentence: `The vesting of ${String(a["token"])} is revoked already.`,
    fix: "What is there is the beneficiary's.",
  }),
  "BeneficiaryNotTransferable()": same("The beneficiary of this contract cannot be changed.", "It was so deployed."),
  "InvalidSchedule(uint256,uint256)": same(
    "The schedule makes no sense.",
    "Neither start (or cliff) nor end is in the past, and the end is not before the other.",
  ),
  "NothingToRelease(address)": (a) => ({
    sentence: `Nothing of ${String(a["token"])} can be released now.`,
    fix: "Wait until more has vested.",
  }),
  "OnlyBeneficiary(address,address)": (a) => ({
    sentence: `Only the beneficiary ${String(a["beneficiary"])} may do this, not ${String(a["caller"])}.`,
    fix: "Send it from that account.",
  }),
  "OnlyHolder(address,address)": (a) => ({
    sentence: `Only ${String(a["holder"])} may do this now, not ${String(a["caller"])}.`,
    fix: "Send it from that account (the revoker's, once revoked).",
  }),
  "OnlyRevoker(address,address)": (a) => ({
    sentence: `Only the revoker ${String(a["revoker"])} may do this, not ${String(a["caller"])}.`,
    fix: "Send it from that account.",
  }),
  "UnknownContribution(address)": (a) => ({
    sentence: `${String(a["contribution"])} was not made by the factory.`,
    fix: "Use a contribution contract of the factory.",
  }),
  "VestingEnded(uint256,uint256)": (a) => ({
    sentence: `The vesting ended at ${at(a, "end")}.`,
    fix: "Release the tokens.",
  }),
  "VestingNotEnded(uint256,uint256)": (a) => ({
    sentence: `The vesting ends at ${at(a, "end")}.`,
    fix: "Wait until then.",
  }),
  "VestingNotStarted(uint256,uint256)": (a) => ({
    sentence: `The vesting starts at ${at(a, "start")}.`,
    fix: "Wait until then.",
  }),
  "InsufficientStock(uint256,uint256)": (a) => ({
    sentence: `The converter holds ${String(a["available"])} of the ${String(a["required"])} that it would have to pay.`,
    fix: "Convert less, or wait until it is filled up.",
  }),
  "SlippageExceeded(uint256,uint256)": (a) => ({
    sentence: `It would yield ${String(a["amountB"])}, under the wanted ${String(a["minAmountB"])}.`,
    fix: "The rate changed: accept it or leave it.",
  }),
  "ZeroAddress()": same("An address is zero.", "Give a real address."),
  "ZeroAmount()": same("The amount is zero.", "Give an amount."),
  "ZeroOutput(uint256)": same("So little yields nothing.", "Convert more."),
  "ZeroRate()": same("The rate is zero.", "Give a positive rate."),
};
