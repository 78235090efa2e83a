//! Why four orders cannot be matched: one variant per check, with the code the contract answers.

use alloy_primitives::{Address, U256};

use crate::protocol::{MalformedSignature, OrderKind, Orders, Revert, Tag};

/// The restrictions orders put on each other, in the order they are checked.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Restriction {
    /// The request names the workerpool.
    WorkerpoolByRequest,
    /// The app order names the dataset.
    DatasetByApp,
    /// The app order names the workerpool.
    WorkerpoolByApp,
    /// The app order names the requester.
    RequesterByApp,
    /// The dataset order names the app.
    AppByDataset,
    /// The dataset order names the workerpool.
    WorkerpoolByDataset,
    /// The dataset order names the requester.
    RequesterByDataset,
    /// The workerpool order names the app.
    AppByWorkerpool,
    /// The workerpool order names the dataset.
    DatasetByWorkerpool,
    /// The workerpool order names the requester.
    RequesterByWorkerpool,
}

impl Restriction {
    /// All of them, in order.
    pub const ALL: [Self; 10] = [
        Self::WorkerpoolByRequest,
        Self::DatasetByApp,
        Self::WorkerpoolByApp,
        Self::RequesterByApp,
        Self::AppByDataset,
        Self::WorkerpoolByDataset,
        Self::RequesterByDataset,
        Self::AppByWorkerpool,
        Self::DatasetByWorkerpool,
        Self::RequesterByWorkerpool,
    ];

    /// Returns the address asked for (zero for any) and the one found.
    pub fn of(self, orders: &Orders) -> (Address, Address) {
        let app = orders.app.app;
        let dataset = orders.dataset.dataset;
        let pool = orders.workerpool.workerpool;
        let requester = orders.request.requester;
        match self {
            Self::WorkerpoolByRequest => (orders.request.workerpool, pool),
            Self::DatasetByApp => (orders.app.datasetrestrict, dataset),
            Self::WorkerpoolByApp => (orders.app.workerpoolrestrict, pool),
            Self::RequesterByApp => (orders.app.requesterrestrict, requester),
            Self::AppByDataset => (orders.dataset.apprestrict, app),
            Self::WorkerpoolByDataset => (orders.dataset.workerpoolrestrict, pool),
            Self::RequesterByDataset => (orders.dataset.requesterrestrict, requester),
            Self::AppByWorkerpool => (orders.workerpool.apprestrict, app),
            Self::DatasetByWorkerpool => (orders.workerpool.datasetrestrict, dataset),
            Self::RequesterByWorkerpool => (orders.workerpool.requesterrestrict, requester),
        }
    }

    /// Returns who restricts and what is restricted.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::WorkerpoolByRequest => ("request", "workerpool"),
            Self::DatasetByApp => ("app", "dataset"),
            Self::WorkerpoolByApp => ("app", "workerpool"),
            Self::RequesterByApp => ("app", "requester"),
            Self::AppByDataset => ("dataset", "app"),
            Self::WorkerpoolByDataset => ("dataset", "workerpool"),
            Self::RequesterByDataset => ("dataset", "requester"),
            Self::AppByWorkerpool => ("workerpool", "app"),
            Self::DatasetByWorkerpool => ("workerpool", "dataset"),
            Self::RequesterByWorkerpool => ("workerpool", "requester"),
        }
    }
}

/// Why four orders cannot be matched.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum MatchError {
    /// 0x00: the category is not the pool's.
    #[error("the request asks for category {request}, the workerpool order offers {pool}")]
    Category {
        /// The request's.
        request: U256,
        /// The pool's.
        pool: U256,
    },
    /// 0x01: there is no such category.
    #[error("category {category} does not exist; there are {known}, counted from 0")]
    UnknownCategory {
        /// The one asked for.
        category: U256,
        /// How many there are.
        known: U256,
    },
    /// 0x02: the pool does not offer as much trust.
    #[error("the request asks for trust {request}, the workerpool order offers at most {pool}")]
    Trust {
        /// The request's.
        request: U256,
        /// The pool's.
        pool: U256,
    },
    /// 0x03, 0x04, 0x05: the request does not pay the price.
    #[error("the {} order asks {asked} nRLC, the request pays at most {paid} nRLC", kind.as_str())]
    Price {
        /// Whose price.
        kind: OrderKind,
        /// The price.
        asked: U256,
        /// The most the request pays.
        paid: U256,
    },
    /// 0x06: the pool lacks something the others ask for.
    #[error("the workerpool order does not offer what the others ask for: {missing}")]
    PoolTag {
        /// What it lacks.
        missing: Tag,
    },
    /// 0x07: a TEE is asked for, and the app is not made for one.
    #[error("a TEE is asked for, and the app order does not carry the tag `tee`")]
    AppTag,
    /// 0x10: the app order is of another app.
    #[error("the request asks for app {request}, the app order is of {order}")]
    App {
        /// The request's.
        request: Address,
        /// The order's.
        order: Address,
    },
    /// 0x11: the dataset order is of another dataset.
    #[error("the request asks for dataset {request}, the dataset order is of {order}")]
    Dataset {
        /// The request's.
        request: Address,
        /// The order's.
        order: Address,
    },
    /// 0x12 to 0x1b: an order is meant for somebody else.
    #[error(
        "the {} order accepts only the {} {restrict}, not {actual}",
        restriction.words().0,
        restriction.words().1
    )]
    Restricted {
        /// Which order restricts what.
        restriction: Restriction,
        /// The address it accepts.
        restrict: Address,
        /// The address it met.
        actual: Address,
    },
    /// No code: the address has no owner.
    #[error("there is no {} at {address}", kind.as_str())]
    NoOwner {
        /// App, dataset or workerpool.
        kind: OrderKind,
        /// Where.
        address: Address,
    },
    /// 0x20, 0x30, 0x40: the registry does not know it.
    #[error("the {} {address} is not registered", kind.as_str())]
    Unregistered {
        /// App, dataset or workerpool.
        kind: OrderKind,
        /// Where.
        address: Address,
    },
    /// 0x21, 0x31, 0x41, 0x50: somebody else signed.
    #[error("the {} order is not signed by {owner}", kind.as_str())]
    Unauthentic {
        /// Which order.
        kind: OrderKind,
        /// Who should have signed.
        owner: Address,
    },
    /// No code: the signature cannot be read.
    #[error("the signature of the {} order is malformed: {source}", kind.as_str())]
    Malformed {
        /// Which order.
        kind: OrderKind,
        /// How.
        source: MalformedSignature,
    },
    /// 0x60: nothing is left of an order.
    #[error("nothing is left of the {} order", kind.as_str())]
    Consumed {
        /// Which order.
        kind: OrderKind,
    },
}

impl MatchError {
    /// Returns the contract's code of the failed check, for those that have one.
    pub fn code(&self) -> Option<u8> {
        Some(match self {
            Self::Category { .. } => 0x00,
            Self::UnknownCategory { .. } => 0x01,
            Self::Trust { .. } => 0x02,
            Self::Price { kind, .. } => match kind {
                OrderKind::App => 0x03,
                OrderKind::Dataset => 0x04,
                OrderKind::Workerpool | OrderKind::Request => 0x05,
            },
            Self::PoolTag { .. } => 0x06,
            Self::AppTag => 0x07,
            Self::App { .. } => 0x10,
            Self::Dataset { .. } => 0x11,
            Self::Restricted { restriction, .. } => 0x12 + *restriction as u8,
            Self::Unregistered { kind, .. } => section(*kind),
            Self::Unauthentic { kind, .. } => match kind {
                OrderKind::Request => section(*kind),
                OrderKind::App | OrderKind::Dataset | OrderKind::Workerpool => section(*kind) + 1,
            },
            Self::Consumed { .. } => 0x60,
            Self::NoOwner { .. } | Self::Malformed { .. } => return None,
        })
    }

    /// Returns what the contract answers.
    pub fn revert(&self) -> Revert {
        match (self.code(), self) {
            (Some(code), _) => Revert::reason(format!("iExecV5-matchOrders-0x{code:02x}")),
            (None, Self::Malformed { .. }) => Revert::reason("invalid-signature-format"),
            (None, _) => Revert::Empty,
        }
    }
}

/// The first code of the checks of one order's authenticity.
fn section(kind: OrderKind) -> u8 {
    match kind {
        OrderKind::App => 0x20,
        OrderKind::Dataset => 0x30,
        OrderKind::Workerpool => 0x40,
        OrderKind::Request => 0x50,
    }
}
