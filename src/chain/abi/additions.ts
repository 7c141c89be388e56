import { CONTRIBUTOR, G1, NODE_PARAMS, SIGNATURE } from "./structs.ts";

/*
 * What this implementation adds to the live contracts. A contract deployed elsewhere may lack any of it: errors then never come,
 * and functions are to be asked for with `probeFeatures` before use.
 */

/** Beside `serviceNodeRewardsAbi`. */
export const serviceNodeRewardsAdditions = [
  `function updateRewardsBalanceAndClaim(uint256 recipientRewards, ${SIGNATURE} blsSignature, uint64[] ids)`,
  `function updateRewardsBalances((address recipient, uint256 rewards)[] entries, ${SIGNATURE} blsSignature, uint64[] ids)`,
  `function addBLSPublicKeyWithPermit(${G1} blsPubkey, ${SIGNATURE} blsSignature, ${NODE_PARAMS} serviceNodeParams, ${CONTRIBUTOR}[] contributors, (uint256 deadline, uint8 v, bytes32 r, bytes32 s) permit)`,
  "error DegeneratePoint()",
  "error DegenerateSum()",
  "error DuplicateContributor(address contributor)",
  "error EmptyBatch()",
  "error RecipientNotAscending(uint256 index, address recipient)",
  "error RecipientRewardsTooLowAt(uint256 index, address recipient)",
  "error FeeExceedsPossibleValue(uint16 fee, uint16 max)",
  "error HashToG2Failed()",
  `error InvalidBLSPubkey(${G1} point)`,
  "error ModularExponentiationFailed()",
  `error PointAdditionFailed(${G1} left, ${G1} right)`,
  "error SignatureExpiryTooLong(uint256 newExpiry, uint256 max)",
  "error TooManyAdditionsInBlock(uint256 additions, uint256 totalNodes)",
  "error ZeroContribution(address contributor)",
] as const;

/** Beside `serviceNodeContributionAbi`: payments that are pinned to the terms, and by permit. */
export const serviceNodeContributionAdditions = [
  "function paramsHash() view returns (bytes32)",
  "function contributeFunds(uint256 amount, address beneficiary, bytes32 expectedParamsHash)",
  "function contributeFundsWithPermit(uint256 amount, address beneficiary, bytes32 expectedParamsHash, uint256 deadline, uint8 v, bytes32 r, bytes32 s)",
  "error ParamsChanged(bytes32 expected, bytes32 actual)",
] as const;

/** Beside `rewardRatePoolAbi` and its test variant. */
export const rewardRatePoolAdditions = [
  "error NullAddress()",
  "error LastPaidOutTimeInFuture(uint256 lastPaidOutTime, uint256 currentTime)",
] as const;

/** Beside `seshAbi`. */
export const seshAdditions = [
  "error NotRegistering()",
  "error NullAddress()",
  "error OnlyGenesisReceiver(address caller)",
  "error RegistrationValueMismatch(uint256 required, uint256 provided)",
  "function genesisReceiver() view returns (address)",
] as const;

/** Beside `seshL2Abi`: the permit of ERC-2612. */
export const seshL2Additions = [
  "error ECDSAInvalidSignature()",
  "error ECDSAInvalidSignatureLength(uint256 length)",
  "error ECDSAInvalidSignatureS(bytes32 s)",
  "error ERC2612ExpiredSignature(uint256 deadline)",
  "error ERC2612InvalidSigner(address signer, address owner)",
  "error InvalidAccountNonce(address account, uint256 currentNonce)",
  "error NullAddress()",
  "error OnlyL2Gateway(address caller)",
  "event EIP712DomainChanged()",
  "function DOMAIN_SEPARATOR() view returns (bytes32)",
  "function eip712Domain() view returns (bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)",
  "function initializePermit()",
  "function nonces(address owner) view returns (uint256)",
  "function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)",
] as const;
