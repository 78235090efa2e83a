// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {FacetCut, IDiamondCut, IDiamondLoupe} from "../interfaces/IDiamond.sol";
import {DiamondCutter} from "./DiamondCutter.sol";
import {DiamondLayout, DiamondStorage} from "./DiamondStorage.sol";

/// @title The hub: one address for the whole protocol, an ERC-2535 diamond.
/// @dev Every call is delegated to the facet of its selector. The selector 0xffffffff names the facet of
/// calls that are nobody else's, 0x00000000 that of plain ether.
contract Hub {
    /// @notice No facet serves this selector.
    error FunctionNotFound(bytes4 selector);

    bytes4 private constant FALLBACK = 0xffffffff;

    /// @param owner the owner
    /// @param cuts the first facets
    constructor(address owner, FacetCut[] memory cuts) {
        DiamondStorage.setOwner(owner);
        DiamondLayout storage $ = DiamondStorage.layout();
        $.interfaces[0x01ffc9a7] = true; // ERC-165
        $.interfaces[0x7f5828d0] = true; // ERC-173
        $.interfaces[type(IDiamondCut).interfaceId] = true;
        $.interfaces[type(IDiamondLoupe).interfaceId] = true;
        DiamondCutter.cut(cuts, address(0), "");
    }

    /// @notice Delegates plain ether.
    receive() external payable {
        _delegate();
    }

    /// @notice Delegates every call.
    fallback() external payable {
        _delegate();
    }

    function _delegate() private {
        DiamondLayout storage $ = DiamondStorage.layout();
        address facet = $.facets[msg.sig].facet;
        if (facet == address(0)) {
            facet = $.facets[FALLBACK].facet;
            if (facet == address(0)) {
                revert FunctionNotFound(msg.sig);
            }
        }
        assembly {
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), facet, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            switch ok
            case 0 { revert(0, returndatasize()) }
            default { return(0, returndatasize()) }
        }
    }
}
