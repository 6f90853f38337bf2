// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// Wallets that are contracts, for tests: two owners must both sign (ERC-1271), and a factory that makes
/// them at addresses known beforehand (CREATE2, for ERC-6492).
contract ContractWallet {
    address[2] public owners;

    constructor(address[2] memory first) {
        owners = first;
    }

    /// Other owners from now on; what the former ones signed holds no more.
    function rotate(address[2] calldata next) external {
        require(msg.sender == owners[0], "not an owner");
        owners = next;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        require(signature.length == 130, "two signatures");
        bool both = signed(hash, signature[:65], owners[0]) && signed(hash, signature[65:], owners[1]);
        return both ? this.isValidSignature.selector : bytes4(0xffffffff);
    }

    function signed(bytes32 hash, bytes calldata one, address owner) private pure returns (bool) {
        address signer = ecrecover(hash, uint8(one[64]), bytes32(one[:32]), bytes32(one[32:64]));
        return signer != address(0) && signer == owner;
    }
}

contract WalletFactory {
    function make(bytes32 salt, address[2] calldata owners) external returns (address) {
        return address(new ContractWallet{salt: salt}(owners));
    }

    function addressOf(bytes32 salt, address[2] calldata owners) external view returns (address) {
        bytes32 code = keccak256(abi.encodePacked(type(ContractWallet).creationCode, abi.encode(owners)));
        bytes32 whole = keccak256(abi.encodePacked(bytes1(0xff), address(this), salt, code));
        return address(uint160(uint256(whole)));
    }
}

/// Says yes to everything, costs as much as it is allowed to, or answers nonsense.
contract OddWallet {
    enum Kind { Endless, Reverting, Nonsense }
    Kind immutable kind;

    constructor(Kind which) {
        kind = which;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes32) {
        require(kind != Kind.Reverting, "no");
        while (kind == Kind.Endless) {}
        return bytes32(uint256(1));
    }
}
