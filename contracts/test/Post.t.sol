// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Epoch, ISettlement, Role, Status, Terms} from "../ISettlement.sol";
import {Base} from "./Base.sol";
import {vm} from "./Vm.sol";

contract PostTest is Base {
    function test_a_post_counts_when_its_window_is_over() public {
        _credit(ada, 5e6);
        _debit(_order(100e6), 7e6);
        uint64 number = _post();
        _expectStatus(number, Status.Pending);
        vm.assertEq(settlement.finalEpoch(), 0);
        vm.warp(START + WINDOW - 1);
        vm.assertEq(settlement.finalEpoch(), 0);
        vm.warp(START + WINDOW);
        vm.assertEq(settlement.finalEpoch(), 1);
        _expectStatus(number, Status.Final);
        Epoch memory kept = settlement.epochOf(1);
        vm.assertEq(keccak256(abi.encode(kept)), keccak256(abi.encode(_epoch())));
    }

    function test_the_first_epoch_may_be_empty() public {
        vm.assertEq(_settle(), 1);
        vm.assertEq(settlement.finalEpoch(), 1);
        vm.expectRevert(ISettlement.InvalidProof.selector);
        settlement.claim(ada, 0, new bytes32[](0));
    }

    function test_only_the_poster_posts() public {
        Epoch memory epoch = _epoch();
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotHolder.selector, Role.Poster));
        vm.prank(governance);
        settlement.post(1, epoch);
    }

    function test_a_repeated_post_reverts_at_any_time(uint32 later) public {
        _settle();
        vm.warp(block.timestamp + later);
        _expectPost(abi.encodeWithSelector(ISettlement.WrongNumber.selector, 2), 1);
    }

    function test_a_number_is_not_left_out() public {
        _expectPost(abi.encodeWithSelector(ISettlement.WrongNumber.selector, 1), 2);
    }

    function test_one_epoch_is_open_at_a_time() public {
        _post();
        vm.warp(START + WINDOW - 1);
        _expectPost(abi.encodeWithSelector(ISettlement.EpochOpen.selector, 1), 2);
    }

    function test_totals_never_fall() public {
        _work(100e6);
        creditsTotal -= 1;
        _expectPost(abi.encodeWithSelector(ISettlement.TotalFell.selector), 2);
        creditsTotal += 1;
        debitsTotal -= 1;
        _expectPost(abi.encodeWithSelector(ISettlement.TotalFell.selector), 2);
    }

    function test_the_log_never_shrinks() public {
        _settle();
        logSize -= 1;
        _expectPost(abi.encodeWithSelector(ISettlement.LogShrank.selector), 2);
    }

    function test_credits_stay_within_debits() public {
        _debit(_order(100e6), 7e6);
        _credit(ada, 7e6 + 1);
        _expectPost(abi.encodeWithSelector(ISettlement.CreditsPastDebits.selector), 1);
    }

    function test_debits_stay_within_deposits() public {
        _debit(_order(9_000e6), 1_000e6 + 1);
        _expectPost(abi.encodeWithSelector(ISettlement.DebitsPastDeposits.selector, 1_000e6), 1);
    }

    function test_a_cover_makes_good_what_could_not_be_collected() public {
        _debit(_order(9_000e6), 1_000e6 + 1);
        _fill(stranger, 1);
        vm.prank(stranger);
        settlement.cover(1);
        vm.assertEq(_post(), 1);
    }

    function test_a_total_needs_a_root() public {
        debitsTotal = 1;
        _expectPost(abi.encodeWithSelector(ISettlement.TotalWithoutRoot.selector), 1);
        _debit(_order(100e6), 7e6);
        creditsTotal = 1;
        _expectPost(abi.encodeWithSelector(ISettlement.TotalWithoutRoot.selector), 1);
    }

    function test_a_window_has_a_floor() public {
        _expectNoDeployment(Terms(1 days - 1, RULING, DELAY, BOND));
        _expectNoDeployment(Terms(WINDOW, 1 days - 1, DELAY, BOND));
        _expectNoDeployment(Terms(WINDOW, 30 days + 1, 400 days, BOND));
        _expectNoDeployment(Terms(WINDOW, RULING, 2 * (WINDOW + RULING) + 1 days - 1, BOND));
        _expectNoDeployment(Terms(WINDOW, RULING, DELAY, 0));
        _deploy(Terms(1 days, 1 days, 5 days, 1));
    }

    function _expectNoDeployment(Terms memory terms) private {
        vm.expectRevert(ISettlement.TermsOutOfRange.selector);
        _deploy(terms);
    }

    function _expectPost(bytes memory why, uint64 number) private {
        Epoch memory epoch = _epoch();
        vm.expectRevert(why);
        vm.prank(poster);
        settlement.post(number, epoch);
    }
}
