//! The four orders, hashed and signed as the hub does (EIP-712), and written as the iExec SDK does.
//!
//! Prices are nRLC per task, a volume counts tasks, and field names are those of the contracts.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use serde::{Deserialize, Serialize};

use super::{Account, MalformedSignature, OrderHash, Tag, is_signed_by};

mod domain;
mod json;
mod operation;
mod words;

pub use domain::Domain;
pub use operation::{OrderOperation, SignedOperation};
use words::{Word, hash_words};

/// The four kinds of orders.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrderKind {
    /// What an application costs.
    App,
    /// What a dataset costs.
    Dataset,
    /// What a workerpool charges.
    Workerpool,
    /// What a requester wants.
    Request,
}

impl OrderKind {
    /// Returns its name as in "the {name} order".
    pub fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Dataset => "dataset",
            Self::Workerpool => "workerpool",
            Self::Request => "request",
        }
    }
}

/// What an application costs, and who may use it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AppOrder {
    /// The application.
    #[serde(with = "json::checksummed")]
    pub app: Address,
    /// Its price.
    #[serde(with = "json::decimal")]
    pub appprice: U256,
    /// How many tasks it is good for.
    #[serde(with = "json::decimal")]
    pub volume: U256,
    /// What it needs to run.
    #[serde(default)]
    pub tag: Tag,
    /// The only dataset (or group of datasets) it runs on; zero for any.
    #[serde(default, with = "json::checksummed")]
    pub datasetrestrict: Address,
    /// The only workerpool it runs in; zero for any.
    #[serde(default, with = "json::checksummed")]
    pub workerpoolrestrict: Address,
    /// The only requester it runs for; zero for any.
    #[serde(default, with = "json::checksummed")]
    pub requesterrestrict: Address,
    /// Makes the hash unique.
    pub salt: B256,
    /// The signature of the application's owner; not part of the hash.
    #[serde(default)]
    pub sign: Bytes,
}

/// What a dataset costs, and who may use it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DatasetOrder {
    /// The dataset.
    #[serde(with = "json::checksummed")]
    pub dataset: Address,
    /// Its price.
    #[serde(with = "json::decimal")]
    pub datasetprice: U256,
    /// How many tasks it is good for.
    #[serde(with = "json::decimal")]
    pub volume: U256,
    /// What it asks of the place that reads it.
    #[serde(default)]
    pub tag: Tag,
    /// The only application that reads it; zero for any.
    #[serde(default, with = "json::checksummed")]
    pub apprestrict: Address,
    /// The only workerpool it goes to; zero for any.
    #[serde(default, with = "json::checksummed")]
    pub workerpoolrestrict: Address,
    /// The only requester it serves; zero for any.
    #[serde(default, with = "json::checksummed")]
    pub requesterrestrict: Address,
    /// Makes the hash unique.
    pub salt: B256,
    /// The signature of the dataset's owner; not part of the hash.
    #[serde(default)]
    pub sign: Bytes,
}

/// What a workerpool charges, and for whom it works.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WorkerpoolOrder {
    /// The workerpool.
    #[serde(with = "json::checksummed")]
    pub workerpool: Address,
    /// Its price.
    #[serde(with = "json::decimal")]
    pub workerpoolprice: U256,
    /// How many tasks it is good for.
    #[serde(with = "json::decimal")]
    pub volume: U256,
    /// What it offers.
    #[serde(default)]
    pub tag: Tag,
    /// The category of tasks it takes.
    #[serde(with = "json::decimal")]
    pub category: U256,
    /// The most trust it accepts to be held to.
    #[serde(with = "json::decimal")]
    pub trust: U256,
    /// The only application it runs; zero for any.
    #[serde(default, with = "json::checksummed")]
    pub apprestrict: Address,
    /// The only dataset it takes; zero for any.
    #[serde(default, with = "json::checksummed")]
    pub datasetrestrict: Address,
    /// The only requester it works for; zero for any.
    #[serde(default, with = "json::checksummed")]
    pub requesterrestrict: Address,
    /// Makes the hash unique.
    pub salt: B256,
    /// The signature of the workerpool's owner; not part of the hash.
    #[serde(default)]
    pub sign: Bytes,
}

/// What a requester wants done, and the most it pays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RequestOrder {
    /// The application to run.
    #[serde(with = "json::checksummed")]
    pub app: Address,
    /// The most it pays for the application.
    #[serde(with = "json::decimal")]
    pub appmaxprice: U256,
    /// The dataset to run it on; zero for none.
    #[serde(default, with = "json::checksummed")]
    pub dataset: Address,
    /// The most it pays for the dataset.
    #[serde(default, with = "json::decimal")]
    pub datasetmaxprice: U256,
    /// The only workerpool that may do it; zero for any.
    #[serde(default, with = "json::checksummed")]
    pub workerpool: Address,
    /// The most it pays the workerpool.
    #[serde(with = "json::decimal")]
    pub workerpoolmaxprice: U256,
    /// Who wants it, signs the order and pays unless sponsored.
    #[serde(with = "json::checksummed")]
    pub requester: Address,
    /// How many tasks.
    #[serde(with = "json::decimal")]
    pub volume: U256,
    /// What it needs.
    #[serde(default)]
    pub tag: Tag,
    /// The category of its tasks.
    #[serde(with = "json::decimal")]
    pub category: U256,
    /// The trust a consensus must reach.
    #[serde(with = "json::decimal")]
    pub trust: U256,
    /// Who may read the result.
    #[serde(default, with = "json::checksummed")]
    pub beneficiary: Address,
    /// The contract that is told of the result; zero for none.
    #[serde(default, with = "json::checksummed")]
    pub callback: Address,
    /// The parameters of the tasks, by custom JSON.
    pub params: String,
    /// Makes the hash unique.
    pub salt: B256,
    /// The signature of the requester; not part of the hash.
    #[serde(default)]
    pub sign: Bytes,
}

/// What the four orders have in common: a typed hash that their owner signs.
pub trait Order {
    /// Which of the four it is.
    const KIND: OrderKind;
    /// Its EIP-712 type.
    const TYPE: &'static str;

    /// Returns the EIP-712 hash of its fields, the signature left out.
    fn struct_hash(&self) -> B256;

    /// Returns how many tasks it is good for.
    fn volume(&self) -> U256;

    /// Returns the signature it carries; empty when it was signed on chain, or not at all.
    fn signature(&self) -> &Bytes;

    /// Puts a signature on it.
    fn set_signature(&mut self, sign: Bytes);

    /// Returns the hash its owner signs, by which the hub counts what is used of it.
    fn hash(&self, domain: &Domain) -> OrderHash {
        OrderHash(domain.typed_hash(self.struct_hash()))
    }

    /// Signs the order as `owner` and returns it.
    #[must_use]
    fn signed(mut self, domain: &Domain, owner: &Account) -> Self
    where
        Self: Sized,
    {
        let hash = self.hash(domain);
        self.set_signature(owner.sign_hash_bytes(&hash.0));
        self
    }

    /// Returns whether it carries a signature of `owner`.
    ///
    /// # Errors
    ///
    /// When the signature is of no known length.
    fn is_signed_by(&self, domain: &Domain, owner: Address) -> Result<bool, MalformedSignature> {
        is_signed_by(owner, &self.hash(domain).0, self.signature())
    }
}

/// Implements [`Order`]: kind, EIP-712 type, and the fields in the order of the type.
macro_rules! order {
    ($order:ident, $kind:ident, $type:literal, [$($field:ident),*]) => {
        impl Order for $order {
            const KIND: OrderKind = OrderKind::$kind;
            const TYPE: &'static str = $type;

            fn struct_hash(&self) -> B256 {
                static TYPE_HASH: std::sync::LazyLock<B256> =
                    std::sync::LazyLock::new(|| keccak256($type));
                hash_words(&TYPE_HASH, &[$(self.$field.word()),*])
            }

            fn volume(&self) -> U256 {
                self.volume
            }

            fn signature(&self) -> &Bytes {
                &self.sign
            }

            fn set_signature(&mut self, sign: Bytes) {
                self.sign = sign;
            }
        }
    };
}

order!(
    AppOrder,
    App,
    "AppOrder(address app,uint256 appprice,uint256 volume,bytes32 tag,address datasetrestrict,\
     address workerpoolrestrict,address requesterrestrict,bytes32 salt)",
    [
        app,
        appprice,
        volume,
        tag,
        datasetrestrict,
        workerpoolrestrict,
        requesterrestrict,
        salt
    ]
);

order!(
    DatasetOrder,
    Dataset,
    "DatasetOrder(address dataset,uint256 datasetprice,uint256 volume,bytes32 tag,\
     address apprestrict,address workerpoolrestrict,address requesterrestrict,bytes32 salt)",
    [
        dataset,
        datasetprice,
        volume,
        tag,
        apprestrict,
        workerpoolrestrict,
        requesterrestrict,
        salt
    ]
);

order!(
    WorkerpoolOrder,
    Workerpool,
    "WorkerpoolOrder(address workerpool,uint256 workerpoolprice,uint256 volume,bytes32 tag,\
     uint256 category,uint256 trust,address apprestrict,address datasetrestrict,\
     address requesterrestrict,bytes32 salt)",
    [
        workerpool,
        workerpoolprice,
        volume,
        tag,
        category,
        trust,
        apprestrict,
        datasetrestrict,
        requesterrestrict,
        salt
    ]
);

order!(
    RequestOrder,
    Request,
    "RequestOrder(address app,uint256 appmaxprice,address dataset,uint256 datasetmaxprice,\
     address workerpool,uint256 workerpoolmaxprice,address requester,uint256 volume,bytes32 tag,\
     uint256 category,uint256 trust,address beneficiary,address callback,string params,\
     bytes32 salt)",
    [
        app,
        appmaxprice,
        dataset,
        datasetmaxprice,
        workerpool,
        workerpoolmaxprice,
        requester,
        volume,
        tag,
        category,
        trust,
        beneficiary,
        callback,
        params,
        salt
    ]
);

/// The four orders that make a deal; without a dataset its order is all zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Orders {
    /// The application's.
    pub app: AppOrder,
    /// The dataset's.
    pub dataset: DatasetOrder,
    /// The workerpool's.
    pub workerpool: WorkerpoolOrder,
    /// The requester's.
    pub request: RequestOrder,
}

impl Orders {
    /// Returns whether the requester wants a dataset.
    pub fn has_dataset(&self) -> bool {
        self.request.dataset != Address::ZERO
    }
}

#[cfg(test)]
mod tests;
