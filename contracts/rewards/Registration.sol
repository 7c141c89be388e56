// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {BN254} from "../libraries/BN254.sol";
import {HashToG2} from "../libraries/HashToG2.sol";
import {Messages} from "../libraries/Messages.sol";
import {NetworkSignatures} from "./NetworkSignatures.sol";
import {NodeRegistry} from "./NodeRegistry.sol";

/// @title The rules of a registration
abstract contract Registration is NodeRegistry, NetworkSignatures {
    using SafeERC20 for IERC20;
    using BN254 for BN254.G1Point;

    /// @dev The operator stakes 1 / this of the requirement at least.
    uint256 internal constant MIN_OPERATOR_DIVISOR = 4;
    /// @dev 100 % in the unit of the operator's fee.
    uint16 internal constant MAX_FEE = 10_000;

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
        require(contributors.length <= maxContributors, MaxContributorsExceeded());
        _checkTotal(contributors, requirement);
        uint256 operatorStake = contributors[0].stakedAmount;
        // cannot overflow: the contributions sum up to the requirement, which the owner keeps below the supply
        require(operatorStake * MIN_OPERATOR_DIVISOR >= requirement, InsufficientOperatorContribution(operatorStake));
        _checkStakers(contributors);
        require(params.fee <= MAX_FEE, FeeExceedsPossibleValue(params.fee, MAX_FEE));

        uint256 ed25519Pubkey = params.serviceNodePubkey;
        bytes memory blsKey = _blsKey(blsPubkey);
        _checkBLSKeyIsNew(blsKey);
        _checkProofOfPossession(blsPubkey, blsSignature, contributors[0].staker.addr, ed25519Pubkey);
        require(ed25519Pubkey != 0, NullEd25519Pubkey());
        _checkEd25519KeyIsNew(ed25519Pubkey);
        _countAddition();

        uint64 id = _insertNode(blsPubkey, blsKey, ed25519Pubkey, block.timestamp, requirement, contributors);
        _updateNonSignerThreshold();

        emit NewServiceNodeV2(id, msg.sender, blsPubkey, params, contributors);

        designatedToken.safeTransferFrom(msg.sender, address(this), requirement);
    }

    function _checkProofOfPossession(
        BN254.G1Point memory blsPubkey,
        BLSSignatureParams calldata blsSignature,
        address operator,
        uint256 ed25519Pubkey
    ) internal view {
        bool isNull = blsPubkey.isInfinity();
        if (!isNull) blsPubkey.validate();
        BN254.G2Point memory hash = HashToG2.hashToG2(
            Messages.proofOfPossession(blsPubkey, operator, ed25519Pubkey),
            Messages.tag(Messages.HASH_TO_G2)
        );
        BN254.G2Point memory signature = BN254.G2Point(
            blsSignature.sigs0,
            blsSignature.sigs1,
            blsSignature.sigs2,
            blsSignature.sigs3
        );
        require(BN254.verify(blsPubkey, signature, hash), InvalidBLSProofOfPossession());
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
