// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title SESH on Arbitrum, as Arbitrum's custom gateway needs it
interface ISESHL2 {
    error NullAddress();
    /// @notice Only Arbitrum's L2 gateway mints (a deposit arrived from L1) and burns (a withdrawal goes there).
    error OnlyL2Gateway(address caller);

    /// @notice Mints a deposit from L1; only the gateway.
    function bridgeMint(address account, uint256 amount) external;

    /// @notice Burns a withdrawal to L1; only the gateway.
    function bridgeBurn(address account, uint256 amount) external;

    /// @notice SESH on L1.
    function l1Address() external view returns (address);

    /// @notice Arbitrum's L2 custom gateway.
    function l2Gateway() external view returns (address);
}
