//! A reader's place in the chain, from which it learns what came and what was undone.
//!
//! The reader remembers what it saw; the chain remembers no readers.

use std::{ops::Range, sync::Arc};

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
        let undone = span(&self.seen).rev().filter(|number| *number >= shared);
        let undone = undone.filter_map(|number| block(&self.seen, number));
        let came = span(&chain.blocks).filter(|number| *number >= shared);
        let came = came.filter_map(|number| block(&chain.blocks, number));
        let undone = undone.map(|block| Step {
            block: Arc::clone(block),
            removed: true,
        });
        let came = came.map(|block| Step {
            block: Arc::clone(block),
            removed: false,
        });
        let steps = undone.chain(came).collect();
        self.seen = chain.blocks.clone();
        steps
    }

    /// Returns the number of the first block that is not the same, or not here any more.
    fn shared_with(&self, chain: &Chain) -> u64 {
        let same = |number: u64| {
            let seen = block(&self.seen, number).map(|block| block.hash);
            seen.is_some() && seen == block(&chain.blocks, number).map(|block| block.hash)
        };
        let (seen, here) = (span(&self.seen), span(&chain.blocks));
        let (mut low, mut high) = (seen.start.max(here.start), seen.end.min(here.end));
        if low >= high {
            // What was seen is forgotten, or undone below all that was.
            return high;
        }
        if same(high - 1) {
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

/// Returns the numbers of some consecutive blocks.
fn span(blocks: &Vector<Arc<Block>>) -> Range<u64> {
    let first = blocks.front().map_or(0, |block| block.number());
    first..first + blocks.len() as u64
}

/// Returns the block of a number among some consecutive ones.
fn block(blocks: &Vector<Arc<Block>>, number: u64) -> Option<&Arc<Block>> {
    let place = number.checked_sub(span(blocks).start)?;
    blocks.get(usize::try_from(place).ok()?)
}
