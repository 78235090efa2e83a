// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IHubEvents} from "../interfaces/IHubEvents.sol";
import {AppOrder, DatasetOrder, RequestOrder, WorkerpoolOrder} from "../types/Orders.sol";

/// @title Publishing orders on chain. Nothing is checked: readers verify what they read.
abstract contract Relay is IHubEvents {
    /// @notice Publishes an application order.
    /// @param order the order
    function broadcastAppOrder(AppOrder calldata order) external {
        emit BroadcastAppOrder(order);
    }

    /// @notice Publishes a dataset order.
    /// @param order the order
    function broadcastDatasetOrder(DatasetOrder calldata order) external {
        emit BroadcastDatasetOrder(order);
    }

    /// @notice Publishes a workerpool order.
    /// @param order the order
    function broadcastWorkerpoolOrder(WorkerpoolOrder calldata order) external {
        emit BroadcastWorkerpoolOrder(order);
    }

    /// @notice Publishes a request order.
    /// @param order the order
    function broadcastRequestOrder(RequestOrder calldata order) external {
        emit BroadcastRequestOrder(order);
    }
}
