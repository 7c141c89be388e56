// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC20Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC20/ERC20Upgradeable.sol";
import {ERC20PermitUpgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC20/extensions/ERC20PermitUpgradeable.sol";

import {ISESHL2} from "../interfaces/ISESHL2.sol";

/// @title SESH on Arbitrum: minted and burnt by Arbitrum's custom gateway alone
contract SESHL2 is ISESHL2, ERC20PermitUpgradeable {
    uint256 public constant VERSION = 3;

    /* slot 0 */
    /// @inheritdoc ISESHL2
    address public l2Gateway;
    /* slot 1 */
    /// @inheritdoc ISESHL2
    address public l1Address;

    modifier onlyL2Gateway() {
        require(msg.sender == l2Gateway, OnlyL2Gateway(msg.sender));
        _;
    }

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor() {
        _disableInitializers();
    }

    /// @param l2Gateway_ Arbitrum's L2 custom gateway
    /// @param l1Address_ SESH on L1
    function initialize(address l2Gateway_, address l1Address_) external initializer {
        require(l2Gateway_ != address(0) && l1Address_ != address(0), NullAddress());
        __ERC20_init("Session Token", "SESH");
        __ERC20Permit_init("Session Token");
        l2Gateway = l2Gateway_;
        l1Address = l1Address_;
    }

    /// @notice Gives a token that was deployed without permit its EIP-712 domain, after the upgrade to this implementation.
    /// It takes no argument, so that anybody may call it, once, and change nothing on a token that was deployed with permit.
    function initializePermit() external reinitializer(2) {
        __ERC20Permit_init(name());
    }

    function decimals() public pure override(ERC20Upgradeable) returns (uint8) {
        return 9;
    }

    /// @inheritdoc ISESHL2
    function bridgeMint(address account, uint256 amount) external onlyL2Gateway {
        _mint(account, amount);
    }

    /// @inheritdoc ISESHL2
    function bridgeBurn(address account, uint256 amount) external onlyL2Gateway {
        _burn(account, amount);
    }
}
