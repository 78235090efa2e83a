// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title What all registry entries share: an owner, who is the owner of the entry's token.
interface IEntry {
    /// @notice Returns the owner of the entry.
    function owner() external view returns (address);
}

/// @title What the hub reads from an application.
interface IApp is IEntry {
    /// @notice Returns the application's name.
    function m_appName() external view returns (string memory);

    /// @notice Returns the application's type, such as `DOCKER`.
    function m_appType() external view returns (string memory);

    /// @notice Returns where the application is found.
    function m_appMultiaddr() external view returns (bytes memory);

    /// @notice Returns the application's checksum.
    function m_appChecksum() external view returns (bytes32);

    /// @notice Returns the enclave measurement, empty for a standard application.
    function m_appMREnclave() external view returns (bytes memory);
}

/// @title What the hub reads from a dataset.
interface IDataset is IEntry {
    /// @notice Returns the dataset's name.
    function m_datasetName() external view returns (string memory);

    /// @notice Returns where the dataset is found.
    function m_datasetMultiaddr() external view returns (bytes memory);

    /// @notice Returns the dataset's checksum.
    function m_datasetChecksum() external view returns (bytes32);
}

/// @title What the hub reads from a workerpool.
interface IWorkerpool is IEntry {
    /// @notice Returns the workerpool's description.
    function m_workerpoolDescription() external view returns (string memory);

    /// @notice Returns the share of the price a worker stakes on a contribution, in percent.
    function m_workerStakeRatioPolicy() external view returns (uint256);

    /// @notice Returns the share of the reward the scheduler keeps, in percent.
    function m_schedulerRewardRatioPolicy() external view returns (uint256);
}
