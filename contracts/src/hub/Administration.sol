// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Facet, FacetCut, IDiamondCut, IDiamondLoupe} from "../interfaces/IDiamond.sol";
import {DiamondCutter} from "./DiamondCutter.sol";
import {DiamondLayout, DiamondStorage} from "./DiamondStorage.sol";

/// @title The diamond's own functions: cut, loupe and ownership.
abstract contract Administration is IDiamondCut, IDiamondLoupe {
    /// @notice Only the owner may do this to the diamond.
    error NotContractOwner(address user, address contractOwner);

    modifier onlyDiamondOwner() {
        address current = DiamondStorage.layout().owner;
        if (msg.sender != current) {
            revert NotContractOwner(msg.sender, current);
        }
        _;
    }

    /// @notice Adds, replaces and removes functions, then delegates one call; by the owner.
    /// @param cut the changes
    /// @param init where the call goes, zero for none
    /// @param data the call
    function diamondCut(FacetCut[] calldata cut, address init, bytes calldata data) external onlyDiamondOwner {
        DiamondCutter.cut(cut, init, data);
    }

    /// @notice Gives the diamond to a new owner; by the owner.
    /// @param newOwner the new owner
    function transferOwnership(address newOwner) external onlyDiamondOwner {
        DiamondStorage.setOwner(newOwner);
    }

    /// @notice Returns the owner of the diamond.
    function owner() external view returns (address) {
        return DiamondStorage.layout().owner;
    }

    /// @notice Returns all facets with their selectors.
    /// @return list one entry for each facet
    function facets() external view returns (Facet[] memory list) {
        address[] memory addresses = _facetAddresses();
        list = new Facet[](addresses.length);
        for (uint256 i = 0; i < addresses.length; ++i) {
            list[i] = Facet(addresses[i], _selectorsOf(addresses[i]));
        }
    }

    /// @notice Returns the selectors a facet serves.
    /// @param facet the facet
    function facetFunctionSelectors(address facet) external view returns (bytes4[] memory) {
        return _selectorsOf(facet);
    }

    /// @notice Returns all facets.
    function facetAddresses() external view returns (address[] memory) {
        return _facetAddresses();
    }

    /// @notice Returns the facet that serves a selector, zero if there is none.
    /// @param selector the selector
    function facetAddress(bytes4 selector) external view returns (address) {
        return DiamondStorage.layout().facets[selector].facet;
    }

    /// @notice Tells whether the diamond supports an interface (ERC-165).
    /// @param interfaceId the interface
    function supportsInterface(bytes4 interfaceId) external view returns (bool) {
        return DiamondStorage.layout().interfaces[interfaceId];
    }

    function _facetAddresses() private view returns (address[] memory list) {
        DiamondLayout storage $ = DiamondStorage.layout();
        uint256 count = $.selectors.length;
        list = new address[](count);
        uint256 found = 0;
        for (uint256 i = 0; i < count; ++i) {
            address facet = $.facets[$.selectors[i]].facet;
            uint256 j = 0;
            while (j < found && list[j] != facet) {
                ++j;
            }
            if (j == found) {
                list[found++] = facet;
            }
        }
        assembly ("memory-safe") {
            mstore(list, found)
        }
    }

    function _selectorsOf(address facet) private view returns (bytes4[] memory list) {
        DiamondLayout storage $ = DiamondStorage.layout();
        uint256 count = $.selectors.length;
        list = new bytes4[](count);
        uint256 found = 0;
        for (uint256 i = 0; i < count; ++i) {
            if ($.facets[$.selectors[i]].facet == facet) {
                list[found++] = $.selectors[i];
            }
        }
        assembly ("memory-safe") {
            mstore(list, found)
        }
    }
}
