// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title The small contract that stands at an entry's address and borrows its code from a master.
/// @dev The code is the same for every entry, so that an entry's address follows from what is registered.
contract EntryProxy {
    /// @dev keccak256("org.zeppelinos.proxy.implementation")
    bytes32 private constant MASTER_SLOT = 0x7050c9e0f4ca769c69bd3a8ef740bc37934f8e2c036e5a723fd8ee048ed3f8c3;

    /// @notice Plain ether goes to the master's code too.
    receive() external payable {
        _delegate();
    }

    /// @notice Every call goes to the master's code.
    fallback() external payable {
        _delegate();
    }

    /// @notice Sets the master, once, and lets its code initialise the entry.
    /// @param master the contract that holds the code
    /// @param data the call that initialises the entry
    function initialize(address master, bytes calldata data) external payable {
        address current;
        assembly {
            current := sload(MASTER_SLOT)
        }
        require(current == address(0));
        assembly {
            sstore(MASTER_SLOT, master)
        }
        // solhint-disable-next-line avoid-low-level-calls
        (bool ok,) = master.delegatecall(data);
        require(ok);
    }

    function _delegate() private {
        assembly {
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), sload(MASTER_SLOT), 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            switch ok
            case 0 { revert(0, returndatasize()) }
            default { return(0, returndatasize()) }
        }
    }
}
