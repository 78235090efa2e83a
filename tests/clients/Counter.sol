// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title A counter for client tests: state, an event, a revert with a reason and one with an error.
contract Counter {
    /// @notice The counter was moved.
    event Moved(address indexed by, uint256 indexed to, string note);

    /// @notice The step asked for is larger than allowed.
    error TooFar(uint256 asked, uint256 allowed);

    /// @notice Where the counter stands.
    uint256 public count;

    /// @param start Where to begin.
    constructor(uint256 start) {
        count = start;
    }

    /// @notice Moves the counter.
    /// @param step How far.
    /// @param note Put into the event.
    function move(uint256 step, string calldata note) external {
        require(step != 0, "nothing to do");
        if (step > 100) revert TooFar(step, 100);
        count += step;
        emit Moved(msg.sender, count, note);
    }

    /// @notice Block time, for tests that travel.
    function time() external view returns (uint256) {
        return block.timestamp;
    }
}
