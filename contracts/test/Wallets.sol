// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @notice A smart wallet (ERC-1271) of one owner, who can change its mind about what it signed.
contract FickleWallet is IERC1271 {
    address private immutable _owner;
    bool public denies;

    constructor(address owner) {
        _owner = owner;
    }

    function deny() external {
        denies = true;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature)
        external
        view
        returns (bytes4)
    {
        bool holds = !denies && ECDSA.recoverCalldata(hash, signature) == _owner;
        return holds ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}
