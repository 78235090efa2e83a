// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice What a cut does with its selectors.
enum FacetCutAction {
    Add,
    Replace,
    Remove
}

/// @notice A change of the facet that serves some selectors.
struct FacetCut {
    address facetAddress;
    FacetCutAction action;
    bytes4[] functionSelectors;
}

/// @notice A facet and the selectors it serves.
struct Facet {
    address facetAddress;
    bytes4[] functionSelectors;
}

/// @title ERC-2535: changing the facets of a diamond.
interface IDiamondCut {
    /// @notice The facets of the diamond changed.
    event DiamondCut(FacetCut[] cut, address init, bytes data);

    /// @notice Adds, replaces and removes functions, then delegates one call; by the owner.
    function diamondCut(FacetCut[] calldata cut, address init, bytes calldata data) external;
}

/// @title ERC-2535: looking at the facets of a diamond.
interface IDiamondLoupe {
    /// @notice Returns all facets with their selectors.
    function facets() external view returns (Facet[] memory);

    /// @notice Returns the selectors a facet serves.
    function facetFunctionSelectors(address facet) external view returns (bytes4[] memory);

    /// @notice Returns all facets.
    function facetAddresses() external view returns (address[] memory);

    /// @notice Returns the facet that serves a selector, zero if there is none.
    function facetAddress(bytes4 selector) external view returns (address);
}
