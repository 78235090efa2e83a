//! A reader's place in the chain, from which it learns what came and what was undone.
//!
//! The reader remembers what it saw; the chain remembers no readers.

use std::sync::Arc;

use imbl::Vector;

use super::{Chain, block::Block};

/// What a reader has seen of a chain.
///
/// Holds the blocks seen until the next [`Cursor::advance`], so that those undone meanwhile can be
/// told of.
#[derive(Clone, Debug)]
pub struct Cursor {
    seen: Vector<Arc<Block>>,
}

/// A block that came, or was undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which block.
    pub block: Arc<Block>,
    /// Whether it is no longer part of the chain.
    pub removed: bool,
}

impl Chain {
    /// Returns a place at the head: what comes later is news.
    pub fn cursor(&self) -> Cursor {
        Cursor {
            seen: self.blocks.clone(),
        }
    }
}

impl Cursor {
    /// Moves to the head of `chain` and returns the steps there: blocks undone, newest first, then
    /// blocks that came, oldest first. Each is told once.
    pub fn advance(&mut self, chain: &Chain) -> Vec<Step> {
        let shared = self.shared_with(chain);
        let undone = (shared..self.seen.len()).rev().map(|number| Step {
            block: Arc::clone(&self.seen[number]),
            removed: true,
        });
        let came = (shared..chain.blocks.len()).map(|number| Step {
            block: Arc::clone(&chain.blocks[number]),
            removed: false,
        });
        let steps = undone.chain(came).collect();
        self.seen = chain.blocks.clone();
        steps
    }

    /// Returns how many blocks from the genesis on are the same.
    fn shared_with(&self, chain: &Chain) -> usize {
        let same = |number: usize| self.seen[number].hash == chain.blocks[number].hash;
        let (mut low, mut high) = (0, self.seen.len().min(chain.blocks.len()));
        if high > 0 && same(high - 1) {
            return high;
        }
        // Blocks name their parents: once they differ, all later ones do.
        while low < high {
            let middle = low + (high - low) / 2;
            if same(middle) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}
