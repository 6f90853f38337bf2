// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {Epoch, ISettlement, SpendingOrder} from "../ISettlement.sol";
import {Base} from "./Base.sol";
import {vm} from "./Vm.sol";

contract ClaimTest is Base {
    function test_anyone_claims_for_an_account() public {
        _work(100e6);
        bytes32[] memory proof = _creditProof(ada);
        vm.expectEmit(address(settlement));
        emit ISettlement.Claimed(ada, 100e6, 100e6);
        vm.prank(stranger);
        settlement.claim(ada, 100e6, proof);
        vm.assertEq(token.balanceOf(ada), 100e6);
        vm.assertEq(token.balanceOf(stranger), 0);
        vm.assertEq(settlement.claimed(ada), 100e6);
    }

    function test_a_claim_replayed_pays_nothing() public {
        _work(100e6);
        _claim(ada);
        _expect(ISettlement.NothingToClaim.selector, ada, 100e6, _creditProof(ada));
    }

    function test_who_comes_back_months_later_gets_the_sum(uint8 epochs) public {
        uint256 count = 1 + epochs % 10;
        SpendingOrder memory order = _order(1_000e6);
        for (uint256 i = 1; i <= count; i++) {
            _debit(order, i * 10e6);
            _credit(ada, i * 10e6);
            _settle();
        }
        _collect(order);
        _claim(ada);
        vm.assertEq(token.balanceOf(ada), count * 10e6);
    }

    function test_an_old_proof_does_not_pay_again() public {
        _work(100e6);
        bytes32[] memory old = _creditProof(ada);
        _claim(ada);
        SpendingOrder memory order = _order(300e6);
        _debit(order, 200e6);
        _credit(ada, 300e6);
        _settle();
        _collect(order);
        _expect(ISettlement.InvalidProof.selector, ada, 100e6, old);
        _claim(ada);
        vm.assertEq(token.balanceOf(ada), 300e6);
    }

    function test_another_accounts_proof_pays_nobody() public {
        _work(100e6);
        _expect(ISettlement.InvalidProof.selector, stranger, 100e6, _creditProof(ada));
    }

    function test_a_forged_amount_pays_nobody(uint256 forged) public {
        vm.assume(forged != 100e6);
        _work(100e6);
        _expect(ISettlement.InvalidProof.selector, ada, forged, _creditProof(ada));
    }

    function test_a_made_up_proof_pays_nobody(bytes32[] memory proof, uint256 amount) public {
        _work(100e6);
        _expect(ISettlement.InvalidProof.selector, stranger, amount, proof);
    }

    /// The thief: shows an inner node, which is 64 bytes hashed, as the leaf (account, amount).
    function test_an_inner_node_is_no_leaf() public {
        address left = address(uint160(uint256(keccak256("left"))));
        bytes32 right = keccak256("right");
        SpendingOrder memory order = _order(100e6);
        _debit(order, 100e6);
        Epoch memory epoch = _epoch();
        epoch.creditsTotal = 100e6;
        bytes32 node = keccak256(abi.encode(left, right));
        epoch.creditsRoot = Hashes.commutativeKeccak256(node, bytes32("other"));
        vm.prank(poster);
        settlement.post(1, epoch);
        vm.warp(block.timestamp + WINDOW);
        _collect(order);
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = "other";
        _expect(ISettlement.InvalidProof.selector, left, uint256(right), proof);
    }

    function test_an_epoch_in_its_window_pays_nobody() public {
        _work(100e6);
        _claim(ada);
        _credit(ada, 150e6);
        _debit(_order(300e6), 200e6);
        _post();
        vm.warp(block.timestamp + WINDOW - 1);
        _expect(ISettlement.InvalidProof.selector, ada, 150e6, _creditProof(ada));
    }

    function test_claims_are_paid_only_from_what_was_collected() public {
        SpendingOrder memory order = _order(300e6);
        _debit(order, 100e6);
        _credit(ada, 100e6);
        _settle();
        _expect(ISettlement.NothingCollected.selector, ada, 100e6, _creditProof(ada));
        _collect(order);
        _claim(ada);
    }

    function test_a_pool_too_small_pays_what_it_has_and_owes_the_rest() public {
        SpendingOrder memory order = _order(5_000e6);
        _deposit(bob, 9_000e6);
        _debit(order, 1_300e6);
        _credit(ada, 1_300e6);
        _settle();
        _collect(order);
        _claim(ada);
        vm.assertEq(token.balanceOf(ada), 1_000e6);
        _fill(stranger, 300e6);
        vm.prank(stranger);
        settlement.cover(300e6);
        _claim(ada);
        vm.assertEq(token.balanceOf(ada), 1_300e6);
        vm.assertEq(settlement.depositOf(bob), 9_000e6);
    }

    /// The thief: a poster whose leaves sum to more than the total that it posted. What others
    /// hold in deposits, and a disputer's bond, is out of its reach.
    function test_leaves_past_what_was_collected_are_not_paid() public {
        SpendingOrder memory order = _order(200e6);
        _debit(order, 200e6);
        _credit(ada, 2_000e6);
        creditsTotal = 200e6;
        _settle();
        _collect(order);
        _dispute(_post());
        _claim(ada);
        vm.assertEq(token.balanceOf(ada), 200e6);
        vm.assertEq(token.balanceOf(address(settlement)), 800e6 + BOND);
        _expect(ISettlement.NothingCollected.selector, ada, 2_000e6, _creditProof(ada));
    }

    function _expect(bytes4 why, address account, uint256 cumulative, bytes32[] memory proof)
        private
    {
        vm.expectRevert(why);
        settlement.claim(account, cumulative, proof);
    }
}
