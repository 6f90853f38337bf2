// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Epoch, SpendingOrder} from "../ISettlement.sol";
import {Base} from "./Base.sol";
import {SparseTree} from "./SparseTree.sol";
import {vm} from "./Vm.sol";

/// @notice What each entry costs as a transaction of its own (its base and calldata included),
/// with proofs out of 131,072 leaves. `npm run contracts:test` prints the table.
/// forge-config: default.isolate = true
contract GasTest is Base {
    using SparseTree for SparseTree.Tree;

    uint256 private constant BATCH = 10;

    address[] private _accounts;
    uint256[] private _amounts;
    uint256[] private _places;

    function setUp() public override {
        super.setUp();
        ada = 0xADAADAAdaadaadaADAAdAdaaadadaADaadAADADa;
        credits.depth = 17;
        debits.depth = 17;
    }

    function test_claims() public {
        _work(100e6);
        _claim(ada);
        vm.assertLt(_note("claim, first, to a new holder"), 100_000, "first claim");
        SpendingOrder memory order = _order(300e6);
        _debit(order, 200e6);
        _credit(ada, 250e6);
        _settle();
        _collect(order);
        _note("collect, first of an order");
        _claim(ada);
        vm.assertLt(_note("claim, later"), 70_000, "later claim");
    }

    function test_claims_of_many() public {
        SpendingOrder memory order = _order(900e6);
        for (uint256 i = 0; i < BATCH; i++) {
            // Spread over the tree, as a relayer's customers are.
            _accounts.push(
                address(uint160((uint256(0xfedcba98765432100123456789abcde) << 20) + i * 13_000))
            );
            _places.push(_placeOf(_accounts[i]));
            _amounts.push(0);
        }
        token.mint(_accounts[0], 1);
        _round(order, 10e6);
        _note("claimMany, 10 first claims, to new holders");
        _round(order, 20e6);
        uint256 each = _noteEach("claimMany, 10 later claims", BATCH);
        vm.assertLt(each, 40_000, "one of ten by multiproof");
    }

    function test_claims_of_many_who_hold_the_token() public {
        SpendingOrder memory order = _order(900e6);
        for (uint256 i = 0; i < BATCH; i++) {
            _accounts.push(
                address(uint160((uint256(0xfedcba98765432100123456789abcde) << 20) + i * 13_000))
            );
            _places.push(_placeOf(_accounts[i]));
            _amounts.push(0);
            token.mint(_accounts[i], 1);
        }
        _round(order, 10e6);
        _noteEach("claimMany, 10 first claims, to holders", BATCH);
    }

    function test_the_rest() public {
        _fill(bob, 100e6);
        vm.prank(bob);
        settlement.deposit(bob, 100e6);
        _note("deposit, first");
        SpendingOrder memory order = _order(100e6);
        bytes memory signature = _sign(order);
        settlement.registerOrder(order, signature);
        _note("registerOrder");
        _debit(order, 50e6);
        _post();
        _note("post");
        vm.warp(block.timestamp + WINDOW);
        _collect(order);
        _note("collect, order registered");
        vm.prank(bob);
        settlement.requestWithdrawal(100e6);
        _note("requestWithdrawal");
        vm.warp(block.timestamp + DELAY);
        vm.prank(bob);
        settlement.withdraw();
        _note("withdraw");
        uint64 number = _post();
        _dispute(number);
        _note("dispute");
        _rule(number, true);
        _note("rule, stands");
    }

    function _round(SpendingOrder memory order, uint256 cumulative) private {
        for (uint256 i = 0; i < BATCH; i++) {
            _amounts[i] = cumulative + i;
            _credit(_accounts[i], _amounts[i]);
        }
        _debit(order, creditsTotal);
        _settle();
        _collect(order);
        (bytes32[] memory proof, bool[] memory flags) = credits.multiproof(_places);
        settlement.claimMany(_accounts, _amounts, proof, flags);
    }

    function _note(string memory name) private returns (uint256) {
        return _noteEach(name, 1);
    }

    function _noteEach(string memory name, uint256 count) private returns (uint256 each) {
        each = vm.lastCallGas().gasTotalUsed / count;
        vm.snapshotValue("gas", name, each);
    }
}
