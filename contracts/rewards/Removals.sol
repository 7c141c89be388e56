// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {BN254} from "../libraries/BN254.sol";
import {HashToG2} from "../libraries/HashToG2.sol";
import {Messages} from "../libraries/Messages.sol";
import {NetworkSignatures} from "./NetworkSignatures.sol";
import {NodeRegistry} from "./NodeRegistry.sol";

/// @title The rules of exits and liquidations
abstract contract Removals is NodeRegistry, NetworkSignatures {
    using SafeERC20 for IERC20;

    uint256 public constant MAX_SERVICE_NODE_EXIT_WAIT_TIME = 30 days;
    uint256 public constant MIN_TIME_BEFORE_REPEATED_LEAVE_REQUEST = 1 hours;
    /// @notice A contributor with less than 1 / this of the deposit is a small one.
    uint256 public constant SMALL_CONTRIBUTOR_DIVISOR = 4;
    uint256 public constant SMALL_CONTRIBUTOR_LEAVE_DELAY = 30 days;

    /// @dev The youngest age at which a node may leave by signature.
    function minimumExitAge() internal pure virtual returns (uint256) {
        return 2 hours;
    }

    /// @dev A signature must not outlive a node that may leave and register again: see `setSignatureExpiry`, `_inWindow`.
    function maximumSignatureExpiry() internal pure virtual returns (uint256) {
        return minimumExitAge();
    }

    /// @dev What an exit and a liquidation have in common, up to the network's signature.
    function _checkRemoval(
        bytes32 tagName,
        BN254.G1Point memory blsPubkey,
        uint256 timestamp,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids
    ) internal view returns (uint64 id) {
        _requireOpen();
        _checkSigners(ids.length);
        id = serviceNodeIDs[_blsKey(blsPubkey)];
        require(id != 0, BLSPubkeyDoesNotExist(blsPubkey));
        _checkLeaving(id, timestamp);
        _checkNetworkSignature(
            HashToG2.hashToG2(
                Messages.removal(Messages.tag(tagName), blsPubkey, timestamp),
                Messages.tag(Messages.HASH_TO_G2)
            ),
            blsSignature,
            ids
        );
    }

    /// @dev The same for many. All are checked before the first one leaves: a non-signer's key is needed also if it is among them.
    /// A stranger may have sent one of them alone before: a key that is not listed is passed over.
    /// No need to look for duplicates: `unlink` refuses the second one, and a sum of one message twice is degenerate.
    /// @return leaving The ids that are to leave, of which the last ones may be 0: none
    function _checkRemovals(
        bytes32 tagName,
        Removal[] calldata removals,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids,
        uint256[] calldata roots
    ) internal view returns (uint64[] memory leaving) {
        _requireOpen();
        _checkSigners(ids.length);
        require(removals.length != 0, EmptyBatch());

        bytes32 removalTag = Messages.tag(tagName);
        bytes32 dst = Messages.tag(Messages.HASH_TO_G2);
        HashToG2.Sum memory sum;
        uint256 next = 0;
        leaving = new uint64[](removals.length);
        uint256 count = 0;
        for (uint256 i = 0; i < removals.length; i++) {
            BN254.G1Point memory blsPubkey = removals[i].blsPubkey;
            uint256 timestamp = removals[i].timestamp;
            uint64 id = serviceNodeIDs[_blsKey(blsPubkey)];
            if (id != 0) {
                _checkLeaving(id, timestamp);
                leaving[count++] = id;
            }
            next = HashToG2.accumulate(sum, Messages.removal(removalTag, blsPubkey, timestamp), dst, roots, next);
        }
        require(count != 0, BLSPubkeyDoesNotExist(removals[0].blsPubkey));
        _checkNetworkSignature(HashToG2.finish(sum), blsSignature, ids);
    }

    /// @dev The node is old enough, and the timestamp is in its window.
    function _checkLeaving(uint64 id, uint256 timestamp) internal view {
        uint256 added = _serviceNodes[id].addedTimestamp;
        require(timestamp >= added && _inWindow(timestamp), SignatureExpired(id, timestamp, block.timestamp));
        require(block.timestamp >= added + minimumExitAge(), ExitTooEarly(id, added, block.timestamp));
    }

    /// @dev At most the expiry old. Ahead, at most the expiry too, and only so far that it has expired before a node that leaves by it
    /// and registers again is old enough to leave: ahead + expiry < minimum exit age, or the same signature would work twice.
    function _inWindow(uint256 timestamp) internal view returns (bool) {
        uint256 expiry = signatureExpiry;
        if (timestamp <= block.timestamp) return block.timestamp - timestamp <= expiry;
        uint256 ahead = timestamp - block.timestamp;
        return ahead <= expiry && ahead < Math.saturatingSub(maximumSignatureExpiry(), expiry);
    }

    /// @dev The sum over all entries: nodes of older versions may list an address twice.
    function _stakeOf(ServiceNode storage node, address staker) internal view returns (uint256 stake) {
        uint256 length = node.contributors.length;
        for (uint256 i = 0; i < length; i++) {
            Contributor storage contributor = node.contributors[i];
            if (contributor.staker.addr == staker) stake += contributor.stakedAmount;
        }
    }

    /// @param initiator In whose name
    /// @param mayStart Whether the request may be the first, which starts the clock
    function _requestExit(uint64 id, address initiator, bool mayStart) internal {
        ServiceNode storage node = _serviceNodes[id];
        if (node.leaveRequestTimestamp == 0) {
            require(mayStart, SmallContributorLeaveTooEarly(id, initiator));
            node.leaveRequestTimestamp = block.timestamp;
        } else {
            _checkLeaveTime(id, node.latestLeaveRequestTimestamp + MIN_TIME_BEFORE_REPEATED_LEAVE_REQUEST);
        }
        node.latestLeaveRequestTimestamp = block.timestamp;

        emit ServiceNodeExitRequest(id, initiator, node.blsPubkey);
    }

    function _checkLeaveTime(uint64 id, uint256 earliest) internal view {
        require(block.timestamp >= earliest, LeaveRequestTooEarly(id, earliest, block.timestamp));
    }

    function _exitNode(uint64 id) internal {
        (uint256 deposit, BN254.G1Point memory blsPubkey) = _removeNode(id);

        emit ServiceNodeExit(id, msg.sender, deposit, blsPubkey);
    }

    /// @dev Removes the node and gives the shares of its deposit, the liquidator's rounded down and the pool's up.
    function _liquidateNode(uint64 id) internal returns (uint256 liquidatorAmount, uint256 poolAmount) {
        (uint256 deposit, BN254.G1Point memory blsPubkey) = _removeNode(id);
        uint256 poolRatio = poolShareOfLiquidationRatio;
        uint256 ratioSum = liquidatorRewardRatio + poolRatio + recipientRatio;
        liquidatorAmount = (deposit * liquidatorRewardRatio) / ratioSum;
        poolAmount = Math.ceilDiv(deposit * poolRatio, ratioSum);

        emit ServiceNodeLiquidated(id, msg.sender, blsPubkey);
        emit ServiceNodeExit(id, msg.sender, deposit - liquidatorAmount - poolAmount, blsPubkey);
    }

    function _payLiquidation(uint256 liquidatorAmount, uint256 poolAmount) internal {
        IERC20 token = designatedToken;
        if (liquidatorAmount != 0) token.safeTransfer(msg.sender, liquidatorAmount);
        if (poolAmount != 0) token.safeTransfer(address(foundationPool), poolAmount);
    }
}
