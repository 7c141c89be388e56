// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @notice A contract account without a will of its own: calls what anybody tells it to.
contract PuppetMock {
    using Address for address;

    function call(address target, bytes calldata data) external returns (bytes memory) {
        return target.functionCall(data);
    }

    function approve(IERC20 token, address spender, uint256 amount) external {
        token.approve(spender, amount);
    }
}
