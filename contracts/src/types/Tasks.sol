// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice Where a task stands.
enum TaskStatusEnum {
    UNSET,
    ACTIVE,
    REVEALING,
    COMPLETED,
    FAILED
}

/// @notice Where one worker's contribution to a task stands.
enum ContributionStatusEnum {
    UNSET,
    CONTRIBUTED,
    PROVED,
    REJECTED
}

/// @notice Free and locked funds of one account, in nRLC.
struct Account {
    uint256 stake;
    uint256 locked;
}

/// @notice A class of tasks; `workClockTimeRef` is its unit of time in seconds.
struct Category {
    string name;
    string description;
    uint256 workClockTimeRef;
}

/// @notice A registry entry as it was when a deal was made: its owner then and the price per task.
struct Resource {
    address pointer;
    address owner;
    uint256 price;
}

/// @notice Four matched orders, as the accessors return them.
struct Deal {
    Resource app;
    Resource dataset;
    Resource workerpool;
    uint256 trust;
    uint256 category;
    bytes32 tag;
    address requester;
    address beneficiary;
    address callback;
    string params;
    uint256 startTime;
    uint256 botFirst;
    uint256 botSize;
    uint256 workerStake;
    uint256 schedulerRewardRatio;
    address sponsor;
}

/// @notice One task of a deal, as the accessors return it.
struct Task {
    TaskStatusEnum status;
    bytes32 dealid;
    uint256 idx;
    uint256 timeref;
    uint256 contributionDeadline;
    uint256 revealDeadline;
    uint256 finalDeadline;
    bytes32 consensusValue;
    uint256 revealCounter;
    uint256 winnerCounter;
    address[] contributors;
    bytes32 resultDigest;
    bytes results;
    uint256 resultsTimestamp;
    bytes resultsCallback;
}

/// @notice One worker's contribution to one task, as the accessors return it.
struct Contribution {
    ContributionStatusEnum status;
    bytes32 resultHash;
    bytes32 resultSeal;
    address enclaveChallenge;
    uint256 weight;
}

/// @notice What an application entry says about itself.
struct AppInfo {
    address owner;
    string m_appName;
    string m_appType;
    bytes m_appMultiaddr;
    bytes32 m_appChecksum;
    bytes m_appMREnclave;
}

/// @notice What a dataset entry says about itself.
struct DatasetInfo {
    address owner;
    string m_datasetName;
    bytes m_datasetMultiaddr;
    bytes32 m_datasetChecksum;
}

/// @notice What a workerpool entry says about itself.
struct WorkerpoolInfo {
    address owner;
    string m_workerpoolDescription;
    uint256 m_workerStakeRatioPolicy;
    uint256 m_schedulerRewardRatioPolicy;
}
