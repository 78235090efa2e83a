// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Entry} from "./Entry.sol";

/// @title An application. What it says about itself never changes.
contract App is Entry {
    /// @notice Returns the application's name.
    string public m_appName;
    /// @notice Returns the application's type, such as `DOCKER`.
    string public m_appType;
    /// @notice Returns where the application is found.
    bytes public m_appMultiaddr;
    /// @notice Returns the application's checksum.
    bytes32 public m_appChecksum;
    /// @notice Returns the enclave measurement, empty for a standard application.
    bytes public m_appMREnclave;

    /// @notice Sets what the application says about itself, once.
    /// @param appName the name
    /// @param appType the type
    /// @param appMultiaddr where it is found
    /// @param appChecksum the checksum
    /// @param appMREnclave the enclave measurement, empty for a standard application
    function initialize(
        string calldata appName,
        string calldata appType,
        bytes calldata appMultiaddr,
        bytes32 appChecksum,
        bytes calldata appMREnclave
    ) external {
        _register();
        m_appName = appName;
        m_appType = appType;
        m_appMultiaddr = appMultiaddr;
        m_appChecksum = appChecksum;
        m_appMREnclave = appMREnclave;
    }
}
