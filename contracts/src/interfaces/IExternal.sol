// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title ERC-1271: a contract that can vouch for a signature.
interface IERC1271 {
    /// @notice Returns `0x1626ba7e` if the signature of the hash is valid.
    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4);
}

/// @title ERC-734: a contract that keeps keys, used as a group of members in order restrictions.
interface IERC734 {
    /// @notice Tells whether a key has a purpose.
    function keyHasPurpose(bytes32 key, uint256 purpose) external view returns (bool);
}

/// @title ERC-1154: a contract that wants the result of a task.
interface IOracleConsumer {
    /// @notice Receives the result of a task.
    function receiveResult(bytes32 id, bytes calldata result) external;
}

/// @title A contract that is told about an allowance at once.
interface ITokenSpender {
    /// @notice Reacts to an allowance of `value` given by `sender` on `token`.
    function receiveApproval(address sender, uint256 value, address token, bytes calldata extraData)
        external
        returns (bool);
}

/// @title An earlier hub from which worker scores may be taken over.
interface IScoreSource {
    /// @notice Returns the score of a worker.
    function viewScore(address worker) external view returns (uint256);
}
