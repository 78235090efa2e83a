// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {FacetCut, FacetCutAction, IDiamondCut} from "../interfaces/IDiamond.sol";
import {DiamondLayout, DiamondStorage, FacetSlot} from "./DiamondStorage.sol";

/// @title Changing the diamond's table of facets.
library DiamondCutter {
    error NoSelectorsProvidedForFacetForCut(address facet);
    error CannotAddSelectorsToZeroAddress(bytes4[] selectors);
    error CannotAddFunctionToDiamondThatAlreadyExists(bytes4 selector);
    error CannotReplaceFunctionsFromFacetWithZeroAddress(bytes4[] selectors);
    error CannotReplaceFunctionWithTheSameFunctionFromTheSameFacet(bytes4 selector);
    error CannotReplaceFunctionThatDoesNotExists(bytes4 selector);
    error CannotReplaceImmutableFunction(bytes4 selector);
    error RemoveFacetAddressMustBeZeroAddress(address facet);
    error CannotRemoveFunctionThatDoesNotExist(bytes4 selector);
    error CannotRemoveImmutableFunction(bytes4 selector);
    error NoBytecodeAtAddress(address target, string message);
    error InitializationFunctionReverted(address init, bytes data);

    function cut(FacetCut[] memory cuts, address init, bytes memory data) internal {
        for (uint256 i = 0; i < cuts.length; ++i) {
            FacetCut memory step = cuts[i];
            if (step.functionSelectors.length == 0) {
                revert NoSelectorsProvidedForFacetForCut(step.facetAddress);
            }
            if (step.action == FacetCutAction.Add) {
                _add(step.facetAddress, step.functionSelectors);
            } else if (step.action == FacetCutAction.Replace) {
                _replace(step.facetAddress, step.functionSelectors);
            } else {
                _remove(step.facetAddress, step.functionSelectors);
            }
        }
        emit IDiamondCut.DiamondCut(cuts, init, data);
        _initialize(init, data);
    }

    function _add(address facet, bytes4[] memory selectors) private {
        if (facet == address(0)) {
            revert CannotAddSelectorsToZeroAddress(selectors);
        }
        _checkCode(facet, "facet has no code");
        DiamondLayout storage $ = DiamondStorage.layout();
        uint96 position = uint96($.selectors.length);
        for (uint256 i = 0; i < selectors.length; ++i) {
            bytes4 selector = selectors[i];
            if ($.facets[selector].facet != address(0)) {
                revert CannotAddFunctionToDiamondThatAlreadyExists(selector);
            }
            $.facets[selector] = FacetSlot(facet, position++);
            $.selectors.push(selector);
        }
    }

    function _replace(address facet, bytes4[] memory selectors) private {
        if (facet == address(0)) {
            revert CannotReplaceFunctionsFromFacetWithZeroAddress(selectors);
        }
        _checkCode(facet, "facet has no code");
        DiamondLayout storage $ = DiamondStorage.layout();
        for (uint256 i = 0; i < selectors.length; ++i) {
            FacetSlot storage slot = $.facets[selectors[i]];
            if (slot.facet == address(this)) {
                revert CannotReplaceImmutableFunction(selectors[i]);
            }
            if (slot.facet == facet) {
                revert CannotReplaceFunctionWithTheSameFunctionFromTheSameFacet(selectors[i]);
            }
            if (slot.facet == address(0)) {
                revert CannotReplaceFunctionThatDoesNotExists(selectors[i]);
            }
            slot.facet = facet;
        }
    }

    function _remove(address facet, bytes4[] memory selectors) private {
        if (facet != address(0)) {
            revert RemoveFacetAddressMustBeZeroAddress(facet);
        }
        DiamondLayout storage $ = DiamondStorage.layout();
        for (uint256 i = 0; i < selectors.length; ++i) {
            FacetSlot memory slot = $.facets[selectors[i]];
            if (slot.facet == address(0)) {
                revert CannotRemoveFunctionThatDoesNotExist(selectors[i]);
            }
            if (slot.facet == address(this)) {
                revert CannotRemoveImmutableFunction(selectors[i]);
            }
            // The last selector takes the place of the removed one.
            bytes4 last = $.selectors[$.selectors.length - 1];
            $.selectors[slot.position] = last;
            $.facets[last].position = slot.position;
            $.selectors.pop();
            delete $.facets[selectors[i]];
        }
    }

    function _initialize(address init, bytes memory data) private {
        if (init == address(0)) {
            return;
        }
        _checkCode(init, "initializer has no code");
        // solhint-disable-next-line avoid-low-level-calls
        (bool ok, bytes memory answer) = init.delegatecall(data);
        if (!ok) {
            if (answer.length == 0) {
                revert InitializationFunctionReverted(init, data);
            }
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }

    function _checkCode(address target, string memory message) private view {
        if (target.code.length == 0) {
            revert NoBytecodeAtAddress(target, message);
        }
    }
}
