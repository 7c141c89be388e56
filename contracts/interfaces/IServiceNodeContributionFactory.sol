// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BN254} from "../libraries/BN254.sol";
import {IServiceNodeRewards} from "./IServiceNodeRewards.sol";
import {IServiceNodeRewardsState} from "./IServiceNodeRewardsState.sol";

/// @title Makes contribution contracts
///
/// @notice One contribution contract a node that several people fund. Each is a minimal clone with immutable arguments of one
/// implementation, which the factory's own implementation makes in its constructor.
interface IServiceNodeContributionFactory {
    /// @notice The last event of `deploy`, after those of the new contract.
    event NewServiceNodeContributionContract(
        address indexed contributorContract,
        uint256 serviceNodePubkey,
        address operator
    );

    /// @notice Makes a contribution contract with the caller as its operator, for the token, stake and number of contributors that
    /// the rewards contract asks for now.
    ///
    /// Reverts as `SafeCast` does if the rewards contract asks for 2^96 atomic SESH or 256 contributors, and as
    /// `IServiceNodeContribution.updatePubkeys`, `updateFee` and `updateReservedContributors` do.
    /// @param key The node's BLS key, affine
    /// @param sig Proof of possession of `key`, signed for the caller and the Ed25519 key
    /// @param params The node's Ed25519 key, its signature, and the fee in 1/10000
    /// @param reserved Reservations, the operator's first; may be empty
    /// @param manualFinalize Whether a full contract waits for the operator's `finalize`
    function deploy(
        BN254.G1Point calldata key,
        IServiceNodeRewardsState.BLSSignatureParams calldata sig,
        IServiceNodeRewardsState.ServiceNodeParams calldata params,
        IServiceNodeRewardsState.ReservedContributor[] calldata reserved,
        bool manualFinalize
    ) external returns (address result);

    /// @notice Whether this factory made the contract at `contractAddress`.
    function owns(address contractAddress) external view returns (bool);

    function stakingRewardsContract() external view returns (IServiceNodeRewards);

    /// @notice The code behind the clones.
    function contributionImplementation() external view returns (address);

    /// @notice Owner: stops `deploy`; contracts that exist are not touched.
    function pause() external;

    function unpause() external;
}
