// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Category, ContributionStatusEnum, Resource, TaskStatusEnum} from "../types/Tasks.sol";
import {IRegistry} from "../interfaces/IRegistry.sol";
import {IToken} from "../interfaces/IToken.sol";

/// @dev A deal as stored. Members that cannot outgrow their type share slots: a reward ratio is at most
/// 100, a category is an index, a start time is a block time.
struct StoredDeal {
    Resource app;
    Resource dataset;
    address workerpool;
    uint8 schedulerRewardRatio;
    uint64 category;
    address workerpoolOwner;
    uint64 startTime;
    uint256 workerpoolPrice;
    uint256 trust;
    bytes32 tag;
    address requester;
    address beneficiary;
    address callback;
    address sponsor;
    string params;
    uint256 botFirst;
    uint256 botSize;
    uint256 workerStake;
}

/// @dev A task as stored. Contribution and final deadlines follow from the deal's start and `timeref`,
/// which no one can change later, so they are computed and not stored.
struct StoredTask {
    TaskStatusEnum status;
    uint32 revealCounter;
    uint32 winnerCounter;
    uint128 revealDeadline;
    bytes32 dealid;
    uint256 idx;
    uint256 timeref;
    bytes32 consensusValue;
    bytes32 resultDigest;
    address[] contributors;
    bytes results;
    bytes resultsCallback;
}

/// @dev A contribution as stored; the weight is a base-two logarithm and so at most 255.
struct StoredContribution {
    ContributionStatusEnum status;
    uint8 weight;
    address enclaveChallenge;
    bytes32 resultHash;
    bytes32 resultSeal;
}

/// @dev The vote on one task: the weight of each group, and one plus the weight of all groups.
struct Consensus {
    mapping(bytes32 resultHash => uint256 weight) group;
    uint256 total;
}

/// @dev Everything the hub remembers about the protocol. The diamond's own tables live in `DiamondStorage`.
/// The members stand in the order of the public hubs, so that a map or a word of its own is in the slot it has
/// there; tests of dapps write them. What is inside a deal, a task or a contribution is packed otherwise.
struct PocoStorage {
    // Registries and the payment token.
    IRegistry appregistry;
    IRegistry datasetregistry;
    IRegistry workerpoolregistry;
    IToken token;
    // Escrow, which is an ERC-20 token.
    string name;
    string symbol;
    uint8 decimals;
    uint256 totalSupply;
    mapping(address account => uint256 amount) balances;
    mapping(address account => uint256 amount) frozens;
    mapping(address account => mapping(address spender => uint256 amount)) allowances;
    // Orders.
    bytes32 domainSeparator;
    mapping(bytes32 orderHash => address signer) presigned;
    mapping(bytes32 orderHash => uint256 volume) consumed;
    // Deals, tasks, workers.
    mapping(bytes32 dealid => StoredDeal deal) deals;
    mapping(bytes32 taskid => StoredTask task) tasks;
    mapping(bytes32 taskid => Consensus vote) consensus;
    mapping(bytes32 taskid => mapping(address worker => StoredContribution contribution)) contributions;
    mapping(address worker => uint256 score) workerScores;
    // Configuration.
    address teebroker;
    uint256 callbackgas;
    Category[] categories;
    address v3Hub;
    mapping(address worker => bool done) v3ScoreImported;
}

/// @title The hub's storage, at the base slot of the ERC-7201 namespace `iexec.poco.storage.PocoStorage`.
library HubStorage {
    bytes32 private constant BASE = 0x5862653c6982c162832160cf30593645e8487b257e44d77cdd6b51eee2651b00;

    function poco() internal pure returns (PocoStorage storage $) {
        assembly ("memory-safe") {
            $.slot := BASE
        }
    }
}
