// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "../ISettlement.sol";
import {Base} from "./Base.sol";
import {vm} from "./Vm.sol";

contract DepositTest is Base {
    bytes32 private constant PERMIT = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );

    function test_anyone_deposits_for_a_requester(uint80 amount) public {
        vm.assume(amount > 0);
        _fill(stranger, amount);
        vm.expectEmit(address(settlement));
        emit ISettlement.Deposited(ada, amount);
        vm.prank(stranger);
        settlement.deposit(ada, amount);
        vm.assertEq(settlement.depositOf(ada), amount);
        vm.assertEq(settlement.depositOf(stranger), 0);
    }

    function test_nothing_is_no_deposit() public {
        vm.expectRevert(ISettlement.NothingArrived.selector);
        vm.prank(requester);
        settlement.deposit(requester, 0);
    }

    function test_nobody_is_no_requester() public {
        vm.expectRevert(ISettlement.ZeroAddress.selector);
        vm.prank(requester);
        settlement.deposit(address(0), 1);
    }

    function test_a_permit_pays_in_one_call() public {
        (address owner, uint8 v, bytes32 r, bytes32 s) = _permit(50e6);
        vm.prank(owner);
        settlement.depositWithPermit(owner, 50e6, START, v, r, s);
        vm.assertEq(settlement.depositOf(owner), 50e6);
    }

    function test_a_permit_that_another_submitted_first_is_no_obstacle() public {
        (address owner, uint8 v, bytes32 r, bytes32 s) = _permit(50e6);
        vm.prank(stranger);
        token.permit(owner, address(settlement), 50e6, START, v, r, s);
        vm.prank(owner);
        settlement.depositWithPermit(owner, 50e6, START, v, r, s);
        vm.assertEq(settlement.depositOf(owner), 50e6);
    }

    function test_another_cannot_spend_a_permit() public {
        (, uint8 v, bytes32 r, bytes32 s) = _permit(50e6);
        vm.expectRevert();
        vm.prank(stranger);
        settlement.depositWithPermit(stranger, 50e6, START, v, r, s);
    }

    function test_a_cover_is_nobodys_deposit() public {
        _fill(stranger, 5e6);
        vm.prank(stranger);
        settlement.cover(5e6);
        (uint256 held, uint256 collected,) = settlement.totals();
        vm.assertEq(held, 1_000e6);
        vm.assertEq(collected, 5e6);
        vm.assertEq(settlement.depositOf(stranger), 0);
    }

    function _permit(uint256 amount)
        private
        returns (address owner, uint8 v, bytes32 r, bytes32 s)
    {
        uint256 key = 0xCAFE;
        owner = vm.addr(key);
        token.mint(owner, amount);
        bytes32 hash = keccak256(abi.encode(PERMIT, owner, address(settlement), amount, 0, START));
        bytes32 domain = token.DOMAIN_SEPARATOR();
        (v, r, s) = vm.sign(key, keccak256(abi.encodePacked("\x19\x01", domain, hash)));
    }
}
