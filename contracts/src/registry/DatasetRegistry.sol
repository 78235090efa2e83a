// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Dataset} from "./Dataset.sol";
import {Registry} from "./Registry.sol";

/// @title The registry of datasets.
contract DatasetRegistry is Registry {
    constructor() ERC721("iExec Dataset Registry (V5)", "iExecDatasetsV5") Registry(address(new Dataset())) {}

    /// @notice Registers a dataset for an owner; by anyone.
    /// @param datasetOwner the owner
    /// @param datasetName the name
    /// @param datasetMultiaddr where it is found
    /// @param datasetChecksum the checksum
    /// @return the dataset
    function createDataset(
        address datasetOwner,
        string calldata datasetName,
        bytes calldata datasetMultiaddr,
        bytes32 datasetChecksum
    ) external returns (address) {
        return _create(
            datasetOwner, abi.encodeCall(Dataset.initialize, (datasetName, datasetMultiaddr, datasetChecksum))
        );
    }

    /// @notice Returns where a dataset would be registered.
    /// @param datasetOwner the owner
    /// @param datasetName the name
    /// @param datasetMultiaddr where it is found
    /// @param datasetChecksum the checksum
    /// @return the dataset
    function predictDataset(
        address datasetOwner,
        string calldata datasetName,
        bytes calldata datasetMultiaddr,
        bytes32 datasetChecksum
    ) external view returns (address) {
        return _predict(
            datasetOwner, abi.encodeCall(Dataset.initialize, (datasetName, datasetMultiaddr, datasetChecksum))
        );
    }
}
