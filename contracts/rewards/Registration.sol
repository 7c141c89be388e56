// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IServiceNodeRewards} from "../interfaces/IServiceNodeRewards.sol";
import {BN254} from "../libraries/BN254.sol";
import {Messages} from "../libraries/Messages.sol";
import {NetworkSignatures} from "./NetworkSignatures.sol";
import {NodeRegistry} from "./NodeRegistry.sol";

/// @title The rules of a registration
abstract contract Registration is NodeRegistry, NetworkSignatures {
    using SafeERC20 for IERC20;
    using BN254 for BN254.G1Point;

    uint256 public constant MAX_PERMITTED_PUBKEY_AGGREGATIONS_LOWER_BOUND = 20;
    /// @dev In percent of the nodes.
    uint256 internal constant MAX_PERMITTED_PUBKEY_AGGREGATIONS_PERCENT = 2;
    /// @dev The operator stakes 1 / this of the requirement at least.
    uint256 internal constant MIN_OPERATOR_DIVISOR = 4;
    /// @dev 100 % in the unit of the operator's fee.
    uint16 internal constant MAX_FEE = 10_000;

    /// @inheritdoc IServiceNodeRewards
    function maxPermittedPubkeyAggregations() public view returns (uint256 result) {
        return
            Math.max(
                MAX_PERMITTED_PUBKEY_AGGREGATIONS_LOWER_BOUND,
                (totalNodes * MAX_PERMITTED_PUBKEY_AGGREGATIONS_PERCENT) / 100
            );
    }

    function _register(
        BN254.G1Point memory blsPubkey,
        BLSSignatureParams calldata blsSignature,
        ServiceNodeParams calldata params,
        Contributor[] memory contributors
    ) internal {
        uint256 requirement = stakingRequirement;
        if (contributors.length == 0) {
            contributors = new Contributor[](1);
            contributors[0] = Contributor(Staker(msg.sender, msg.sender), requirement);
        }
        _checkContributions(contributors, requirement);
        uint256 operatorStake = contributors[0].stakedAmount;
        // cannot overflow: the contributions sum up to the requirement, which the owner keeps below the supply
        require(operatorStake * MIN_OPERATOR_DIVISOR >= requirement, InsufficientOperatorContribution(operatorStake));
        _checkStakers(contributors);
        require(params.fee <= MAX_FEE, FeeExceedsPossibleValue(params.fee, MAX_FEE));

        uint256 ed25519Pubkey = params.serviceNodePubkey;
        bytes memory blsKey = _blsKey(blsPubkey);
        _checkBLSKeyIsNew(blsKey);
        _checkProofOfPossession(blsPubkey, blsSignature, contributors[0].staker.addr, ed25519Pubkey);
        _checkEd25519KeyIsNew(ed25519Pubkey);
        _countAddition();

        uint64 id = _insertNode(blsPubkey, blsKey, ed25519Pubkey, block.timestamp, requirement, contributors);
        _updateNonSignerThreshold();

        emit NewServiceNodeV2(id, msg.sender, blsPubkey, params, contributors);

        designatedToken.safeTransferFrom(msg.sender, address(this), requirement);
    }

    function _checkContributions(Contributor[] memory contributors, uint256 requirement) internal view {
        require(contributors.length <= maxContributors, MaxContributorsExceeded());

        uint256 total = 0;
        for (uint256 i = 0; i < contributors.length; i++) total += contributors[i].stakedAmount;
        require(total == requirement, ContributionTotalMismatch(requirement, total));
    }

    /// @dev Stakes that nobody could get back, or that the rules count wrongly, are refused.
    function _checkStakers(Contributor[] memory contributors) internal pure {
        for (uint256 i = 0; i < contributors.length; i++) {
            Contributor memory contributor = contributors[i];
            address addr = contributor.staker.addr;
            require(addr != address(0) && contributor.staker.beneficiary != address(0), NullAddress());
            require(contributor.stakedAmount != 0, ZeroContribution(addr));
            for (uint256 j = 0; j < i; j++) require(contributors[j].staker.addr != addr, DuplicateContributor(addr));
        }
    }

    function _checkBLSKeyIsNew(bytes memory blsKey) internal view {
        uint64 id = serviceNodeIDs[blsKey];
        require(id == 0, BLSPubkeyAlreadyExists(id));
    }

    function _checkEd25519KeyIsNew(uint256 ed25519Pubkey) internal view {
        require(ed25519Pubkey != 0, NullEd25519Pubkey());
        uint64 id = ed25519ToServiceNodeID[ed25519Pubkey];
        require(id == 0, Ed25519PubkeyAlreadyExists(id));
    }

    function _checkProofOfPossession(
        BN254.G1Point memory blsPubkey,
        BLSSignatureParams calldata blsSignature,
        address operator,
        uint256 ed25519Pubkey
    ) internal view {
        bool isNull = blsPubkey.isInfinity();
        if (!isNull) blsPubkey.validate();
        BN254.G2Point memory hash = _hash(Messages.proofOfPossession(blsPubkey, operator, ed25519Pubkey));
        require(BN254.verify(blsPubkey, _point(blsSignature), hash), InvalidBLSProofOfPossession());
        // the null key has a proof for every message: the null signature
        require(!isNull, NullBLSPubkey());
    }

    /// @dev Counts the additions in this block (on Arbitrum `block.number` is the L1's: several L2 blocks share one count).
    function _countAddition() internal {
        uint256 count = lastHeightPubkeyWasAggregated == block.number ? numPubkeyAggregationsForHeight : 0;
        require(count < maxPermittedPubkeyAggregations(), MaxPubkeyAggregationsExceeded());

        lastHeightPubkeyWasAggregated = block.number;
        numPubkeyAggregationsForHeight = count + 1;
    }
}
