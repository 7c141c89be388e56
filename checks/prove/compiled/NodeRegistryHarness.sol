// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BN254} from "contracts/libraries/BN254.sol";
import {NodeRegistry} from "contracts/rewards/NodeRegistry.sol";

/// @notice Inserts and removes nodes and tells all of the list that there is; nothing outlives a call.
contract NodeRegistryHarness is NodeRegistry {
    /// @dev An insertion of the key, or, if that is infinity, the removal of the node.
    struct Step {
        uint64 id;
        BN254.G1Point key;
        uint256 ed25519;
    }

    error Dump(uint256[] words);

    constructor() {
        nextServiceNodeID = 1;
        blsNonSignerThresholdMax = 300;
    }

    /// @notice Takes the steps, and then each of the tries by itself.
    /// @return states What each try left: see `attempt`
    function run(
        Step[] calldata steps,
        Step[] calldata tries,
        BN254.G1Point[] calldata keys,
        uint64 ids
    ) external returns (bytes[] memory states) {
        for (uint256 i = 0; i < steps.length; i++) _take(steps[i]);
        states = new bytes[](tries.length);
        for (uint256 i = 0; i < tries.length; i++) {
            try this.attempt(tries[i], keys, ids) {} catch (bytes memory state) {
                states[i] = state;
            }
        }
    }

    /// @notice Reverts with all there is after the step, or with the step's own error.
    function attempt(Step calldata step, BN254.G1Point[] calldata keys, uint64 ids) external {
        _take(step);
        revert Dump(_dump(keys, ids));
    }

    function _take(Step calldata step) private {
        if (step.key.X == 0) {
            _removeNode(step.id);
            return;
        }
        Contributor[] memory contributors = new Contributor[](1);
        contributors[0].staker.addr = address(this);
        contributors[0].stakedAmount = 1;
        bytes memory blsKey = _blsKey(step.key);
        _checkBLSKeyIsNew(blsKey);
        _checkEd25519KeyIsNew(step.ed25519);
        _insertNode(step.key, blsKey, step.ed25519, 7, 9, contributors);
        _updateNonSignerThreshold();
    }

    /// @dev Counters and aggregate key; of each key its identifiers; of each identifier from 0 its record.
    function _dump(BN254.G1Point[] calldata keys, uint64 ids) private view returns (uint256[] memory words) {
        words = new uint256[](5 + 2 * keys.length + 9 * (uint256(ids) + 1));
        uint256 at = 0;
        words[at++] = totalNodes;
        words[at++] = nextServiceNodeID;
        words[at++] = blsNonSignerThreshold;
        words[at++] = _aggregatePubkey.X;
        words[at++] = _aggregatePubkey.Y;
        for (uint256 i = 0; i < keys.length; i++) {
            words[at++] = serviceNodeIDs[_blsKey(keys[i])];
            words[at++] = ed25519ToServiceNodeID[i + 1];
        }
        for (uint64 id = 0; id <= ids; id++) {
            ServiceNode storage node = _serviceNodes[id];
            words[at++] = node.next;
            words[at++] = node.prev;
            words[at++] = uint160(node.operator);
            words[at++] = node.blsPubkey.X;
            words[at++] = node.blsPubkey.Y;
            words[at++] = node.addedTimestamp;
            words[at++] = node.deposit;
            words[at++] = node.contributors.length;
            words[at++] = node.ed25519Pubkey;
        }
    }
}
