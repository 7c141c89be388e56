import type { Mutant } from "./mutant.ts";

const pool = ["test/unit/RewardRatePool.test.ts"];
const factory = ["test/unit/contribution/factory.test.ts"];
const contribute = ["test/unit/contribution/contribute.test.ts"];
const finalize = ["test/unit/contribution/finalize.test.ts"];
const operator = ["test/unit/contribution/operator.test.ts"];
const staking = ["test/unit/vesting/TokenVestingStaking.test.ts"];
const noStaking = ["test/unit/vesting/TokenVestingNoStaking.test.ts"];
const converter = ["test/unit/token/TokenConverter.test.ts"];
const l2 = ["test/unit/token/SESHL2.test.ts"];
const bridge = ["test/integration/bridge.test.ts", "test/unit/token/SESH.test.ts"];
const CONTRIBUTION = "contracts/ServiceNodeContribution.sol";

/** Hardening rows of the contracts around it. */
export const familyRows: Mutant[] = [
  {
    row: "H10",
    weakness: "the pool's implementation can be initialised",
    file: "contracts/RewardRatePool.sol",
    edits: [["        _disableInitializers();\n", ""]],
    tests: pool,
  },
  {
    row: "H10",
    weakness: "zero addresses initialise the pool",
    file: "contracts/RewardRatePool.sol",
    edits: [["require(_beneficiary != address(0) && _sesh != address(0), NullAddress());", ""]],
    tests: pool,
  },
  {
    row: "H10",
    weakness: "the implementation of the L2 token can be initialised",
    file: "contracts/token/SESHL2.sol",
    edits: [["        _disableInitializers();\n", ""]],
    tests: l2,
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
    edits: [["if (_stakingRewardsContract == address(0)) revert IServiceNodeRewardsState.NullAddress();", ""]],
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
    edits: [["abi.encode(blsPubkey, serviceNodeParams(), _reserved())", "abi.encode(blsPubkey, _reserved())"]],
    tests: contribute,
  },
  {
    row: "H11",
    weakness: "the contribution by permit pins nothing",
    file: CONTRIBUTION,
    edits: [
      ["_requireParams(expectedParamsHash);\n\n        // Anyone may", "expectedParamsHash;\n\n        // Anyone may"],
    ],
    tests: contribute,
  },
  {
    row: "H11",
    weakness: "the vesting contract's contribution pins nothing",
    file: "contracts/vesting/TokenVestingStaking.sol",
    edits: [
      [
        "contributeFunds(amount, snContribBeneficiary, expectedParamsHash);",
        "contributeFunds(amount, snContribBeneficiary);",
      ],
    ],
    tests: staking,
  },
  {
    row: "H12",
    weakness: "a top-up without beneficiary takes the payer",
    file: CONTRIBUTION,
    edits: [
      [
        "if (beneficiary == address(0) || beneficiary == known) return known;",
        "if (beneficiary == address(0)) beneficiary = msg.sender;",
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
      ["if (key.X == 0 && key.Y == 0) revert IServiceNodeRewardsState.NullBLSPubkey();", ""],
      ["if (ed25519Pubkey == 0) revert IServiceNodeRewardsState.NullEd25519Pubkey();", ""],
    ],
    tests: factory,
  },
  {
    row: "H14",
    weakness: "registered BLS keys deploy",
    file: CONTRIBUTION,
    edits: [["if (id != 0) revert IServiceNodeRewardsState.BLSPubkeyAlreadyExists(id);", ""]],
    tests: factory,
  },
  {
    row: "H14",
    weakness: "registered Ed25519 keys deploy",
    file: CONTRIBUTION,
    edits: [["if (id != 0) revert IServiceNodeRewardsState.Ed25519PubkeyAlreadyExists(id);", ""]],
    tests: factory,
  },
  {
    row: "H14",
    weakness: "refunds go out before the books are cleared",
    file: CONTRIBUTION,
    edits: [
      [
        "        for (uint256 i; i < refunds.length; ++i) {\n            delete",
        "        if (round.status != Status.Finalized) for (uint256 i; i < refunds.length; ++i) birth.sesh.safeTransfer(refunds[i].staker.addr, refunds[i].stakedAmount);\n        round.status = Status.Finalized;\n        for (uint256 i; i < refunds.length; ++i) {\n            delete",
      ],
    ],
    tests: operator,
  },
  {
    row: "H14",
    weakness: "keys that were registered meanwhile open a round",
    file: CONTRIBUTION,
    edits: [["            _requireUnregistered(birth.rewards, blsPubkey, _ed25519Pubkey);\n", ""]],
    tests: ["test/unit/contribution/liveBehaviour.test.ts"],
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
    edits: [["if (known.revoked || block.timestamp >= end)", "if (revoked || block.timestamp >= end)"]],
    tests: noStaking,
  },
  {
    row: "H17",
    weakness: "revocation at the end",
    file: "contracts/vesting/TokenVestingStaking.sol",
    edits: [
      [
        "if (ended) revert VestingEnded(end, block.timestamp);",
        "if (block.timestamp > end) revert VestingEnded(end, block.timestamp);",
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
    tests: l2,
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
];
