// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @dev Balances as OpenZeppelin's upgradeable ERC-20 lays them out.
struct ERC20Storage {
    mapping(address account => uint256 amount) balances;
    mapping(address account => mapping(address spender => uint256 amount)) allowances;
    uint256 totalSupply;
}

/// @title A contract that is told about an allowance at once.
interface IApprovalReceiver {
    /// @notice Reacts to an allowance of `value` given by `from` on `token`.
    function receiveApproval(address from, uint256 value, address token, bytes calldata extraData) external;
}

/// @title The payment token, with what a faucet needs for its owner.
/// @dev Refusals come without a reason, or as `false`, as in the token this one stands for. Balances lie in
/// the ERC-7201 namespace `openzeppelin.storage.ERC20`, where tools that set balances look for them.
contract RLC {
    /// @notice Returns the token's name.
    string public constant name = "iExec RLC Token";
    /// @notice Returns the token's symbol.
    string public constant symbol = "RLC";
    /// @notice Returns the token's decimals; the smallest unit is the nRLC.
    uint8 public constant decimals = 9;
    /// @notice Returns the token's version.
    string public constant version = "v0.1";
    /// @notice Returns the supply at deployment, in nRLC.
    uint256 public constant initialSupply = 87_000_000 * 1e9;
    /// @notice Tells whether transfers are locked, which they never are.
    bool public constant locked = false;
    /// @notice Returns the owner.
    address public owner;

    bytes32 private constant BASE = 0x52c63247e1f47db19d5ce0460030c497f067ca4cebf71ba98eeadabe20bace00;

    /// @notice Tokens moved, were created or destroyed.
    event Transfer(address indexed from, address indexed to, uint256 value);
    /// @notice An allowance changed.
    event Approval(address indexed owner, address indexed spender, uint256 value);

    /// @notice Gives the whole supply to the deployer, who owns the token.
    constructor() {
        owner = msg.sender;
        _mint(msg.sender, initialSupply);
        emit Transfer(address(0), msg.sender, initialSupply);
    }

    /// @notice Gives the token to a new owner; does nothing for anyone but the owner.
    /// @param newOwner the new owner, zero to change nothing
    function transferOwnership(address newOwner) external {
        if (msg.sender == owner && newOwner != address(0)) {
            owner = newOwner;
        }
    }

    /// @notice Moves tokens of the caller.
    /// @param to where to
    /// @param value in nRLC
    /// @return true
    function transfer(address to, uint256 value) external returns (bool) {
        _transfer(msg.sender, to, value);
        return true;
    }

    /// @notice Moves tokens of an account that allowed it.
    /// @param from whose tokens
    /// @param to where to
    /// @param value in nRLC
    /// @return true
    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        mapping(address spender => uint256 amount) storage allowances = _erc20().allowances[from];
        require(value <= allowances[msg.sender]);
        allowances[msg.sender] -= value;
        _transfer(from, to, value);
        return true;
    }

    /// @notice Allows a spender to move tokens of the caller.
    /// @param spender who may spend
    /// @param value up to how many nRLC
    /// @return true
    function approve(address spender, uint256 value) external returns (bool) {
        _approve(msg.sender, spender, value);
        return true;
    }

    /// @notice Allows a spender to move tokens of the caller, and tells it.
    /// @param spender who may spend
    /// @param value up to how many nRLC
    /// @param extraData what else the spender is told
    function approveAndCall(address spender, uint256 value, bytes calldata extraData) external {
        _approve(msg.sender, spender, value);
        IApprovalReceiver(spender).receiveApproval(msg.sender, value, address(this), extraData);
    }

    /// @notice Destroys tokens of the caller.
    /// @param value in nRLC
    /// @return true
    function burn(uint256 value) external returns (bool) {
        _burn(msg.sender, value);
        return true;
    }

    /// @notice Creates tokens; does nothing for anyone but the owner.
    /// @param to for whom
    /// @param value in nRLC
    /// @return whether the caller is the owner
    function refill(address to, uint256 value) external returns (bool) {
        if (msg.sender != owner) {
            return false;
        }
        _mint(to, value);
        emit Transfer(msg.sender, to, value);
        return true;
    }

    /// @notice Sets an allowance in the name of an account; does nothing for anyone but the owner.
    /// @param giver the account
    /// @param spender who may spend
    /// @param value up to how many nRLC
    /// @return whether the caller is the owner
    function forceApprove(address giver, address spender, uint256 value) external returns (bool) {
        if (msg.sender != owner) {
            return false;
        }
        _approve(giver, spender, value);
        return true;
    }

    /// @notice Destroys tokens of an account; does nothing for anyone but the owner.
    /// @param toburn the account
    /// @param value in nRLC
    /// @return whether the caller is the owner
    function forceBurn(address toburn, uint256 value) external returns (bool) {
        if (msg.sender != owner) {
            return false;
        }
        _burn(toburn, value);
        return true;
    }

    /// @notice Returns all tokens, in nRLC.
    function totalSupply() external view returns (uint256) {
        return _erc20().totalSupply;
    }

    /// @notice Returns the tokens of an account, in nRLC.
    /// @param account the account
    /// @return balance the tokens
    function balanceOf(address account) external view returns (uint256 balance) {
        return _erc20().balances[account];
    }

    /// @notice Returns what a spender may still move of an account's tokens, in nRLC.
    /// @param account the account
    /// @param spender the spender
    /// @return remaining what is left of the allowance
    function allowance(address account, address spender) external view returns (uint256 remaining) {
        return _erc20().allowances[account][spender];
    }

    function _transfer(address from, address to, uint256 value) private {
        mapping(address account => uint256 amount) storage balances = _erc20().balances;
        require(value <= balances[from]);
        balances[from] -= value;
        balances[to] += value;
        emit Transfer(from, to, value);
    }

    function _approve(address giver, address spender, uint256 value) private {
        _erc20().allowances[giver][spender] = value;
        emit Approval(giver, spender, value);
    }

    function _mint(address to, uint256 value) private {
        _erc20().totalSupply += value;
        _erc20().balances[to] += value;
    }

    function _burn(address from, uint256 value) private {
        require(value <= _erc20().balances[from]);
        _erc20().balances[from] -= value;
        _erc20().totalSupply -= value;
        emit Transfer(from, address(0), value);
    }

    function _erc20() private pure returns (ERC20Storage storage $) {
        assembly ("memory-safe") {
            $.slot := BASE
        }
    }
}
