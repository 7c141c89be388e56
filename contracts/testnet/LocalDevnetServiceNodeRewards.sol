// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {TestnetServiceNodeRewards} from "./TestnetServiceNodeRewards.sol";

/// @title ServiceNodeRewards of a local network: a node may leave at any age
contract LocalDevnetServiceNodeRewards is TestnetServiceNodeRewards {
    /// @dev No waiting in a network whose day lasts seconds.
    function minimumExitAge() internal pure override returns (uint256) {
        return 0;
    }

    /// @dev Without a minimum age there is still a cap to test against: that of the other networks.
    function maximumSignatureExpiry() internal pure override returns (uint256) {
        return 2 hours;
    }
}
