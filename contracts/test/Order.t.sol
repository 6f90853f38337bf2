// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement, SpendingOrder} from "../ISettlement.sol";
import {Base} from "./Base.sol";
import {vm} from "./Vm.sol";
import {FickleWallet} from "./Wallets.sol";

contract OrderTest is Base {
    function test_anyone_registers_a_signed_order() public {
        SpendingOrder memory order = _order(100e6);
        bytes memory signature = _sign(order);
        bytes32 hash = settlement.orderHash(order);
        vm.expectEmit(address(settlement));
        emit ISettlement.OrderRegistered(hash, requester);
        settlement.registerOrder(order, signature);
        (,, bool registered) = settlement.orderState(hash);
        vm.assertTrue(registered);
    }

    function test_an_order_that_another_signed_is_refused(uint128 key) public {
        vm.assume(key != 0 && key != REQUESTER_KEY);
        SpendingOrder memory order = _order(100e6);
        bytes memory signature = _signAs(key, order);
        vm.expectRevert(ISettlement.InvalidSignature.selector);
        settlement.registerOrder(order, signature);
    }

    function test_an_order_changed_after_signing_is_refused() public {
        SpendingOrder memory order = _order(100e6);
        bytes memory signature = _sign(order);
        order.cap = 200e6;
        vm.expectRevert(ISettlement.InvalidSignature.selector);
        settlement.registerOrder(order, signature);
    }

    function test_an_order_for_another_contract_is_refused() public {
        SpendingOrder memory order = _order(100e6);
        bytes memory signature = _sign(order);
        settlement = _deploy(_terms());
        vm.expectRevert(ISettlement.InvalidSignature.selector);
        settlement.registerOrder(order, signature);
    }

    /// The thief: a smart wallet that denies its signature once the work is done.
    function test_a_registered_order_outlives_a_wallets_change_of_mind() public {
        FickleWallet wallet = new FickleWallet(requester);
        _deposit(address(wallet), 300e6);
        SpendingOrder memory order = _order(200e6);
        order.requester = address(wallet);
        settlement.registerOrder(order, _sign(order));
        wallet.deny();
        _debit(order, 150e6);
        _settle();
        _collect(order);
        vm.assertEq(settlement.depositOf(address(wallet)), 150e6);
    }

    function test_a_wallet_that_denies_is_no_signer() public {
        FickleWallet wallet = new FickleWallet(requester);
        wallet.deny();
        SpendingOrder memory order = _order(200e6);
        order.requester = address(wallet);
        bytes memory signature = _sign(order);
        vm.expectRevert(ISettlement.InvalidSignature.selector);
        settlement.registerOrder(order, signature);
    }

    function test_only_its_requester_revokes_an_order() public {
        vm.expectRevert(ISettlement.NotRequester.selector);
        vm.prank(stranger);
        settlement.revokeOrder(_order(100e6));
    }

    function test_a_revoked_order_pays_for_what_was_done_and_then_no_more() public {
        SpendingOrder memory order = _order(100e6);
        _debit(order, 40e6);
        _revoke(order);
        _settle();
        _collect(order);
        _debit(order, 60e6);
        _settle();
        uint256 over = START + DELAY + settlement.PAUSE_TIME();
        vm.warp(over + 1);
        _expectOver(order, over);
    }

    function test_revoking_again_gains_no_time() public {
        SpendingOrder memory order = _order(100e6);
        _revoke(order);
        vm.warp(START + 5 days);
        _revoke(order);
        (, uint64 revokedAt,) = settlement.orderState(settlement.orderHash(order));
        vm.assertEq(revokedAt, START);
    }

    function test_an_expired_order_pays_for_what_was_done_and_then_no_more() public {
        SpendingOrder memory order = _order(100e6);
        _debit(order, 40e6);
        vm.warp(order.expiresAt);
        _settle();
        _collect(order);
        _debit(order, 60e6);
        _settle();
        uint256 over = order.expiresAt + DELAY + settlement.PAUSE_TIME();
        vm.warp(over + 1);
        _expectOver(order, over);
        vm.warp(over);
        _collect(order);
    }

    function test_revoking_after_expiry_gives_no_second_life() public {
        SpendingOrder memory order = _order(100e6);
        _debit(order, 40e6);
        vm.warp(order.expiresAt + 20 days);
        _revoke(order);
        _settle();
        _expectOver(order, order.expiresAt + DELAY + settlement.PAUSE_TIME());
    }

    function _revoke(SpendingOrder memory order) private {
        vm.prank(requester);
        settlement.revokeOrder(order);
    }

    function _expectOver(SpendingOrder memory order, uint256 over) private {
        bytes32 hash = settlement.orderHash(order);
        bytes memory signature = _sign(order);
        bytes32[] memory proof = _debitProof(hash);
        uint256 cumulative = debitOf[hash];
        vm.expectRevert(abi.encodeWithSelector(ISettlement.OrderOver.selector, over));
        settlement.collect(order, signature, cumulative, proof);
    }
}
