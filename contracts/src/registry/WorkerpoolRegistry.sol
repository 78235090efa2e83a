// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Registry} from "./Registry.sol";
import {Workerpool} from "./Workerpool.sol";

/// @title The registry of workerpools.
contract WorkerpoolRegistry is Registry {
    constructor() ERC721("iExec Workerpool Registry (V5)", "iExecWorkerpoolV5") Registry(address(new Workerpool())) {}

    /// @notice Registers a workerpool for an owner; by anyone.
    /// @param workerpoolOwner the owner
    /// @param workerpoolDescription the description
    /// @return the workerpool
    function createWorkerpool(address workerpoolOwner, string calldata workerpoolDescription)
        external
        returns (address)
    {
        return _create(workerpoolOwner, abi.encodeCall(Workerpool.initialize, (workerpoolDescription)));
    }

    /// @notice Returns where a workerpool would be registered.
    /// @param workerpoolOwner the owner
    /// @param workerpoolDescription the description
    /// @return the workerpool
    function predictWorkerpool(address workerpoolOwner, string calldata workerpoolDescription)
        external
        view
        returns (address)
    {
        return _predict(workerpoolOwner, abi.encodeCall(Workerpool.initialize, (workerpoolDescription)));
    }
}
