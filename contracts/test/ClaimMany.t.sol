// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement, SpendingOrder} from "../ISettlement.sol";
import {ProofLib} from "../ProofLib.sol";
import {Base} from "./Base.sol";
import {SparseTree} from "./SparseTree.sol";
import {vm} from "./Vm.sol";

contract ClaimManyTest is Base {
    using SparseTree for SparseTree.Tree;

    address[] private _accounts;
    uint256[] private _amounts;
    uint256[] private _places;

    function test_a_batch_pays_each_its_own(uint32 members) public {
        _settleMembers(members);
        _claimAll();
        for (uint256 i = 0; i < _accounts.length; i++) {
            vm.assertEq(token.balanceOf(_accounts[i]), _amounts[i]);
        }
    }

    function test_a_batch_replayed_pays_nothing() public {
        _settleMembers(0xff);
        _claimAll();
        uint256 left = token.balanceOf(address(settlement));
        _claimAll();
        vm.assertEq(token.balanceOf(address(settlement)), left);
    }

    /// The griefer: claims for one of a batch just before it, so that the batch would fail.
    function test_a_claim_made_ahead_does_not_stop_a_batch() public {
        _settleMembers(0xff);
        vm.prank(stranger);
        settlement.claim(_accounts[3], _amounts[3], credits.proof(_places[3]));
        _claimAll();
        for (uint256 i = 0; i < _accounts.length; i++) {
            vm.assertEq(token.balanceOf(_accounts[i]), _amounts[i]);
        }
    }

    function test_a_forged_amount_fails_the_batch(uint256 forged) public {
        _settleMembers(0xff);
        vm.assume(forged != _amounts[2]);
        _amounts[2] = forged;
        (bytes32[] memory proof, bool[] memory flags) = credits.multiproof(_places);
        vm.expectRevert(ISettlement.InvalidProof.selector);
        settlement.claimMany(_accounts, _amounts, proof, flags);
    }

    function test_a_stranger_in_the_batch_fails_it() public {
        _settleMembers(0xff);
        (bytes32[] memory proof, bool[] memory flags) = credits.multiproof(_places);
        _accounts[0] = stranger;
        vm.expectRevert(ISettlement.InvalidProof.selector);
        settlement.claimMany(_accounts, _amounts, proof, flags);
    }

    function test_lists_of_different_lengths_are_refused() public {
        _settleMembers(0xff);
        (bytes32[] memory proof, bool[] memory flags) = credits.multiproof(_places);
        _amounts.push(1);
        vm.expectRevert(ISettlement.LengthsDiffer.selector);
        settlement.claimMany(_accounts, _amounts, proof, flags);
    }

    function test_a_batch_of_nobody_is_refused() public {
        _settleMembers(0xff);
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = credits.root();
        vm.expectRevert(ProofLib.ProofBroken.selector);
        settlement.claimMany(new address[](0), new uint256[](0), proof, new bool[](0));
    }

    /// The thief: puts itself beside a real leaf, and lets only that one reach the root: each takes
    /// a step in turn, and the real one's last step reads past the end of the proof.
    function test_a_multiproof_leaves_no_leaf_aside() public {
        _settleMembers(0xff);
        address[] memory accounts = new address[](2);
        uint256[] memory amounts = new uint256[](2);
        (accounts[0], accounts[1]) = (_accounts[2], stranger);
        (amounts[0], amounts[1]) = (_amounts[2], 100e6);
        bytes32[] memory real = credits.proof(_places[2]);
        bytes32[] memory proof = new bytes32[](2 * real.length - 1);
        for (uint256 i = 0; i < real.length; i++) {
            proof[2 * i] = real[i];
        }
        bool[] memory flags = new bool[](proof.length);
        bytes memory data = abi.encodeCall(ISettlement.claimMany, (accounts, amounts, proof, flags));
        // One less in the proof's length than there is, so that the counts meet.
        uint256 shown = proof.length - 1;
        assembly ("memory-safe") {
            let place := add(add(data, 36), mload(add(data, 100)))
            mstore(place, shown)
        }
        (bool done, bytes memory why) = address(settlement).call(data);
        vm.assertFalse(done);
        vm.assertTrue(bytes4(why) == ProofLib.ProofBroken.selector);
        vm.assertEq(token.balanceOf(stranger), 0);
    }

    function test_a_multiproof_of_the_wrong_length_is_refused(uint8 flagCount) public {
        _settleMembers(0xff);
        (bytes32[] memory proof, bool[] memory flags) = credits.multiproof(_places);
        vm.assume(flagCount != flags.length);
        vm.expectRevert(ProofLib.ProofBroken.selector);
        settlement.claimMany(_accounts, _amounts, proof, new bool[](flagCount));
    }

    /// @param members a bit for each of the 32 leaves
    function _settleMembers(uint32 members) private {
        vm.assume(members != 0);
        for (uint160 place = 0; place < 32; place++) {
            if ((members >> place) & 1 == 0) continue;
            _accounts.push(address(0x2000 + place));
            _amounts.push((place + 1) * 1e6);
            _places.push(place);
            _credit(address(0x2000 + place), (place + 1) * 1e6);
        }
        SpendingOrder memory order = _order(1_000e6);
        _debit(order, 600e6);
        _settle();
        _collect(order);
    }

    function _claimAll() private {
        (bytes32[] memory proof, bool[] memory flags) = credits.multiproof(_places);
        settlement.claimMany(_accounts, _amounts, proof, flags);
    }
}
