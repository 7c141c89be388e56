// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @notice A token that makes one call of one's choice in the middle of the next transfer, as the attacker that a careless contract
/// would be open to. Anybody can mint, and every allowance is infinite.
contract ReentrantTokenMock is ERC20 {
    using Address for address;

    address private _target;
    bytes private _data;

    constructor() ERC20("reentrant", "reentrant") {}

    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }

    /// @notice Arms the token: the next transfer calls `target` with `data` first, as `target` would be called by the token.
    function callOnTransfer(address target, bytes calldata data) external {
        _target = target;
        _data = data;
    }

    function allowance(address, address) public pure override returns (uint256) {
        return type(uint256).max;
    }

    function _update(address from, address to, uint256 value) internal override {
        address target = _target;
        if (target != address(0)) {
            delete _target;
            target.functionCall(_data);
        }
        super._update(from, to, value);
    }
}
