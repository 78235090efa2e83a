// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IOracleConsumer} from "../interfaces/IExternal.sol";
import {ContributionStatusEnum, TaskStatusEnum} from "../types/Tasks.sol";
import {HubStorage, PocoStorage, StoredContribution, StoredDeal, StoredTask} from "./HubStorage.sol";
import {Voting} from "./Voting.sol";

/// @title The end of a task: everyone is paid, or the payer is refunded.
abstract contract Settlement is Voting {
    /// @dev The money of one settlement, read once.
    struct Bill {
        address scheduler;
        uint256 poolPrice;
        uint256 schedulerRewardRatio;
    }

    /// @notice Completes a task whose winners have revealed and pays everyone; by the scheduler.
    /// @param taskId the task
    /// @param results where the result is found
    /// @param resultsCallback what the deal's callback receives, empty without callback
    function finalize(bytes32 taskId, bytes calldata results, bytes calldata resultsCallback) external {
        PocoStorage storage $ = HubStorage.poco();
        StoredTask storage task = $.tasks[taskId];
        StoredDeal storage deal = $.deals[task.dealid];
        require(task.status == TaskStatusEnum.REVEALING);
        require(_deadline(deal, task, FINAL_DEADLINE_RATIO) > block.timestamp);
        require(msg.sender == deal.workerpoolOwner);
        require(
            task.revealCounter == task.winnerCounter
                || (task.revealCounter > 0 && task.revealDeadline <= block.timestamp)
        );
        _checkCallback(deal.callback, resultsCallback, task.resultDigest);

        task.status = TaskStatusEnum.COMPLETED;
        _storeResults(task, results, resultsCallback);
        _payAll(taskId, deal, task);
        emit TaskFinalize(taskId, results);
        _callBack(taskId, deal.callback, resultsCallback);
    }

    /// @notice Votes, proves and completes in one step, for a deal that trusts a single worker; by the worker.
    /// @param taskId the task
    /// @param resultDigest the digest of the result
    /// @param results where the result is found
    /// @param resultsCallback what the deal's callback receives, empty without callback
    /// @param enclaveChallenge the enclave's key, zero without enclave
    /// @param enclaveSign the enclave's signature of hash and seal
    /// @param authorizationSign the permission to vote, by the scheduler or the enclave broker
    function contributeAndFinalize(
        bytes32 taskId,
        bytes32 resultDigest,
        bytes calldata results,
        bytes calldata resultsCallback,
        address enclaveChallenge,
        bytes calldata enclaveSign,
        bytes calldata authorizationSign
    ) external {
        PocoStorage storage $ = HubStorage.poco();
        StoredTask storage task = $.tasks[taskId];
        StoredDeal storage deal = $.deals[task.dealid];
        require(task.status == TaskStatusEnum.ACTIVE);
        require(_deadline(deal, task, CONTRIBUTION_DEADLINE_RATIO) > block.timestamp);
        require(task.contributors.length == 0);
        require(deal.trust == 1);
        _checkCallback(deal.callback, resultsCallback, resultDigest);
        _checkPermission(taskId, deal, enclaveChallenge, authorizationSign);
        bytes32 resultHash = _resultHash(taskId, resultDigest);
        bytes32 resultSeal = _resultSeal(msg.sender, taskId, resultDigest);
        _checkEnclave(enclaveChallenge, resultHash, resultSeal, enclaveSign);

        StoredContribution storage contribution = $.contributions[taskId][msg.sender];
        contribution.status = ContributionStatusEnum.PROVED;
        contribution.enclaveChallenge = enclaveChallenge;
        contribution.resultHash = resultHash;
        contribution.resultSeal = resultSeal;

        task.status = TaskStatusEnum.COMPLETED;
        task.revealCounter = 1;
        task.winnerCounter = 1;
        task.revealDeadline = _revealDeadline(task.timeref);
        task.consensusValue = resultHash;
        task.resultDigest = resultDigest;
        task.contributors.push(msg.sender);
        _storeResults(task, results, resultsCallback);

        _paySingle(taskId, deal);
        emit TaskContribute(taskId, msg.sender, resultHash);
        emit TaskConsensus(taskId, resultHash);
        emit TaskReveal(taskId, msg.sender, resultDigest);
        emit TaskFinalize(taskId, results);
        _callBack(taskId, deal.callback, resultsCallback);
    }

    /// @notice Refunds the payer of a task that was not completed before its final deadline; by anyone.
    /// @param taskId the task
    function claim(bytes32 taskId) external {
        _claim(taskId);
    }

    /// @notice Begins several tasks.
    /// @param dealIds the deal of each task
    /// @param indexes the index of each task
    /// @return true
    function initializeArray(bytes32[] calldata dealIds, uint256[] calldata indexes) external returns (bool) {
        require(dealIds.length == indexes.length);
        for (uint256 i = 0; i < dealIds.length; ++i) {
            _initialize(dealIds[i], indexes[i]);
        }
        return true;
    }

    /// @notice Refunds the payers of several tasks.
    /// @param taskIds the tasks
    /// @return true
    function claimArray(bytes32[] calldata taskIds) external returns (bool) {
        for (uint256 i = 0; i < taskIds.length; ++i) {
            _claim(taskIds[i]);
        }
        return true;
    }

    /// @notice Begins several tasks and refunds their payers at once.
    /// @param dealIds the deal of each task
    /// @param indexes the index of each task
    /// @return true
    function initializeAndClaimArray(bytes32[] calldata dealIds, uint256[] calldata indexes)
        external
        returns (bool)
    {
        require(dealIds.length == indexes.length);
        for (uint256 i = 0; i < dealIds.length; ++i) {
            _claim(_initialize(dealIds[i], indexes[i]));
        }
        return true;
    }

    function _claim(bytes32 taskId) private {
        PocoStorage storage $ = HubStorage.poco();
        StoredTask storage task = $.tasks[taskId];
        StoredDeal storage deal = $.deals[task.dealid];
        require(task.status == TaskStatusEnum.ACTIVE || task.status == TaskStatusEnum.REVEALING);
        require(_deadline(deal, task, FINAL_DEADLINE_RATIO) <= block.timestamp);
        task.status = TaskStatusEnum.FAILED;

        uint256 poolPrice = deal.workerpoolPrice;
        uint256 poolStake = poolPrice * WORKERPOOL_STAKE_RATIO / 100;
        _unlock(deal.sponsor, deal.app.price + deal.dataset.price + poolPrice);
        _seize(deal.workerpoolOwner, poolStake, taskId);
        // The kitty's share stays the hub's balance: it is paid and locked without a transfer.
        $.frozens[KITTY_ADDRESS] += poolStake;
        emit Reward(KITTY_ADDRESS, poolStake, taskId);
        emit Lock(KITTY_ADDRESS, poolStake);

        uint256 workerStake = deal.workerStake;
        uint256 count = task.contributors.length;
        for (uint256 i = 0; i < count; ++i) {
            _unlock(task.contributors[i], workerStake);
        }
        emit TaskClaimed(taskId);
    }

    function _checkCallback(address callback, bytes calldata resultsCallback, bytes32 resultDigest) private pure {
        require(
            (callback == address(0) && resultsCallback.length == 0) || keccak256(resultsCallback) == resultDigest
        );
    }

    function _storeResults(StoredTask storage task, bytes calldata results, bytes calldata resultsCallback) private {
        task.results = results;
        if (resultsCallback.length > 0) {
            task.resultsCallback = resultsCallback;
        }
    }

    /// @dev Hands the result over. The receiver may fail, but its failure must not be for want of gas.
    function _callBack(bytes32 taskId, address callback, bytes calldata resultsCallback) private {
        if (callback == address(0)) {
            return;
        }
        uint256 callbackgas = HubStorage.poco().callbackgas;
        // solhint-disable-next-line avoid-low-level-calls
        (bool ignored,) = callback.call{gas: callbackgas}(
            abi.encodeCall(IOracleConsumer.receiveResult, (taskId, resultsCallback))
        );
        ignored;
        assert(gasleft() > callbackgas / 63);
    }

    function _payAll(bytes32 taskId, StoredDeal storage deal, StoredTask storage task) private {
        Bill memory bill = _payResources(taskId, deal);
        (uint256 weights, uint256 faulty) = _count(taskId, task);
        uint256 left = bill.poolPrice + deal.workerStake * faulty;
        uint256 workersReward = left * (100 - bill.schedulerRewardRatio) / 100;
        left = _payWorkers(taskId, deal.workerStake, task, left, workersReward, weights);
        _reward(bill.scheduler, left, taskId);
    }

    function _paySingle(bytes32 taskId, StoredDeal storage deal) private {
        Bill memory bill = _payResources(taskId, deal);
        uint256 workerReward = bill.poolPrice * (100 - bill.schedulerRewardRatio) / 100;
        _reward(msg.sender, workerReward, taskId);
        _reward(bill.scheduler, bill.poolPrice - workerReward, taskId);
    }

    /// @dev Takes the price from the payer, pays application and dataset, releases the scheduler's stake
    /// and gives the scheduler its share of the kitty.
    function _payResources(bytes32 taskId, StoredDeal storage deal) private returns (Bill memory bill) {
        bill.scheduler = deal.workerpoolOwner;
        bill.poolPrice = deal.workerpoolPrice;
        bill.schedulerRewardRatio = deal.schedulerRewardRatio;
        uint256 appPrice = deal.app.price;
        uint256 datasetPrice = deal.dataset.price;
        _seize(deal.sponsor, appPrice + datasetPrice + bill.poolPrice, taskId);
        if (appPrice > 0) {
            _reward(deal.app.owner, appPrice, taskId);
        }
        if (datasetPrice > 0) {
            _reward(deal.dataset.owner, datasetPrice, taskId);
        }
        _unlock(bill.scheduler, bill.poolPrice * WORKERPOOL_STAKE_RATIO / 100);
        uint256 kitty = HubStorage.poco().frozens[KITTY_ADDRESS];
        if (kitty > 0) {
            uint256 share = Math.min(Math.max(kitty * KITTY_RATIO / 100, KITTY_MIN), kitty);
            _seize(KITTY_ADDRESS, share, taskId);
            _reward(bill.scheduler, share, taskId);
        }
    }

    /// @dev Returns the weight of all proved contributions and the number of the others.
    function _count(bytes32 taskId, StoredTask storage task) private view returns (uint256 weights, uint256 faulty) {
        uint256 count = task.contributors.length;
        for (uint256 i = 0; i < count; ++i) {
            StoredContribution storage contribution =
                HubStorage.poco().contributions[taskId][task.contributors[i]];
            if (contribution.status == ContributionStatusEnum.PROVED) {
                weights += contribution.weight;
            } else {
                ++faulty;
            }
        }
    }

    /// @dev Pays proved contributors by weight and punishes the others; returns what is left of the reward.
    function _payWorkers(
        bytes32 taskId,
        uint256 workerStake,
        StoredTask storage task,
        uint256 left,
        uint256 workersReward,
        uint256 weights
    ) private returns (uint256) {
        PocoStorage storage $ = HubStorage.poco();
        uint256 count = task.contributors.length;
        for (uint256 i = 0; i < count; ++i) {
            address worker = task.contributors[i];
            StoredContribution storage contribution = $.contributions[taskId][worker];
            if (contribution.status == ContributionStatusEnum.PROVED) {
                uint256 share = workersReward * contribution.weight / weights;
                left -= share;
                _unlock(worker, workerStake);
                _reward(worker, share, taskId);
                // Nobody confirmed the vote of a single worker, so it says nothing about its accuracy.
                if (count > 1) {
                    $.workerScores[worker] += 1;
                    emit AccurateContribution(worker, taskId);
                }
            } else {
                _seize(worker, workerStake, taskId);
                $.workerScores[worker] = $.workerScores[worker] * 2 / 3;
                emit FaultyContribution(worker, taskId);
            }
        }
        return left;
    }
}
