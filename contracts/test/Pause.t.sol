// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Epoch, ISettlement, Role, SpendingOrder} from "../ISettlement.sol";
import {Base} from "./Base.sol";
import {vm} from "./Vm.sol";

contract PauseTest is Base {
    uint256 private constant TIME = 3 days;
    uint256 private constant REST = 30 days;

    function test_a_pause_ends_by_itself() public {
        _pause();
        vm.warp(START + TIME - 1);
        _expectPaused();
        settlement.deposit(ada, 1);
        vm.warp(START + TIME);
        _deposit(ada, 1);
    }

    function test_a_pause_stops_every_payment() public {
        SpendingOrder memory order = _work(100e6);
        bytes memory signature = _sign(order);
        bytes32[] memory debitProof = _debitProof(settlement.orderHash(order));
        bytes32[] memory proof = _creditProof(ada);
        Epoch memory epoch = _epoch();
        uint64 next = settlement.lastPosted() + 1;
        _pause();
        _expectPaused();
        settlement.claim(ada, 100e6, proof);
        _expectPaused();
        settlement.claimMany(new address[](0), new uint256[](0), proof, new bool[](0));
        _expectPaused();
        settlement.collect(order, signature, 100e6, debitProof);
        _expectPaused();
        settlement.withdraw();
        _expectPaused();
        settlement.cover(1);
        _expectPaused();
        settlement.depositWithPermit(ada, 1, 1, 1, 0, 0);
        _expectPaused();
        vm.prank(poster);
        settlement.post(next, epoch);
    }

    function test_a_pause_does_not_run_down_a_window() public {
        _post();
        vm.warp(START + WINDOW - 1);
        _pause();
        vm.warp(START + WINDOW - 1 + TIME);
        vm.assertEq(settlement.finalEpoch(), 0);
        _dispute(1);
    }

    function test_an_epoch_can_be_disputed_and_ruled_upon_in_a_pause() public {
        _post();
        _pause();
        _dispute(1);
        _rule(1, false);
        vm.assertEq(token.balanceOf(disputer), BOND);
    }

    /// The thief: a guardian that would hold everybody's money for ever.
    function test_pauses_cannot_be_chained(uint32 wait) public {
        _pause();
        uint256 from = START + TIME + REST;
        vm.warp(START + wait % (TIME + REST));
        _expectTooSoon(from);
        vm.warp(from);
        _pause();
        vm.assertEq(settlement.pausedUntil(), from + TIME);
    }

    function test_a_pause_ended_early_cannot_be_begun_again_at_once() public {
        _pause();
        vm.warp(START + 10);
        vm.prank(guardian);
        settlement.resume();
        _expectTooSoon(START + 10 + REST);
    }

    function test_a_new_guardian_does_not_shorten_the_rest() public {
        _pause();
        vm.prank(governance);
        settlement.nominate(Role.Guardian, bob);
        vm.prank(bob);
        settlement.accept(Role.Guardian);
        guardian = bob;
        vm.warp(START + TIME);
        _expectTooSoon(START + TIME + REST);
    }

    function test_governance_ends_a_pause_and_strangers_do_not() public {
        _pause();
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotHolder.selector, Role.Guardian));
        vm.prank(stranger);
        settlement.resume();
        vm.prank(governance);
        settlement.resume();
        _deposit(ada, 1);
        vm.expectRevert(ISettlement.NotPaused.selector);
        vm.prank(governance);
        settlement.resume();
    }

    function test_only_the_guardian_pauses(address who) public {
        vm.assume(who != guardian);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotHolder.selector, Role.Guardian));
        vm.prank(who);
        settlement.pause();
    }

    function test_the_clock_stands_still_in_a_pause_and_never_goes_back(uint32[8] memory steps)
        public
    {
        uint256 running = START;
        for (uint256 i = 0; i < steps.length; i++) {
            uint256 before = settlement.clock();
            vm.assertEq(before, running);
            uint256 free = settlement.pausedUntil() == 0 ? 0 : settlement.pausedUntil() + REST;
            if (steps[i] % 3 == 0 && block.timestamp >= free) _pause();
            if (steps[i] % 3 == 1 && block.timestamp < settlement.pausedUntil()) _resume();
            vm.assertEq(settlement.clock(), before);
            uint256 step = steps[i] % 20 days;
            uint256 paused = settlement.pausedUntil() > block.timestamp
                ? settlement.pausedUntil() - block.timestamp
                : 0;
            running += step > paused ? step - paused : 0;
            vm.warp(block.timestamp + step);
        }
    }

    function _pause() private {
        vm.prank(guardian);
        settlement.pause();
    }

    function _resume() private {
        vm.prank(guardian);
        settlement.resume();
    }

    function _expectPaused() private {
        vm.expectRevert(
            abi.encodeWithSelector(ISettlement.Paused.selector, settlement.pausedUntil())
        );
    }

    function _expectTooSoon(uint256 from) private {
        vm.expectRevert(abi.encodeWithSelector(ISettlement.PauseTooSoon.selector, from));
        vm.prank(guardian);
        settlement.pause();
    }
}
