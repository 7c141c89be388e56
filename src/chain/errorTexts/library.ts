import type { ErrorText } from "./text.ts";
import { at, same, sesh } from "./text.ts";

/** Errors of OpenZeppelin, the token and the proxy. */
export const libraryTexts: Record<string, ErrorText> = {
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
  "SafeCastOverflowedUintDowncast(uint8,uint256)": (a) => ({
    sentence: `${String(a["value"])} does not fit into ${String(a["bits"])} bits.`,
    fix: "A contribution contract is made for less than 2^96 atomic SESH and less than 256 contributors.",
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
