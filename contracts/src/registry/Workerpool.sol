// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Entry} from "./Entry.sol";

/// @title A workerpool: what it says about itself, and the terms it gives its workers.
contract Workerpool is Entry {
    /// @notice Returns the workerpool's description.
    string public m_workerpoolDescription;
    /// @notice Returns the share of the price a worker stakes on a contribution, in percent.
    uint256 public m_workerStakeRatioPolicy;
    /// @notice Returns the share of the reward the scheduler keeps, in percent.
    uint256 public m_schedulerRewardRatioPolicy;

    uint256 private constant INITIAL_WORKER_STAKE_RATIO = 30;
    uint256 private constant INITIAL_SCHEDULER_REWARD_RATIO = 1;

    /// @notice The terms for future deals changed.
    event PolicyUpdate(
        uint256 oldWorkerStakeRatioPolicy,
        uint256 newWorkerStakeRatioPolicy,
        uint256 oldSchedulerRewardRatioPolicy,
        uint256 newSchedulerRewardRatioPolicy
    );

    /// @notice Sets what the workerpool says about itself, once.
    /// @param workerpoolDescription the description
    function initialize(string calldata workerpoolDescription) external {
        _register();
        m_workerpoolDescription = workerpoolDescription;
        m_workerStakeRatioPolicy = INITIAL_WORKER_STAKE_RATIO;
        m_schedulerRewardRatioPolicy = INITIAL_SCHEDULER_REWARD_RATIO;
    }

    /// @notice Sets the terms for future deals; by the owner.
    /// @param newWorkerStakeRatioPolicy the share of the price a worker stakes, in percent
    /// @param newSchedulerRewardRatioPolicy the share of the reward the scheduler keeps, in percent, at most 100
    function changePolicy(uint256 newWorkerStakeRatioPolicy, uint256 newSchedulerRewardRatioPolicy)
        external
        onlyOwner
    {
        require(newSchedulerRewardRatioPolicy <= 100);
        emit PolicyUpdate(
            m_workerStakeRatioPolicy,
            newWorkerStakeRatioPolicy,
            m_schedulerRewardRatioPolicy,
            newSchedulerRewardRatioPolicy
        );
        m_workerStakeRatioPolicy = newWorkerStakeRatioPolicy;
        m_schedulerRewardRatioPolicy = newSchedulerRewardRatioPolicy;
    }
}
