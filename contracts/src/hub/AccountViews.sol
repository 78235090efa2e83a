// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IApp, IDataset, IWorkerpool} from "../interfaces/IEntries.sol";
import {EIP712Domain} from "../types/Orders.sol";
import {Account, AppInfo, Category, DatasetInfo, WorkerpoolInfo} from "../types/Tasks.sol";
import {HubStorage, PocoStorage} from "./HubStorage.sol";
import {Parameters} from "./Parameters.sol";

/// @title What the hub knows about accounts, entries, orders and itself.
abstract contract AccountViews is Parameters {
    /// @notice Returns the escrow's name as a token.
    function name() external view returns (string memory) {
        return HubStorage.poco().name;
    }

    /// @notice Returns the escrow's symbol as a token.
    function symbol() external view returns (string memory) {
        return HubStorage.poco().symbol;
    }

    /// @notice Returns the escrow's decimals as a token.
    function decimals() external view returns (uint8) {
        return HubStorage.poco().decimals;
    }

    /// @notice Returns all deposits, in nRLC.
    function totalSupply() external view returns (uint256) {
        return HubStorage.poco().totalSupply;
    }

    /// @notice Returns the free funds of an account, in nRLC.
    /// @param account the account
    function balanceOf(address account) external view returns (uint256) {
        return HubStorage.poco().balances[account];
    }

    /// @notice Returns the locked funds of an account, in nRLC.
    /// @param account the account
    function frozenOf(address account) external view returns (uint256) {
        return HubStorage.poco().frozens[account];
    }

    /// @notice Returns what a spender may still move of an account's free funds, in nRLC.
    /// @param account the account
    /// @param spender the spender
    function allowance(address account, address spender) external view returns (uint256) {
        return HubStorage.poco().allowances[account][spender];
    }

    /// @notice Returns free and locked funds of an account, in nRLC.
    /// @param account the account
    function viewAccount(address account) external view returns (Account memory) {
        return _account(account);
    }

    /// @notice Returns the payment token.
    function token() external view returns (address) {
        return address(HubStorage.poco().token);
    }

    /// @notice Returns the signer of an order signed on chain, zero if there is none.
    /// @param id the order's hash
    function viewPresigned(bytes32 id) external view returns (address signer) {
        return HubStorage.poco().presigned[id];
    }

    /// @notice Returns how many tasks of an order are used up.
    /// @param id the order's hash
    function viewConsumed(bytes32 id) external view returns (uint256 consumed) {
        return HubStorage.poco().consumed[id];
    }

    /// @notice Returns the score of a worker.
    /// @param worker the worker
    function viewScore(address worker) external view returns (uint256) {
        return HubStorage.poco().workerScores[worker];
    }

    /// @notice Returns a category; reverts if unknown.
    /// @param catid the category's index
    function viewCategory(uint256 catid) external view returns (Category memory category) {
        PocoStorage storage $ = HubStorage.poco();
        require(catid < $.categories.length);
        return $.categories[catid];
    }

    /// @notice Returns the number of categories.
    function countCategory() external view returns (uint256) {
        return HubStorage.poco().categories.length;
    }

    /// @notice Returns what an application says about itself.
    /// @param app the application
    function viewApp(address app) external view returns (AppInfo memory) {
        IApp entry = IApp(app);
        return AppInfo(
            entry.owner(),
            entry.m_appName(),
            entry.m_appType(),
            entry.m_appMultiaddr(),
            entry.m_appChecksum(),
            entry.m_appMREnclave()
        );
    }

    /// @notice Returns what a dataset says about itself.
    /// @param dataset the dataset
    function viewDataset(address dataset) external view returns (DatasetInfo memory) {
        IDataset entry = IDataset(dataset);
        return DatasetInfo(
            entry.owner(), entry.m_datasetName(), entry.m_datasetMultiaddr(), entry.m_datasetChecksum()
        );
    }

    /// @notice Returns what a workerpool says about itself.
    /// @param workerpool the workerpool
    function viewWorkerpool(address workerpool) external view returns (WorkerpoolInfo memory) {
        IWorkerpool entry = IWorkerpool(workerpool);
        return WorkerpoolInfo(
            entry.owner(),
            entry.m_workerpoolDescription(),
            entry.m_workerStakeRatioPolicy(),
            entry.m_schedulerRewardRatioPolicy()
        );
    }

    /// @notice Returns the registry of applications.
    function appregistry() external view returns (address) {
        return address(HubStorage.poco().appregistry);
    }

    /// @notice Returns the registry of datasets.
    function datasetregistry() external view returns (address) {
        return address(HubStorage.poco().datasetregistry);
    }

    /// @notice Returns the registry of workerpools.
    function workerpoolregistry() external view returns (address) {
        return address(HubStorage.poco().workerpoolregistry);
    }

    /// @notice Returns the broker who signs permissions for enclaves, zero if there is none.
    function teebroker() external view returns (address) {
        return HubStorage.poco().teebroker;
    }

    /// @notice Returns the gas a callback is given.
    function callbackgas() external view returns (uint256) {
        return HubStorage.poco().callbackgas;
    }

    /// @notice Returns the signing domain of the hub on this chain.
    function domain() external view returns (EIP712Domain memory) {
        return EIP712Domain("iExecODB", "5.0.0", block.chainid, address(this));
    }

    /// @notice Returns the hash of the signing domain orders are verified in.
    function eip712domain_separator() external view returns (bytes32) {
        return HubStorage.poco().domainSeparator;
    }

    /// @notice Returns how many units of time after the deal's start contributions end.
    function contribution_deadline_ratio() external view returns (uint256) {
        return CONTRIBUTION_DEADLINE_RATIO;
    }

    /// @notice Returns how many units of time after consensus reveals end.
    function reveal_deadline_ratio() external view returns (uint256) {
        return REVEAL_DEADLINE_RATIO;
    }

    /// @notice Returns how many units of time after the deal's start a task fails.
    function final_deadline_ratio() external view returns (uint256) {
        return FINAL_DEADLINE_RATIO;
    }

    /// @notice Returns the share of its price a workerpool stakes on each task, in percent.
    function workerpool_stake_ratio() external view returns (uint256) {
        return WORKERPOOL_STAKE_RATIO;
    }

    /// @notice Returns the share of the kitty a completed task pays out, in percent.
    function kitty_ratio() external view returns (uint256) {
        return KITTY_RATIO;
    }

    /// @notice Returns what a completed task pays out of the kitty at least, in nRLC.
    function kitty_min() external view returns (uint256) {
        return KITTY_MIN;
    }

    /// @notice Returns the account of the kitty.
    function kitty_address() external view returns (address) {
        return KITTY_ADDRESS;
    }

    /// @notice Returns the ERC-734 purpose of a group member.
    function groupmember_purpose() external view virtual returns (uint256) {
        return GROUPMEMBER_PURPOSE;
    }

    function _account(address account) internal view returns (Account memory) {
        return Account(HubStorage.poco().balances[account], HubStorage.poco().frozens[account]);
    }
}
