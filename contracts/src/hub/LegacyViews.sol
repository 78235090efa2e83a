// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {
    Account, Category, Contribution, ContributionStatusEnum, Deal, Task, TaskStatusEnum
} from "../types/Tasks.sol";
import {AccountViews} from "./AccountViews.sol";
import {DealViews} from "./DealViews.sol";
import {HubStorage} from "./HubStorage.sol";

/// @title The accessors without structs, for clients whose ABI coder has none.
abstract contract LegacyViews is AccountViews, DealViews {
    /// @notice Returns pointer, owner and price of a deal's application, dataset and workerpool.
    /// @param id the deal
    function viewDealABILegacy_pt1(bytes32 id)
        external
        view
        returns (address, address, uint256, address, address, uint256, address, address, uint256)
    {
        Deal memory deal = _deal(id);
        return (
            deal.app.pointer,
            deal.app.owner,
            deal.app.price,
            deal.dataset.pointer,
            deal.dataset.owner,
            deal.dataset.price,
            deal.workerpool.pointer,
            deal.workerpool.owner,
            deal.workerpool.price
        );
    }

    /// @notice Returns trust, tag, requester, beneficiary, callback and parameters of a deal.
    /// @param id the deal
    function viewDealABILegacy_pt2(bytes32 id)
        external
        view
        returns (uint256, bytes32, address, address, address, string memory)
    {
        Deal memory deal = _deal(id);
        return (deal.trust, deal.tag, deal.requester, deal.beneficiary, deal.callback, deal.params);
    }

    /// @notice Returns category, start, first index, number of tasks, worker stake and reward ratio of a deal.
    /// @param id the deal
    function viewConfigABILegacy(bytes32 id)
        external
        view
        returns (uint256, uint256, uint256, uint256, uint256, uint256)
    {
        Deal memory deal = _deal(id);
        return (
            deal.category,
            deal.startTime,
            deal.botFirst,
            deal.botSize,
            deal.workerStake,
            deal.schedulerRewardRatio
        );
    }

    /// @notice Returns free and locked funds of an account, in nRLC.
    /// @param user the account
    function viewAccountABILegacy(address user) external view returns (uint256, uint256) {
        Account memory account = _account(user);
        return (account.stake, account.locked);
    }

    /// @notice Returns a task.
    /// @param taskid the task
    function viewTaskABILegacy(bytes32 taskid)
        external
        view
        returns (
            TaskStatusEnum,
            bytes32,
            uint256,
            uint256,
            uint256,
            uint256,
            uint256,
            bytes32,
            uint256,
            uint256,
            address[] memory,
            bytes memory
        )
    {
        Task memory task = _task(taskid);
        return (
            task.status,
            task.dealid,
            task.idx,
            task.timeref,
            task.contributionDeadline,
            task.revealDeadline,
            task.finalDeadline,
            task.consensusValue,
            task.revealCounter,
            task.winnerCounter,
            task.contributors,
            task.results
        );
    }

    /// @notice Returns status, hash, seal and enclave of a worker's contribution.
    /// @param taskid the task
    /// @param worker the worker
    function viewContributionABILegacy(bytes32 taskid, address worker)
        external
        view
        returns (ContributionStatusEnum, bytes32, bytes32, address)
    {
        Contribution memory contribution = _contribution(taskid, worker);
        return (
            contribution.status, contribution.resultHash, contribution.resultSeal, contribution.enclaveChallenge
        );
    }

    /// @notice Returns name, description and unit of time of a category.
    /// @param catid the category's index
    function viewCategoryABILegacy(uint256 catid)
        external
        view
        returns (string memory, string memory, uint256)
    {
        Category memory category = HubStorage.poco().categories[catid];
        return (category.name, category.description, category.workClockTimeRef);
    }
}
