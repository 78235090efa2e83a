// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOracleConsumer} from "../interfaces/IExternal.sol";

/// @title A dapp's contract that keeps the results of its tasks; an example, and a fixture of tests.
contract Consumer is IOracleConsumer {
    /// @notice Returns the only account that may bring results.
    address public immutable hub;
    /// @notice Returns the task whose result came last.
    bytes32 public lastTask;
    /// @notice Returns how many results have come.
    uint256 public count;

    mapping(bytes32 task => bytes result) private _results;

    /// @notice A result has come.
    event ResultReceived(bytes32 indexed task, bytes result);

    /// @notice Somebody else than the hub tried to bring a result.
    error NotTheHub(address sender);

    /// @notice Trusts one hub, for good.
    /// @param trusted the hub
    constructor(address trusted) {
        hub = trusted;
    }

    /// @notice Receives the result of a task, as ERC-1154 has it.
    /// @param task the task
    /// @param result what its program left for this contract
    function receiveResult(bytes32 task, bytes calldata result) external override {
        if (msg.sender != hub) {
            revert NotTheHub(msg.sender);
        }
        _results[task] = result;
        lastTask = task;
        ++count;
        emit ResultReceived(task, result);
    }

    /// @notice Returns the result of a task; empty as long as none has come.
    /// @param task the task
    function resultOf(bytes32 task) external view returns (bytes memory) {
        return _results[task];
    }

    /// @notice Returns the last result as a number: its first 32 bytes.
    function value() external view returns (uint256) {
        return uint256(bytes32(_results[lastTask]));
    }
}
