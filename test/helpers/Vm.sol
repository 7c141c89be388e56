// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @notice The cheatcodes of Hardhat's Solidity tests that are used here.
interface Vm {
    function warp(uint256 timestamp) external;
    function roll(uint256 blockNumber) external;
    function prank(address sender) external;
    function startPrank(address sender) external;
    function stopPrank() external;
    function deal(address account, uint256 balance) external;
    function store(address target, bytes32 slot, bytes32 value) external;
    function load(address target, bytes32 slot) external view returns (bytes32);
    function etch(address target, bytes calldata code) external;
    function expectRevert() external;
    function expectRevert(bytes4 selector) external;
    function expectRevert(bytes calldata data) external;
    function readFile(string calldata path) external view returns (string memory);
    function parseJson(string calldata json, string calldata key) external pure returns (bytes memory);
    function snapshotState() external returns (uint256 id);
    function revertToState(uint256 id) external returns (bool);
}

// Where the cheatcodes live: `address(uint160(uint256(keccak256("hevm cheat code"))))`.
Vm constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

error NotEqual(string what, uint256 actual, uint256 expected);
error NotAtMost(string what, uint256 actual, uint256 limit);
error NotTrue(string what);

function assertEq(uint256 actual, uint256 expected, string memory what) pure {
    if (actual != expected) revert NotEqual(what, actual, expected);
}

function assertEq(address actual, address expected, string memory what) pure {
    if (actual != expected) revert NotEqual(what, uint160(actual), uint160(expected));
}

function assertLe(uint256 actual, uint256 limit, string memory what) pure {
    if (actual > limit) revert NotAtMost(what, actual, limit);
}

function assertTrue(bool holds, string memory what) pure {
    if (!holds) revert NotTrue(what);
}

/// @dev A number from `low` to `high`, both included, by remainder.
function bound(uint256 seed, uint256 low, uint256 high) pure returns (uint256) {
    return low + (seed % (high - low + 1));
}
