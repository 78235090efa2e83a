//! The contracts' interfaces, read from their artifacts when `emulate` is compiled.
//!
//! The one rule: nothing is written down twice. Functions, structs, events and errors have their
//! Solidity names, because they are what the compiler wrote into `contracts/artifacts`.

#![expect(
    missing_docs,
    reason = "the names are those of the contracts and documented there"
)]

use alloy_sol_types::sol;

sol!(
    #[derive(Debug, PartialEq, Eq)]
    IexecHub,
    "contracts/artifacts/IexecInterfaceToken.json"
);

sol!(
    #[derive(Debug, PartialEq, Eq)]
    RLC,
    "contracts/artifacts/RLC.json"
);

sol!(
    #[derive(Debug, PartialEq, Eq)]
    AppRegistry,
    "contracts/artifacts/AppRegistry.json"
);

sol!(
    #[derive(Debug, PartialEq, Eq)]
    DatasetRegistry,
    "contracts/artifacts/DatasetRegistry.json"
);

sol!(
    #[derive(Debug, PartialEq, Eq)]
    WorkerpoolRegistry,
    "contracts/artifacts/WorkerpoolRegistry.json"
);

sol!(
    #[derive(Debug, PartialEq, Eq)]
    App,
    "contracts/artifacts/App.json"
);

sol!(
    #[derive(Debug, PartialEq, Eq)]
    Dataset,
    "contracts/artifacts/Dataset.json"
);

sol!(
    #[derive(Debug, PartialEq, Eq)]
    Workerpool,
    "contracts/artifacts/Workerpool.json"
);
