//! The one who changes the chain: submits, mines, travels in time, and tells what came of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use alloy_primitives::{B256, TxHash, U256};

use super::{Notice, Public, Reading, Time, turns::Rounds};
use crate::{
    chain::{Block, Chain, SubmitError, Transaction},
    server::rpc::identifier,
};

/// How blocks come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mining {
    /// Whether what can be mined is mined at once.
    pub automine: bool,
    /// How often a block is mined besides, if at all.
    pub interval: Option<Duration>,
}

/// The chain with all that surrounds it, in the hands of whoever has the turn.
pub struct Writer {
    /// The chain.
    pub chain: Chain,
    /// Its time.
    pub time: Time,
    /// How it mines.
    pub mining: Mining,
    /// Changes when the chain begins anew.
    pub instance: B256,
    /// Whether accepted transactions may be executable.
    ready: bool,
    notice: Notice,
    snapshots: BTreeMap<u64, Remembered>,
    /// The snapshots as readers see them.
    shown: Arc<BTreeMap<U256, (u64, B256)>>,
    origin: Chain,
    public: Arc<Public>,
}

/// What a snapshot of the chain leaves out.
struct Remembered {
    time: Time,
    number: u64,
    hash: B256,
}

impl Writer {
    pub(super) fn new(chain: Chain, mining: Mining, public: Arc<Public>) -> Self {
        let mut time = Time::default();
        time.catch_up(public.clock.as_ref(), chain.head().timestamp());
        Self {
            origin: chain.clone(),
            chain,
            time,
            mining,
            instance: identifier::random_word(),
            ready: false,
            notice: Notice::default(),
            snapshots: BTreeMap::new(),
            shown: Arc::default(),
            public,
        }
    }

    /// Returns what the node takes for the present.
    pub fn now(&self) -> u64 {
        self.time.now(self.public.clock.as_ref())
    }

    /// Makes `now` the present.
    pub fn set_now(&mut self, now: u64) {
        self.time.set(self.public.clock.as_ref(), now);
    }

    /// Takes a transaction whose sender is known.
    ///
    /// # Errors
    ///
    /// As [`Chain::submit`].
    pub fn submit(&mut self, transaction: Transaction) -> Result<TxHash, SubmitError> {
        let news = self.public.notices.receiver_count() > 0;
        let news = news.then(|| transaction.clone());
        let hash = self.chain.submit(transaction)?;
        self.notice.submitted.extend(news);
        self.ready = true;
        Ok(hash)
    }

    /// Mines what waits into the next block.
    pub fn mine(&mut self) -> Arc<Block> {
        let at = self.advance();
        let block = self.chain.mine(at);
        self.notice.added.push(Arc::clone(&block));
        block
    }

    /// Mines exactly these transactions into the next block.
    pub fn mine_with(&mut self, transactions: Vec<Transaction>) -> Arc<Block> {
        let at = self.advance();
        let (block, _) = self.chain.mine_with(at, transactions);
        self.notice.added.push(Arc::clone(&block));
        block
    }

    fn advance(&mut self) -> u64 {
        let parent = self.chain.head().timestamp();
        self.time.advance(self.public.clock.as_ref(), parent)
    }

    /// Looks for something to mine again, after what waits or what it may pay has changed.
    pub fn look_again(&mut self) {
        self.ready = true;
    }

    /// Remembers chain and time; returns the id of the snapshot.
    pub fn snapshot(&mut self) -> u64 {
        let id = self.chain.snapshot();
        let head = self.chain.head();
        let remembered = Remembered {
            time: self.time.clone(),
            number: head.number(),
            hash: head.hash,
        };
        self.snapshots.insert(id, remembered);
        id
    }

    /// Returns to a snapshot; false if there is none of that id any more.
    pub fn revert(&mut self, id: u64) -> bool {
        let before = self.chain.clone();
        if !self.chain.revert(id) {
            return false;
        }
        let mut given_up = self.snapshots.split_off(&id);
        if let Some(remembered) = given_up.remove(&id) {
            self.time = remembered.time;
        }
        self.note_replacement(&before);
        true
    }

    /// Forgets all snapshots, as the chain has.
    pub fn forget_snapshots(&mut self) {
        self.snapshots.clear();
    }

    /// Puts another chain in the place of this one.
    pub fn replace(&mut self, chain: Chain) {
        let before = std::mem::replace(&mut self.chain, chain);
        self.note_replacement(&before);
    }

    /// Puts a chain that lived elsewhere in the place of this one, and notes as well which of its
    /// transactions were not known before.
    pub fn show(&mut self, chain: Chain) {
        let before = std::mem::replace(&mut self.chain, chain);
        self.note_replacement(&before);
        if self.public.notices.receiver_count() > 0 {
            self.note_arrivals(&before);
        }
    }

    /// Notes what arrived since `before`: some of it is in new blocks already, the rest waits.
    fn note_arrivals(&mut self, before: &Chain) {
        let hash = |transaction: &Transaction| *transaction.inner().tx_hash();
        let removed = self.notice.removed.iter();
        let removed: BTreeSet<_> = removed
            .flat_map(|block| block.transactions.iter().map(hash))
            .collect();
        let known = |transaction: &&Transaction| {
            let hash = hash(transaction);
            before.mempool().contains(&hash) || removed.contains(&hash)
        };
        let mined = self.notice.added.iter();
        let mined = mined.flat_map(|block| &block.transactions);
        let arrived: Vec<_> = mined
            .chain(self.chain.mempool().by_arrival())
            .filter(|transaction| !known(transaction))
            .cloned()
            .collect();
        self.notice.submitted.extend(arrived);
    }

    /// Makes the present no earlier than the head, which may have come from elsewhere.
    pub fn catch_up(&mut self) {
        let head = self.chain.head().timestamp();
        self.time.catch_up(self.public.clock.as_ref(), head);
    }

    /// Lets block times follow the clock again; returns whether they had an interval.
    pub fn end_interval(&mut self) -> bool {
        let head = self.chain.head().timestamp();
        self.time.end_interval(self.public.clock.as_ref(), head)
    }

    /// Begins anew: the chain, the time and the instance's name.
    pub fn reset(&mut self) {
        self.replace(self.origin.clone());
        self.time = Time::default();
        self.catch_up();
        self.snapshots.clear();
        self.instance = identifier::random_word();
    }

    /// Notes which blocks are gone and which are new.
    pub fn note_replacement(&mut self, before: &Chain) {
        let shared = before.height().min(self.chain.height());
        let hash = |chain: &Chain, number| chain.block(number).map(|block| block.hash);
        // Blocks are equal up to some point and differ after it.
        let (mut equal, mut differs) = (0, shared + 1);
        while equal + 1 < differs {
            let middle = equal + (differs - equal) / 2;
            if hash(before, middle) == hash(&self.chain, middle) {
                equal = middle;
            } else {
                differs = middle;
            }
        }
        let first_new = if hash(before, 0) == hash(&self.chain, 0) {
            equal + 1
        } else {
            0
        };
        let gone = (first_new..=before.height()).rev();
        let gone: Vec<_> = gone
            .filter_map(|number| before.block(number).cloned())
            .collect();
        // What came and went within one round is told to nobody.
        for block in gone {
            if let Some(place) = self
                .notice
                .added
                .iter()
                .position(|new| new.hash == block.hash)
            {
                self.notice.added.remove(place);
            } else {
                self.notice.removed.push(block);
            }
        }
        let new = first_new..=self.chain.height();
        self.notice
            .added
            .extend(new.filter_map(|number| self.chain.block(number).cloned()));
    }
}

impl Rounds for Writer {
    /// Mines until nothing is left that can be mined.
    fn settle(&mut self) {
        if !self.mining.automine || !std::mem::take(&mut self.ready) {
            return;
        }
        while !self.chain.mempool().is_empty() {
            let parent = self.chain.head().timestamp();
            let clock = self.public.clock.as_ref();
            let built = self.chain.build(self.time.of_next_block(clock, parent));
            if built.block.transactions.is_empty() {
                for dropped in &built.dropped {
                    self.chain.drop_transaction(&dropped.hash);
                }
                return;
            }
            self.advance();
            let block = self.chain.adopt(built);
            self.notice.added.push(block);
        }
    }

    fn publish(&mut self) {
        // Ids are never given twice, so the newest tells whether anything has changed.
        let newest = self
            .snapshots
            .last_key_value()
            .map(|(id, _)| U256::from(*id));
        if newest.as_ref() != self.shown.last_key_value().map(|(id, _)| id) {
            let shown = self.snapshots.iter();
            let shown = shown.map(|(id, at)| (U256::from(*id), (at.number, at.hash)));
            self.shown = Arc::new(shown.collect());
        }
        self.public.reading.store(Arc::new(Reading {
            chain: self.chain.clone(),
            time: self.time.clone(),
            mining: self.mining,
            instance: self.instance,
            snapshots: Arc::clone(&self.shown),
        }));
        let notice = std::mem::take(&mut self.notice);
        if !notice.is_empty() {
            // Nobody listening is no failure.
            let _ = self.public.notices.send(Arc::new(notice));
        }
    }
}
