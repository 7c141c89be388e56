// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title Makes the clones of the factory
/// @notice ContributionClone.yul, compiled, with the implementation's address in its place. The arguments lie behind the code.
library ContributionClone {
    /// @notice The clone could not be made.
    error CloneFailed();

    /// @dev Bytes of the code in front of the arguments.
    uint256 internal constant CODE_SIZE = 241;

    /// @dev Creation code: copies all that follows it, returns that. 61 size, 80, 60 0a, 5f, 39, 5f, f3:
    /// PUSH2 size, DUP1, PUSH1 10, PUSH0, CODECOPY, PUSH0, RETURN
    bytes10 private constant CREATION = 0x61000080600a5f395ff3;

    /// @dev The code up to the implementation's address, and from behind it on.
    bytes private constant BEFORE = hex"602436183417156038575b365f80375f80368173";
    bytes private constant AFTER =
        hex"5af43d5f803e6034573d5ffd5b3d5ff35b6014602860f101600c395f513303600a576004355f3560e01c80632c6cda93"
        hex"14607757636cf72aa414606a575b50600a565b60028110156065578060c5565b505f546127118060ff83160283171060"
        hex"8e57506065565b62ffff001916600882901b175f555f527f6b21e0b71c12e6cd9a3b2bc9bca648afabce42f96ab1f4b2"
        hex"a085107b8a125ca260205fa1005b6001555f527f45e1c879e8fa28095a2771ccbd73452d90d92c3073335da45910fdfa"
        hex"0cbbd01960205fa100";

    /// @param implementation Where the clone's calls go
    /// @param arguments Of the clone, at most 65,000 bytes
    function create(address implementation, bytes memory arguments) internal returns (address clone) {
        bytes10 creation = CREATION | bytes10(uint80(CODE_SIZE + arguments.length) << 56);
        bytes memory code = abi.encodePacked(creation, BEFORE, implementation, AFTER, arguments);
        assembly ("memory-safe") {
            clone := create(0, add(code, 0x20), mload(code))
        }
        require(clone != address(0), CloneFailed());
    }
}
