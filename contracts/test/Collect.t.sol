// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement, SpendingOrder} from "../ISettlement.sol";
import {Base} from "./Base.sol";
import {vm} from "./Vm.sol";

contract CollectTest is Base {
    function test_a_final_debit_is_taken_from_the_deposit() public {
        SpendingOrder memory order = _order(500e6);
        _debit(order, 300e6);
        _settle();
        bytes memory signature = _sign(order);
        bytes32 hash = settlement.orderHash(order);
        bytes32[] memory proof = _debitProof(hash);
        vm.expectEmit(address(settlement));
        emit ISettlement.Collected(requester, hash, 300e6, 300e6);
        vm.prank(stranger);
        settlement.collect(order, signature, 300e6, proof);
        (uint256 held, uint256 collected,) = settlement.totals();
        vm.assertEq(held, 700e6);
        vm.assertEq(collected, 300e6);
        vm.assertEq(settlement.depositOf(requester), 700e6);
    }

    function test_cumulative_debits_are_taken_by_their_difference(uint64 first, uint64 second)
        public
    {
        uint256 one = 1 + uint256(first) % 500e6;
        uint256 two = one + 1 + uint256(second) % (1_000e6 - one);
        SpendingOrder memory order = _order(1_000e6);
        _debit(order, one);
        _settle();
        _collect(order);
        _debit(order, two);
        _settle();
        _collect(order);
        vm.assertEq(settlement.depositOf(requester), 1_000e6 - two);
    }

    function test_a_debit_is_not_taken_twice() public {
        SpendingOrder memory order = _work(300e6);
        _expect(ISettlement.NothingToCollect.selector, order, 300e6);
    }

    function test_a_debit_is_not_taken_twice_while_others_are_due() public {
        SpendingOrder memory order = _order(300e6);
        SpendingOrder memory other = _order(400e6);
        _debit(order, 300e6);
        _debit(other, 400e6);
        _settle();
        _collect(order);
        _expect(ISettlement.NothingToCollect.selector, order, 300e6);
        _collect(other);
        vm.assertEq(settlement.depositOf(requester), 300e6);
    }

    function test_a_debit_still_in_its_window_is_not_taken() public {
        SpendingOrder memory order = _order(500e6);
        _debit(order, 300e6);
        _post();
        vm.warp(block.timestamp + WINDOW - 1);
        _expect(ISettlement.InvalidProof.selector, order, 300e6);
    }

    function test_never_past_the_orders_cap(uint96 cap, uint96 cumulative) public {
        SpendingOrder memory order = _order(1 + uint256(cap) % 1_000e6);
        _debit(order, 1 + uint256(cumulative) % 1_000e6);
        _settle();
        _collect(order);
        vm.assertGe(settlement.depositOf(requester), 1_000e6 - order.cap, "the cap holds");
    }

    function test_a_debit_without_a_signature_is_not_taken() public {
        SpendingOrder memory order = _order(500e6);
        _debit(order, 300e6);
        _settle();
        bytes32[] memory proof = _debitProof(settlement.orderHash(order));
        vm.expectRevert(ISettlement.InvalidSignature.selector);
        settlement.collect(order, new bytes(65), 300e6, proof);
    }

    function test_a_forged_amount_is_refused(uint96 forged) public {
        vm.assume(forged != 300e6);
        SpendingOrder memory order = _order(500e6);
        _debit(order, 300e6);
        _settle();
        _expect(ISettlement.InvalidProof.selector, order, forged);
    }

    function test_another_order_of_the_requester_does_not_pay_for_it() public {
        SpendingOrder memory order = _order(500e6);
        _debit(order, 300e6);
        _settle();
        bytes32[] memory proof = _debitProof(settlement.orderHash(order));
        SpendingOrder memory other = _order(900e6);
        bytes memory signature = _sign(other);
        vm.expectRevert(ISettlement.InvalidProof.selector);
        settlement.collect(other, signature, 300e6, proof);
    }

    function test_a_deposit_too_small_gives_what_it_has_and_owes_the_rest() public {
        SpendingOrder memory order = _order(5_000e6);
        _deposit(ada, 9_000e6);
        _debit(order, 1_300e6);
        _settle();
        _collect(order);
        vm.assertEq(settlement.depositOf(requester), 0);
        _deposit(requester, 1_000e6);
        _collect(order);
        vm.assertEq(settlement.depositOf(requester), 700e6);
        vm.assertEq(settlement.depositOf(ada), 9_000e6);
    }

    /// The thief: a poster whose leaves sum to more than the total that it posted.
    function test_leaves_past_the_posted_total_are_not_taken() public {
        SpendingOrder memory order = _order(900e6);
        _debit(order, 900e6);
        debitsTotal = 200e6;
        _settle();
        _collect(order);
        vm.assertEq(settlement.depositOf(requester), 800e6);
        _expect(ISettlement.NothingToCollect.selector, order, 900e6);
    }

    function _expect(bytes4 why, SpendingOrder memory order, uint256 cumulative) private {
        bytes memory signature = _sign(order);
        bytes32[] memory proof = _debitProof(settlement.orderHash(order));
        vm.expectRevert(why);
        settlement.collect(order, signature, cumulative, proof);
    }
}
