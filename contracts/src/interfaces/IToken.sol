// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title What the escrow asks of its payment token.
interface IToken {
    /// @notice Moves tokens of the caller.
    function transfer(address to, uint256 value) external returns (bool);

    /// @notice Moves tokens of an account that allowed it.
    function transferFrom(address from, address to, uint256 value) external returns (bool);

    /// @notice Returns the tokens an account holds.
    function balanceOf(address account) external view returns (uint256);
}
