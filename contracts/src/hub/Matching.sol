// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IERC734} from "../interfaces/IExternal.sol";
import {IEntry, IWorkerpool} from "../interfaces/IEntries.sol";
import {OrderHash} from "../types/OrderHash.sol";
import {AppOrder, DatasetOrder, RequestOrder, WorkerpoolOrder} from "../types/Orders.sol";
import {Resource} from "../types/Tasks.sol";
import {HubStorage, PocoStorage, StoredDeal} from "./HubStorage.sol";
import {Ledger} from "./Ledger.sol";
import {Parameters} from "./Parameters.sol";
import {Signatures} from "./Signatures.sol";

/// @title Four orders become a deal.
/// @dev The checks stand in a fixed order, so that a failing match always names the first rule it breaks.
abstract contract Matching is Parameters, Ledger, Signatures {
    using OrderHash for AppOrder;
    using OrderHash for DatasetOrder;
    using OrderHash for WorkerpoolOrder;
    using OrderHash for RequestOrder;

    /// @dev What the checks find out and the deal needs.
    struct Match {
        address appOwner;
        address datasetOwner;
        address workerpoolOwner;
        bytes32 appHash;
        bytes32 datasetHash;
        bytes32 workerpoolHash;
        bytes32 requestHash;
        bytes32 tag;
        uint256 volume;
    }

    /// @notice The dataset order can not be used with the deal.
    error IncompatibleDatasetOrder(string reason);

    bytes32 private constant TEE_BIT = bytes32(uint256(1));

    /// @notice Makes a deal of four orders, paid by the requester.
    /// @param appOrder the application's offer
    /// @param datasetOrder the dataset's offer, all zero if the request wants none
    /// @param workerpoolOrder the scheduler's offer
    /// @param requestOrder the demand
    /// @return dealid the deal
    function matchOrders(
        AppOrder calldata appOrder,
        DatasetOrder calldata datasetOrder,
        WorkerpoolOrder calldata workerpoolOrder,
        RequestOrder calldata requestOrder
    ) external returns (bytes32) {
        return _matchOrders(appOrder, datasetOrder, workerpoolOrder, requestOrder, requestOrder.requester);
    }

    /// @notice Makes a deal of four orders, paid by the caller.
    /// @param appOrder the application's offer
    /// @param datasetOrder the dataset's offer, all zero if the request wants none
    /// @param workerpoolOrder the scheduler's offer
    /// @param requestOrder the demand
    /// @return dealid the deal
    function sponsorMatchOrders(
        AppOrder calldata appOrder,
        DatasetOrder calldata datasetOrder,
        WorkerpoolOrder calldata workerpoolOrder,
        RequestOrder calldata requestOrder
    ) external returns (bytes32 dealid) {
        dealid = _matchOrders(appOrder, datasetOrder, workerpoolOrder, requestOrder, msg.sender);
        emit DealSponsored(dealid, msg.sender);
    }

    /// @notice Returns how many tasks a deal of these orders would have now.
    /// @param appOrder the application's offer
    /// @param datasetOrder the dataset's offer, all zero if the request wants none
    /// @param workerpoolOrder the scheduler's offer
    /// @param requestOrder the demand
    /// @return the smallest number of tasks any of the orders has left
    function computeDealVolume(
        AppOrder calldata appOrder,
        DatasetOrder calldata datasetOrder,
        WorkerpoolOrder calldata workerpoolOrder,
        RequestOrder calldata requestOrder
    ) external view returns (uint256) {
        return _volume(
            appOrder,
            _typedDataHash(appOrder.hash()),
            datasetOrder,
            datasetOrder.dataset == address(0) ? bytes32(0) : _typedDataHash(datasetOrder.hash()),
            workerpoolOrder,
            _typedDataHash(workerpoolOrder.hash()),
            requestOrder,
            _typedDataHash(requestOrder.hash())
        );
    }

    /// @notice Reverts with the reason if a dataset order could not have been part of a deal made without one.
    /// @param datasetOrder the dataset's offer
    /// @param dealId a deal without dataset
    function assertDatasetDealCompatibility(DatasetOrder calldata datasetOrder, bytes32 dealId) external view {
        bytes32 hash = _typedDataHash(datasetOrder.hash());
        if (HubStorage.poco().consumed[hash] >= datasetOrder.volume) {
            revert IncompatibleDatasetOrder("Dataset order is revoked or fully consumed");
        }
        if (!_isAuthentic(IEntry(datasetOrder.dataset).owner(), hash, datasetOrder.sign)) {
            revert IncompatibleDatasetOrder("Invalid dataset order signature");
        }
        StoredDeal storage deal = HubStorage.poco().deals[dealId];
        if (deal.requester == address(0)) {
            revert IncompatibleDatasetOrder("Deal not found");
        }
        if (deal.dataset.pointer != address(0)) {
            revert IncompatibleDatasetOrder("Deal already has a dataset");
        }
        if (!_permits(datasetOrder.apprestrict, deal.app.pointer)) {
            revert IncompatibleDatasetOrder("App restriction not satisfied");
        }
        if (!_permits(datasetOrder.workerpoolrestrict, deal.workerpool)) {
            revert IncompatibleDatasetOrder("Workerpool restriction not satisfied");
        }
        if (!_permits(datasetOrder.requesterrestrict, deal.requester)) {
            revert IncompatibleDatasetOrder("Requester restriction not satisfied");
        }
        if (datasetOrder.tag & ~DATASET_TAG_IGNORED & ~deal.tag != bytes32(0)) {
            revert IncompatibleDatasetOrder("Tag compatibility not satisfied");
        }
    }

    function _matchOrders(
        AppOrder calldata app,
        DatasetOrder calldata dataset,
        WorkerpoolOrder calldata pool,
        RequestOrder calldata request,
        address sponsor
    ) private returns (bytes32 dealid) {
        Match memory m;
        m.tag = _checkTerms(app, dataset, pool, request);
        _checkRestrictions(app, dataset, pool, request);
        _checkSignatures(m, app, dataset, pool, request);
        m.volume = _volume(
            app, m.appHash, dataset, m.datasetHash, pool, m.workerpoolHash, request, m.requestHash
        );
        require(m.volume > 0, "iExecV5-matchOrders-0x60");

        dealid = _storeDeal(m, app, dataset, pool, request, sponsor);
        _consume(m);

        uint256 datasetPrice = m.datasetHash == bytes32(0) ? 0 : dataset.datasetprice;
        _lock(sponsor, (app.appprice + datasetPrice + pool.workerpoolprice) * m.volume);
        _lock(m.workerpoolOwner, pool.workerpoolprice * WORKERPOOL_STAKE_RATIO / 100 * m.volume);
        emit SchedulerNotice(pool.workerpool, dealid);
        emit OrdersMatched(dealid, m.appHash, m.datasetHash, m.workerpoolHash, m.requestHash, m.volume);
    }

    /// @dev Category, trust, prices and tags; returns the tag of the deal.
    function _checkTerms(
        AppOrder calldata app,
        DatasetOrder calldata dataset,
        WorkerpoolOrder calldata pool,
        RequestOrder calldata request
    ) private view returns (bytes32 tag) {
        require(request.category == pool.category, "iExecV5-matchOrders-0x00");
        require(request.category < HubStorage.poco().categories.length, "iExecV5-matchOrders-0x01");
        require(request.trust <= pool.trust, "iExecV5-matchOrders-0x02");
        require(request.appmaxprice >= app.appprice, "iExecV5-matchOrders-0x03");
        require(request.datasetmaxprice >= dataset.datasetprice, "iExecV5-matchOrders-0x04");
        require(request.workerpoolmaxprice >= pool.workerpoolprice, "iExecV5-matchOrders-0x05");
        tag = app.tag | (dataset.tag & ~DATASET_TAG_IGNORED) | request.tag;
        require(tag & ~pool.tag == bytes32(0), "iExecV5-matchOrders-0x06");
        require((tag ^ app.tag) & TEE_BIT == bytes32(0), "iExecV5-matchOrders-0x07");
    }

    /// @dev Who agrees to work with whom.
    function _checkRestrictions(
        AppOrder calldata app,
        DatasetOrder calldata dataset,
        WorkerpoolOrder calldata pool,
        RequestOrder calldata request
    ) private view {
        require(request.app == app.app, "iExecV5-matchOrders-0x10");
        require(request.dataset == dataset.dataset, "iExecV5-matchOrders-0x11");
        require(_permits(request.workerpool, pool.workerpool), "iExecV5-matchOrders-0x12");
        require(_permits(app.datasetrestrict, dataset.dataset), "iExecV5-matchOrders-0x13");
        require(_permits(app.workerpoolrestrict, pool.workerpool), "iExecV5-matchOrders-0x14");
        require(_permits(app.requesterrestrict, request.requester), "iExecV5-matchOrders-0x15");
        require(_permits(dataset.apprestrict, app.app), "iExecV5-matchOrders-0x16");
        require(_permits(dataset.workerpoolrestrict, pool.workerpool), "iExecV5-matchOrders-0x17");
        require(_permits(dataset.requesterrestrict, request.requester), "iExecV5-matchOrders-0x18");
        require(_permits(pool.apprestrict, app.app), "iExecV5-matchOrders-0x19");
        require(_permits(pool.datasetrestrict, dataset.dataset), "iExecV5-matchOrders-0x1a");
        require(_permits(pool.requesterrestrict, request.requester), "iExecV5-matchOrders-0x1b");
    }

    /// @dev Every resource is registered and every order authentic. Owners are asked first: an address
    /// that is no entry makes the whole match revert without a reason.
    function _checkSignatures(
        Match memory m,
        AppOrder calldata app,
        DatasetOrder calldata dataset,
        WorkerpoolOrder calldata pool,
        RequestOrder calldata request
    ) private view {
        PocoStorage storage $ = HubStorage.poco();
        m.appHash = _typedDataHash(app.hash());
        m.appOwner = IEntry(app.app).owner();
        require($.appregistry.isRegistered(app.app), "iExecV5-matchOrders-0x20");
        require(_isAuthentic(m.appOwner, m.appHash, app.sign), "iExecV5-matchOrders-0x21");

        if (dataset.dataset != address(0)) {
            m.datasetHash = _typedDataHash(dataset.hash());
            m.datasetOwner = IEntry(dataset.dataset).owner();
            require($.datasetregistry.isRegistered(dataset.dataset), "iExecV5-matchOrders-0x30");
            require(_isAuthentic(m.datasetOwner, m.datasetHash, dataset.sign), "iExecV5-matchOrders-0x31");
        }

        m.workerpoolHash = _typedDataHash(pool.hash());
        m.workerpoolOwner = IEntry(pool.workerpool).owner();
        require($.workerpoolregistry.isRegistered(pool.workerpool), "iExecV5-matchOrders-0x40");
        require(_isAuthentic(m.workerpoolOwner, m.workerpoolHash, pool.sign), "iExecV5-matchOrders-0x41");

        m.requestHash = _typedDataHash(request.hash());
        require(_isAuthentic(request.requester, m.requestHash, request.sign), "iExecV5-matchOrders-0x50");
    }

    function _storeDeal(
        Match memory m,
        AppOrder calldata app,
        DatasetOrder calldata dataset,
        WorkerpoolOrder calldata pool,
        RequestOrder calldata request,
        address sponsor
    ) private returns (bytes32 dealid) {
        PocoStorage storage $ = HubStorage.poco();
        uint256 first = $.consumed[m.requestHash];
        dealid = keccak256(abi.encodePacked(m.requestHash, first));
        StoredDeal storage deal = $.deals[dealid];
        deal.app = Resource(app.app, m.appOwner, app.appprice);
        if (m.datasetHash != bytes32(0)) {
            deal.dataset = Resource(dataset.dataset, m.datasetOwner, dataset.datasetprice);
        }
        deal.workerpool = pool.workerpool;
        // A workerpool's policy refuses a ratio above 100, and the check above an unknown category.
        deal.schedulerRewardRatio = uint8(IWorkerpool(pool.workerpool).m_schedulerRewardRatioPolicy());
        deal.category = uint64(request.category);
        deal.workerpoolOwner = m.workerpoolOwner;
        deal.startTime = uint64(block.timestamp);
        deal.workerpoolPrice = pool.workerpoolprice;
        deal.trust = request.trust == 0 ? 1 : request.trust;
        deal.tag = m.tag;
        deal.requester = request.requester;
        deal.beneficiary = request.beneficiary;
        deal.callback = request.callback;
        deal.sponsor = sponsor;
        deal.params = request.params;
        deal.botFirst = first;
        deal.botSize = m.volume;
        deal.workerStake = pool.workerpoolprice * IWorkerpool(pool.workerpool).m_workerStakeRatioPolicy() / 100;
    }

    function _consume(Match memory m) private {
        PocoStorage storage $ = HubStorage.poco();
        $.consumed[m.appHash] += m.volume;
        if (m.datasetHash != bytes32(0)) {
            $.consumed[m.datasetHash] += m.volume;
        }
        $.consumed[m.workerpoolHash] += m.volume;
        $.consumed[m.requestHash] += m.volume;
    }

    function _volume(
        AppOrder calldata app,
        bytes32 appHash,
        DatasetOrder calldata dataset,
        bytes32 datasetHash,
        WorkerpoolOrder calldata pool,
        bytes32 workerpoolHash,
        RequestOrder calldata request,
        bytes32 requestHash
    ) private view returns (uint256 volume) {
        volume = _left(app.volume, appHash);
        if (dataset.dataset != address(0)) {
            volume = _min(volume, _left(dataset.volume, datasetHash));
        }
        volume = _min(volume, _left(pool.volume, workerpoolHash));
        volume = _min(volume, _left(request.volume, requestHash));
    }

    function _left(uint256 volume, bytes32 orderHash) private view returns (uint256) {
        return volume - HubStorage.poco().consumed[orderHash];
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    /// @dev Tells whether a restriction is empty, names the candidate, or names a group it belongs to.
    function _permits(address restriction, address candidate) private view returns (bool) {
        if (restriction == address(0) || restriction == candidate) {
            return true;
        }
        if (restriction.code.length == 0) {
            return false;
        }
        try IERC734(restriction).keyHasPurpose(bytes32(uint256(uint160(candidate))), GROUPMEMBER_PURPOSE) returns (
            bool member
        ) {
            return member;
        } catch {
            return false;
        }
    }
}
