// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title What the hub and the entries ask of a registry.
interface IRegistry {
    /// @notice Tells whether an entry was created here or in a registry before this one.
    function isRegistered(address entry) external view returns (bool);

    /// @notice Returns the owner of an entry; the token id is the entry's address as a number.
    function ownerOf(uint256 tokenId) external view returns (address);
}
