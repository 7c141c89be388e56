// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {RewardRatePool} from "../../contracts/RewardRatePool.sol";
import {ServiceNodeContribution} from "../../contracts/ServiceNodeContribution.sol";
import {IServiceNodeContribution} from "../../contracts/interfaces/IServiceNodeContribution.sol";
import {TokenMock} from "../../contracts/mocks/TokenMock.sol";
import {TokenConverter} from "../../contracts/token/TokenConverter.sol";
import {TokenVestingNoStaking} from "../../contracts/vesting/TokenVestingNoStaking.sol";
import {assertEq, assertLe, assertTrue, bound, vm} from "../helpers/Vm.sol";

/// @notice The formulas of the family for all arguments: minima, payout, vesting schedule, conversion.
contract FormulasFuzz {
    uint256 private constant SUPPLY = 240_000_000e9;

    ServiceNodeContribution private contribution;
    RewardRatePool private pool;
    TokenMock private token;

    function setUp() public {
        contribution = new ServiceNodeContribution();
        pool = new RewardRatePool();
        token = new TokenMock("token");
        vm.warp(1_800_000_000);
    }

    /// Newcomers who each pay the minimum fill the node exactly, with as many as there are slots at most
    function testFuzz_minimaFillTheNode(uint256 requirement, uint256 max) external view {
        requirement = bound(requirement, 1, SUPPLY);
        max = bound(max, 1, 100);
        uint256 remaining = requirement;
        uint256 count = 0;
        while (remaining != 0 && count < max) {
            // a single slot is the operator's, who pays it all
            uint256 minimum = max == 1 ? remaining : contribution.calcMinimumContribution(remaining, count, max);
            assertTrue(minimum != 0, "a minimum of something");
            assertLe(minimum, remaining, "minimum");
            remaining -= minimum;
            count++;
        }
        assertEq(remaining, 0, "filled");
    }

    /// Never a panic: a number, or the typed error without a free slot
    function testFuzz_minimumOfAnything(uint256 remaining, uint256 count, uint256 max) external view {
        try contribution.calcMinimumContribution(remaining, count, max) returns (uint256 minimum) {
            assertTrue(count < max, "a slot is free");
            assertLe(minimum, remaining, "minimum");
        } catch (bytes memory reason) {
            assertTrue(count >= max, "no slot is free");
            assertTrue(
                bytes4(reason) == IServiceNodeContribution.CalcMinContributionGivenBadContribArgs.selector,
                "the typed error"
            );
        }
    }

    function testFuzz_operatorQuarter(uint256 requirement) external view {
        uint256 quarter = contribution.minimumOperatorContribution(requirement);
        // 4 (quarter - 1) < requirement <= 4 quarter, without overflow
        assertLe(requirement / 4, quarter, "at least a quarter");
        assertLe(quarter, requirement / 4 + (requirement % 4 == 0 ? 0 : 1), "rounded up once");
    }

    /// 15.1 % a year, simple: additive in time up to rounding, monotonous
    function testFuzz_payout(uint256 balance, uint256 first, uint256 second) external view {
        balance = bound(balance, 0, SUPPLY);
        first = bound(first, 0, 100 * 365 days);
        second = bound(second, 0, 100 * 365 days);
        uint256 together = pool.calculatePayoutAmount(balance, first + second);
        uint256 apart = pool.calculatePayoutAmount(balance, first) + pool.calculatePayoutAmount(balance, second);
        assertLe(apart, together, "payout in parts");
        assertLe(together, apart + 1, "payout at once");
        assertEq(pool.calculatePayoutAmount(balance, 365 days), (balance * 151) / 1000, "a year");
    }

    /// Whenever the beneficiary comes, it has at most its schedule, and all at the end
    function testFuzz_vesting(uint256 amount, uint256 cliffSeed, uint256 endSeed, uint256[8] calldata times) external {
        amount = bound(amount, 1, SUPPLY);
        uint256 start = block.timestamp;
        uint256 cliff = start + bound(cliffSeed, 0, 4 * 365 days);
        uint256 end = cliff + bound(endSeed, 1, 4 * 365 days);
        TokenVestingNoStaking vesting = new TokenVestingNoStaking(address(this), address(1), cliff, end, false);
        token.mint(address(vesting), amount);
        for (uint256 i = 0; i < times.length; i++) {
            vm.warp(block.timestamp + bound(times[i], 0, (end - start) / 4));
            _release(vesting);
            assertEq(token.balanceOf(address(this)), _schedule(amount, cliff, end), "the schedule");
        }
        if (block.timestamp < end) vm.warp(end);
        _release(vesting);
        assertEq(token.balanceOf(address(this)), amount, "all");
        token.transfer(address(0xdead), amount);
    }

    function _release(TokenVestingNoStaking vesting) private {
        if (vesting.releasable(address(token)) != 0) vesting.release(address(token));
    }

    /// Nothing, then a fifth and the rest in proportion, then all
    function _schedule(uint256 amount, uint256 cliff, uint256 end) private view returns (uint256) {
        if (block.timestamp < cliff) return 0;
        if (block.timestamp >= end) return amount;
        return amount / 5 + ((amount - amount / 5) * (block.timestamp - cliff)) / (end - cliff);
    }

    /// The rate rounded down, by less than one unit
    function testFuzz_conversion(uint256 amount, uint256 numerator, uint256 denominator) external {
        amount = bound(amount, 0, type(uint128).max);
        numerator = bound(numerator, 1, type(uint64).max);
        denominator = bound(denominator, 1, type(uint64).max);
        TokenConverter converter = new TokenConverter(address(token), address(pool), numerator, denominator);
        uint256 out = converter.quote(amount);
        assertLe(out * denominator, amount * numerator, "never more than the rate");
        assertLe(amount * numerator, out * denominator + denominator - 1, "less by under one unit");
    }
}
