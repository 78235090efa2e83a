//! What a pool sells: one signed order per category, published again when its terms change.

use alloy_primitives::{Address, B256, U256};
use rand::RngCore;

use super::Scheduler;
use crate::{
    actors::{Context, Effect},
    amount::Nrlc,
    protocol::{Order as _, Tag, WorkerpoolOrder},
    services::{AnyOrder, LotShare, MarketOrder},
};

/// What a pool sells in one category.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The category's id.
    pub category: u64,
    /// Price per task.
    pub price: Nrlc,
    /// For how many tasks.
    pub volume: u64,
    /// The highest trust it takes.
    pub trust: u64,
    /// What it can provide.
    pub tag: Tag,
    /// The only app it serves; zero for any.
    pub app: Address,
    /// The only requester it serves; zero for any.
    pub requester: Address,
}

impl Scheduler {
    pub(super) fn publish_offers(&mut self, cx: &mut Context<'_>) {
        let offers = self.setup.offers.clone();
        let mut lot = None;
        self.store.published.clear();
        for offer in &offers {
            let hash = self.publish(cx, offer, lot);
            lot = lot.or(hash);
            self.store.published.push(hash);
        }
    }

    /// Signs an offer and puts it into the book, into the lot of that name or the first of a lot.
    fn publish(&self, cx: &mut Context<'_>, offer: &Offer, lot: Option<B256>) -> Option<B256> {
        if offer.volume == 0 || self.setup.volume == Some(0) {
            return None;
        }
        let order = WorkerpoolOrder {
            workerpool: self.setup.workerpool,
            workerpoolprice: U256::from(offer.price.0),
            volume: U256::from(offer.volume),
            tag: offer.tag,
            category: U256::from(offer.category),
            trust: U256::from(offer.trust),
            apprestrict: offer.app,
            datasetrestrict: Address::ZERO,
            requesterrestrict: offer.requester,
            salt: salt(cx),
            ..WorkerpoolOrder::default()
        };
        let order = order.signed(&self.setup.domain, &self.setup.account);
        let hash = order.hash(&self.setup.domain).0;
        cx.publish(MarketOrder {
            hash,
            by: cx.me.clone(),
            order: AnyOrder::Workerpool(order),
            seeks: false,
            lot: self.setup.volume.map(|volume| LotShare {
                id: lot.unwrap_or(hash),
                volume,
            }),
        });
        Some(hash)
    }

    /// Replaces the orders in the book by such at another price or for another volume.
    pub(super) fn reprice(
        &mut self,
        cx: &mut Context<'_>,
        price: Option<Nrlc>,
        volume: Option<u64>,
    ) {
        let before = std::mem::take(&mut self.store.published);
        let mut rest = 0;
        for (place, offer) in self.setup.offers.iter_mut().enumerate() {
            let old = before.get(place).copied().flatten();
            let left = old.and_then(|hash| cx.book.left(&hash)).unwrap_or(0);
            if let Some(hash) = old {
                cx.effect(Effect::Withdraw(hash));
            }
            offer.price = price.unwrap_or(offer.price);
            offer.volume = volume.unwrap_or(left);
            rest = rest.max(offer.volume);
        }
        self.setup.volume = self.setup.volume.map(|_| rest);
        self.publish_offers(cx);
    }
}

/// A number that makes an order's hash unique.
pub(in crate::actors) fn salt(cx: &mut Context<'_>) -> B256 {
    let mut salt = B256::ZERO;
    cx.stream.fill_bytes(salt.as_mut_slice());
    salt
}
