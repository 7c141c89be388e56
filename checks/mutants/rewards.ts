import type { Mutant } from "./mutant.ts";

const rewards = ["test/unit/ServiceNodeRewards/hardening.test.ts"];
const initialize = ["test/unit/ServiceNodeRewards/initialize.test.ts"];
const legacyKeys = ["test/unit/ServiceNodeRewards/legacyKeys.test.ts"];
const replay = ["test/unit/ServiceNodeRewards/replay.test.ts"];

/** Hardening rows of the rewards contract. */
export const rewardsRows: Mutant[] = [
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
    weakness: "an aggregate key that an older version left behind signs",
    file: "contracts/rewards/NetworkSignatures.sol",
    edits: [["require(total != 0, InsufficientNodes());", ""]],
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
    row: "H2",
    weakness: "an older version's key that is not reduced panics when its node leaves",
    file: "contracts/rewards/NodeRegistry.sol",
    edits: [["blsPubkey.negate()", "BN254.G1Point(blsPubkey.X, BN254.P - blsPubkey.Y)"]],
    tests: legacyKeys,
  },
  {
    row: "H2",
    weakness: "an older version's key that is not reduced stays in the aggregate",
    file: "contracts/libraries/BN254.sol",
    edits: [["G1Point(point.X % P, (P - (point.Y % P)) % P)", "G1Point(point.X, P - point.Y)"]],
    tests: legacyKeys,
  },
  {
    row: "H2",
    weakness: "an older version's key off the curve holds its node back",
    file: "contracts/rewards/NodeRegistry.sol",
    edits: [
      [
        "if (key.accumulate(blsPubkey.negate())) _aggregatePubkey = key;",
        "_aggregatePubkey = key.add(blsPubkey.negate());",
      ],
    ],
    tests: legacyKeys,
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
    row: "H5",
    weakness: "claims of an amount go on while paused",
    file: "contracts/ServiceNodeRewards.sol",
    edits: [
      [
        "function claimRewards(uint256 amount) external {\n        _requireOpen();\n",
        "function claimRewards(uint256 amount) external {\n",
      ],
    ],
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
    row: "H7",
    weakness: "a signature made ahead works on its node's next life",
    file: "contracts/rewards/Removals.sol",
    edits: [
      [
        "return ahead <= expiry && ahead < Math.saturatingSub(maximumSignatureExpiry(), expiry);",
        "return ahead <= expiry;",
      ],
    ],
    tests: replay,
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
    row: "H9",
    weakness: "rederiving leaves the threshold",
    file: "contracts/ServiceNodeRewards.sol",
    edits: [["_aggregatePubkey = key;\n        _updateNonSignerThreshold();", "_aggregatePubkey = key;"]],
    tests: rewards,
  },
  {
    row: "H9",
    weakness: "the last exit leaves a stale aggregate",
    file: "contracts/rewards/NodeRegistry.sol",
    edits: [["if (total == 0) {", "if (total > type(uint64).max) {"]],
    tests: rewards,
  },
  {
    row: "H10",
    weakness: "the rewards implementation can be initialised",
    file: "contracts/ServiceNodeRewards.sol",
    edits: [["        _disableInitializers();\n", ""]],
    tests: rewards,
  },
  {
    row: "H10",
    weakness: "the owner of the rewards contract renounces",
    file: "contracts/ServiceNodeRewards.sol",
    edits: [["        revert OwnableInvalidOwner(address(0));", "        super.renounceOwnership();"]],
    tests: rewards,
  },
  {
    row: "H10",
    weakness: "zero addresses initialise the rewards contract",
    file: "contracts/ServiceNodeRewards.sol",
    edits: [["require(token_ != address(0) && foundationPool_ != address(0), NullAddress());", ""]],
    tests: initialize,
  },
  {
    row: "H21",
    weakness: "an addition that the precompile refuses reverts with a string",
    file: "contracts/libraries/BN254.sol",
    edits: [["PointAdditionFailed(left, right));", '"Call to precompiled contract for add failed");']],
    tests: rewards,
  },
  {
    row: "H21",
    weakness: "a non-signer's key that the precompile refuses reverts without an error",
    file: "contracts/rewards/NetworkSignatures.sol",
    edits: [
      [
        "pop(staticcall(gas(), 0x06, terms, 0x80, terms, 0x40))",
        "if iszero(staticcall(gas(), 0x06, terms, 0x80, terms, 0x40)) { revert(0, 0) }",
      ],
    ],
    tests: rewards,
  },
  {
    row: "H21",
    weakness: "a signature that the pairing refuses reverts without an error",
    file: "contracts/libraries/BN254.sol",
    edits: [
      [
        "valid := and(valid, eq(mload(0x00), 1))",
        "if iszero(valid) { revert(0, 0) }\n            valid := eq(mload(0x00), 1)",
      ],
    ],
    tests: rewards,
  },
];
