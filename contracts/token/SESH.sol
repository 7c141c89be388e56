// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

import {IL1CustomGateway, IL1GatewayRouter, ISESH} from "../interfaces/ISESH.sol";

/// @title SESH on Ethereum: an ERC-20 with permit, its whole supply minted once
contract SESH is ISESH, ERC20Permit {
    uint256 public constant VERSION = 2;
    /// @dev What Arbitrum's custom gateway expects of a token that consents.
    uint8 internal constant ARBITRUM_ENABLED = 0xb1;

    // solhint-disable immutable-vars-naming
    /// @notice Arbitrum's L1 custom gateway.
    address public immutable gateway;
    /// @notice Arbitrum's L1 gateway router.
    address public immutable router;
    /// @notice Who received the supply, and may register the token on L2.
    address public immutable genesisReceiver;
    // solhint-enable immutable-vars-naming

    bool private _registering;

    constructor(
        uint256 totalSupply_,
        address receiverGenesisAddress,
        address _gateway,
        address _router
    ) ERC20("Session Token", "SESH") ERC20Permit("Session Token") {
        require(totalSupply_ != 0, ZeroSupply());
        require(_gateway != address(0) && _router != address(0), NullAddress());
        gateway = _gateway;
        router = _router;
        genesisReceiver = receiverGenesisAddress;
        _mint(receiverGenesisAddress, totalSupply_);
    }

    function decimals() public pure override returns (uint8) {
        return 9;
    }

    /// @inheritdoc ISESH
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
    ) external payable {
        require(msg.sender == genesisReceiver, OnlyGenesisReceiver(msg.sender));

        // both ask back for isArbitrumEnabled
        _registering = true;
        IL1CustomGateway(gateway).registerTokenToL2{value: valueForGateway}(
            l2CustomTokenAddress,
            maxGasForCustomGateway,
            gasPriceBid,
            maxSubmissionCostForCustomGateway,
            creditBackAddress
        );
        IL1GatewayRouter(router).setGateway{value: valueForRouter}(
            gateway,
            maxGasForRouter,
            gasPriceBid,
            maxSubmissionCostForRouter,
            creditBackAddress
        );
        _registering = false;
    }

    /// @inheritdoc ISESH
    function isArbitrumEnabled() external view returns (uint8) {
        require(_registering, NotRegistering());
        return ARBITRUM_ENABLED;
    }
}
