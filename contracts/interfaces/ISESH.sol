// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title SESH on Ethereum, as Arbitrum's custom gateway needs it
interface ISESH {
    error NullAddress();
    /// @notice The gateway and the router take the first registration for good: it is for the receiver of the supply alone.
    error OnlyGenesisReceiver(address caller);
    /// @notice isArbitrumEnabled was called outside of registerTokenOnL2.
    error NotRegistering();
    /// @notice A token that nobody can have.
    error ZeroSupply();

    /// @notice Registers the token with Arbitrum's custom gateway, and the gateway with the router. Both are retryable
    /// tickets to L2; what they do not use is credited to `creditBackAddress` there. Send exactly the sum of the two values: what is
    /// more stays in the token.
    /// @param l2CustomTokenAddress SESHL2
    /// @param maxSubmissionCostForCustomGateway Wei for the submission of the gateway's ticket
    /// @param maxSubmissionCostForRouter Wei for the submission of the router's ticket
    /// @param maxGasForCustomGateway L2 gas of the gateway's ticket
    /// @param maxGasForRouter L2 gas of the router's ticket
    /// @param gasPriceBid L2 gas price of both, wei
    /// @param valueForGateway Wei passed to the gateway
    /// @param valueForRouter Wei passed to the router
    function registerTokenOnL2(
        address l2CustomTokenAddress,
        uint256 maxSubmissionCostForCustomGateway,
        uint256 maxSubmissionCostForRouter,
        uint256 maxGasForCustomGateway,
        uint256 maxGasForRouter,
        uint256 gasPriceBid,
        uint256 valueForGateway,
        uint256 valueForRouter,
        address creditBackAddress
    ) external payable;

    /// @notice 0xb1 while registerTokenOnL2 runs: the gateway asks the token for its consent. Reverts otherwise.
    function isArbitrumEnabled() external view returns (uint8);
}

/// @notice What SESH calls of Arbitrum's L1 custom gateway (signatures from Arbitrum's documentation).
interface IL1CustomGateway {
    function registerTokenToL2(
        address l2Address,
        uint256 maxGas,
        uint256 gasPriceBid,
        uint256 maxSubmissionCost,
        address creditBackAddress
    ) external payable returns (uint256);
}

/// @notice What SESH calls of Arbitrum's L1 gateway router.
interface IL1GatewayRouter {
    function setGateway(
        address gateway,
        uint256 maxGas,
        uint256 gasPriceBid,
        uint256 maxSubmissionCost,
        address creditBackAddress
    ) external payable returns (uint256);
}
