import type { Mutant } from "./mutant.ts";

const rewards = ["test/unit/ServiceNodeRewards/hardening.test.ts"];
const initialize = ["test/unit/ServiceNodeRewards/initialize.test.ts"];
const legacyKeys = ["test/unit/ServiceNodeRewards/legacyKeys.test.ts"];
const batch = ["test/unit/ServiceNodeRewards/batch.test.ts"];
const batchRemoval = ["test/unit/ServiceNodeRewards/batchRemoval.test.ts"];
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
    file: "contracts/rewards/RewardsSetup.sol",
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
    row: "H2",
    weakness: "an older version's key that is not reduced is not subtracted where its node did not sign",
    file: "contracts/rewards/NetworkSignatures.sol",
    edits: [
      ["mstore(y, mod(mload(y), p))", ""],
      ["mstore(x, mod(mload(x), p))", ""],
    ],
    tests: legacyKeys,
  },
  {
    row: "H2",
    weakness: "an older version's key burns the gas of a call where its node did not sign",
    file: "contracts/rewards/NetworkSignatures.sol",
    edits: [["if iszero(staticcall(codesize(), 0x06", "if iszero(staticcall(gas(), 0x06"]],
    tests: legacyKeys,
  },
  {
    row: "H2",
    weakness: "an older version's key off the curve burns the gas of its node's exit",
    file: "contracts/libraries/BN254.sol",
    edits: [["staticcall(codesize(), ADD_PRECOMPILE", "staticcall(gas(), ADD_PRECOMPILE"]],
    tests: legacyKeys,
  },
  {
    row: "H3",
    weakness: "signatures count in a block of additions",
    file: "contracts/rewards/NetworkSignatures.sol",
    edits: [["if (lastHeightPubkeyWasAggregated == block.number) _checkAdditions(nonSigners);", ""]],
    tests: rewards,
  },
  {
    row: "H3",
    weakness: "a third of the nodes added in the block is harmless, whoever else is missing",
    file: "contracts/rewards/NetworkSignatures.sol",
    edits: [["require(nonSigners + additions <= threshold,", "require(additions * 3 <= totalNodes,"]],
    tests: rewards,
  },
  {
    row: "H4",
    weakness: "a longer cycle keeps the old counter",
    file: "contracts/ServiceNodeRewards.sol",
    edits: [
      ["        currentClaimTotal = 0;\n", ""],
      ["if (cycle == currentClaimCycle) total", "if (cycle <= currentClaimCycle) total"],
    ],
    tests: rewards,
  },
  {
    row: "H4",
    weakness: "a new cycle of the same number keeps the old total",
    file: "contracts/ServiceNodeRewards.sol",
    edits: [["        currentClaimTotal = 0;\n", ""]],
    tests: rewards,
  },
  {
    row: "H5",
    weakness: "claims go on while paused",
    file: "contracts/ServiceNodeRewards.sol",
    edits: [
      [
        "function claimRewards() external {\n        IERC20 token = _openToken();",
        "function claimRewards() external {\n        require(isStarted, ContractNotStarted());\n        IERC20 token = designatedToken;",
      ],
    ],
    tests: rewards,
  },
  {
    row: "H5",
    weakness: "claims of an amount go on while paused",
    file: "contracts/ServiceNodeRewards.sol",
    edits: [
      [
        "function claimRewards(uint256 amount) external {\n        IERC20 token = _openToken();",
        "function claimRewards(uint256 amount) external {\n        require(isStarted, ContractNotStarted());\n        IERC20 token = designatedToken;",
      ],
    ],
    tests: rewards,
  },
  {
    row: "H6",
    weakness: "zero addresses contribute",
    file: "contracts/rewards/NodeRegistry.sol",
    edits: [["require(addr != address(0) && contributor.staker.beneficiary != address(0), NullAddress());", ""]],
    tests: rewards,
  },
  {
    row: "H6",
    weakness: "rewards go to nobody",
    file: "contracts/rewards/NodeRegistry.sol",
    edits: [
      [
        "require(addr != address(0) && contributor.staker.beneficiary != address(0), NullAddress());",
        "require(addr != address(0), NullAddress());",
      ],
    ],
    tests: rewards,
  },
  {
    row: "H6",
    weakness: "nothing counts as a contribution",
    file: "contracts/rewards/NodeRegistry.sol",
    edits: [["require(contributor.stakedAmount != 0, ZeroContribution(addr));", ""]],
    tests: rewards,
  },
  {
    row: "H6",
    weakness: "one address contributes twice",
    file: "contracts/rewards/NodeRegistry.sol",
    edits: [["for (uint256 j = 0; j < i; j++)", "for (uint256 j = 0; j < 0; j++)"]],
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
    file: "contracts/rewards/RewardsSetup.sol",
    edits: [["_aggregatePubkey = key;\n        _updateNonSignerThreshold();", "_aggregatePubkey = key;"]],
    tests: rewards,
  },
  {
    row: "H9",
    weakness: "rederiving stops at an older version's key that is not reduced",
    file: "contracts/rewards/RewardsSetup.sol",
    edits: [
      ["node.blsPubkey.X % BN254.P", "node.blsPubkey.X"],
      ["node.blsPubkey.Y % BN254.P", "node.blsPubkey.Y"],
    ],
    tests: legacyKeys,
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
    file: "contracts/rewards/RewardsSetup.sol",
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
        "pop(staticcall(codesize(), 0x06, terms, 0x80, terms, 0x40))",
        "if iszero(staticcall(codesize(), 0x06, terms, 0x80, terms, 0x40)) { revert(0, 0) }",
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
  {
    row: "H22",
    weakness: "an entry that was sent alone before kills the batch",
    file: "contracts/ServiceNodeRewards.sol",
    edits: [
      [
        "if (_raise(recipientAddress, newRewards)) raised = true;",
        "require(_raise(recipientAddress, newRewards), RecipientRewardsTooLow());\n            raised = true;",
      ],
    ],
    tests: batch,
  },
  {
    row: "H22",
    weakness: "an entry that raises nothing needs no signature",
    file: "contracts/ServiceNodeRewards.sol",
    edits: [
      [
        "if (_raise(recipientAddress, newRewards)) raised = true;",
        "if (!_raise(recipientAddress, newRewards)) continue;\n            raised = true;",
      ],
    ],
    tests: batch,
  },
  {
    row: "H22",
    weakness: "a batch that raises nothing goes through",
    file: "contracts/ServiceNodeRewards.sol",
    edits: [["        require(raised, RecipientRewardsTooLow());\n", ""]],
    tests: batch,
  },
  {
    row: "H22",
    weakness: "a stranger who was first with the same figure kills the claim",
    file: "contracts/ServiceNodeRewards.sol",
    edits: [["if (recipient.rewards < recipientRewards) _updateRewards(", "_updateRewards("]],
    tests: batch,
  },
  {
    row: "H22",
    weakness: "what is signed is claimed, not what is recorded",
    file: "contracts/ServiceNodeRewards.sol",
    edits: [
      [
        "(uint256 claimed, uint256 left) = _left(recipient);\n        _claim(designatedToken, recipient, claimed, left);",
        "(uint256 claimed, ) = _left(recipient);\n        _claim(designatedToken, recipient, claimed, recipientRewards - claimed);",
      ],
    ],
    tests: batch,
  },
  {
    row: "H22",
    weakness: "a node that was removed alone before kills the batch",
    file: "contracts/rewards/Removals.sol",
    edits: [
      [
        "            if (id != 0) {\n                _checkLeaving",
        "            require(id != 0, BLSPubkeyDoesNotExist(blsPubkey));\n            {\n                _checkLeaving",
      ],
    ],
    tests: batchRemoval,
  },
  {
    row: "H23",
    weakness: "a batch needs roots",
    file: "contracts/libraries/HashToG2.sol",
    edits: [["if (roots.length == 0) point = _map(message, dst);\n        else (point", "(point"]],
    tests: [...batch, ...batchRemoval],
  },
  {
    row: "H23",
    weakness: "roots that the contract takes keep the wrong sign",
    file: "contracts/libraries/HashToG2.sol",
    edits: [["c == 1 || Fp2.isSquare(c) ?", "c != 0 ?"]],
    tests: batch,
  },
];
