// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice The protocol's numbers. Ratios named "deadline" are multiples of a category's unit of time,
/// the others are percentages; `kittyMin` is in nRLC. The kitty is the account of seized scheduler stakes.
/// `datasetTagIgnored` are the bits of a dataset's tag that bind nobody: those that name a TEE framework.
struct ProtocolParameters {
    uint256 contributionDeadlineRatio;
    uint256 revealDeadlineRatio;
    uint256 finalDeadlineRatio;
    uint256 workerpoolStakeRatio;
    uint256 kittyRatio;
    uint256 kittyMin;
    address kittyAddress;
    bytes32 datasetTagIgnored;
}

/// @title The protocol's numbers, fixed in the code when a facet is deployed.
/// @dev Every facet of one hub must be given the same numbers.
abstract contract Parameters {
    uint256 internal immutable CONTRIBUTION_DEADLINE_RATIO;
    uint256 internal immutable REVEAL_DEADLINE_RATIO;
    uint256 internal immutable FINAL_DEADLINE_RATIO;
    uint256 internal immutable WORKERPOOL_STAKE_RATIO;
    uint256 internal immutable KITTY_RATIO;
    uint256 internal immutable KITTY_MIN;
    address internal immutable KITTY_ADDRESS;
    bytes32 internal immutable DATASET_TAG_IGNORED;

    /// @dev The ERC-734 purpose of a group member.
    uint256 internal constant GROUPMEMBER_PURPOSE = 4;

    constructor(ProtocolParameters memory parameters) {
        CONTRIBUTION_DEADLINE_RATIO = parameters.contributionDeadlineRatio;
        REVEAL_DEADLINE_RATIO = parameters.revealDeadlineRatio;
        FINAL_DEADLINE_RATIO = parameters.finalDeadlineRatio;
        WORKERPOOL_STAKE_RATIO = parameters.workerpoolStakeRatio;
        KITTY_RATIO = parameters.kittyRatio;
        KITTY_MIN = parameters.kittyMin;
        KITTY_ADDRESS = parameters.kittyAddress;
        DATASET_TAG_IGNORED = parameters.datasetTagIgnored;
    }
}
