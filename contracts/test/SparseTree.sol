// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/// @notice A Merkle tree of any depth of which only a few leaves are known; what lies beside them
/// is made up. So a proof out of 131,072 leaves costs 17 hashes to make.
library SparseTree {
    struct Tree {
        uint256 depth;
        uint256[] positions;
        mapping(uint256 position => bytes32) leaf;
    }

    function put(Tree storage tree, uint256 position, bytes32 leaf) internal {
        if (tree.leaf[position] == 0) tree.positions.push(position);
        tree.leaf[position] = leaf;
    }

    function root(Tree storage tree) internal view returns (bytes32) {
        return tree.positions.length == 0 ? bytes32(0) : node(tree, tree.depth, 0);
    }

    function node(Tree storage tree, uint256 level, uint256 index) internal view returns (bytes32) {
        if (!_known(tree, level, index)) return keccak256(abi.encode(level, index));
        if (level == 0) return tree.leaf[index];
        bytes32 left = node(tree, level - 1, 2 * index);
        return Hashes.commutativeKeccak256(left, node(tree, level - 1, 2 * index + 1));
    }

    function proof(Tree storage tree, uint256 position)
        internal
        view
        returns (bytes32[] memory siblings)
    {
        siblings = new bytes32[](tree.depth);
        for (uint256 level = 0; level < tree.depth; level++) {
            siblings[level] = node(tree, level, (position >> level) ^ 1);
        }
    }

    /// @param positions rising
    function multiproof(Tree storage tree, uint256[] memory positions)
        internal
        view
        returns (bytes32[] memory siblings, bool[] memory flags)
    {
        uint256[] memory row = positions;
        siblings = new bytes32[](positions.length * tree.depth);
        flags = new bool[](positions.length * tree.depth);
        uint256 siblingCount = 0;
        uint256 flagCount = 0;
        for (uint256 level = 0; level < tree.depth; level++) {
            uint256[] memory above = new uint256[](row.length);
            uint256 aboveCount = 0;
            for (uint256 i = 0; i < row.length; i++) {
                bool both = i + 1 < row.length && row[i + 1] == row[i] ^ 1;
                flags[flagCount++] = both;
                if (!both) siblings[siblingCount++] = node(tree, level, row[i] ^ 1);
                above[aboveCount++] = row[i] >> 1;
                if (both) i++;
            }
            row = above;
            assembly ("memory-safe") {
                mstore(row, aboveCount)
            }
        }
        assembly ("memory-safe") {
            mstore(siblings, siblingCount)
            mstore(flags, flagCount)
        }
    }

    function _known(Tree storage tree, uint256 level, uint256 index) private view returns (bool) {
        for (uint256 i = 0; i < tree.positions.length; i++) {
            if (tree.positions[i] >> level == index) return true;
        }
        return false;
    }
}
