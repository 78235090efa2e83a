// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {AppOrder, DatasetOrder, RequestOrder, WorkerpoolOrder} from "../types/Orders.sol";

/// @title Every event of the hub that belongs to the protocol.
interface IHubEvents {
    /// @notice Escrowed funds moved, were minted by a deposit or burnt by a withdrawal.
    event Transfer(address indexed from, address indexed to, uint256 value);
    /// @notice An allowance on escrowed funds changed.
    event Approval(address indexed owner, address indexed spender, uint256 value);
    /// @notice Funds of an account were locked.
    event Lock(address owner, uint256 amount);
    /// @notice Funds of an account were released.
    event Unlock(address owner, uint256 amount);
    /// @notice An account was paid for its part in a task.
    event Reward(address owner, uint256 amount, bytes32 ref);
    /// @notice Locked funds of an account were taken on behalf of a task.
    event Seize(address owner, uint256 amount, bytes32 ref);

    /// @notice An application order was signed on chain.
    event SignedAppOrder(bytes32 appHash);
    /// @notice A dataset order was signed on chain.
    event SignedDatasetOrder(bytes32 datasetHash);
    /// @notice A workerpool order was signed on chain.
    event SignedWorkerpoolOrder(bytes32 workerpoolHash);
    /// @notice A request order was signed on chain.
    event SignedRequestOrder(bytes32 requestHash);
    /// @notice An application order was closed.
    event ClosedAppOrder(bytes32 appHash);
    /// @notice A dataset order was closed.
    event ClosedDatasetOrder(bytes32 datasetHash);
    /// @notice A workerpool order was closed.
    event ClosedWorkerpoolOrder(bytes32 workerpoolHash);
    /// @notice A request order was closed.
    event ClosedRequestOrder(bytes32 requestHash);
    /// @notice An application order was published.
    event BroadcastAppOrder(AppOrder apporder);
    /// @notice A dataset order was published.
    event BroadcastDatasetOrder(DatasetOrder datasetorder);
    /// @notice A workerpool order was published.
    event BroadcastWorkerpoolOrder(WorkerpoolOrder workerpoolorder);
    /// @notice A request order was published.
    event BroadcastRequestOrder(RequestOrder requestorder);

    /// @notice A workerpool has a new deal to carry out.
    event SchedulerNotice(address indexed workerpool, bytes32 dealid);
    /// @notice Four orders became a deal.
    event OrdersMatched(
        bytes32 dealid,
        bytes32 appHash,
        bytes32 datasetHash,
        bytes32 workerpoolHash,
        bytes32 requestHash,
        uint256 volume
    );
    /// @notice A deal is paid by someone who chose to.
    event DealSponsored(bytes32 dealId, address sponsor);

    /// @notice A task of a deal began.
    event TaskInitialize(bytes32 indexed taskid, address indexed workerpool);
    /// @notice A worker voted for a result.
    event TaskContribute(bytes32 indexed taskid, address indexed worker, bytes32 hash);
    /// @notice A result has gathered enough weight.
    event TaskConsensus(bytes32 indexed taskid, bytes32 consensus);
    /// @notice A worker of the winning group proved its vote.
    event TaskReveal(bytes32 indexed taskid, address indexed worker, bytes32 digest);
    /// @notice No winner revealed in time and the vote begins anew.
    event TaskReopen(bytes32 indexed taskid);
    /// @notice A task completed and everyone was paid.
    event TaskFinalize(bytes32 indexed taskid, bytes results);
    /// @notice A task failed and its payer was refunded.
    event TaskClaimed(bytes32 indexed taskid);
    /// @notice A worker's vote was right.
    event AccurateContribution(address indexed worker, bytes32 indexed taskid);
    /// @notice A worker's vote was wrong, or it was never proved.
    event FaultyContribution(address indexed worker, bytes32 indexed taskid);

    /// @notice A category of tasks was added.
    event CreateCategory(uint256 catid, string name, string description, uint256 workClockTimeRef);
}
