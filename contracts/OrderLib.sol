// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SpendingOrder} from "./ISettlement.sol";

/// @notice How an order is hashed (EIP-712).
library OrderLib {
    bytes32 internal constant TYPEHASH = keccak256(
        "SpendingOrder(address requester,bytes32 project,uint256 cap,uint64 expiresAt,bytes32 nonce)"
    );

    function structHash(SpendingOrder calldata order) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                TYPEHASH, order.requester, order.project, order.cap, order.expiresAt, order.nonce
            )
        );
    }
}
