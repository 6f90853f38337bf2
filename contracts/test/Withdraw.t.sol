// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement, SpendingOrder} from "../ISettlement.sol";
import {Base} from "./Base.sol";
import {vm} from "./Vm.sol";

contract WithdrawTest is Base {
    function test_a_withdrawal_waits_its_delay(uint32 early) public {
        vm.assume(early > 0 && early <= DELAY);
        _ask(400e6);
        vm.warp(START + DELAY - early);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.WithdrawalEarly.selector, START + DELAY));
        _withdraw();
        vm.warp(START + DELAY);
        _withdraw();
        vm.assertEq(token.balanceOf(requester), 400e6);
        vm.assertEq(settlement.depositOf(requester), 600e6);
    }

    function test_it_is_paid_once() public {
        _ask(400e6);
        vm.warp(START + DELAY);
        _withdraw();
        vm.expectRevert(ISettlement.NothingToWithdraw.selector);
        _withdraw();
    }

    function test_who_asks_again_waits_again() public {
        _ask(1);
        vm.warp(START + DELAY);
        _ask(1_000e6);
        vm.expectRevert(
            abi.encodeWithSelector(ISettlement.WithdrawalEarly.selector, START + 2 * DELAY)
        );
        _withdraw();
    }

    function test_a_request_for_nothing_calls_it_off() public {
        _ask(400e6);
        vm.assertEq(settlement.availableTo(requester), 600e6);
        _ask(0);
        vm.assertEq(settlement.availableTo(requester), 1_000e6);
        vm.warp(START + DELAY);
        vm.expectRevert(ISettlement.NothingToWithdraw.selector);
        _withdraw();
    }

    function test_asking_for_more_than_there_is_gives_what_there_is() public {
        _ask(type(uint256).max);
        vm.assertEq(settlement.availableTo(requester), 0);
        vm.warp(START + DELAY);
        _withdraw();
        vm.assertEq(token.balanceOf(requester), 1_000e6);
    }

    function test_a_stranger_gets_nothing() public {
        _ask(400e6);
        vm.warp(START + DELAY);
        vm.expectRevert(ISettlement.NothingToWithdraw.selector);
        vm.prank(stranger);
        settlement.withdraw();
    }

    /// The thief: asks for everything as the work begins, and means to be gone before the bill. The
    /// slowest honest bill: both epochs disputed at the last moment and ruled on at the last.
    function test_a_requester_cannot_outrun_its_debit() public {
        _post();
        _ask(1_000e6);
        vm.warp(START + WINDOW - 1);
        _dispute(1);
        vm.warp(block.timestamp + RULING - 1);
        _rule(1, true);
        SpendingOrder memory order = _order(900e6);
        _debit(order, 900e6);
        _post();
        vm.warp(block.timestamp + WINDOW - 1);
        _dispute(2);
        vm.warp(block.timestamp + RULING - 1);
        _rule(2, true);
        vm.warp(block.timestamp + 2);
        vm.assertLt(block.timestamp, START + DELAY, "the bill comes first");
        _collect(order);
        vm.warp(START + DELAY);
        _withdraw();
        vm.assertEq(token.balanceOf(requester), 100e6);
    }

    function test_a_pause_does_not_run_down_the_delay() public {
        _ask(400e6);
        vm.warp(START + DELAY - 1);
        vm.prank(guardian);
        settlement.pause();
        uint256 end = START + DELAY - 1 + settlement.PAUSE_TIME();
        vm.warp(end);
        vm.expectRevert();
        _withdraw();
        vm.warp(end + 1);
        _withdraw();
        vm.assertEq(token.balanceOf(requester), 400e6);
    }

    function _ask(uint256 amount) private {
        vm.prank(requester);
        settlement.requestWithdrawal(amount);
    }

    function _withdraw() private {
        vm.prank(requester);
        settlement.withdraw();
    }
}
