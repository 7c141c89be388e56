import type { Mutant } from "./mutant.ts";

const operator = ["test/unit/contribution/operator.test.ts"];
const withdraw = ["test/unit/contribution/withdraw.test.ts"];
const finalize = ["test/unit/contribution/finalize.test.ts"];

const CONTRIBUTION = "contracts/ServiceNodeContribution.sol";

/**
 * What once went wrong in the live code. One more, memory that is not cleared in the message expansion, is among the mutations of
 * the hashing libraries (docs/mutations.md).
 */
export const traps: Mutant[] = [
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
  {
    row: "trap",
    weakness: "the pool's share loses a factor",
    file: "contracts/rewards/Removals.sol",
    edits: [["Math.ceilDiv(deposit * poolRatio, ratioSum)", "Math.ceilDiv(deposit, ratioSum)"]],
    tests: ["test/unit/ServiceNodeRewards/exit.test.ts"],
    grep: "splits the deposit",
  },
  {
    row: "trap",
    weakness: "new ratios are checked against an old one",
    file: "contracts/ServiceNodeRewards.sol",
    edits: [
      ["uint256 most = recipient / 3;", "uint256 most = (recipientRatio == 0 ? recipient : recipientRatio) / 3;"],
    ],
    tests: ["test/unit/ServiceNodeRewards/governance.test.ts"],
    grep: "setLiquidationRatios",
  },
  {
    row: "trap",
    weakness: "a registration without a contribution contract needs no quarter from its operator",
    file: "contracts/rewards/Registration.sol",
    edits: [
      [
        "require(operatorStake * MIN_OPERATOR_DIVISOR >= requirement, InsufficientOperatorContribution(operatorStake));",
        "operatorStake;",
      ],
    ],
    tests: ["test/unit/ServiceNodeRewards/registration.test.ts"],
    grep: "quarter",
  },
];
