// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IScoreSource} from "../interfaces/IExternal.sol";
import {IHubEvents} from "../interfaces/IHubEvents.sol";
import {IRegistry} from "../interfaces/IRegistry.sol";
import {IToken} from "../interfaces/IToken.sol";
import {OrderHash} from "../types/OrderHash.sol";
import {EIP712Domain} from "../types/Orders.sol";
import {Category} from "../types/Tasks.sol";
import {DiamondStorage} from "./DiamondStorage.sol";
import {HubStorage, PocoStorage} from "./HubStorage.sol";

/// @title What the owner sets, and what anyone may bring up to date.
abstract contract Configuration is IHubEvents {
    uint256 private constant INITIAL_CALLBACK_GAS = 200_000;

    modifier onlyOwner() {
        DiamondStorage.checkOwner();
        _;
    }

    /// @notice Sets the hub up, once; by its owner.
    /// @param token the payment token
    /// @param name the escrow's name as a token
    /// @param symbol the escrow's symbol as a token
    /// @param decimals the escrow's decimals as a token
    /// @param appregistry the registry of applications
    /// @param datasetregistry the registry of datasets
    /// @param workerpoolregistry the registry of workerpools
    /// @param v3Hub a hub from which scores may be imported, zero if there is none
    function configure(
        address token,
        string calldata name,
        string calldata symbol,
        uint8 decimals,
        address appregistry,
        address datasetregistry,
        address workerpoolregistry,
        address v3Hub
    ) external onlyOwner {
        PocoStorage storage $ = HubStorage.poco();
        require($.domainSeparator == bytes32(0), "already-configured");
        $.token = IToken(token);
        $.name = name;
        $.symbol = symbol;
        $.decimals = decimals;
        $.appregistry = IRegistry(appregistry);
        $.datasetregistry = IRegistry(datasetregistry);
        $.workerpoolregistry = IRegistry(workerpoolregistry);
        $.v3Hub = v3Hub;
        $.callbackgas = INITIAL_CALLBACK_GAS;
        $.domainSeparator = _domainSeparator();
    }

    /// @notice Renews the signing domain after the chain id changed; by anyone.
    function updateDomainSeparator() external {
        PocoStorage storage $ = HubStorage.poco();
        require($.domainSeparator != bytes32(0), "not-configured");
        $.domainSeparator = _domainSeparator();
    }

    /// @notice Takes a worker's score over from an earlier hub, once; by anyone.
    /// @param worker the worker
    function importScore(address worker) external {
        PocoStorage storage $ = HubStorage.poco();
        require(!$.v3ScoreImported[worker], "score-already-imported");
        uint256 imported = IScoreSource($.v3Hub).viewScore(worker);
        if (imported > $.workerScores[worker]) {
            $.workerScores[worker] = imported;
        }
        $.v3ScoreImported[worker] = true;
    }

    /// @notice Sets the broker who signs permissions for enclaves; by the owner.
    /// @param newTeeBroker the broker, zero for none
    function setTeeBroker(address newTeeBroker) external onlyOwner {
        HubStorage.poco().teebroker = newTeeBroker;
    }

    /// @notice Sets the gas a callback is given; by the owner.
    /// @param gas the gas
    function setCallbackGas(uint256 gas) external onlyOwner {
        HubStorage.poco().callbackgas = gas;
    }

    /// @notice Sets the registries; by the owner.
    /// @param appregistry the registry of applications
    /// @param datasetregistry the registry of datasets
    /// @param workerpoolregistry the registry of workerpools
    function changeRegistries(address appregistry, address datasetregistry, address workerpoolregistry)
        external
        onlyOwner
    {
        PocoStorage storage $ = HubStorage.poco();
        $.appregistry = IRegistry(appregistry);
        $.datasetregistry = IRegistry(datasetregistry);
        $.workerpoolregistry = IRegistry(workerpoolregistry);
    }

    /// @notice Adds a category of tasks; by the owner.
    /// @param name the category's name
    /// @param description the category's description
    /// @param workClockTimeRef the category's unit of time in seconds
    /// @return catid the category's index
    function createCategory(string calldata name, string calldata description, uint256 workClockTimeRef)
        external
        onlyOwner
        returns (uint256 catid)
    {
        PocoStorage storage $ = HubStorage.poco();
        catid = $.categories.length;
        $.categories.push(Category(name, description, workClockTimeRef));
        emit CreateCategory(catid, name, description, workClockTimeRef);
    }

    function _domainSeparator() private view returns (bytes32) {
        return OrderHash.hash(EIP712Domain("iExecODB", "5.0.0", block.chainid, address(this)));
    }
}
