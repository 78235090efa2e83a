// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IHubEvents} from "../interfaces/IHubEvents.sol";
import {HubStorage, PocoStorage} from "./HubStorage.sol";

/// @title The moves of money inside the escrow.
/// @dev Locked funds of all accounts are held as the hub's own balance, so that
/// `balances[hub] == sum of frozens` after every transaction.
abstract contract Ledger is IHubEvents {
    /// @dev Moves free funds of an account under lock.
    function _lock(address account, uint256 amount) internal {
        _move(account, address(this), amount);
        HubStorage.poco().frozens[account] += amount;
        emit Lock(account, amount);
    }

    /// @dev Releases locked funds to their owner.
    function _unlock(address account, uint256 amount) internal {
        _move(address(this), account, amount);
        HubStorage.poco().frozens[account] -= amount;
        emit Unlock(account, amount);
    }

    /// @dev Pays an account out of seized funds.
    function _reward(address account, uint256 amount, bytes32 ref) internal {
        _move(address(this), account, amount);
        emit Reward(account, amount, ref);
    }

    /// @dev Takes locked funds from their owner; the hub holds them until it pays them out.
    function _seize(address account, uint256 amount, bytes32 ref) internal {
        HubStorage.poco().frozens[account] -= amount;
        emit Seize(account, amount, ref);
    }

    function _move(address from, address to, uint256 amount) private {
        PocoStorage storage $ = HubStorage.poco();
        require(from != address(0), "IexecEscrow: Transfer from empty address");
        require(to != address(0), "IexecEscrow: Transfer to empty address");
        uint256 balance = $.balances[from];
        require(amount <= balance, "IexecEscrow: Transfer amount exceeds balance");
        unchecked {
            $.balances[from] = balance - amount;
        }
        $.balances[to] += amount;
        emit Transfer(from, to, amount);
    }
}
