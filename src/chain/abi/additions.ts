import { CONTRIBUTOR, G1, NODE_PARAMS, RESERVED, SIGNATURE } from "./structs.ts";

/*
 * What this implementation adds to the live contracts. A contract deployed elsewhere may lack any of it: errors then never come,
 * and functions are to be asked for with `probeFeatures` before use.
 */

/** Beside `serviceNodeRewardsAbi` and its variant of the test networks. */
export const serviceNodeRewardsAdditions = [
  `function exitBLSPublicKeysWithSignature((${G1} blsPubkey, uint256 timestamp)[] removals, ${SIGNATURE} blsSignature, uint64[] ids, uint256[] roots)`,
  `function liquidateBLSPublicKeysWithSignature((${G1} blsPubkey, uint256 timestamp)[] removals, ${SIGNATURE} blsSignature, uint64[] ids, uint256[] roots)`,
  `function addBLSPublicKeyWithPermit(${G1} blsPubkey, ${SIGNATURE} blsSignature, ${NODE_PARAMS} serviceNodeParams, ${CONTRIBUTOR}[] contributors, (uint256 deadline, uint8 v, bytes32 r, bytes32 s) permit)`,
  `function updateRewardsBalanceAndClaim(uint256 recipientRewards, ${SIGNATURE} blsSignature, uint64[] ids)`,
  `function updateRewardsBalances((address recipient, uint256 rewards)[] entries, ${SIGNATURE} blsSignature, uint64[] ids, uint256[] roots)`,
  "error DegenerateSum()",
  "error DuplicateContributor(address contributor)",
  "error EmptyBatch()",
  "error FeeExceedsPossibleValue(uint16 fee, uint16 max)",
  "error HashToG2Failed()",
  `error InvalidBLSPubkey(${G1} point)`,
  "error ModularExponentiationFailed()",
  `error PointAdditionFailed(${G1} left, ${G1} right)`,
  "error RecipientNotAscending(uint256 index, address recipient)",
  "error SignatureExpiryTooLong(uint256 newExpiry, uint256 max)",
  "error TooManyAdditionsInBlock(uint256 nonSigners, uint256 additions, uint256 threshold)",
  "error WrongRoot(uint256 position)",
  "error ZeroContribution(address contributor)",
] as const;

/** Beside `rewardRatePoolAbi` and its test variant. */
export const rewardRatePoolAdditions = ["error NullAddress()"] as const;

/** Beside `serviceNodeContributionAbi`. */
export const serviceNodeContributionAdditions = [
  "function contributeFunds(uint256 amount, address beneficiary, bytes32 expectedParamsHash)",
  "function contributeFundsWithPermit(uint256 amount, address beneficiary, bytes32 expectedParamsHash, uint256 deadline, uint8 v, bytes32 r, bytes32 s)",
  `function initialize(${G1} key, ${SIGNATURE} sig, ${NODE_PARAMS} params, ${RESERVED}[] reserved, bool manualFinalize_)`,
  "function paramsHash() view returns (bytes32)",
  `function summary() view returns ((uint8 status, bool manualFinalize, address operator, uint256 stakingRequirement, uint256 maxContributors, uint256 totalContribution, uint256 totalReservedContribution, uint256 minimumContribution, bytes32 paramsHash, ${G1} blsPubkey, ${NODE_PARAMS} params, ${CONTRIBUTOR}[] contributors, ${RESERVED}[] reserved, bool[] received) result)`,
  "error AlreadyInitialized()",
  "error BLSPubkeyAlreadyExists(uint64 serviceNodeID)",
  "error Ed25519PubkeyAlreadyExists(uint64 serviceNodeID)",
  "error NullBLSPubkey()",
  "error NullEd25519Pubkey()",
  "error ParamsChanged(bytes32 expected, bytes32 actual)",
  "error ZeroContribution()",
] as const;

/** Beside `serviceNodeContributionFactoryAbi`. */
export const serviceNodeContributionFactoryAdditions = [
  "function contributionImplementation() view returns (address)",
  "error CloneFailed()",
  "error NullAddress()",
  "error SafeCastOverflowedUintDowncast(uint8 bits, uint256 value)",
] as const;

/** Beside `seshAbi`. */
export const seshAdditions = [
  "function genesisReceiver() view returns (address)",
  "error NotRegistering()",
  "error NullAddress()",
  "error OnlyGenesisReceiver(address caller)",
  "error ZeroSupply()",
] as const;

/** Beside `seshL2Abi`: the permit of ERC-2612. */
export const seshL2Additions = [
  "function DOMAIN_SEPARATOR() view returns (bytes32)",
  "function eip712Domain() view returns (bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)",
  "function initializePermit()",
  "function nonces(address owner) view returns (uint256)",
  "function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)",
  "event EIP712DomainChanged()",
  "error ECDSAInvalidSignature()",
  "error ECDSAInvalidSignatureLength(uint256 length)",
  "error ECDSAInvalidSignatureS(bytes32 s)",
  "error ERC2612ExpiredSignature(uint256 deadline)",
  "error ERC2612InvalidSigner(address signer, address owner)",
  "error InvalidAccountNonce(address account, uint256 currentNonce)",
  "error NullAddress()",
  "error OnlyL2Gateway(address caller)",
] as const;

/** Beside `tokenConverterAbi`. */
export const tokenConverterAdditions = [
  "function acceptOwnership()",
  "function convertTokens(uint256 _amountA, uint256 _minAmountB)",
  "function pendingOwner() view returns (address)",
  "function quote(uint256 _amountA) view returns (uint256)",
  "event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner)",
  "error InsufficientStock(uint256 available, uint256 required)",
  "error SlippageExceeded(uint256 amountB, uint256 minAmountB)",
  "error ZeroAddress()",
  "error ZeroAmount()",
  "error ZeroOutput(uint256 amountA)",
  "error ZeroRate()",
] as const;

/** Beside `tokenVestingStakingAbi`. */
export const tokenVestingStakingAdditions = [
  "function contributeFunds(address snContribAddr, uint256 amount, address snContribBeneficiary, bytes32 expectedParamsHash)",
  "error BeneficiaryNotTransferable()",
  "error InvalidSchedule(uint256 start, uint256 end)",
  "error NothingToRelease(address token)",
  "error OnlyBeneficiary(address caller, address beneficiary)",
  "error OnlyHolder(address caller, address holder)",
  "error OnlyRevoker(address caller, address revoker)",
  "error UnknownContribution(address contribution)",
  "error VestingEnded(uint256 end, uint256 timestamp)",
  "error VestingNotEnded(uint256 end, uint256 timestamp)",
  "error VestingNotStarted(uint256 start, uint256 timestamp)",
  "error ZeroAddress()",
] as const;

/** Beside `tokenVestingNoStakingAbi`. */
export const tokenVestingNoStakingAdditions = [
  "function isRevoked(address token) view returns (bool)",
  "function releasable(address token) view returns (uint256)",
  "error AlreadyRevoked(address token)",
  "error BeneficiaryNotTransferable()",
  "error InvalidSchedule(uint256 cliff, uint256 end)",
  "error NothingToRelease(address token)",
  "error OnlyBeneficiary(address caller, address beneficiary)",
  "error OnlyRevoker(address caller, address revoker)",
  "error SafeCastOverflowedUintDowncast(uint8 bits, uint256 value)",
  "error VestingEnded(uint256 end, uint256 timestamp)",
  "error ZeroAddress()",
] as const;
