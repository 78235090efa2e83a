// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ContributionStatusEnum, TaskStatusEnum} from "../types/Tasks.sol";
import {
    Consensus, HubStorage, PocoStorage, StoredContribution, StoredDeal, StoredTask
} from "./HubStorage.sol";
import {Ledger} from "./Ledger.sol";
import {Parameters} from "./Parameters.sol";
import {Signatures} from "./Signatures.sol";

/// @title A task from its beginning to the proof of its result.
abstract contract Voting is Parameters, Ledger, Signatures {
    bytes32 internal constant TEE_BIT = bytes32(uint256(1));

    /// @notice Begins a task of a deal.
    /// @param dealId the deal
    /// @param index the task's index, from the deal's first index on
    /// @return taskid the task
    function initialize(bytes32 dealId, uint256 index) external returns (bytes32) {
        return _initialize(dealId, index);
    }

    /// @notice Votes for a result without showing it; the caller is the worker and stakes for its vote.
    /// @param taskId the task
    /// @param resultHash keccak256 of task and digest
    /// @param resultSeal keccak256 of worker, task and digest
    /// @param enclaveChallenge the enclave's key, zero without enclave
    /// @param enclaveSign the enclave's signature of hash and seal
    /// @param authorizationSign the permission to vote, by the scheduler or the enclave broker
    function contribute(
        bytes32 taskId,
        bytes32 resultHash,
        bytes32 resultSeal,
        address enclaveChallenge,
        bytes calldata enclaveSign,
        bytes calldata authorizationSign
    ) external {
        PocoStorage storage $ = HubStorage.poco();
        StoredTask storage task = $.tasks[taskId];
        require(task.status == TaskStatusEnum.ACTIVE);
        StoredDeal storage deal = $.deals[task.dealid];
        require(_deadline(deal, task, CONTRIBUTION_DEADLINE_RATIO) > block.timestamp);
        StoredContribution storage contribution = $.contributions[taskId][msg.sender];
        require(contribution.status == ContributionStatusEnum.UNSET);
        _checkPermission(taskId, deal, enclaveChallenge, authorizationSign);
        _checkEnclave(enclaveChallenge, resultHash, resultSeal, enclaveSign);

        task.contributors.push(msg.sender);
        contribution.resultHash = resultHash;
        contribution.resultSeal = resultSeal;
        _lock(msg.sender, deal.workerStake);
        emit TaskContribute(taskId, msg.sender, resultHash);

        (uint256 weight, bool reached) = _vote(taskId, resultHash, deal.trust);
        contribution.status = ContributionStatusEnum.CONTRIBUTED;
        contribution.weight = uint8(Math.log2(weight));
        contribution.enclaveChallenge = enclaveChallenge;
        if (reached) {
            _closeVote(taskId, task, resultHash);
        }
    }

    /// @notice Proves the vote of the calling worker, who is in the winning group.
    /// @param taskId the task
    /// @param resultDigest the digest that was voted for
    function reveal(bytes32 taskId, bytes32 resultDigest) external {
        PocoStorage storage $ = HubStorage.poco();
        StoredTask storage task = $.tasks[taskId];
        require(task.status == TaskStatusEnum.REVEALING);
        require(task.revealDeadline > block.timestamp);
        StoredContribution storage contribution = $.contributions[taskId][msg.sender];
        require(contribution.status == ContributionStatusEnum.CONTRIBUTED);
        bytes32 resultHash = contribution.resultHash;
        require(resultHash == task.consensusValue);
        require(resultHash == _resultHash(taskId, resultDigest));
        require(contribution.resultSeal == _resultSeal(msg.sender, taskId, resultDigest));

        contribution.status = ContributionStatusEnum.PROVED;
        task.revealCounter += 1;
        task.resultDigest = resultDigest;
        emit TaskReveal(taskId, msg.sender, resultDigest);
    }

    /// @notice Opens the vote again when no winner revealed in time; by the scheduler.
    /// @param taskId the task
    function reopen(bytes32 taskId) external {
        PocoStorage storage $ = HubStorage.poco();
        StoredTask storage task = $.tasks[taskId];
        StoredDeal storage deal = $.deals[task.dealid];
        require(msg.sender == deal.workerpoolOwner);
        require(task.status == TaskStatusEnum.REVEALING);
        require(_deadline(deal, task, FINAL_DEADLINE_RATIO) > block.timestamp);
        require(task.revealDeadline <= block.timestamp && task.revealCounter == 0);

        bytes32 lost = task.consensusValue;
        uint256 count = task.contributors.length;
        for (uint256 i = 0; i < count; ++i) {
            StoredContribution storage contribution = $.contributions[taskId][task.contributors[i]];
            if (contribution.resultHash == lost) {
                contribution.status = ContributionStatusEnum.REJECTED;
            }
        }
        Consensus storage consensus = $.consensus[taskId];
        consensus.total -= consensus.group[lost];
        consensus.group[lost] = 0;
        task.status = TaskStatusEnum.ACTIVE;
        task.winnerCounter = 0;
        task.revealDeadline = 0;
        task.consensusValue = bytes32(0);
        emit TaskReopen(taskId);
    }

    function _initialize(bytes32 dealId, uint256 index) internal returns (bytes32 taskid) {
        PocoStorage storage $ = HubStorage.poco();
        StoredDeal storage deal = $.deals[dealId];
        uint256 first = deal.botFirst;
        require(first <= index);
        require(index < first + deal.botSize);
        taskid = keccak256(abi.encodePacked(dealId, index));
        StoredTask storage task = $.tasks[taskid];
        require(task.status == TaskStatusEnum.UNSET);

        task.status = TaskStatusEnum.ACTIVE;
        task.dealid = dealId;
        task.idx = index;
        task.timeref = $.categories[deal.category].workClockTimeRef;
        $.consensus[taskid].total = 1;
        emit TaskInitialize(taskid, deal.workerpool);
    }

    /// @dev The worker may work on this task, inside this enclave. A deal that asks for an enclave
    /// takes no contribution from outside one.
    function _checkPermission(
        bytes32 taskId,
        StoredDeal storage deal,
        address enclaveChallenge,
        bytes calldata authorizationSign
    ) internal view {
        require(enclaveChallenge != address(0) || deal.tag & TEE_BIT == bytes32(0));
        address signer = enclaveChallenge == address(0) ? address(0) : HubStorage.poco().teebroker;
        if (signer == address(0)) {
            signer = deal.workerpoolOwner;
        }
        bytes32 message = keccak256(abi.encodePacked(msg.sender, taskId, enclaveChallenge));
        require(_isSignature(signer, ECDSA.toEthSignedMessageHash(message), authorizationSign));
    }

    /// @dev The enclave, if there is one, has produced this result.
    function _checkEnclave(
        address enclaveChallenge,
        bytes32 resultHash,
        bytes32 resultSeal,
        bytes calldata enclaveSign
    ) internal view {
        if (enclaveChallenge != address(0)) {
            bytes32 message = keccak256(abi.encodePacked(resultHash, resultSeal));
            require(_isSignature(enclaveChallenge, ECDSA.toEthSignedMessageHash(message), enclaveSign));
        }
    }

    /// @dev Adds the caller's vote to its group. The weights of a group multiply. Returns the weight and
    /// whether the group is now as credible as the deal's trust asks.
    function _vote(bytes32 taskId, bytes32 resultHash, uint256 trust) private returns (uint256 weight, bool reached) {
        Consensus storage consensus = HubStorage.poco().consensus[taskId];
        weight = Math.max(HubStorage.poco().workerScores[msg.sender] / 3, 3) - 1;
        uint256 before = consensus.group[resultHash];
        uint256 group = Math.max(before, 1) * weight;
        uint256 total = consensus.total + (group - before);
        consensus.group[resultHash] = group;
        consensus.total = total;
        reached = group * trust > total * (trust - 1);
    }

    function _closeVote(bytes32 taskId, StoredTask storage task, bytes32 resultHash) private {
        uint32 winners = 0;
        uint256 count = task.contributors.length;
        for (uint256 i = 0; i < count; ++i) {
            StoredContribution storage contribution =
                HubStorage.poco().contributions[taskId][task.contributors[i]];
            if (
                contribution.resultHash == resultHash
                    && contribution.status == ContributionStatusEnum.CONTRIBUTED
            ) {
                ++winners;
            }
        }
        task.status = TaskStatusEnum.REVEALING;
        task.revealCounter = 0;
        task.winnerCounter = winners;
        task.revealDeadline = _revealDeadline(task.timeref);
        task.consensusValue = resultHash;
        emit TaskConsensus(taskId, resultHash);
    }

    /// @dev Both long deadlines run from the deal's start, however late the task begins.
    function _deadline(StoredDeal storage deal, StoredTask storage task, uint256 ratio)
        internal
        view
        returns (uint256)
    {
        return deal.startTime + task.timeref * ratio;
    }

    function _revealDeadline(uint256 timeref) internal view returns (uint128) {
        return uint128(Math.min(block.timestamp + timeref * REVEAL_DEADLINE_RATIO, type(uint128).max));
    }

    function _resultHash(bytes32 taskId, bytes32 resultDigest) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(taskId, resultDigest));
    }

    function _resultSeal(address worker, bytes32 taskId, bytes32 resultDigest) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(worker, taskId, resultDigest));
    }
}
