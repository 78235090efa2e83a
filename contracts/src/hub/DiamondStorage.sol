// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @dev What the diamond remembers: who owns it and which facet serves which selector.
struct DiamondLayout {
    mapping(bytes4 selector => FacetSlot slot) facets;
    bytes4[] selectors;
    mapping(bytes4 interfaceId => bool supported) interfaces;
    address owner;
}

/// @dev A facet, and where its selector stands in the list of all selectors.
struct FacetSlot {
    address facet;
    uint96 position;
}

/// @title The diamond's own storage, at the base slot of the ERC-7201 namespace `emulate.storage.Diamond`.
library DiamondStorage {
    bytes32 private constant BASE =
        keccak256(abi.encode(uint256(keccak256("emulate.storage.Diamond")) - 1)) & ~bytes32(uint256(0xff));

    /// @notice The hub has a new owner.
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

    function layout() internal pure returns (DiamondLayout storage $) {
        bytes32 base = BASE;
        assembly ("memory-safe") {
            $.slot := base
        }
    }

    /// @dev Refuses anyone but the owner.
    function checkOwner() internal view {
        require(msg.sender == layout().owner, "Ownable: caller is not the owner");
    }

    function setOwner(address newOwner) internal {
        DiamondLayout storage $ = layout();
        emit OwnershipTransferred($.owner, newOwner);
        $.owner = newOwner;
    }
}
