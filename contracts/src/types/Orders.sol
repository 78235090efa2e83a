// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice What an order operation asks the hub to do.
enum OrderOperation {
    SIGN,
    CLOSE
}

/// @notice The offer of an application owner.
struct AppOrder {
    address app;
    uint256 appprice;
    uint256 volume;
    bytes32 tag;
    address datasetrestrict;
    address workerpoolrestrict;
    address requesterrestrict;
    bytes32 salt;
    bytes sign;
}

/// @notice The offer of a dataset owner.
struct DatasetOrder {
    address dataset;
    uint256 datasetprice;
    uint256 volume;
    bytes32 tag;
    address apprestrict;
    address workerpoolrestrict;
    address requesterrestrict;
    bytes32 salt;
    bytes sign;
}

/// @notice The offer of a workerpool owner, the scheduler.
struct WorkerpoolOrder {
    address workerpool;
    uint256 workerpoolprice;
    uint256 volume;
    bytes32 tag;
    uint256 category;
    uint256 trust;
    address apprestrict;
    address datasetrestrict;
    address requesterrestrict;
    bytes32 salt;
    bytes sign;
}

/// @notice The demand of a requester.
struct RequestOrder {
    address app;
    uint256 appmaxprice;
    address dataset;
    uint256 datasetmaxprice;
    address workerpool;
    uint256 workerpoolmaxprice;
    address requester;
    uint256 volume;
    bytes32 tag;
    uint256 category;
    uint256 trust;
    address beneficiary;
    address callback;
    string params;
    bytes32 salt;
    bytes sign;
}

/// @notice An application order with what to do with it, signed by its owner or sent by its owner.
struct AppOrderOperation {
    AppOrder order;
    OrderOperation operation;
    bytes sign;
}

/// @notice A dataset order with what to do with it, signed by its owner or sent by its owner.
struct DatasetOrderOperation {
    DatasetOrder order;
    OrderOperation operation;
    bytes sign;
}

/// @notice A workerpool order with what to do with it, signed by its owner or sent by its owner.
struct WorkerpoolOrderOperation {
    WorkerpoolOrder order;
    OrderOperation operation;
    bytes sign;
}

/// @notice A request order with what to do with it, signed by its owner or sent by its owner.
struct RequestOrderOperation {
    RequestOrder order;
    OrderOperation operation;
    bytes sign;
}

/// @notice The signing domain of EIP-712.
struct EIP712Domain {
    string name;
    string version;
    uint256 chainId;
    address verifyingContract;
}
