// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement, SpendingOrder} from "../ISettlement.sol";
import {Settlement} from "../Settlement.sol";
import {TestDollar} from "../TestDollar.sol";
import {Base} from "./Base.sol";
import {vm} from "./Vm.sol";

/// @notice Everybody at once, for the invariants: each call is one move of one person, made with
/// random figures, honest or not; a move that the contract refuses changes nothing.
contract People is Base {
    uint256 private constant KEYS = 0xBEEF;
    uint256 public deposited;
    uint256 public withdrawn;
    uint256 public paid;
    uint256 public covered;
    uint256 public forfeited;
    /// How often each move came off.
    mapping(bytes4 => uint256) public moved;
    /// Set when a single move broke a rule.
    string public fault;

    /// Once: forge takes it for a move like any other.
    function setUp() public override {
        if (deposited != 0) return;
        super.setUp();
        deposited = 1_000e6;
    }

    function wait(uint32 time) external {
        vm.warp(block.timestamp + time % (2 days));
    }

    function deposits(uint8 who, uint64 amount) external {
        address account = _requester(who);
        _fill(account, amount);
        if (_try(account, abi.encodeCall(ISettlement.deposit, (account, amount)))) {
            deposited += amount;
        }
    }

    function covers(uint32 amount) external {
        _fill(stranger, amount);
        if (_try(stranger, abi.encodeCall(ISettlement.cover, (amount)))) covered += amount;
    }

    function asks(uint8 who, uint64 amount) external {
        _try(_requester(who), abi.encodeCall(ISettlement.requestWithdrawal, (amount)));
    }

    function withdraws(uint8 who) external {
        address account = _requester(who);
        uint256 before = settlement.depositOf(account);
        (, uint256 availableAt) = settlement.withdrawalOf(account);
        bool early = settlement.clock() < availableAt;
        if (!_try(account, abi.encodeCall(ISettlement.withdraw, ()))) return;
        if (early) fault = "a withdrawal came early";
        withdrawn += before - settlement.depositOf(account);
    }

    /// An epoch whose figures keep to nothing: the contract must refuse what breaks its rules.
    function posts(uint8 who, uint64 debit, uint64 credit, bool lies) external {
        (uint256 formerCredits, uint256 formerDebits) = (creditsTotal, debitsTotal);
        SpendingOrder memory order = _orderOf(who);
        address account = _contributor(who);
        uint256 owed = debitOf[settlement.orderHash(order)];
        uint256 earned = creditOf[account];
        _debit(order, owed + debit % 300e6);
        _credit(account, earned + credit % 300e6);
        if (lies) creditsTotal = debitsTotal;
        uint64 number = settlement.lastPosted() + 1;
        logSize += 1;
        bool done = _try(poster, abi.encodeCall(ISettlement.post, (number, _epoch())));
        if (done && creditsTotal > debitsTotal) fault = "credits past debits";
        if (done && debitsTotal < formerDebits) fault = "debits fell";
        if (done) return;
        creditsTotal = type(uint128).max;
        _debit(order, owed);
        _credit(account, earned);
        (creditsTotal, debitsTotal) = (formerCredits, formerDebits);
    }

    function disputes(bool asWell) external {
        if (!asWell) return;
        _fill(disputer, BOND);
        uint64 number = settlement.lastPosted();
        _try(disputer, abi.encodeCall(ISettlement.dispute, (number)));
    }

    function rules(bool stands) external {
        uint256 bond = settlement.bondHeld();
        uint64 number = settlement.lastPosted();
        if (_try(arbiter, abi.encodeCall(ISettlement.rule, (number, stands))) && stands) {
            forfeited += bond;
        }
    }

    function lapses() external {
        _try(stranger, abi.encodeCall(ISettlement.strikeUnruled, (settlement.lastPosted())));
    }

    function collects(uint8 who) external {
        SpendingOrder memory order = _orderOf(who);
        bytes32 hash = settlement.orderHash(order);
        uint256 before = settlement.depositOf(order.requester);
        bytes memory signature = _signAs(_key(who), order);
        bytes memory call = abi.encodeCall(
            ISettlement.collect, (order, signature, debitOf[hash], _debitProof(hash))
        );
        if (!_try(stranger, call)) return;
        (uint128 taken,,) = settlement.orderState(hash);
        if (taken > order.cap) fault = "past the cap";
        if (settlement.depositOf(order.requester) >= before) fault = "collected nothing";
    }

    /// Half of them with a figure that the tree does not hold.
    function claims(uint8 who, uint64 forged, bool honest) external {
        address account = _contributor(who);
        uint256 cumulative = honest ? creditOf[account] : forged;
        uint256 before = token.balanceOf(account);
        bytes memory call =
            abi.encodeCall(ISettlement.claim, (account, cumulative, _creditProof(account)));
        if (!_try(stranger, call)) return;
        if (cumulative != creditOf[account]) fault = "a forged claim was paid";
        paid += token.balanceOf(account) - before;
    }

    function pauses(uint8 dice) external {
        if (dice > 40) return;
        bytes memory pause = abi.encodeCall(ISettlement.pause, ());
        bytes memory resume = abi.encodeCall(ISettlement.resume, ());
        _try(guardian, dice > 20 ? pause : resume);
    }

    function contract_() external view returns (Settlement, TestDollar) {
        return (settlement, token);
    }

    function requesterAt(uint8 who) external pure returns (address) {
        return _requester(who);
    }

    function contributorAt(uint8 who) external view returns (address account, uint256 credit) {
        account = _contributor(who);
        credit = creditOf[account];
    }

    function _try(address sender, bytes memory call) private returns (bool done) {
        uint256 clock = settlement.clock();
        (, uint256 collected,) = settlement.totals();
        uint64 epoch = settlement.finalEpoch();
        vm.prank(sender);
        (done,) = address(settlement).call(call);
        if (done) moved[bytes4(call)]++;
        (, uint256 later,) = settlement.totals();
        if (later < collected) fault = "the collected fell";
        if (settlement.clock() != clock) fault = "a move moved the clock";
        if (settlement.finalEpoch() < epoch) fault = "a final epoch was lost";
    }

    function _key(uint8 who) private pure returns (uint256) {
        return KEYS + (who % 4);
    }

    function _requester(uint8 who) private pure returns (address) {
        return vm.addr(_key(who));
    }

    function _contributor(uint8 who) private pure returns (address) {
        return address(uint160(0x7000 + (who % 4)));
    }

    function _orderOf(uint8 who) private pure returns (SpendingOrder memory) {
        return SpendingOrder(_requester(who), bytes32(0), 900e6, uint64(START + 90 days), 0);
    }
}
