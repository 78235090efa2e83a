//! Points to return to. A snapshot is a clone, so it costs nothing however large the chain.

use std::sync::Arc;

use imbl::Vector;

use super::Chain;

#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    id: u64,
    chain: Arc<Chain>,
}

impl Chain {
    /// Remembers the chain as it is and returns the id to return to it.
    pub fn snapshot(&mut self) -> u64 {
        let id = self.snapshots_made;
        self.snapshots_made += 1;
        let mut chain = self.clone();
        // A snapshot does not hold the older ones: the list does, and dropping it stays flat.
        chain.snapshots = Vector::new();
        self.snapshots.push_back(Snapshot {
            id,
            chain: Arc::new(chain),
        });
        id
    }

    /// Returns to a snapshot: blocks, state, mempool, fees and settings are as they were.
    ///
    /// The snapshot and all made after it are used up; ids are not given twice. Returns false,
    /// and changes nothing, if there is no such snapshot.
    pub fn revert(&mut self, id: u64) -> bool {
        let Ok(place) = self
            .snapshots
            .binary_search_by_key(&id, |snapshot| snapshot.id)
        else {
            return false;
        };
        let mut older = std::mem::take(&mut self.snapshots);
        let chain = Arc::clone(&older[place].chain);
        older.truncate(place);
        *self = Self {
            snapshots: older,
            snapshots_made: self.snapshots_made,
            ..Chain::clone(&chain)
        };
        true
    }
}
