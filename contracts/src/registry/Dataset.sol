// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Entry} from "./Entry.sol";

/// @title A dataset. What it says about itself never changes.
contract Dataset is Entry {
    /// @notice Returns the dataset's name.
    string public m_datasetName;
    /// @notice Returns where the dataset is found.
    bytes public m_datasetMultiaddr;
    /// @notice Returns the dataset's checksum.
    bytes32 public m_datasetChecksum;

    /// @notice Sets what the dataset says about itself, once.
    /// @param datasetName the name
    /// @param datasetMultiaddr where it is found
    /// @param datasetChecksum the checksum
    function initialize(string calldata datasetName, bytes calldata datasetMultiaddr, bytes32 datasetChecksum)
        external
    {
        _register();
        m_datasetName = datasetName;
        m_datasetMultiaddr = datasetMultiaddr;
        m_datasetChecksum = datasetChecksum;
    }
}
