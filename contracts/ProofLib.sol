// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The proofs of OpenZeppelin's StandardMerkleTree (pairs are hashed in rising order).
/// @dev In assembly, against our habit: of 40,000 gas for one of ten claims, checks that cannot
/// fail took 6,000. Out of bounds, these functions read what they then refuse to use.
library ProofLib {
    error ProofBroken();

    function rootOf(bytes32 leaf, bytes32[] calldata proof) internal pure returns (bytes32 root) {
        assembly ("memory-safe") {
            root := leaf
            let end := add(proof.offset, shl(5, proof.length))
            for { let from := proof.offset } lt(from, end) { from := add(from, 32) } {
                let other := calldataload(from)
                let place := shl(5, gt(root, other))
                mstore(place, root)
                mstore(xor(place, 32), other)
                root := keccak256(0, 64)
            }
        }
    }

    /// @param queue the leaves, then room for as many nodes as there are flags
    /// @param leaves how many there are, at least one
    /// @param flags whether a step joins two of the queue, or one with the proof's next
    function rootOfMany(
        bytes32[] memory queue,
        uint256 leaves,
        bytes32[] calldata proof,
        bool[] calldata flags
    ) internal pure returns (bytes32 root) {
        // Each step makes one of two. With these counts and the whole proof shown, as many steps
        // join two of the queue as there are leaves less one: the queue never runs dry, and all of
        // it is used up but for the root.
        bool counted = leaves != 0 && leaves + proof.length == flags.length + 1
            && queue.length == leaves + flags.length;
        if (!counted) revert ProofBroken();
        bool broken;
        assembly ("memory-safe") {
            let first := add(queue, 32)
            let last := add(first, shl(5, leaves))
            let shown := proof.offset
            let end := add(flags.offset, shl(5, flags.length))
            for { let flag := flags.offset } lt(flag, end) { flag := add(flag, 32) } {
                let one := mload(first)
                first := add(first, 32)
                let other
                switch calldataload(flag)
                case 0 {
                    other := calldataload(shown)
                    shown := add(shown, 32)
                }
                default {
                    other := mload(first)
                    first := add(first, 32)
                }
                let place := shl(5, gt(one, other))
                mstore(place, one)
                mstore(xor(place, 32), other)
                mstore(last, keccak256(0, 64))
                last := add(last, 32)
            }
            root := mload(sub(last, 32))
            broken := sub(shown, add(proof.offset, shl(5, proof.length)))
        }
        if (broken) revert ProofBroken();
    }
}
