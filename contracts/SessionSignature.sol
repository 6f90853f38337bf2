// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @notice What a wallet signs once for a tab, as src/protocol/grant.ts writes it; the words that
/// a person reads are the same for all, and the chain is this one.
/// @param sessionKey an uncompressed P-256 point, 65 bytes
struct Grant {
    address account;
    string coordinator;
    bytes sessionKey;
    bytes32 nonce;
    uint64 expiresAt;
    uint32 consentVersion;
}

/// @title SessionSignature
/// @notice Shows any contract, or any court, that an account stands behind a tab's result: the
/// wallet granted the session key, and the session key signed the payload.
/// @dev It says nothing of time: whether a grant had expired when its key signed is for whoever
/// knows when that was.
contract SessionSignature {
    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId)");
    bytes32 private constant GRANT_TYPE = keccak256(
        "Grant(string words,address account,string coordinator,bytes sessionKey,bytes32 nonce,uint64 expiresAt,uint32 consentVersion)"
    );
    bytes32 private constant WORDS = keccak256(
        "Let this browser tab compute for Idlewild and earn credit for this account. This costs nothing and moves no funds."
    );

    /// @param accountSignature by the account's key, or as its contract takes it (ERC-1271)
    /// @param keySignature r and s with s in the lower half, over sha256 of `payload`
    function holds(
        Grant calldata grant,
        bytes calldata accountSignature,
        bytes calldata payload,
        bytes calldata keySignature
    ) external view returns (bool) {
        return isGranted(grant, accountSignature)
            && isSigned(grant.sessionKey, payload, keySignature);
    }

    function isGranted(Grant calldata grant, bytes calldata accountSignature)
        public
        view
        returns (bool)
    {
        return SignatureChecker.isValidSignatureNowCalldata(
            grant.account, grantDigest(grant), accountSignature
        );
    }

    function isSigned(bytes calldata key, bytes calldata payload, bytes calldata signature)
        public
        view
        returns (bool)
    {
        if (key.length != 65 || key[0] != 0x04 || signature.length != 64) return false;
        (bytes32 r, bytes32 s) = (bytes32(signature[:32]), bytes32(signature[32:]));
        return P256.verify(sha256(payload), r, s, bytes32(key[1:33]), bytes32(key[33:]));
    }

    /// @notice What the account signs (EIP-712), in a domain without a contract.
    function grantDigest(Grant calldata grant) public view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(DOMAIN_TYPE, keccak256("Idlewild"), keccak256("1"), block.chainid)
        );
        bytes32 message = keccak256(
            abi.encode(
                GRANT_TYPE,
                WORDS,
                grant.account,
                keccak256(bytes(grant.coordinator)),
                keccak256(grant.sessionKey),
                grant.nonce,
                grant.expiresAt,
                grant.consentVersion
            )
        );
        return MessageHashUtils.toTypedDataHash(domain, message);
    }
}
