// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Epoch, ISettlement, Role, Status} from "../ISettlement.sol";
import {Base} from "./Base.sol";
import {vm} from "./Vm.sol";

contract DisputeTest is Base {
    function test_a_dispute_halts_the_epoch_and_the_one_before_goes_on_counting() public {
        _work(100e6);
        _credit(ada, 50e6 + 100e6);
        _debit(_order(100e6), 200e6);
        _post();
        _dispute(2);
        _expectStatus(2, Status.Disputed);
        vm.assertEq(settlement.bondHeld(), BOND);
        vm.warp(block.timestamp + WINDOW + RULING + 1);
        vm.assertEq(settlement.finalEpoch(), 1);
    }

    function test_only_what_is_pending_can_be_disputed() public {
        _expectNotDisputable(0);
        _expectNotDisputable(1);
        _settle();
        _expectNotDisputable(1);
        _post();
        _expectNotDisputable(1);
        _dispute(2);
        _expectNotDisputable(2);
        _rule(2, false);
        _expectNotDisputable(2);
    }

    function test_the_last_second_is_in_time() public {
        _post();
        vm.warp(START + WINDOW - 1);
        _dispute(1);
        _expectStatus(1, Status.Disputed);
    }

    function test_a_dispute_costs_its_bond() public {
        _post();
        vm.expectRevert();
        vm.prank(stranger);
        settlement.dispute(1);
    }

    function test_an_epoch_that_falls_gives_the_bond_back() public {
        _post();
        _dispute(1);
        _rule(1, false);
        _expectStatus(1, Status.Struck);
        vm.assertEq(token.balanceOf(disputer), BOND);
        vm.assertEq(settlement.bondHeld(), 0);
        vm.assertEq(settlement.finalEpoch(), 0);
    }

    function test_a_struck_number_is_not_used_again() public {
        _post();
        _dispute(1);
        _rule(1, false);
        vm.assertEq(_settle(), 2);
        _expectStatus(1, Status.Struck);
        _expectStatus(2, Status.Final);
        vm.assertEq(settlement.finalEpoch(), 2);
    }

    function test_an_epoch_that_falls_takes_nothing_with_it() public {
        _work(100e6);
        _post();
        _dispute(2);
        _rule(2, false);
        _claim(ada);
        vm.assertEq(token.balanceOf(ada), 100e6);
    }

    function test_an_epoch_that_stands_keeps_its_bond_for_the_claims() public {
        _post();
        _dispute(1);
        _rule(1, true);
        (,, uint256 unpaid) = settlement.totals();
        vm.assertEq(unpaid, BOND);
        vm.assertEq(token.balanceOf(disputer), 0);
        _expectStatus(1, Status.Pending);
        _expectNotDisputable(1);
    }

    /// The thief: disputes its own bad post and hopes for a hasty ruling. The window stays whole.
    function test_a_ruling_does_not_shorten_the_window() public {
        _post();
        _dispute(1);
        _rule(1, true);
        vm.warp(START + WINDOW - 1);
        vm.assertEq(settlement.finalEpoch(), 0);
        vm.warp(START + WINDOW);
        vm.assertEq(settlement.finalEpoch(), 1);
    }

    function test_only_the_arbiter_rules() public {
        _post();
        _dispute(1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotHolder.selector, Role.Arbiter));
        vm.prank(governance);
        settlement.rule(1, true);
    }

    function test_what_nobody_disputes_is_not_ruled_upon() public {
        _post();
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotDisputed.selector, 1));
        _rule(1, true);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotDisputed.selector, 1));
        settlement.strikeUnruled(1);
    }

    function test_a_silent_arbiter_lets_the_epoch_fall() public {
        _post();
        _dispute(1);
        vm.warp(START + RULING - 1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.RulingOpen.selector, START + RULING));
        settlement.strikeUnruled(1);
        vm.warp(START + RULING);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.RulingLate.selector, START + RULING));
        _rule(1, true);
        vm.prank(stranger);
        settlement.strikeUnruled(1);
        _expectStatus(1, Status.Struck);
        vm.assertEq(token.balanceOf(disputer), BOND);
        vm.assertEq(_post(), 2);
    }

    /// The griefer: disputes every epoch. Each costs a bond, which backs the claims of those whom
    /// it kept waiting, and an arbiter that answers keeps the delay at nothing.
    function test_a_griefing_disputer_pays_for_each_epoch_and_delays_none() public {
        for (uint64 number = 1; number <= 5; number++) {
            _post();
            _dispute(number);
            _rule(number, true);
            vm.warp(block.timestamp + WINDOW);
            vm.assertEq(settlement.finalEpoch(), number);
        }
        (,, uint256 unpaid) = settlement.totals();
        vm.assertEq(unpaid, 5 * BOND);
        vm.assertEq(block.timestamp, START + 5 * WINDOW);
    }

    /// The thief: the poster's key, stolen, posts a root that pays it everything.
    function test_a_posters_key_gone_bad_is_stopped_inside_the_window() public {
        _work(100e6);
        _credit(stranger, 900e6);
        _debit(_order(2_000e6), 900e6);
        _post();
        // The guardian stops the clock; the public disputes; the arbiter strikes.
        vm.prank(guardian);
        settlement.pause();
        _dispute(2);
        _rule(2, false);
        // Governance changes the key while the stolen one is shut out.
        Epoch memory epoch = _epoch();
        vm.expectRevert();
        vm.prank(poster);
        settlement.post(3, epoch);
        vm.prank(governance);
        settlement.nominate(Role.Poster, bob);
        vm.prank(bob);
        settlement.accept(Role.Poster);
        vm.prank(guardian);
        settlement.resume();
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotHolder.selector, Role.Poster));
        vm.prank(poster);
        settlement.post(3, epoch);
        // What was earned before is paid; what was forged is not.
        uint256 forged = creditOf[stranger];
        bytes32[] memory proof = _creditProof(stranger);
        vm.expectRevert(ISettlement.InvalidProof.selector);
        settlement.claim(stranger, forged, proof);
        vm.assertEq(settlement.finalEpoch(), 1);
    }

    function _expectNotDisputable(uint64 number) private {
        _fill(disputer, BOND);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotDisputable.selector, number));
        vm.prank(disputer);
        settlement.dispute(number);
        vm.prank(disputer);
        token.transfer(address(0xdead), BOND);
    }
}
