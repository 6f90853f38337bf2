// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Epoch, ISettlement} from "../ISettlement.sol";
import {Settlement} from "../Settlement.sol";
import {TestDollar} from "../TestDollar.sol";
import {People} from "./People.sol";
import {vm} from "./Vm.sol";

/// @notice What holds after every move of everybody.
contract SolvencyTest {
    People private _people;
    Settlement private _settlement;
    TestDollar private _token;

    function setUp() public {
        _people = new People();
        _people.setUp();
        (_settlement, _token) = _people.contract_();
    }

    /// forge asks this name for the contracts whose functions it may call.
    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_people);
    }

    /// One campaign: forge would run another for each invariant.
    function invariant_all_is_well_after_every_move() public view {
        _checkMoney();
        _checkDeposits();
        _checkClaims();
        Epoch memory epoch = _settlement.epochOf(_settlement.finalEpoch());
        vm.assertLe(epoch.creditsTotal, epoch.debitsTotal, "credits within debits");
        vm.assertEq(bytes(_people.fault()).length, 0, _people.fault());
    }

    /// The same by dice of our own, long enough for each kind of move to come off: a campaign in
    /// which all is refused would prove nothing.
    function test_all_is_well_in_a_season_of_moves() public {
        for (uint256 i = 0; i < 1_500; i++) {
            uint256 dice = uint256(keccak256(abi.encode(i)));
            _move(dice % 16, uint8(dice >> 8), uint64(dice >> 16));
            if (i % 50 == 0) invariant_all_is_well_after_every_move();
        }
        invariant_all_is_well_after_every_move();
        vm.assertTrue(_people.moved(ISettlement.deposit.selector) > 2, "deposits");
        vm.assertTrue(_people.moved(ISettlement.withdraw.selector) > 2, "withdrawals");
        vm.assertTrue(_people.moved(ISettlement.post.selector) > 2, "posts");
        vm.assertTrue(_people.moved(ISettlement.dispute.selector) > 2, "disputes");
        vm.assertTrue(_people.moved(ISettlement.rule.selector) > 2, "rulings");
        vm.assertTrue(_people.moved(ISettlement.strikeUnruled.selector) > 2, "silences");
        vm.assertTrue(_people.moved(ISettlement.collect.selector) > 2, "debits collected");
        vm.assertTrue(_people.moved(ISettlement.claim.selector) > 2, "claims");
        vm.assertTrue(_people.moved(ISettlement.pause.selector) > 2, "pauses");
    }

    function _move(uint256 kind, uint8 who, uint64 amount) private {
        if (kind < 4) _people.wait(uint32(amount));
        else if (kind == 4) _people.deposits(who, amount % 500e6);
        else if (kind == 5) _people.covers(uint32(amount % 5e6));
        else if (kind == 6) _people.asks(who, amount % 100e6);
        else if (kind == 7) _people.withdraws(who);
        else if (kind == 8) _people.posts(who, amount % 100e6, amount % 90e6, amount % 9 == 0);
        else if (kind == 9) _people.disputes(amount % 2 == 0);
        else if (kind == 10) _people.rules(amount % 2 == 0);
        else if (kind == 11) _people.lapses();
        else if (kind < 14) _people.collects(who);
        else if (kind == 14) _people.claims(who, amount, amount % 4 != 0);
        else _people.pauses(who);
    }

    /// Each token is in exactly one place.
    function _checkMoney() private view {
        (uint256 held, uint256 collected, uint256 unpaid) = _settlement.totals();
        uint256 balance = _token.balanceOf(address(_settlement));
        vm.assertEq(balance, held + _settlement.bondHeld() + unpaid, "the balance");
        uint256 given = _people.covered() + _people.forfeited();
        uint256 paidOut = _people.withdrawn() + _people.paid();
        vm.assertEq(_people.deposited() + given, held + unpaid + paidOut, "what came in");
        vm.assertLe(_people.paid(), collected + _people.forfeited(), "paid of the collected");
        uint256 stayed = _people.deposited() - _people.withdrawn() + _people.covered();
        vm.assertLe(collected, stayed, "collected of what was deposited");
    }

    function _checkDeposits() private view {
        (uint256 held,,) = _settlement.totals();
        uint256 sum = _settlement.depositOf(vm.addr(0xA11CE));
        for (uint8 i = 0; i < 4; i++) {
            sum += _settlement.depositOf(_people.requesterAt(i));
        }
        vm.assertEq(sum, held, "the sum of deposits");
    }

    function _checkClaims() private view {
        uint256 sum = 0;
        for (uint8 i = 0; i < 4; i++) {
            (address account, uint256 credit) = _people.contributorAt(i);
            uint256 claimed = _settlement.claimed(account);
            vm.assertEq(claimed, _token.balanceOf(account), "claimed is what it got");
            vm.assertLe(claimed, credit, "within its credit");
            sum += claimed;
        }
        vm.assertEq(sum, _people.paid(), "all that was paid");
    }
}
