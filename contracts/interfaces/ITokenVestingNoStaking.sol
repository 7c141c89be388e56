// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title Tokens under lock-up, released over time
///
/// @notice A fifth at `cliff`, the rest linearly until `end`. A revocation takes the unvested part of one token back at once; other
/// tokens are not touched. Times are unix seconds.
interface ITokenVestingNoStaking {
    event BeneficiaryTransferred(address oldBeneficiary, address newBeneficiary);
    event RevokerTransferred(address oldRevoker, address newRevoker);

    /// @param refund The unvested part, paid to the revoker
    event TokenVestingRevoked(address indexed token, uint256 refund);

    /// @notice Paid to the beneficiary.
    event TokensReleased(address indexed token, uint256 amount);

    /// @notice Revoked before: what is here is the beneficiary's.
    error AlreadyRevoked(address token);
    error BeneficiaryNotTransferable();
    error InvalidSchedule(uint256 cliff, uint256 end);
    error NothingToRelease(address token);
    error OnlyBeneficiary(address caller, address beneficiary);
    error OnlyRevoker(address caller, address revoker);
    error VestingEnded(uint256 end, uint256 timestamp);
    error ZeroAddress();

    /// @notice Beneficiary: pays out what is vested of `token` and not yet released.
    function release(address token) external;

    /// @notice Revoker, until `end`, once a token: takes back what is not vested of `token`. What is left, and what arrives later, is
    /// releasable at once.
    function revoke(address token) external;

    /// @notice Beneficiary, if so deployed.
    function transferBeneficiary(address beneficiary_) external;

    function transferRevoker(address revoker_) external;

    /// @notice The part that vests at the cliff: one over this.
    function CLIFF_DENOMINATOR() external view returns (uint256);

    function cliff() external view returns (uint256);
    function end() external view returns (uint256);
    function getBeneficiary() external view returns (address);

    /// @notice Zero: cannot be revoked.
    function getRevoker() external view returns (address);
    function transferableBeneficiary() external view returns (bool);

    /// @notice Whether any token was revoked. It decides nothing; see `isRevoked`.
    function revoked() external view returns (bool);

    /// @notice Whether this token was revoked.
    function isRevoked(address token) external view returns (bool);

    /// @notice What `release` has paid so far.
    function released(address token) external view returns (uint256);

    /// @notice What `release` would pay now.
    function releasable(address token) external view returns (uint256);
}
