// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {BN254} from "../libraries/BN254.sol";
import {IServiceNodeContributionFactory} from "./IServiceNodeContributionFactory.sol";
import {IServiceNodeRewards} from "./IServiceNodeRewards.sol";
import {IServiceNodeRewardsState} from "./IServiceNodeRewardsState.sol";

/// @title Tokens under lock-up that may be staked
///
/// @notice All of it unlocks at `end`. The holder may stake it, from `start`, locked or not: the stake returns here, because this
/// contract is the staker; the rewards go to the beneficiary that the holder names for each stake.
///
/// The *holder* is the beneficiary or, once revoked, the revoker. Times are unix seconds.
interface ITokenVestingStaking {
    event BeneficiaryTransferred(address oldBeneficiary, address newBeneficiary);
    event RevokerTransferred(address oldRevoker, address newRevoker);

    /// @notice All rights are the revoker's from now on, whichever token was named.
    event TokenVestingRevoked(address indexed token);

    /// @notice Paid to the beneficiary.
    event TokensReleased(address indexed token, uint256 amount);

    /// @notice Paid to the revoker.
    event TokensRevokedReleased(address indexed token, uint256 amount);

    error BeneficiaryNotTransferable();
    error NothingToRelease(address token);

    /// @notice The caller is not the beneficiary or, once revoked, not the revoker.
    error OnlyHolder(address caller, address holder);
    error OnlyBeneficiary(address caller, address beneficiary);
    error OnlyRevoker(address caller, address revoker);

    /// @notice Not a contract that the factory made: locked tokens do not go there.
    error UnknownContribution(address contribution);

    /// @notice Tokens are not locked any more, and the beneficiary's.
    error VestingEnded(uint256 end, uint256 timestamp);
    error VestingNotEnded(uint256 end, uint256 timestamp);
    error VestingNotStarted(uint256 start, uint256 timestamp);
    error InvalidSchedule(uint256 start, uint256 end);
    error ZeroAddress();

    // ------------------------------------------------------------------------------------------------ staking (holder)

    /// @notice Registers a node alone, from `start`, with the whole stake from the locked tokens. The proof of possession must be signed
    /// for this contract, the node's operator.
    /// @param snBeneficiary Who receives the rewards; not zero
    function addBLSPublicKey(
        BN254.G1Point calldata blsPubkey,
        IServiceNodeRewardsState.BLSSignatureParams calldata blsSignature,
        IServiceNodeRewardsState.ServiceNodeParams calldata serviceNodeParams,
        address snBeneficiary
    ) external;

    /// @notice Contributes tokens, from `start`, to a contract that the factory made.
    /// @param snContribBeneficiary Who receives the rewards; not zero
    function contributeFunds(address snContribAddr, uint256 amount, address snContribBeneficiary) external;

    /// @notice As above, pinning keys, fee and reservations; see `IServiceNodeContribution.paramsHash`.
    function contributeFunds(
        address snContribAddr,
        uint256 amount,
        address snContribBeneficiary,
        bytes32 expectedParamsHash
    ) external;

    /// @notice Takes the contribution back, 24 h after the last payment. Also after `end`: no money may be left behind.
    function withdrawContribution(address snContribAddr) external;

    /// @notice Changes who receives the rewards of a contribution that is not finalised. Also after `end`.
    function updateBeneficiary(address snContribAddr, address snContribBeneficiary) external;

    /// @notice Asks a node of this contract to leave. Also after `end`.
    function initiateExitBLSPublicKey(uint64 serviceNodeID) external;

    /// @notice Fetches what the rewards contract owes this contract: returned stakes. Also after `end`.
    function claimRewards() external;

    function claimRewards(uint256 amount) external;

    // --------------------------------------------------------------------------------------------- release, revocation

    /// @notice Holder, from `end`: pays out all of `token`.
    function release(address token) external;

    /// @notice Revoker, before `end`: the revoker becomes the holder. Nothing moves before `end`. Once revoked, a further call does
    /// nothing before `end`, and from then on what `release` does: it fetches what has come in.
    /// @param token For the event, and what is fetched
    function revoke(address token) external;

    /// @notice Beneficiary, if so deployed.
    function transferBeneficiary(address beneficiary_) external;

    function transferRevoker(address revoker_) external;

    // ----------------------------------------------------------------------------------------------------------- views

    function SESH() external view returns (IERC20);
    function rewardsContract() external view returns (IServiceNodeRewards);
    function snContribFactory() external view returns (IServiceNodeContributionFactory);
    function beneficiary() external view returns (address);

    /// @notice Zero: cannot be revoked.
    function revoker() external view returns (address);
    function start() external view returns (uint256);
    function end() external view returns (uint256);
    function transferableBeneficiary() external view returns (bool);
    function revoked() external view returns (bool);
}
