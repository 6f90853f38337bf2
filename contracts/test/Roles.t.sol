// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement, Role} from "../ISettlement.sol";
import {Base} from "./Base.sol";
import {vm} from "./Vm.sol";

contract RolesTest is Base {
    function test_a_role_changes_hands_in_two_steps(uint8 which) public {
        Role role = Role(which % 4);
        address before = settlement.holder(role);
        _nominate(role, bob);
        vm.assertEq(settlement.holder(role), before);
        vm.prank(bob);
        settlement.accept(role);
        vm.assertEq(settlement.holder(role), bob);
        vm.assertEq(settlement.nominee(role), address(0));
    }

    function test_only_governance_nominates(address who, uint8 which) public {
        vm.assume(who != governance);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotHolder.selector, Role.Governance));
        vm.prank(who);
        settlement.nominate(Role(which % 4), who);
    }

    function test_only_the_nominee_accepts() public {
        _nominate(Role.Poster, bob);
        _expectNoAccept(Role.Poster, ada);
        _expectNoAccept(Role.Guardian, bob);
        _expectNoAccept(Role.Poster, poster);
    }

    function test_a_nomination_taken_back_is_gone() public {
        _nominate(Role.Poster, bob);
        _nominate(Role.Poster, address(0));
        _expectNoAccept(Role.Poster, bob);
    }

    function test_a_nomination_is_accepted_once() public {
        _nominate(Role.Poster, bob);
        vm.prank(bob);
        settlement.accept(Role.Poster);
        _nominate(Role.Poster, ada);
        vm.prank(ada);
        settlement.accept(Role.Poster);
        _expectNoAccept(Role.Poster, bob);
    }

    function test_a_poster_is_never_its_own_arbiter() public {
        _nominate(Role.Arbiter, poster);
        vm.expectRevert(ISettlement.PosterIsArbiter.selector);
        vm.prank(poster);
        settlement.accept(Role.Arbiter);
        poster = arbiter;
        vm.expectRevert(ISettlement.PosterIsArbiter.selector);
        _deploy(_terms());
    }

    function test_nobody_holds_no_role() public {
        governance = address(0);
        vm.expectRevert(ISettlement.ZeroAddress.selector);
        _deploy(_terms());
    }

    function _nominate(Role role, address next) private {
        vm.prank(governance);
        settlement.nominate(role, next);
    }

    function _expectNoAccept(Role role, address who) private {
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotNominee.selector, role));
        vm.prank(who);
        settlement.accept(role);
    }
}
