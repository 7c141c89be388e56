import { hashMutants } from "./hash.ts";

/** A weak variant: what the live contracts did, or once did, and the tests that must then fail. */
export interface Mutant {
  /** The row of the hardening list, `trap` or `hash`. */
  row: string;
  /** What is weak about it. */
  weakness: string;
  file: string;
  /** Pairs of present text, found exactly once in the file, and what takes its place. */
  edits: [from: string, to: string][];
  tests: string[];
  /** Of the tests, those with this in their title; `<row>: ` when left out. */
  grep?: string;
}

const rewards = ["test/unit/ServiceNodeRewards/hardening.test.ts"];
const pool = ["test/unit/RewardRatePool.test.ts"];
const factory = ["test/unit/contribution/factory.test.ts"];
const contribute = ["test/unit/contribution/contribute.test.ts"];
const operator = ["test/unit/contribution/operator.test.ts"];
const withdraw = ["test/unit/contribution/withdraw.test.ts"];
const finalize = ["test/unit/contribution/finalize.test.ts"];
const staking = ["test/unit/vesting/TokenVestingStaking.test.ts"];
const noStaking = ["test/unit/vesting/TokenVestingNoStaking.test.ts"];
const converter = ["test/unit/token/TokenConverter.test.ts"];
const bridge = ["test/integration/bridge.test.ts", "test/unit/token/SESH.test.ts"];

const CONTRIBUTION = "contracts/ServiceNodeContribution.sol";

export const mutants: Mutant[] = [
  {
    row: "H1",
    weakness: "a signature counts without any node",
    file: "contracts/rewards/NetworkSignatures.sol",
    edits: [
      ["require(total != 0, InsufficientNodes());", ""],
      ["require(!isNull && BN254.verify", "isNull; require(BN254.verify"],
    ],
    tests: rewards,
  },
  {
    row: "H1",
    weakness: "infinite keys and signatures count",
    file: "contracts/rewards/NetworkSignatures.sol",
    edits: [["require(!isNull && BN254.verify", "isNull; require(BN254.verify"]],
    tests: rewards,
  },
  {
    row: "H2",
    weakness: "coordinates need not be reduced",
    file: "contracts/libraries/BN254.sol",
    edits: [["x < P && y < P && mulmod(y, y, P)", "mulmod(y, y, P)"]],
    tests: rewards,
  },
  {
    row: "H2",
    weakness: "seeded keys are not checked",
    file: "contracts/ServiceNodeRewards.sol",
    edits: [["            blsPubkey.validate();\n", ""]],
    tests: rewards,
  },
  {
    row: "H3",
    weakness: "signatures count in a block of additions",
    file: "contracts/rewards/NetworkSignatures.sol",
    edits: [["require(additions * 3 <= total, TooManyAdditionsInBlock(additions, total));", "additions;"]],
    tests: rewards,
  },
  {
    row: "H4",
    weakness: "a longer cycle keeps the old counter",
    file: "contracts/ServiceNodeRewards.sol",
    edits: [
      ["        currentClaimCycle = block.timestamp / newValue;\n        currentClaimTotal = 0;\n", ""],
      ["if (cycle == currentClaimCycle) total", "if (cycle <= currentClaimCycle) total"],
    ],
    tests: rewards,
  },
  {
    row: "H5",
    weakness: "claims go on while paused",
    file: "contracts/ServiceNodeRewards.sol",
    edits: [["function claimRewards() external {\n        _requireOpen();\n", "function claimRewards() external {\n"]],
    tests: rewards,
  },
  {
    row: "H6",
    weakness: "zero addresses contribute",
    file: "contracts/rewards/Registration.sol",
    edits: [["require(addr != address(0) && contributor.staker.beneficiary != address(0), NullAddress());", ""]],
    tests: rewards,
  },
  {
    row: "H6",
    weakness: "nothing counts as a contribution",
    file: "contracts/rewards/Registration.sol",
    edits: [["require(contributor.stakedAmount != 0, ZeroContribution(addr));", ""]],
    tests: rewards,
  },
  {
    row: "H6",
    weakness: "one address contributes twice",
    file: "contracts/rewards/Registration.sol",
    edits: [["j < i; j++) require(", "j < 0; j++) require("]],
    tests: rewards,
  },
  {
    row: "H6",
    weakness: "a fee above 100 %",
    file: "contracts/rewards/Registration.sol",
    edits: [["require(params.fee <= MAX_FEE, FeeExceedsPossibleValue(params.fee, MAX_FEE));", ""]],
    tests: rewards,
  },
  {
    row: "H7",
    weakness: "timestamps from before the registration count",
    file: "contracts/rewards/Removals.sol",
    edits: [["timestamp >= added && _inWindow(timestamp)", "_inWindow(timestamp)"]],
    tests: rewards,
  },
  {
    row: "H7",
    weakness: "timestamps of the future count",
    file: "contracts/rewards/Removals.sol",
    edits: [
      ["return ahead <= expiry && ahead < Math.saturatingSub(maximumSignatureExpiry(), expiry);", "return ahead != 0;"],
    ],
    tests: rewards,
  },
  {
    row: "H7",
    weakness: "any expiry",
    file: "contracts/ServiceNodeRewards.sol",
    edits: [["require(newExpiry <= max, SignatureExpiryTooLong(newExpiry, max));", "max;"]],
    tests: rewards,
  },
  {
    row: "H8",
    weakness: "more ids than nodes panic",
    file: "contracts/rewards/NetworkSignatures.sol",
    edits: [["Math.saturatingSub(total, nonSigners)", "total - nonSigners"]],
    tests: rewards,
  },
  {
    row: "H9",
    weakness: "the threshold follows with the next registration",
    file: "contracts/ServiceNodeRewards.sol",
    edits: [
      [
        "blsNonSignerThresholdMax = newMax;\n        _updateNonSignerThreshold();",
        "blsNonSignerThresholdMax = newMax;",
      ],
    ],
    tests: rewards,
  },
  {
    row: "H10",
    weakness: "the implementation can be initialised",
    file: "contracts/ServiceNodeContributionFactory.sol",
    edits: [["        _disableInitializers();\n", ""]],
    tests: factory,
  },
  {
    row: "H10",
    weakness: "zero addresses initialise",
    file: "contracts/ServiceNodeContributionFactory.sol",
    edits: [["if (_stakingRewardsContract == address(0)) revert IServiceNodeRewards.NullAddress();", ""]],
    tests: factory,
  },
  {
    row: "H10",
    weakness: "the owner renounces",
    file: "contracts/ServiceNodeContributionFactory.sol",
    edits: [["        revert OwnableInvalidOwner(address(0));", "        super.renounceOwnership();"]],
    tests: factory,
  },
  {
    row: "H11",
    weakness: "the pinned contribution pins nothing",
    file: CONTRIBUTION,
    edits: [["if (actual != expected) revert ParamsChanged(expected, actual);", "expected;"]],
    tests: contribute,
  },
  {
    row: "H11",
    weakness: "the fee is not pinned",
    file: CONTRIBUTION,
    edits: [["abi.encode(blsPubkey, _serviceNodeParams, _reservations())", "abi.encode(blsPubkey, _reservations())"]],
    tests: contribute,
  },
  {
    row: "H12",
    weakness: "a top-up without beneficiary takes the payer",
    file: CONTRIBUTION,
    edits: [
      [
        "} else if (beneficiary != address(0)) {\n",
        "} else {\n            if (beneficiary == address(0)) beneficiary = msg.sender;\n",
      ],
    ],
    tests: contribute,
  },
  {
    row: "H12",
    weakness: "a contribution of nothing",
    file: CONTRIBUTION,
    edits: [["if (amount == 0) revert ZeroContribution();", ""]],
    tests: contribute,
  },
  {
    row: "H13",
    weakness: "no free slot panics",
    file: CONTRIBUTION,
    edits: [
      [
        "if (numContributors >= maxNumContributors)\n            revert CalcMinContributionGivenBadContribArgs(numContributors, maxNumContributors);",
        "",
      ],
    ],
    tests: contribute,
  },
  {
    row: "H13",
    weakness: "a changed requirement reverts with another error",
    file: CONTRIBUTION,
    edits: [
      [
        "revert RewardsContractStakingRequirementChanged(birth.stakingRequirement, newRequirement)",
        "revert RewardsContractMaxContributorsChanged(birth.stakingRequirement, newRequirement)",
      ],
    ],
    tests: [...contribute, ...finalize],
  },
  {
    row: "H13",
    weakness: "a reservation of nothing after 100 %",
    file: CONTRIBUTION,
    edits: [["if (amount > remaining || remaining == 0)", "if (amount > remaining)"]],
    tests: operator,
  },
  {
    row: "H14",
    weakness: "null keys deploy",
    file: CONTRIBUTION,
    edits: [
      ["if (key.X == 0 && key.Y == 0) revert IServiceNodeRewards.NullBLSPubkey();", ""],
      ["if (ed25519Pubkey == 0) revert IServiceNodeRewards.NullEd25519Pubkey();", ""],
    ],
    tests: factory,
  },
  {
    row: "H14",
    weakness: "registered BLS keys deploy",
    file: CONTRIBUTION,
    edits: [["if (id != 0) revert IServiceNodeRewards.BLSPubkeyAlreadyExists(id);", ""]],
    tests: factory,
  },
  {
    row: "H14",
    weakness: "registered Ed25519 keys deploy",
    file: CONTRIBUTION,
    edits: [["if (id != 0) revert IServiceNodeRewards.Ed25519PubkeyAlreadyExists(id);", ""]],
    tests: factory,
  },
  {
    row: "H14",
    weakness: "refunds go out before the books are cleared",
    file: CONTRIBUTION,
    edits: [
      [
        "        for (uint256 i; i < refunds.length; ++i) {\n            delete",
        "        if (refund) for (uint256 i; i < refunds.length; ++i) _birth().sesh.safeTransfer(refunds[i].staker.addr, refunds[i].stakedAmount);\n        refund = false;\n        for (uint256 i; i < refunds.length; ++i) {\n            delete",
      ],
    ],
    tests: operator,
  },
  {
    row: "H15",
    weakness: "the payout is not capped",
    file: "contracts/RewardRatePool.sol",
    edits: [["Math.min(accrued, balance)", "accrued"]],
    tests: pool,
  },
  {
    row: "H15",
    weakness: "a zero beneficiary",
    file: "contracts/RewardRatePool.sol",
    edits: [["require(newBeneficiary != address(0), NullAddress());", ""]],
    tests: pool,
  },
  {
    row: "H15",
    weakness: "the new beneficiary takes the old one's accrual",
    file: "contracts/RewardRatePool.sol",
    edits: [["if (beneficiary != address(0)) payoutReleased();", ""]],
    tests: pool,
  },
  {
    row: "H16",
    weakness: "one flag for all tokens",
    file: "contracts/vesting/TokenVestingNoStaking.sol",
    edits: [["isRevoked[token] ? _frozen[token] :", "revoked ? balance + paid :"]],
    tests: noStaking,
  },
  {
    row: "H17",
    weakness: "revocation at the end",
    file: "contracts/vesting/TokenVestingStaking.sol",
    edits: [
      [
        "if (block.timestamp >= end) revert VestingEnded(end, block.timestamp);\n        if (revoked)",
        "if (block.timestamp > end) revert VestingEnded(end, block.timestamp);\n        if (revoked)",
      ],
    ],
    tests: staking,
  },
  {
    row: "H17",
    weakness: "a zero factory",
    file: "contracts/vesting/TokenVestingStaking.sol",
    edits: [["snContribFactory_ == address(0) || sesh_", "sesh_"]],
    tests: staking,
  },
  {
    row: "H18",
    weakness: "anybody registers",
    file: "contracts/token/SESH.sol",
    edits: [["require(msg.sender == genesisReceiver, OnlyGenesisReceiver(msg.sender));", ""]],
    tests: bridge,
  },
  {
    row: "H19",
    weakness: "no domain, hence no permit, on L2",
    file: "contracts/token/SESHL2.sol",
    edits: [['__ERC20Permit_init("Session Token");', ""]],
    tests: bridge,
  },
  {
    row: "H19",
    weakness: "an upgraded token gets no permit",
    file: "contracts/token/SESHL2.sol",
    edits: [["__ERC20Permit_init(name());", ""]],
    tests: ["test/unit/token/SESHL2.test.ts"],
  },
  {
    row: "H20",
    weakness: "dust yields nothing",
    file: "contracts/token/TokenConverter.sol",
    edits: [["if (amountB == 0) revert ZeroOutput(amountA);", ""]],
    tests: converter,
  },
  {
    row: "H20",
    weakness: "the minimum is not looked at",
    file: "contracts/token/TokenConverter.sol",
    edits: [["if (amountB < minAmountB) revert SlippageExceeded(amountB, minAmountB);", "minAmountB;"]],
    tests: converter,
  },
  {
    row: "H20",
    weakness: "the owner renounces",
    file: "contracts/token/TokenConverter.sol",
    edits: [["        revert OwnableInvalidOwner(address(0));", "        super.renounceOwnership();"]],
    tests: converter,
  },
  {
    row: "H21",
    weakness: "an addition that the precompile refuses has no error of its own",
    file: "contracts/rewards/NetworkSignatures.sol",
    edits: [
      ["if (!success) revert BN254.PointAdditionFailed(key, BN254.G1Point(terms[2], terms[3]));", "require(success);"],
    ],
    tests: rewards,
  },
  {
    row: "trap",
    weakness: "the rescue condition inverted",
    file: CONTRIBUTION,
    edits: [
      [
        "if (status != Status.WaitForOperatorContrib && status != Status.Finalized) revert RescueNotPossible(status);",
        "if (status == Status.WaitForOperatorContrib || status == Status.Finalized) revert RescueNotPossible(status);",
      ],
    ],
    tests: operator,
    grep: "rescueERC20",
  },
  {
    row: "trap",
    weakness: "the pool's share rounded down",
    file: "contracts/rewards/Removals.sol",
    edits: [
      ["poolAmount = Math.ceilDiv(deposit * poolRatio, ratioSum);", "poolAmount = (deposit * poolRatio) / ratioSum;"],
    ],
    tests: ["test/unit/ServiceNodeRewards/exit.test.ts"],
    grep: ".",
  },
  {
    row: "trap",
    weakness: "the reset skips every other contributor",
    file: CONTRIBUTION,
    edits: [
      [
        "for (uint256 i; i < refunds.length; ++i) {\n            emit WithdrawContribution",
        "for (uint256 i; i < refunds.length; i += 2) {\n            emit WithdrawContribution",
      ],
    ],
    tests: operator,
    grep: "reset",
  },
  {
    row: "trap",
    weakness: "the error carries the negated key",
    file: "contracts/rewards/NetworkSignatures.sol",
    edits: [["InvalidBLSSignature(signersKey));", "InvalidBLSSignature(BN254.negate(signersKey)));"]],
    tests: ["test/unit/ServiceNodeRewards/rewards.test.ts"],
    grep: ".",
  },
  {
    row: "trap",
    weakness: "the contribution contract becomes the operator",
    file: CONTRIBUTION,
    edits: [
      [
        "birth.rewards.addBLSPublicKey(blsPubkey, _blsSignature, _serviceNodeParams, _contributors());",
        "birth.rewards.addBLSPublicKey(blsPubkey, _blsSignature, _serviceNodeParams, new IServiceNodeRewards.Contributor[](0));",
      ],
    ],
    tests: finalize,
    grep: "operator of the node",
  },
  {
    row: "trap",
    weakness: "a withdrawal loses the reservation",
    file: CONTRIBUTION,
    edits: [["reservedContributions[contributor].received = false;", "delete reservedContributions[contributor];"]],
    tests: withdraw,
    grep: "reservation",
  },
  {
    row: "trap",
    weakness: "the withdrawal closes the gap with the last contributor",
    file: CONTRIBUTION,
    edits: [
      [
        "for (uint256 i = _indexOf(contributor); i < last; ++i) _contributorAddresses[i] = _contributorAddresses[i + 1];",
        "_contributorAddresses[_indexOf(contributor)] = _contributorAddresses[last];",
      ],
    ],
    tests: withdraw,
    grep: "order",
  },
  ...hashMutants,
];
