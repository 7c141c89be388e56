// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice A token of no value that anybody can mint.
contract TokenMock is ERC20 {
    constructor(string memory name) ERC20(name, name) {}

    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }
}
