// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IHubEvents} from "../interfaces/IHubEvents.sol";
import {ITokenSpender} from "../interfaces/IExternal.sol";
import {AppOrder, DatasetOrder, RequestOrder, WorkerpoolOrder} from "../types/Orders.sol";
import {DiamondStorage} from "./DiamondStorage.sol";
import {HubStorage, PocoStorage} from "./HubStorage.sol";
import {Matching} from "./Matching.sol";

/// @title Deposits: the escrow's ERC-20 side, and the way of the payment token in and out.
abstract contract Escrow is IHubEvents {
    /// @notice The call that came with an approval is none the escrow carries out.
    error UnsupportedOperation(bytes4 selector);
    /// @notice The call that came with an approval failed without saying why.
    error OperationFailed();
    /// @notice An approval may only pay for a request of the account that approved.
    error CallerIsNotTheRequester();

    /// @notice Plain ether is refused.
    receive() external payable {
        revert("fallback-disabled");
    }

    /// @notice Unknown calls are refused.
    fallback() external payable {
        revert("fallback-disabled");
    }

    /// @notice Moves free funds of the caller to another account of the escrow.
    /// @param recipient the other account
    /// @param amount in nRLC
    /// @return true
    function transfer(address recipient, uint256 amount) external returns (bool) {
        _transfer(msg.sender, recipient, amount);
        return true;
    }

    /// @notice Allows a spender to move free funds of the caller.
    /// @param spender who may spend
    /// @param value up to how many nRLC
    /// @return true
    function approve(address spender, uint256 value) external returns (bool) {
        _approve(msg.sender, spender, value);
        return true;
    }

    /// @notice Allows a spender to move free funds of the caller, and tells it.
    /// @param spender who may spend
    /// @param value up to how many nRLC
    /// @param extraData what else the spender is told
    /// @return true
    function approveAndCall(address spender, uint256 value, bytes calldata extraData) external returns (bool) {
        _approve(msg.sender, spender, value);
        require(
            ITokenSpender(spender).receiveApproval(msg.sender, value, address(this), extraData), "approval-refused"
        );
        return true;
    }

    /// @notice Moves free funds of an account that allowed it.
    /// @param sender whose funds
    /// @param recipient where to
    /// @param amount in nRLC
    /// @return true
    function transferFrom(address sender, address recipient, uint256 amount) external returns (bool) {
        _transfer(sender, recipient, amount);
        uint256 allowed = HubStorage.poco().allowances[sender][msg.sender];
        require(amount <= allowed);
        _approve(sender, msg.sender, allowed - amount);
        return true;
    }

    /// @notice Raises an allowance.
    /// @param spender who may spend
    /// @param addedValue how many nRLC more
    /// @return true
    function increaseAllowance(address spender, uint256 addedValue) external returns (bool) {
        uint256 allowed = HubStorage.poco().allowances[msg.sender][spender];
        require(addedValue <= type(uint256).max - allowed);
        _approve(msg.sender, spender, allowed + addedValue);
        return true;
    }

    /// @notice Lowers an allowance.
    /// @param spender who may spend
    /// @param subtractedValue how many nRLC less
    /// @return true
    function decreaseAllowance(address spender, uint256 subtractedValue) external returns (bool) {
        uint256 allowed = HubStorage.poco().allowances[msg.sender][spender];
        require(subtractedValue <= allowed);
        _approve(msg.sender, spender, allowed - subtractedValue);
        return true;
    }

    /// @notice Deposits tokens of the caller, who has approved the hub.
    /// @param amount in nRLC
    /// @return true
    function deposit(uint256 amount) external returns (bool) {
        _deposit(msg.sender, msg.sender, amount);
        return true;
    }

    /// @notice Deposits tokens of the caller for another account.
    /// @param amount in nRLC
    /// @param target the other account
    /// @return true
    function depositFor(uint256 amount, address target) external returns (bool) {
        _deposit(msg.sender, target, amount);
        return true;
    }

    /// @notice Deposits tokens of the caller for several accounts.
    /// @param amounts in nRLC
    /// @param targets the accounts
    /// @return true
    function depositForArray(uint256[] calldata amounts, address[] calldata targets) external returns (bool) {
        require(amounts.length == targets.length, "invalid-array-length");
        for (uint256 i = 0; i < amounts.length; ++i) {
            _deposit(msg.sender, targets[i], amounts[i]);
        }
        return true;
    }

    /// @notice Pays free funds of the caller out.
    /// @param amount in nRLC
    /// @return true
    function withdraw(uint256 amount) external returns (bool) {
        _withdraw(msg.sender, amount);
        return true;
    }

    /// @notice Pays free funds of the caller out to another account.
    /// @param amount in nRLC
    /// @param target the other account
    /// @return true
    function withdrawTo(uint256 amount, address target) external returns (bool) {
        _withdraw(target, amount);
        return true;
    }

    /// @notice Credits the hub's owner with tokens that came to the hub outside a deposit.
    /// @return delta in nRLC
    function recover() external returns (uint256 delta) {
        DiamondStorage.checkOwner();
        PocoStorage storage $ = HubStorage.poco();
        delta = $.token.balanceOf(address(this)) - $.totalSupply;
        _mint(DiamondStorage.layout().owner, delta);
    }

    /// @notice Deposits what an account approved, and with the same transaction matches its request if asked to.
    /// @param sender the account
    /// @param amount in nRLC
    /// @param token the payment token
    /// @param data empty, or an encoded call of `matchOrders` whose request is the account's
    /// @return true
    function receiveApproval(address sender, uint256 amount, address token, bytes calldata data)
        external
        returns (bool)
    {
        require(token == address(HubStorage.poco().token), "wrong-token");
        _deposit(sender, sender, amount);
        if (data.length > 0) {
            _matchFor(sender, data);
        }
        return true;
    }

    function _matchFor(address sender, bytes calldata data) private {
        // The slice refuses what is too short to name a function.
        bytes4 selector = bytes4(data[:4]);
        if (selector != Matching.matchOrders.selector) {
            revert UnsupportedOperation(selector);
        }
        (,,, RequestOrder memory request) =
            abi.decode(data[4:], (AppOrder, DatasetOrder, WorkerpoolOrder, RequestOrder));
        if (request.requester != sender) {
            revert CallerIsNotTheRequester();
        }
        // solhint-disable-next-line avoid-low-level-calls
        (bool ok, bytes memory answer) = address(this).delegatecall(data);
        if (!ok) {
            if (answer.length == 0) {
                revert OperationFailed();
            }
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }

    function _deposit(address from, address target, uint256 amount) private {
        require(HubStorage.poco().token.transferFrom(from, address(this), amount), "failed-transferFrom");
        _mint(target, amount);
    }

    function _withdraw(address target, uint256 amount) private {
        _burn(msg.sender, amount);
        require(HubStorage.poco().token.transfer(target, amount), "failed-transfer");
    }

    function _transfer(address from, address to, uint256 amount) private {
        PocoStorage storage $ = HubStorage.poco();
        require(from != address(0), "ERC20: transfer from the zero address");
        require(to != address(0), "ERC20: transfer to the zero address");
        require(amount <= $.balances[from]);
        $.balances[from] -= amount;
        $.balances[to] += amount;
        emit Transfer(from, to, amount);
    }

    function _mint(address account, uint256 amount) private {
        PocoStorage storage $ = HubStorage.poco();
        require(account != address(0), "ERC20: mint to the zero address");
        $.totalSupply += amount;
        $.balances[account] += amount;
        emit Transfer(address(0), account, amount);
    }

    function _burn(address account, uint256 amount) private {
        PocoStorage storage $ = HubStorage.poco();
        require(account != address(0), "ERC20: burn from the zero address");
        require(amount <= $.balances[account]);
        $.balances[account] -= amount;
        $.totalSupply -= amount;
        emit Transfer(account, address(0), amount);
    }

    function _approve(address owner, address spender, uint256 value) private {
        require(owner != address(0), "ERC20: approve from the zero address");
        require(spender != address(0), "ERC20: approve to the zero address");
        HubStorage.poco().allowances[owner][spender] = value;
        emit Approval(owner, spender, value);
    }
}
