/** The tuples of the contracts in the human-readable notation of ethers, named once. */

export const G1 = "(uint256 X, uint256 Y)";
export const STAKER = "(address addr, address beneficiary)";
export const RESERVED = "(address addr, uint256 amount)";
export const NODE_PARAMS =
  "(uint256 serviceNodePubkey, uint256 serviceNodeSignature1, uint256 serviceNodeSignature2, uint16 fee)";
export const SIGNATURE = "(uint256 sigs0, uint256 sigs1, uint256 sigs2, uint256 sigs3)";
export const CONTRIBUTOR = "((address addr, address beneficiary) staker, uint256 stakedAmount)";
