//! Matching: may these four orders make a deal, and if not, which check says so.
//!
//! The checks run in the contract's order, so the first failure is the one the chain reports.

use alloy_primitives::{Address, B256, U256};

use super::{
    Domain, MalformedSignature, Order, OrderHash, OrderKind, Orders, Rules, Tag, is_signed_by,
};

mod error;

pub use error::{MatchError, Restriction};

/// What an entry contract and its registry say of an address.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Entry {
    /// No contract there, or none with an owner.
    None,
    /// A contract with an owner that the registry does not know.
    Unregistered(Address),
    /// A registered entry and its owner.
    Registered(Address),
}

/// What matching must know of the chain.
pub trait Facts {
    /// Returns how many categories there are.
    fn categories(&self) -> U256;

    /// Returns how many tasks an order was used for; all of its volume once it is closed.
    fn consumed(&self, order: OrderHash) -> U256;

    /// Returns who signed an order on chain.
    fn presigned(&self, order: OrderHash) -> Option<Address>;

    /// Returns what the registry of this kind says of an address.
    fn entry(&self, kind: OrderKind, address: Address) -> Entry;

    /// Returns whether `group` is a contract that counts `member` among its members.
    fn is_member(&self, group: Address, member: Address) -> bool {
        let _ = (group, member);
        false
    }

    /// Returns whether `signer` accepts a signature as its own; contracts may have rules of theirs.
    ///
    /// # Errors
    ///
    /// When the signature is of no known length.
    fn accepts(
        &self,
        signer: Address,
        hash: &B256,
        sign: &[u8],
    ) -> Result<bool, MalformedSignature> {
        is_signed_by(signer, hash, sign)
    }
}

/// The hashes of four orders.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct OrderHashes {
    /// The app order's.
    pub app: OrderHash,
    /// The dataset order's; none without a dataset.
    pub dataset: Option<OrderHash>,
    /// The workerpool order's.
    pub workerpool: OrderHash,
    /// The request order's.
    pub request: OrderHash,
}

impl OrderHashes {
    /// Returns the hashes of these orders for the hub of `domain`.
    pub fn of(orders: &Orders, domain: &Domain) -> Self {
        Self {
            app: orders.app.hash(domain),
            dataset: orders.has_dataset().then(|| orders.dataset.hash(domain)),
            workerpool: orders.workerpool.hash(domain),
            request: orders.request.hash(domain),
        }
    }
}

/// Four orders that may be matched, and what follows from them.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Match {
    /// Their hashes.
    pub hashes: OrderHashes,
    /// Everything any of them asks for.
    pub tag: Tag,
    /// The application's owner.
    pub app_owner: Address,
    /// The dataset's owner; zero without a dataset.
    pub dataset_owner: Address,
    /// The workerpool's owner: the scheduler.
    pub workerpool_owner: Address,
    /// How many tasks the deal has.
    pub volume: U256,
}

/// Checks whether four orders may be matched.
///
/// Whether the sponsor and the scheduler can pay is not part of it.
///
/// # Errors
///
/// The first check that fails.
pub fn check(
    orders: &Orders,
    domain: &Domain,
    rules: &Rules,
    facts: &impl Facts,
) -> Result<Match, MatchError> {
    let tag = check_terms(orders, rules, facts.categories())?;
    check_restrictions(orders, |group, member| facts.is_member(group, member))?;
    let hashes = OrderHashes::of(orders, domain);
    let app_owner = check_entry(&orders.app, orders.app.app, hashes.app, facts)?;
    let dataset_owner = match hashes.dataset {
        Some(hash) => check_entry(&orders.dataset, orders.dataset.dataset, hash, facts)?,
        None => Address::ZERO,
    };
    let pool = orders.workerpool.workerpool;
    let workerpool_owner = check_entry(&orders.workerpool, pool, hashes.workerpool, facts)?;
    let requester = orders.request.requester;
    check_signature(&orders.request, requester, hashes.request, facts)?;
    let volume = volume(orders, &hashes, facts)?;
    Ok(Match {
        hashes,
        tag,
        app_owner,
        dataset_owner,
        workerpool_owner,
        volume,
    })
}

/// Checks categories, trust, prices and tags, and that the orders speak of the same app and dataset.
///
/// Returns the tag of the deal they would make.
///
/// # Errors
///
/// The first check that fails.
pub fn check_terms(orders: &Orders, rules: &Rules, categories: U256) -> Result<Tag, MatchError> {
    let Orders {
        app,
        dataset,
        workerpool: pool,
        request,
    } = orders;
    let require = |holds: bool, why: MatchError| if holds { Ok(()) } else { Err(why) };
    require(
        request.category == pool.category,
        MatchError::Category {
            request: request.category,
            pool: pool.category,
        },
    )?;
    require(
        request.category < categories,
        MatchError::UnknownCategory {
            category: request.category,
            known: categories,
        },
    )?;
    require(
        request.trust <= pool.trust,
        MatchError::Trust {
            request: request.trust,
            pool: pool.trust,
        },
    )?;
    let price = |kind, asked, paid| {
        let why = MatchError::Price { kind, asked, paid };
        require(asked <= paid, why)
    };
    price(OrderKind::App, app.appprice, request.appmaxprice)?;
    price(
        OrderKind::Dataset,
        dataset.datasetprice,
        request.datasetmaxprice,
    )?;
    price(
        OrderKind::Workerpool,
        pool.workerpoolprice,
        request.workerpoolmaxprice,
    )?;

    let dataset_tag = dataset.tag.missing_from(rules.dataset_tag_ignored);
    let tag = app.tag | dataset_tag | request.tag;
    let missing = tag.missing_from(pool.tag);
    require(missing == Tag::NONE, MatchError::PoolTag { missing })?;
    let tee_of_app = !tag.contains(Tag::TEE) || app.tag.contains(Tag::TEE);
    require(tee_of_app, MatchError::AppTag)?;

    require(
        request.app == app.app,
        MatchError::App {
            request: request.app,
            order: app.app,
        },
    )?;
    require(
        request.dataset == dataset.dataset,
        MatchError::Dataset {
            request: request.dataset,
            order: dataset.dataset,
        },
    )?;
    Ok(tag)
}

/// Checks every order's restrictions; `is_member` says whether a group contract has a member.
///
/// # Errors
///
/// The first restriction that does not hold.
pub fn check_restrictions(
    orders: &Orders,
    is_member: impl Fn(Address, Address) -> bool,
) -> Result<(), MatchError> {
    for restriction in Restriction::ALL {
        let (restrict, actual) = restriction.of(orders);
        let holds = restrict == Address::ZERO || restrict == actual || is_member(restrict, actual);
        if !holds {
            return Err(MatchError::Restricted {
                restriction,
                restrict,
                actual,
            });
        }
    }
    Ok(())
}

/// Checks that an app, dataset or workerpool is registered and its order authentic.
fn check_entry<O: Order>(
    order: &O,
    address: Address,
    hash: OrderHash,
    facts: &impl Facts,
) -> Result<Address, MatchError> {
    let kind = O::KIND;
    let owner = match facts.entry(kind, address) {
        Entry::None => return Err(MatchError::NoOwner { kind, address }),
        Entry::Unregistered(_) => return Err(MatchError::Unregistered { kind, address }),
        Entry::Registered(owner) => owner,
    };
    check_signature(order, owner, hash, facts)?;
    Ok(owner)
}

/// Checks that an order was signed by its owner, on chain or off.
fn check_signature<O: Order>(
    order: &O,
    owner: Address,
    hash: OrderHash,
    facts: &impl Facts,
) -> Result<(), MatchError> {
    let kind = O::KIND;
    if owner != Address::ZERO && facts.presigned(hash) == Some(owner) {
        return Ok(());
    }
    match facts.accepts(owner, &hash.0, order.signature()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(MatchError::Unauthentic { kind, owner }),
        Err(source) => Err(MatchError::Malformed { kind, source }),
    }
}

/// Returns how many tasks the orders can still make together.
fn volume(orders: &Orders, hashes: &OrderHashes, facts: &impl Facts) -> Result<U256, MatchError> {
    let left = |volume: U256, hash: OrderHash| volume.checked_sub(facts.consumed(hash));
    let lefts = [
        (OrderKind::App, left(orders.app.volume, hashes.app)),
        (
            OrderKind::Dataset,
            hashes
                .dataset
                .map_or(Some(U256::MAX), |hash| left(orders.dataset.volume, hash)),
        ),
        (
            OrderKind::Workerpool,
            left(orders.workerpool.volume, hashes.workerpool),
        ),
        (
            OrderKind::Request,
            left(orders.request.volume, hashes.request),
        ),
    ];
    let mut volume = U256::MAX;
    let mut scarcest = OrderKind::App;
    for (kind, left) in lefts {
        // More used than there is cannot happen on chain: closing sets it to the volume.
        let left = left.unwrap_or_default();
        if left < volume {
            (volume, scarcest) = (left, kind);
        }
    }
    if volume.is_zero() {
        return Err(MatchError::Consumed { kind: scarcest });
    }
    Ok(volume)
}

#[cfg(test)]
mod tests;
