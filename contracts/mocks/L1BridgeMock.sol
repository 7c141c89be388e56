// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IL1CustomGateway, IL1GatewayRouter, ISESH} from "../interfaces/ISESH.sol";

/// @title Arbitrum's L1 custom gateway and router in one: asks the token for its consent, as they do, and tells what it got
contract L1BridgeMock is IL1CustomGateway, IL1GatewayRouter {
    event Registered(
        address token,
        address l2Address,
        uint256 maxGas,
        uint256 gasPriceBid,
        uint256 maxSubmissionCost,
        address creditBackAddress,
        uint256 value,
        uint8 consent
    );
    event GatewaySet(
        address token,
        address gateway,
        uint256 maxGas,
        uint256 gasPriceBid,
        uint256 maxSubmissionCost,
        address creditBackAddress,
        uint256 value,
        uint8 consent
    );

    function registerTokenToL2(
        address l2Address,
        uint256 maxGas,
        uint256 gasPriceBid,
        uint256 maxSubmissionCost,
        address creditBackAddress
    ) external payable returns (uint256) {
        emit Registered(
            msg.sender,
            l2Address,
            maxGas,
            gasPriceBid,
            maxSubmissionCost,
            creditBackAddress,
            msg.value,
            ISESH(msg.sender).isArbitrumEnabled()
        );
        return 1;
    }

    function setGateway(
        address gateway,
        uint256 maxGas,
        uint256 gasPriceBid,
        uint256 maxSubmissionCost,
        address creditBackAddress
    ) external payable returns (uint256) {
        emit GatewaySet(
            msg.sender,
            gateway,
            maxGas,
            gasPriceBid,
            maxSubmissionCost,
            creditBackAddress,
            msg.value,
            ISESH(msg.sender).isArbitrumEnabled()
        );
        return 2;
    }
}
