// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {App} from "./App.sol";
import {Registry} from "./Registry.sol";

/// @title The registry of applications.
contract AppRegistry is Registry {
    constructor() ERC721("iExec Application Registry (V5)", "iExecAppsV5") Registry(address(new App())) {}

    /// @notice Registers an application for an owner; by anyone.
    /// @param appOwner the owner
    /// @param appName the name
    /// @param appType the type
    /// @param appMultiaddr where it is found
    /// @param appChecksum the checksum
    /// @param appMREnclave the enclave measurement, empty for a standard application
    /// @return the application
    function createApp(
        address appOwner,
        string calldata appName,
        string calldata appType,
        bytes calldata appMultiaddr,
        bytes32 appChecksum,
        bytes calldata appMREnclave
    ) external returns (address) {
        return _create(
            appOwner, abi.encodeCall(App.initialize, (appName, appType, appMultiaddr, appChecksum, appMREnclave))
        );
    }

    /// @notice Returns where an application would be registered.
    /// @param appOwner the owner
    /// @param appName the name
    /// @param appType the type
    /// @param appMultiaddr where it is found
    /// @param appChecksum the checksum
    /// @param appMREnclave the enclave measurement, empty for a standard application
    /// @return the application
    function predictApp(
        address appOwner,
        string calldata appName,
        string calldata appType,
        bytes calldata appMultiaddr,
        bytes32 appChecksum,
        bytes calldata appMREnclave
    ) external view returns (address) {
        return _predict(
            appOwner, abi.encodeCall(App.initialize, (appName, appType, appMultiaddr, appChecksum, appMREnclave))
        );
    }
}
