// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IERC1271} from "../interfaces/IExternal.sol";
import {HubStorage} from "./HubStorage.sol";

/// @title Which signatures the hub accepts.
abstract contract Signatures {
    /// @dev Tells whether `signature` of `digest` was made by `account`. A contract is asked by ERC-1271
    /// and nothing else; a key signs in 65 bytes or, by EIP-2098, in 64.
    function _isSignature(address account, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        if (account.code.length > 0) {
            (bool ok, bytes memory answer) =
                account.staticcall(abi.encodeCall(IERC1271.isValidSignature, (digest, signature)));
            return ok && answer.length >= 32
                && abi.decode(answer, (bytes32)) == bytes32(IERC1271.isValidSignature.selector);
        }
        address signer;
        ECDSA.RecoverError failure;
        if (signature.length == 65) {
            (signer, failure) = ECDSA.tryRecover(
                digest, uint8(signature[64]), bytes32(signature[0:32]), bytes32(signature[32:64])
            );
        } else if (signature.length == 64) {
            (signer, failure) = ECDSA.tryRecover(digest, bytes32(signature[0:32]), bytes32(signature[32:64]));
        } else {
            revert("invalid-signature-format");
        }
        return failure == ECDSA.RecoverError.NoError && signer == account;
    }

    /// @dev Tells whether `account` signed the order hash on chain before.
    function _isPresigned(address account, bytes32 orderHash) internal view returns (bool) {
        return account != address(0) && HubStorage.poco().presigned[orderHash] == account;
    }

    /// @dev Tells whether `account` stands behind an order, by presignature or by signature.
    function _isAuthentic(address account, bytes32 orderHash, bytes calldata signature) internal view returns (bool) {
        return _isPresigned(account, orderHash) || _isSignature(account, orderHash, signature);
    }

    /// @dev Returns the hash that is signed for an EIP-712 struct in the hub's domain.
    function _typedDataHash(bytes32 structHash) internal view returns (bytes32) {
        return ECDSA.toTypedDataHash(HubStorage.poco().domainSeparator, structHash);
    }
}
