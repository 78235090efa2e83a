// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IRegistry} from "../interfaces/IRegistry.sol";

/// @title What all entries share: the registry that made them, and the owner it names.
abstract contract Entry {
    /// @notice Returns the registry the entry belongs to.
    IRegistry public registry;

    modifier onlyOwner() {
        require(msg.sender == owner(), "caller is not the owner");
        _;
    }

    /// @notice Would name the entry in ENS, which development chains have not; by the owner.
    function setName(address, string calldata) external virtual onlyOwner {
        revert("Operation not supported on this chain");
    }

    /// @notice Returns the owner of the entry's token.
    function owner() public view returns (address) {
        return registry.ownerOf(uint256(uint160(address(this))));
    }

    /// @dev Marks the entry as initialised by the calling registry.
    function _register() internal {
        require(address(registry) == address(0), "already initialized");
        registry = IRegistry(msg.sender);
    }
}
