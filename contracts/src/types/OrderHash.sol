// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {
    AppOrder,
    AppOrderOperation,
    DatasetOrder,
    DatasetOrderOperation,
    EIP712Domain,
    RequestOrder,
    RequestOrderOperation,
    WorkerpoolOrder,
    WorkerpoolOrderOperation
} from "./Orders.sol";

/// @title The EIP-712 struct hashes of orders, order operations and the domain.
/// @dev The static members of an order are copied from call data in one piece: the ABI lays them out
/// exactly as EIP-712 encodes them, so the type hash followed by that piece is the encoding. The member
/// `sign`, always last in the head, is left out.
library OrderHash {
    // Written out in full, so that the compiler and not the chain computes them.
    bytes32 private constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant APP_TYPEHASH = keccak256(
        "AppOrder(address app,uint256 appprice,uint256 volume,bytes32 tag,address datasetrestrict,"
        "address workerpoolrestrict,address requesterrestrict,bytes32 salt)"
    );
    bytes32 private constant DATASET_TYPEHASH = keccak256(
        "DatasetOrder(address dataset,uint256 datasetprice,uint256 volume,bytes32 tag,address apprestrict,"
        "address workerpoolrestrict,address requesterrestrict,bytes32 salt)"
    );
    bytes32 private constant WORKERPOOL_TYPEHASH = keccak256(
        "WorkerpoolOrder(address workerpool,uint256 workerpoolprice,uint256 volume,bytes32 tag,uint256 category,"
        "uint256 trust,address apprestrict,address datasetrestrict,address requesterrestrict,bytes32 salt)"
    );
    bytes32 private constant REQUEST_TYPEHASH = keccak256(
        "RequestOrder(address app,uint256 appmaxprice,address dataset,uint256 datasetmaxprice,address workerpool,"
        "uint256 workerpoolmaxprice,address requester,uint256 volume,bytes32 tag,uint256 category,uint256 trust,"
        "address beneficiary,address callback,string params,bytes32 salt)"
    );
    bytes32 private constant APP_OPERATION_TYPEHASH = keccak256(
        "AppOrderOperation(AppOrder order,uint256 operation)"
        "AppOrder(address app,uint256 appprice,uint256 volume,bytes32 tag,address datasetrestrict,"
        "address workerpoolrestrict,address requesterrestrict,bytes32 salt)"
    );
    bytes32 private constant DATASET_OPERATION_TYPEHASH = keccak256(
        "DatasetOrderOperation(DatasetOrder order,uint256 operation)"
        "DatasetOrder(address dataset,uint256 datasetprice,uint256 volume,bytes32 tag,address apprestrict,"
        "address workerpoolrestrict,address requesterrestrict,bytes32 salt)"
    );
    bytes32 private constant WORKERPOOL_OPERATION_TYPEHASH = keccak256(
        "WorkerpoolOrderOperation(WorkerpoolOrder order,uint256 operation)"
        "WorkerpoolOrder(address workerpool,uint256 workerpoolprice,uint256 volume,bytes32 tag,uint256 category,"
        "uint256 trust,address apprestrict,address datasetrestrict,address requesterrestrict,bytes32 salt)"
    );
    bytes32 private constant REQUEST_OPERATION_TYPEHASH = keccak256(
        "RequestOrderOperation(RequestOrder order,uint256 operation)"
        "RequestOrder(address app,uint256 appmaxprice,address dataset,uint256 datasetmaxprice,address workerpool,"
        "uint256 workerpoolmaxprice,address requester,uint256 volume,bytes32 tag,uint256 category,uint256 trust,"
        "address beneficiary,address callback,string params,bytes32 salt)"
    );

    /// @dev Head slots of `RequestOrder` before and including `params`, and the place of `params` among them.
    uint256 private constant REQUEST_PARAMS_SLOT = 13;

    function hash(AppOrder calldata order) internal pure returns (bytes32) {
        return _hashHead(APP_TYPEHASH, _pointer(order), 8);
    }

    function hash(DatasetOrder calldata order) internal pure returns (bytes32) {
        return _hashHead(DATASET_TYPEHASH, _pointer(order), 8);
    }

    function hash(WorkerpoolOrder calldata order) internal pure returns (bytes32) {
        return _hashHead(WORKERPOOL_TYPEHASH, _pointer(order), 10);
    }

    function hash(RequestOrder calldata order) internal pure returns (bytes32 digest) {
        bytes32 typeHash = REQUEST_TYPEHASH;
        bytes32 params = keccak256(bytes(order.params));
        uint256 paramsAt = 32 + REQUEST_PARAMS_SLOT * 32;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            calldatacopy(add(free, 32), order, 480)
            mstore(add(free, paramsAt), params)
            digest := keccak256(free, 512)
        }
    }

    function hash(AppOrderOperation calldata op) internal pure returns (bytes32) {
        return keccak256(abi.encode(APP_OPERATION_TYPEHASH, hash(op.order), uint256(op.operation)));
    }

    function hash(DatasetOrderOperation calldata op) internal pure returns (bytes32) {
        return keccak256(abi.encode(DATASET_OPERATION_TYPEHASH, hash(op.order), uint256(op.operation)));
    }

    function hash(WorkerpoolOrderOperation calldata op) internal pure returns (bytes32) {
        return keccak256(abi.encode(WORKERPOOL_OPERATION_TYPEHASH, hash(op.order), uint256(op.operation)));
    }

    function hash(RequestOrderOperation calldata op) internal pure returns (bytes32) {
        return keccak256(abi.encode(REQUEST_OPERATION_TYPEHASH, hash(op.order), uint256(op.operation)));
    }

    function hash(EIP712Domain memory domain) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                DOMAIN_TYPEHASH,
                keccak256(bytes(domain.name)),
                keccak256(bytes(domain.version)),
                domain.chainId,
                domain.verifyingContract
            )
        );
    }

    function _hashHead(bytes32 typeHash, uint256 pointer, uint256 slots) private pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            calldatacopy(add(free, 32), pointer, mul(slots, 32))
            digest := keccak256(free, mul(add(slots, 1), 32))
        }
    }

    function _pointer(AppOrder calldata order) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := order
        }
    }

    function _pointer(DatasetOrder calldata order) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := order
        }
    }

    function _pointer(WorkerpoolOrder calldata order) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := order
        }
    }
}
