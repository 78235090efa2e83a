// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Administration} from "./Administration.sol";
import {Configuration} from "./Configuration.sol";
import {Escrow} from "./Escrow.sol";
import {LegacyViews} from "./LegacyViews.sol";
import {Matching} from "./Matching.sol";
import {OrderBook} from "./OrderBook.sol";
import {Parameters, ProtocolParameters} from "./Parameters.sol";
import {Relay} from "./Relay.sol";
import {Settlement} from "./Settlement.sol";

/// @title The facet of everything the owner does.
contract AdministrationFacet is Administration, Configuration {}

/// @title The facet of deposits and of the escrow as a token; it also answers calls nobody knows.
contract EscrowFacet is Escrow {}

/// @title The facet of orders and deals.
contract OrdersFacet is Matching, OrderBook, Relay {
    constructor(ProtocolParameters memory parameters) Parameters(parameters) {}
}

/// @title The facet of tasks.
contract TasksFacet is Settlement {
    constructor(ProtocolParameters memory parameters) Parameters(parameters) {}
}

/// @title The facet of all accessors.
contract ViewsFacet is LegacyViews {
    constructor(ProtocolParameters memory parameters) Parameters(parameters) {}
}
