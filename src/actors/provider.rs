//! The owner of apps and datasets: publishes what using them costs.

use alloy_primitives::{Address, B256, U256};

use super::{Context, Effect, scheduler::salt};
use crate::{
    amount::Nrlc,
    protocol::{Account, AppOrder, DatasetOrder, Domain, Name, Order as _, Tag},
    services::{AnyOrder, MarketOrder},
};

/// An app as its owner sells it.
#[derive(Clone, Debug)]
pub struct AppListing {
    /// Its bare name.
    pub name: Name,
    /// Its entry contract.
    pub address: Address,
    /// Price per task.
    pub price: Nrlc,
    /// For how many tasks.
    pub volume: u64,
    /// What it needs.
    pub tag: Tag,
    /// The only dataset it works with; zero for any.
    pub dataset: Address,
    /// The only pool it runs in; zero for any.
    pub pool: Address,
}

/// A dataset as its owner sells it.
#[derive(Clone, Debug)]
pub struct DatasetListing {
    /// Its entry contract.
    pub address: Address,
    /// Price per task.
    pub price: Nrlc,
    /// For how many tasks.
    pub volume: u64,
    /// The only app it may be used by; zero for any.
    pub app: Address,
}

/// The owner of apps and datasets.
#[derive(Clone, Debug)]
pub struct Provider {
    account: Account,
    domain: Domain,
    apps: Vec<AppListing>,
    datasets: Vec<DatasetListing>,
    published: Vec<B256>,
}

impl Provider {
    /// Returns an owner who publishes everything when it starts.
    pub fn new(
        account: Account,
        domain: Domain,
        apps: Vec<AppListing>,
        datasets: Vec<DatasetListing>,
    ) -> Self {
        Self {
            account,
            domain,
            apps,
            datasets,
            published: Vec::new(),
        }
    }

    /// Publishes an order for everything it owns.
    pub(super) fn start(&mut self, cx: &mut Context<'_>) {
        let apps = self.apps.clone();
        self.published = apps.iter().map(|app| self.publish_app(cx, app)).collect();
        for dataset in &self.datasets {
            self.publish_dataset(cx, dataset);
        }
    }

    /// Sells an app at another price from now on.
    pub(super) fn reprice(&mut self, cx: &mut Context<'_>, app: &Name, price: Nrlc) {
        let Some(place) = self.apps.iter().position(|listed| listed.name == *app) else {
            return;
        };
        let old = self.published.get(place).copied();
        if let Some(hash) = old {
            cx.effect(Effect::Withdraw(hash));
        }
        let listing = &mut self.apps[place];
        listing.price = price;
        listing.volume = old
            .and_then(|hash| cx.book.left(&hash))
            .unwrap_or(listing.volume);
        let listing = listing.clone();
        let hash = self.publish_app(cx, &listing);
        if let Some(published) = self.published.get_mut(place) {
            *published = hash;
        }
    }

    fn publish_app(&self, cx: &mut Context<'_>, app: &AppListing) -> B256 {
        let order = AppOrder {
            app: app.address,
            appprice: U256::from(app.price.0),
            volume: U256::from(app.volume),
            tag: app.tag,
            datasetrestrict: app.dataset,
            workerpoolrestrict: app.pool,
            salt: salt(cx),
            ..AppOrder::default()
        };
        let order = order.signed(&self.domain, &self.account);
        let hash = order.hash(&self.domain).0;
        self.publish(cx, hash, AnyOrder::App(order))
    }

    fn publish_dataset(&self, cx: &mut Context<'_>, dataset: &DatasetListing) -> B256 {
        let order = DatasetOrder {
            dataset: dataset.address,
            datasetprice: U256::from(dataset.price.0),
            volume: U256::from(dataset.volume),
            apprestrict: dataset.app,
            salt: salt(cx),
            ..DatasetOrder::default()
        };
        let order = order.signed(&self.domain, &self.account);
        let hash = order.hash(&self.domain).0;
        self.publish(cx, hash, AnyOrder::Dataset(order))
    }

    fn publish(&self, cx: &mut Context<'_>, hash: B256, order: AnyOrder) -> B256 {
        cx.publish(MarketOrder {
            hash,
            by: cx.me.clone(),
            order,
            seeks: false,
            lot: None,
        });
        hash
    }
}
