// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ISettlement, SpendingOrder} from "../ISettlement.sol";
import {Settlement} from "../Settlement.sol";
import {TestDollar} from "../TestDollar.sol";
import {Base} from "./Base.sol";
import {SparseTree} from "./SparseTree.sol";
import {FeeDollar, FreezingDollar, HookDollar, LyingDollar, SilentDollar} from "./Tokens.sol";
import {vm} from "./Vm.sol";

contract FeeTokenTest is Base {
    function _makeToken() internal override returns (address) {
        return address(new FeeDollar());
    }

    function test_only_what_arrived_is_credited(uint80 amount) public {
        vm.assume(amount > 0);
        _deposit(ada, amount);
        vm.assertEq(settlement.depositOf(ada), amount - uint256(amount) / 100);
        (uint256 held,,) = settlement.totals();
        vm.assertEq(token.balanceOf(address(settlement)), held);
    }

    function test_a_bond_gives_back_no_more_than_arrived() public {
        _post();
        _dispute(1);
        vm.assertEq(settlement.bondHeld(), BOND - BOND / 100);
        _rule(1, false);
        (uint256 held,,) = settlement.totals();
        vm.assertEq(token.balanceOf(address(settlement)), held);
    }
}

contract SilentTokenTest is Base {
    function _makeToken() internal override returns (address) {
        return address(new SilentDollar());
    }

    function test_a_token_without_answers_pays_all_the_same() public {
        _work(100e6);
        _claim(ada);
        vm.assertEq(token.balanceOf(ada), 100e6);
    }
}

contract LyingTokenTest is Base {
    function setUp() public override {
        vm.warp(START);
        token = new LyingDollar();
        settlement = _deploy(_terms());
    }

    function test_money_that_did_not_come_is_not_credited() public {
        _fill(ada, 100e6);
        vm.expectRevert(ISettlement.NothingArrived.selector);
        vm.prank(ada);
        settlement.deposit(ada, 100e6);
    }
}

contract FreezingTokenTest is Base {
    using SparseTree for SparseTree.Tree;

    function _makeToken() internal override returns (address) {
        return address(new FreezingDollar());
    }

    function test_a_refusal_is_no_payment() public {
        _work(100e6);
        _freeze(ada, true);
        bytes32[] memory proof = _creditProof(ada);
        vm.expectRevert(
            abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token))
        );
        settlement.claim(ada, 100e6, proof);
        vm.assertEq(settlement.claimed(ada), 0);
    }

    /// The griefer: gets itself frozen, so that every batch with it would fail.
    function test_a_frozen_account_does_not_stop_a_batch(bool politely) public {
        SpendingOrder memory order = _order(500e6);
        address[] memory accounts = new address[](2);
        uint256[] memory amounts = new uint256[](2);
        uint256[] memory places = new uint256[](2);
        for (uint256 i = 0; i < 2; i++) {
            accounts[i] = address(uint160(0x2000 + i));
            amounts[i] = 100e6 + i;
            places[i] = i;
            _credit(accounts[i], amounts[i]);
        }
        _debit(order, 200e6 + 1);
        _settle();
        _collect(order);
        _freeze(accounts[0], politely);
        (bytes32[] memory proof, bool[] memory flags) = credits.multiproof(places);
        settlement.claimMany(accounts, amounts, proof, flags);
        vm.assertEq(settlement.claimed(accounts[0]), 0);
        vm.assertEq(token.balanceOf(accounts[1]), amounts[1]);
        (,, uint256 unpaid) = settlement.totals();
        vm.assertEq(unpaid, 200e6 + 1 - amounts[1]);
        _freeze(address(1), politely);
        _claim(accounts[0]);
        vm.assertEq(token.balanceOf(accounts[0]), amounts[0]);
    }

    function _freeze(address account, bool politely) private {
        FreezingDollar(address(token)).freeze(account, politely);
    }
}

/// @notice A depositor and payee whose every transfer tries one more call of its choice.
contract Reenterer {
    Settlement private immutable _settlement;
    bytes private _again;
    uint256 public succeeded;

    constructor(Settlement settlement, TestDollar token) {
        _settlement = settlement;
        token.approve(address(settlement), type(uint256).max);
    }

    function run(bytes calldata first, bytes calldata again) external {
        _again = again;
        (bool done,) = address(_settlement).call(first);
        require(done, "the first call failed");
        _again = "";
    }

    function onTransfer() external {
        bytes memory again = _again;
        if (again.length == 0) return;
        _again = "";
        (bool done,) = address(_settlement).call(again);
        if (done) succeeded++;
    }
}

contract ReentrantTokenTest is Base {
    Reenterer private _thief;

    function _makeToken() internal override returns (address) {
        return address(new HookDollar());
    }

    function setUp() public override {
        super.setUp();
        _thief = new Reenterer(settlement, token);
        token.mint(address(_thief), 1_000e6);
    }

    /// The thief: deposits within a deposit, so that the outer one would count both.
    function test_a_deposit_within_a_deposit_is_refused() public {
        bytes memory deposit = abi.encodeCall(ISettlement.deposit, (address(_thief), 100e6));
        _thief.run(deposit, deposit);
        vm.assertEq(_thief.succeeded(), 0);
        vm.assertEq(settlement.depositOf(address(_thief)), 100e6);
    }

    function test_no_entry_that_moves_money_opens_within_another() public {
        bytes memory deposit = abi.encodeCall(ISettlement.deposit, (address(_thief), 100e6));
        bytes[5] memory others = [
            abi.encodeCall(ISettlement.cover, (1e6)),
            abi.encodeCall(ISettlement.dispute, (1)),
            abi.encodeCall(ISettlement.withdraw, ()),
            abi.encodeCall(ISettlement.depositWithPermit, (address(_thief), 1e6, 0, 0, 0, 0)),
            abi.encodeCall(ISettlement.strikeUnruled, (1))
        ];
        _post();
        for (uint256 i = 0; i < others.length; i++) {
            _thief.run(deposit, others[i]);
            vm.assertEq(_thief.succeeded(), 0);
        }
    }

    function test_a_claim_within_its_own_payment_is_refused() public {
        SpendingOrder memory order = _order(100e6);
        _credit(address(_thief), 50e6);
        _debit(order, 100e6);
        _settle();
        _collect(order);
        bytes memory claim = abi.encodeCall(
            ISettlement.claim, (address(_thief), 50e6, _creditProof(address(_thief)))
        );
        uint256 before = token.balanceOf(address(_thief));
        _thief.run(claim, claim);
        vm.assertEq(_thief.succeeded(), 0);
        vm.assertEq(token.balanceOf(address(_thief)), before + 50e6);
    }
}
