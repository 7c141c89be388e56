import type { Mutant } from "./mutant.ts";

const CONTRIBUTION = "contracts/ServiceNodeContribution.sol";
const BOOKS = "contracts/contribution/ContributionBooks.sol";
const REGISTRY = "contracts/rewards/NodeRegistry.sol";
const REWARDS = "contracts/ServiceNodeRewards.sol";

/** For each invariant of test/invariant a contract that breaks it. */
export const invariants: Mutant[] = [
  {
    row: "invariant",
    weakness: "the aggregate key keeps the keys of nodes that have left",
    file: REGISTRY,
    edits: [["if (key.accumulate(blsPubkey.negate())) _aggregatePubkey = key;", "key.accumulate(blsPubkey.negate());"]],
    fuzz: "Network",
  },
  {
    row: "invariant",
    weakness: "the list does not close backward",
    file: "contracts/libraries/NodeList.sol",
    edits: [["        nodes[next].prev = prev;\n", ""]],
    fuzz: "Network",
  },
  {
    row: "invariant",
    weakness: "totalNodes counts nodes that have left",
    file: REGISTRY,
    edits: [["        totalNodes = total;\n", ""]],
    fuzz: "Network",
  },
  {
    row: "invariant",
    weakness: "the BLS key of a node that has left stays in the map",
    file: REGISTRY,
    edits: [["        delete serviceNodeIDs[_blsKey(blsPubkey)];\n", ""]],
    fuzz: "Network",
  },
  {
    row: "invariant",
    weakness: "the Ed25519 key of a node that has left stays in the map",
    file: REGISTRY,
    edits: [["        delete ed25519ToServiceNodeID[node.ed25519Pubkey];\n", ""]],
    fuzz: "Network",
  },
  {
    row: "invariant",
    weakness: "claims go beyond the rewards",
    file: REWARDS,
    edits: [["require(amount <= left, MaxClaimExceeded());", ""]],
    fuzz: "Network",
  },
  {
    row: "invariant",
    weakness: "an exit pays whoever sends it",
    file: "contracts/rewards/Removals.sol",
    edits: [
      [
        "        emit ServiceNodeExit(id, msg.sender, deposit, blsPubkey);",
        "        emit ServiceNodeExit(id, msg.sender, deposit, blsPubkey);\n        designatedToken.safeTransfer(msg.sender, 1);",
      ],
    ],
    fuzz: "Network",
  },
  {
    row: "invariant",
    weakness: "the exit signature of a node works on its next life",
    file: "contracts/rewards/Removals.sol",
    edits: [
      [
        "return ahead <= expiry && ahead < Math.saturatingSub(maximumSignatureExpiry(), expiry);",
        "return ahead <= expiry;",
      ],
    ],
    fuzz: "Network",
  },
  {
    row: "invariant",
    weakness: "infinity signs",
    file: "contracts/rewards/NetworkSignatures.sol",
    edits: [["require(!isNull && BN254.verify", "isNull; require(BN254.verify"]],
    fuzz: "Network",
  },
  {
    row: "invariant",
    weakness: "the pool owes more than it has",
    file: "contracts/RewardRatePool.sol",
    edits: [["Math.min(accrued, balance)", "accrued"]],
    fuzz: "Network",
  },
  {
    row: "invariant",
    weakness: "a withdrawal stays in the books",
    file: BOOKS,
    edits: [["        delete _details[msg.sender];\n", ""]],
    fuzz: "Contribution",
  },
  {
    row: "invariant",
    weakness: "a finalised contribution keeps the money",
    file: CONTRIBUTION,
    edits: [
      ["        birth.rewards.addBLSPublicKey(blsPubkey, _blsSignature, serviceNodeParams(), _contributors());\n", ""],
    ],
    fuzz: "Contribution",
  },
  {
    row: "invariant",
    weakness: "no way out of a full contribution that waits for its operator",
    file: CONTRIBUTION,
    edits: [
      [
        "if (details.place == 0 || round.status == Status.Finalized) return;",
        "if (details.place == 0 || round.status != Status.OpenForPublicContrib) return;",
      ],
    ],
    fuzz: "Contribution",
  },
  {
    row: "invariant",
    weakness: "a finalised node has other contributors than the contribution",
    file: BOOKS,
    edits: [
      [
        "result[i].stakedAmount = payment.amount;",
        "result[i].stakedAmount = payment.amount;\n            if (_round.status == Status.Finalized && i != 0) result[i].staker.addr = address(uint160(i));",
      ],
    ],
    fuzz: "Contribution",
  },
  {
    row: "invariant",
    weakness: "locked tokens are released before the end",
    file: "contracts/vesting/TokenVestingStaking.sol",
    edits: [["        if (block.timestamp < end) revert VestingNotEnded(end, block.timestamp);\n", ""]],
    fuzz: "Vesting",
  },
  {
    row: "invariant",
    weakness: "the cliff releases a third",
    file: "contracts/vesting/TokenVestingNoStaking.sol",
    edits: [["uint256 atCliff = total / CLIFF_DENOMINATOR;", "uint256 atCliff = total / 3;"]],
    fuzz: "Vesting",
  },
  {
    row: "invariant",
    weakness: "revoking one token releases all of another",
    file: "contracts/vesting/TokenVestingNoStaking.sol",
    edits: [["if (known.revoked || block.timestamp >= end)", "if (revoked || block.timestamp >= end)"]],
    fuzz: "Vesting",
  },
];
