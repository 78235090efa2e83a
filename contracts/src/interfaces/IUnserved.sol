// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title What the published interface of the hub declares and no facet serves.
interface IUnserved {
    /// @notice Reverts: a hub always has an owner.
    function renounceOwnership() external;
}
