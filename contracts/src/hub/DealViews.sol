// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Contribution, Deal, Resource, Task, TaskStatusEnum} from "../types/Tasks.sol";
import {HubStorage, StoredContribution, StoredDeal, StoredTask} from "./HubStorage.sol";
import {Parameters} from "./Parameters.sol";

/// @title What the hub knows about deals, tasks and contributions.
abstract contract DealViews is Parameters {
    /// @notice Returns a deal, all zero if unknown.
    /// @param id the deal
    /// @return deal the deal
    function viewDeal(bytes32 id) external view returns (Deal memory deal) {
        return _deal(id);
    }

    /// @notice Returns a task, all zero if it has not begun.
    /// @param id the task
    /// @return task the task
    function viewTask(bytes32 id) external view returns (Task memory task) {
        return _task(id);
    }

    /// @notice Returns a worker's contribution to a task, all zero if there is none.
    /// @param taskid the task
    /// @param worker the worker
    /// @return contribution the contribution
    function viewContribution(bytes32 taskid, address worker)
        external
        view
        returns (Contribution memory contribution)
    {
        return _contribution(taskid, worker);
    }

    /// @notice Returns what a deal's callback is given for a completed task.
    /// @param id the task
    /// @return the result for the callback
    function resultFor(bytes32 id) external view returns (bytes memory) {
        StoredTask storage task = HubStorage.poco().tasks[id];
        require(task.status == TaskStatusEnum.COMPLETED, "task-pending");
        return task.resultsCallback;
    }

    function _deal(bytes32 id) internal view returns (Deal memory deal) {
        StoredDeal storage stored = HubStorage.poco().deals[id];
        deal.app = stored.app;
        deal.dataset = stored.dataset;
        deal.workerpool = Resource(stored.workerpool, stored.workerpoolOwner, stored.workerpoolPrice);
        deal.trust = stored.trust;
        deal.category = stored.category;
        deal.tag = stored.tag;
        deal.requester = stored.requester;
        deal.beneficiary = stored.beneficiary;
        deal.callback = stored.callback;
        deal.params = stored.params;
        deal.startTime = stored.startTime;
        deal.botFirst = stored.botFirst;
        deal.botSize = stored.botSize;
        deal.workerStake = stored.workerStake;
        deal.schedulerRewardRatio = stored.schedulerRewardRatio;
        deal.sponsor = stored.sponsor;
    }

    function _task(bytes32 id) internal view returns (Task memory task) {
        StoredTask storage stored = HubStorage.poco().tasks[id];
        if (stored.status == TaskStatusEnum.UNSET) {
            return task;
        }
        uint256 startTime = HubStorage.poco().deals[stored.dealid].startTime;
        task.status = stored.status;
        task.dealid = stored.dealid;
        task.idx = stored.idx;
        task.timeref = stored.timeref;
        task.contributionDeadline = startTime + stored.timeref * CONTRIBUTION_DEADLINE_RATIO;
        task.revealDeadline = stored.revealDeadline;
        task.finalDeadline = startTime + stored.timeref * FINAL_DEADLINE_RATIO;
        task.consensusValue = stored.consensusValue;
        task.revealCounter = stored.revealCounter;
        task.winnerCounter = stored.winnerCounter;
        task.contributors = stored.contributors;
        task.resultDigest = stored.resultDigest;
        task.results = stored.results;
        task.resultsCallback = stored.resultsCallback;
    }

    function _contribution(bytes32 taskid, address worker) internal view returns (Contribution memory) {
        StoredContribution storage stored = HubStorage.poco().contributions[taskid][worker];
        return Contribution(
            stored.status, stored.resultHash, stored.resultSeal, stored.enclaveChallenge, stored.weight
        );
    }
}
