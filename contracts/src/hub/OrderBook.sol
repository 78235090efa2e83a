// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IHubEvents} from "../interfaces/IHubEvents.sol";
import {IEntry} from "../interfaces/IEntries.sol";
import {OrderHash} from "../types/OrderHash.sol";
import {
    AppOrder,
    AppOrderOperation,
    DatasetOrder,
    DatasetOrderOperation,
    OrderOperation,
    RequestOrder,
    RequestOrderOperation,
    WorkerpoolOrder,
    WorkerpoolOrderOperation
} from "../types/Orders.sol";
import {HubStorage} from "./HubStorage.sol";
import {Signatures} from "./Signatures.sol";

/// @title Signing, closing and verifying orders on chain.
abstract contract OrderBook is IHubEvents, Signatures {
    using OrderHash for AppOrder;
    using OrderHash for AppOrderOperation;
    using OrderHash for DatasetOrder;
    using OrderHash for DatasetOrderOperation;
    using OrderHash for WorkerpoolOrder;
    using OrderHash for WorkerpoolOrderOperation;
    using OrderHash for RequestOrder;
    using OrderHash for RequestOrderOperation;

    /// @notice Signs or closes an application order; by its owner, or by anyone with the owner's signature.
    /// @param operation the order and what to do with it
    function manageAppOrder(AppOrderOperation calldata operation) external {
        address signer = IEntry(operation.order.app).owner();
        _checkSender(signer, operation.hash(), operation.sign);
        bytes32 orderHash = _typedDataHash(operation.order.hash());
        if (operation.operation == OrderOperation.SIGN) {
            HubStorage.poco().presigned[orderHash] = signer;
            emit SignedAppOrder(orderHash);
        } else {
            HubStorage.poco().consumed[orderHash] = operation.order.volume;
            emit ClosedAppOrder(orderHash);
        }
    }

    /// @notice Signs or closes a dataset order; by its owner, or by anyone with the owner's signature.
    /// @param operation the order and what to do with it
    function manageDatasetOrder(DatasetOrderOperation calldata operation) external {
        address signer = IEntry(operation.order.dataset).owner();
        _checkSender(signer, operation.hash(), operation.sign);
        bytes32 orderHash = _typedDataHash(operation.order.hash());
        if (operation.operation == OrderOperation.SIGN) {
            HubStorage.poco().presigned[orderHash] = signer;
            emit SignedDatasetOrder(orderHash);
        } else {
            HubStorage.poco().consumed[orderHash] = operation.order.volume;
            emit ClosedDatasetOrder(orderHash);
        }
    }

    /// @notice Signs or closes a workerpool order; by its owner, or by anyone with the owner's signature.
    /// @param operation the order and what to do with it
    function manageWorkerpoolOrder(WorkerpoolOrderOperation calldata operation) external {
        address signer = IEntry(operation.order.workerpool).owner();
        _checkSender(signer, operation.hash(), operation.sign);
        bytes32 orderHash = _typedDataHash(operation.order.hash());
        if (operation.operation == OrderOperation.SIGN) {
            HubStorage.poco().presigned[orderHash] = signer;
            emit SignedWorkerpoolOrder(orderHash);
        } else {
            HubStorage.poco().consumed[orderHash] = operation.order.volume;
            emit ClosedWorkerpoolOrder(orderHash);
        }
    }

    /// @notice Signs or closes a request order; by the requester, or by anyone with the requester's signature.
    /// @param operation the order and what to do with it
    function manageRequestOrder(RequestOrderOperation calldata operation) external {
        address signer = operation.order.requester;
        _checkSender(signer, operation.hash(), operation.sign);
        bytes32 orderHash = _typedDataHash(operation.order.hash());
        if (operation.operation == OrderOperation.SIGN) {
            HubStorage.poco().presigned[orderHash] = signer;
            emit SignedRequestOrder(orderHash);
        } else {
            HubStorage.poco().consumed[orderHash] = operation.order.volume;
            emit ClosedRequestOrder(orderHash);
        }
    }

    /// @notice Tells whether an account signed a hash.
    /// @param identity the account, a key or a contract that knows ERC-1271
    /// @param hash what was signed
    /// @param signature 65 bytes, or 64 by EIP-2098, or whatever the contract expects
    /// @return whether the signature is valid
    function verifySignature(address identity, bytes32 hash, bytes calldata signature) external view returns (bool) {
        return _isSignature(identity, hash, signature);
    }

    /// @notice Tells whether an account signed an order on chain.
    /// @param identity the account
    /// @param hash the order's hash
    /// @return whether it did
    function verifyPresignature(address identity, bytes32 hash) external view returns (bool) {
        return _isPresigned(identity, hash);
    }

    /// @notice Tells whether an account stands behind an order, by presignature or by signature.
    /// @param identity the account
    /// @param hash the order's hash
    /// @param signature the signature, which is not looked at if the order is presigned
    /// @return whether it does
    function verifyPresignatureOrSignature(address identity, bytes32 hash, bytes calldata signature)
        external
        view
        returns (bool)
    {
        return _isAuthentic(identity, hash, signature);
    }

    function _checkSender(address owner, bytes32 operationHash, bytes calldata signature) private view {
        require(
            msg.sender == owner || _isSignature(owner, _typedDataHash(operationHash), signature),
            "invalid-sender-or-signature"
        );
    }
}
