import type { Mutant } from "./mutant.ts";

const operator = ["test/unit/contribution/operator.test.ts"];
const withdraw = ["test/unit/contribution/withdraw.test.ts"];
const finalize = ["test/unit/contribution/finalize.test.ts"];

const BOOKS = "contracts/contribution/ContributionBooks.sol";
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
        "if (current != Status.WaitForOperatorContrib && current != Status.Finalized) revert RescueNotPossible(current);",
        "if (current == Status.WaitForOperatorContrib || current == Status.Finalized) revert RescueNotPossible(current);",
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
        "for (uint256 i; i < refunds.length; ++i)\n                birth.sesh",
        "for (uint256 i; i < refunds.length; i += 2)\n                birth.sesh",
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
        "birth.rewards.addBLSPublicKey(blsPubkey, _blsSignature, serviceNodeParams(), _contributors());",
        "birth.rewards.addBLSPublicKey(blsPubkey, _blsSignature, serviceNodeParams(), new IServiceNodeRewardsState.Contributor[](0));",
      ],
    ],
    tests: finalize,
    grep: "operator of the node",
  },
  {
    row: "trap",
    weakness: "a withdrawal loses the reservation",
    file: BOOKS,
    edits: [
      [
        "                reservation.received = false;\n                ++round.openReservations;\n                round.openAmount += reserved;\n",
        "                delete _reservations[msg.sender];\n",
      ],
    ],
    tests: withdraw,
    grep: "reservation",
  },
  {
    row: "trap",
    weakness: "whoever took the gap is looked for at the old place",
    file: BOOKS,
    edits: [["            _details[moved.staker].place = uint8(index + 1);\n", ""]],
    tests: withdraw,
    grep: "B16: ",
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
    file: "contracts/rewards/NodeRegistry.sol",
    edits: [
      [
        "function _checkLiquidationRatios(uint256 liquidator, uint256 pool, uint256 recipient) internal pure {",
        "function _checkLiquidationRatios(uint256 liquidator, uint256 pool, uint256 recipient) internal view {",
      ],
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
