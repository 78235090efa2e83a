//! The slots of one account that are not zero, in one of two forms: *shared*, of which a copy is
//! free, and *flat*, which is read and written faster and copied whole.

use std::collections::HashMap;

use alloy_primitives::{U256, map::DefaultHashBuilder};

use super::Map;

/// Slots by number; never iterated into an order.
#[derive(Clone)]
pub(super) enum Slots {
    Shared(Map<U256, U256>),
    Flat(HashMap<U256, U256, DefaultHashBuilder>),
}

impl Slots {
    /// Returns none, in the form wanted.
    pub(super) fn new(flat: bool) -> Self {
        match flat {
            true => Self::Flat(HashMap::default()),
            false => Self::Shared(Map::default()),
        }
    }

    /// Takes the flat form.
    pub(super) fn flatten(&mut self) {
        if let Self::Shared(_) = self {
            *self = Self::Flat(self.iter().collect());
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Shared(slots) => slots.len(),
            Self::Flat(slots) => slots.len(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns what a slot holds; none for zero.
    pub(super) fn get(&self, slot: &U256) -> Option<U256> {
        match self {
            Self::Shared(slots) => slots.get(slot).copied(),
            Self::Flat(slots) => slots.get(slot).copied(),
        }
    }

    /// Sets what a slot holds, zero included.
    pub(super) fn set(&mut self, slot: U256, value: U256) {
        match (self, value.is_zero()) {
            (Self::Shared(slots), true) => drop(slots.remove(&slot)),
            (Self::Shared(slots), false) => drop(slots.insert(slot, value)),
            (Self::Flat(slots), true) => drop(slots.remove(&slot)),
            (Self::Flat(slots), false) => drop(slots.insert(slot, value)),
        }
    }

    /// Returns all slots, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (U256, U256)> {
        let (shared, flat) = match self {
            Self::Shared(slots) => (Some(slots.iter()), None),
            Self::Flat(slots) => (None, Some(slots.iter())),
        };
        let shared = shared.into_iter().flatten();
        let pairs = shared.chain(flat.into_iter().flatten());
        pairs.map(|(slot, value)| (*slot, *value))
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::Address;
    use proptest::prelude::*;

    use crate::chain::State;

    proptest! {
        #[test]
        fn both_forms_hold_the_same_and_clones_keep_what_they_had(
            writes in proptest::collection::vec((0_u8..4, 0_u64..40, 0_u64..3), 1..300),
            flat_from in 0_usize..300,
        ) {
            let (mut shared, mut flat) = (State::default(), State::default());
            let mut clones = Vec::new();
            for (place, (who, slot, value)) in writes.into_iter().enumerate() {
                if place == flat_from {
                    flat.flatten();
                }
                for state in [&mut shared, &mut flat] {
                    let who = Address::repeat_byte(who);
                    state.set_nonce(who, 1);
                    state.set_slot(who, super::U256::from(slot), super::U256::from(value));
                }
                if place % 7 == 0 {
                    prop_assert_eq!(shared.root(), flat.root());
                    clones.push((shared.clone(), flat.clone()));
                }
            }
            prop_assert_eq!(shared.dump(), flat.dump());
            for (mut shared, mut flat) in clones {
                prop_assert_eq!(shared.dump(), flat.dump());
                prop_assert_eq!(shared.root(), flat.root());
            }
        }
    }
}
