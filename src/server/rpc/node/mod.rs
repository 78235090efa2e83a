//! A chain with a clock, as a server offers it: one writer, any number of readers, news of changes.
//!
//! Readers see the last published round and wait for nobody. Changes take turns; each is
//! acknowledged after the blocks that came of it are committed and published.

mod interval;
mod notice;
mod time;
mod turns;
mod writer;

use std::{collections::BTreeMap, fmt, io, sync::Arc, time::Duration};

use alloy_consensus::Transaction as _;
use alloy_primitives::{B256, TxHash, U256};
use arc_swap::ArcSwap;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::{
    runtime::Handle,
    sync::{Semaphore, broadcast, watch},
};

use self::turns::{Abandoned, Length, Manner, Rounds as _, Turns};
pub use self::{
    notice::Notice,
    time::{Time, TimeError},
    writer::{Mining, Writer},
};
use super::{
    answer::{Hex, List, Room},
    error::{Answer, RpcError},
    filter::Filters,
    http::Limits,
    living::Living,
    log::{Log, LogFn},
};
use crate::chain::{Chain, SubmitError, Transaction};

/// How many rounds of news a listener may be behind before it is given up.
const NEWS_MAX: usize = 16_384;

/// Gas whose execution is no burden to other connections: some hundredths of a second at worst.
/// What may use more is executed beside the threads that carry them.
const BRIEF_GAS: u64 = 4_000_000;

/// A clock: seconds since the Unix epoch, whenever asked.
pub type ClockFn = dyn Fn() -> u64 + Send + Sync;

/// What a node is told before it begins.
#[derive(Clone)]
pub struct NodeOptions {
    /// How blocks come about.
    pub mining: Mining,
    /// What `web3_clientVersion` answers.
    pub client_version: String,
    /// The clock block times follow.
    pub clock: Arc<ClockFn>,
    /// Whether a send whose transaction fails in its block is answered with why, as Hardhat's node
    /// does, instead of with the hash.
    pub throw_on_failure: bool,
}

impl NodeOptions {
    /// Automine, the wall clock, and a version tools take for anvil's.
    pub fn new() -> Self {
        Self {
            mining: Mining {
                automine: true,
                interval: None,
            },
            client_version: concat!("anvil/v1.7.1/emulate-v", env!("CARGO_PKG_VERSION")).to_owned(),
            clock: Arc::new(crate::server::clock::wall),
            throw_on_failure: false,
        }
    }
}

/// A chain in service; cheap to clone, and every clone is the same node.
#[derive(Clone)]
pub struct Node {
    public: Arc<Public>,
    turns: Arc<Turns<Writer>>,
    filters: Arc<Mutex<Filters>>,
    room: Room,
    /// One permit: a chain that is written out is in memory once more.
    dumps: Arc<Semaphore>,
    /// Where requests are told of; none where there is no such place.
    log: Option<Log>,
    client_version: Arc<str>,
    interval: Arc<watch::Sender<Option<Duration>>>,
    /// The world whose chain this is; none when it is the node's own.
    living: Option<Arc<Living>>,
    /// Whether that world mines nothing unless a client asks for it.
    by_hand: bool,
    /// Whether a send whose transaction fails in its block is answered with why.
    throws: bool,
    /// How transactions sent through this handle stand in line.
    sends: Manner,
}

/// What the writer shows.
struct Public {
    reading: ArcSwap<Reading>,
    notices: broadcast::Sender<Arc<Notice>>,
    clock: Arc<ClockFn>,
}

/// The node as it was after some round. It never changes; take a new one for news.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The chain.
    pub chain: Chain,
    /// Its time.
    pub time: Time,
    /// How it mines.
    pub mining: Mining,
    /// Changes when the chain begins anew.
    pub instance: B256,
    /// Number and hash of the head at each snapshot, by the snapshot's id.
    pub snapshots: Arc<BTreeMap<U256, (u64, B256)>>,
}

impl Reading {
    /// Returns how many seconds the next blocks will be apart, if they come at a pace of their own.
    pub fn pace(&self) -> Option<u64> {
        let mined = self.mining.interval;
        let mined = mined.map(|period| period.as_secs() + u64::from(period.subsec_nanos() > 0));
        self.time.interval().or(mined)
    }
}

impl Node {
    /// Puts `chain` into service. Must be called within a tokio runtime, which carries its tasks.
    pub fn start(chain: Chain, options: NodeOptions) -> Self {
        let (notices, _) = broadcast::channel(NEWS_MAX);
        let reading = Reading {
            chain: chain.clone(),
            time: Time::default(),
            mining: options.mining,
            instance: B256::ZERO,
            snapshots: Arc::default(),
        };
        let public = Arc::new(Public {
            reading: ArcSwap::from_pointee(reading),
            notices,
            clock: options.clock,
        });
        let mut writer = Writer::new(chain, options.mining, Arc::clone(&public));
        writer.publish();
        let (interval, period) = watch::channel(options.mining.interval);
        let turns = Turns::new(writer, Handle::current());
        Handle::current().spawn(interval::mine(Arc::clone(&turns), period));
        Self {
            public,
            turns,
            filters: Arc::default(),
            room: room_of(&Limits::default()),
            dumps: Arc::new(Semaphore::new(1)),
            log: None,
            client_version: options.client_version.into(),
            interval: Arc::new(interval),
            living: None,
            by_hand: false,
            throws: options.throw_on_failure,
            sends: Manner::Join,
        }
    }

    /// Returns a handle for sends that are made together: as many as come at once share a block.
    pub(super) fn together(&self) -> Self {
        Self {
            sends: Manner::Lead,
            ..self.clone()
        }
    }

    /// Gives the node a place to tell of requests, which clients may then ask it to do.
    #[must_use]
    pub fn logging_to(self, write: Arc<LogFn>) -> Self {
        Self {
            log: Some(Log::new(write)),
            ..self
        }
    }

    /// Says that time stands still in the node's world until a client moves it.
    #[must_use]
    pub fn by_hand(self) -> Self {
        Self {
            by_hand: true,
            ..self
        }
    }

    /// Returns whether what is sent will be mined without anybody asking for a block.
    pub fn mines_by_itself(&self) -> bool {
        let Mining { automine, interval } = self.reading().mining;
        match self.living {
            Some(_) => !self.by_hand,
            None => automine || interval.is_some(),
        }
    }

    /// Returns where requests are told of.
    pub(super) fn log(&self) -> Option<&Log> {
        self.log.as_ref()
    }

    /// Returns a handle whose answers have the room that `limits` give them.
    pub(super) fn within(self, limits: &Limits) -> Self {
        Self {
            room: room_of(limits),
            ..self
        }
    }

    /// Returns the room there is for answers.
    pub(super) fn room(&self) -> &Room {
        &self.room
    }

    /// Turns a value into an answer that may be long.
    pub(super) fn reply<T: Serialize + ?Sized>(&self, value: &T) -> Answer {
        self.room.write(value)
    }

    /// Makes an answer of bytes, as they come.
    pub(super) fn reply_hex(&self, write: impl FnOnce(Hex<'_>) -> io::Result<()>) -> Answer {
        self.room.hex(write)
    }

    /// Returns where those wait who want the whole chain written out, one after the other.
    pub(super) fn dumps(&self) -> &Arc<Semaphore> {
        &self.dumps
    }

    /// Begins an answer that is a list, perhaps a long one.
    pub(super) fn list(&self) -> List {
        self.room.list()
    }

    /// Makes this the face of a world's chain: what clients want changed, its owner is asked for.
    pub(super) fn of_world(self, living: Arc<Living>) -> Self {
        Self {
            living: Some(living),
            ..self
        }
    }

    /// Returns the world whose chain this is, if it is a world's.
    pub(super) fn world(&self) -> Option<&Arc<Living>> {
        self.living.as_ref()
    }

    /// Returns the node as it is now.
    pub fn reading(&self) -> Arc<Reading> {
        self.public.reading.load_full()
    }

    /// Returns the present of the node's clock, not shifted, in Unix seconds.
    pub fn clock(&self) -> u64 {
        (self.public.clock)()
    }

    /// Returns the time a block mined now would have.
    pub fn next_block_time(&self, reading: &Reading) -> u64 {
        let parent = reading.chain.head().timestamp();
        reading
            .time
            .of_next_block(self.public.clock.as_ref(), parent)
    }

    /// Listens to the news, from now on.
    pub fn notices(&self) -> broadcast::Receiver<Arc<Notice>> {
        self.public.notices.subscribe()
    }

    /// Returns what `web3_clientVersion` answers.
    pub fn client_version(&self) -> &str {
        &self.client_version
    }

    /// Returns whether a send whose transaction fails in its block is answered with why.
    pub(super) fn throws_on_failure(&self) -> bool {
        self.throws
    }

    pub(super) fn filters(&self) -> &Mutex<Filters> {
        &self.filters
    }

    /// Takes a transaction whose sender is known. Under automine it is mined when this returns,
    /// unless it has to wait for an earlier one.
    ///
    /// # Errors
    ///
    /// The error a client is answered.
    pub async fn submit(&self, transaction: Transaction) -> Result<TxHash, RpcError> {
        if let Some(living) = &self.living {
            return living.submit(self, |_| Ok(transaction)).await;
        }
        let length = length(transaction.gas_limit());
        let change = move |writer: &mut Writer| writer.submit(transaction);
        Ok(self.turns.take(self.sends, length, change).await??)
    }

    /// Makes a transaction of what the chain is at its turn, and takes it as [`submit`](Self::submit);
    /// it may use `gas`.
    pub(super) async fn submit_made(
        &self,
        gas: u64,
        make: impl FnOnce(&Chain) -> Result<Transaction, RpcError> + Send + 'static,
    ) -> Result<TxHash, RpcError> {
        if let Some(living) = &self.living {
            return living.submit(self, make).await;
        }
        let change = move |writer: &mut Writer| {
            let transaction = make(&writer.chain)?;
            Ok::<_, RpcError>(writer.submit(transaction)?)
        };
        self.turns.take(self.sends, length(gas), change).await?
    }

    /// Changes the chain in any way.
    pub(super) async fn write(
        &self,
        change: impl FnOnce(&mut Writer) -> Answer + Send + 'static,
    ) -> Answer {
        if let Some(living) = &self.living {
            return living.set(self, change).await;
        }
        let interval = Arc::clone(&self.interval);
        let change = move |writer: &mut Writer| {
            let answer = change(writer);
            let wanted = writer.mining.interval;
            interval.send_if_modified(|now| std::mem::replace(now, wanted) != wanted);
            answer
        };
        self.turns.take(Manner::Alone, Length::Long, change).await?
    }

    /// Shows another chain from now on: for chains that live elsewhere. Listeners are told which
    /// blocks are new and which are gone.
    ///
    /// # Errors
    ///
    /// When the chain failed under this very change.
    pub async fn show(&self, chain: Chain) -> Result<(), RpcError> {
        self.showing(chain).await
    }

    /// As [`show`](Self::show), but puts it in line at once: chains are shown in the order in which
    /// this is called, however long the answers take to be awaited.
    ///
    /// # Errors
    ///
    /// As [`show`](Self::show).
    pub fn showing(
        &self,
        chain: Chain,
    ) -> impl Future<Output = Result<(), RpcError>> + Send + use<> {
        let show = move |writer: &mut Writer| writer.show(chain);
        let shown = self.turns.put(Manner::Alone, Length::Brief, show);
        async move { Ok(shown.await?) }
    }

    /// Returns somebody who changes a copy of `chain`, which nobody sees until it is shown.
    pub(super) fn aside(&self, chain: Chain) -> Writer {
        let mining = self.reading().mining;
        Writer::new(chain, mining, Arc::clone(&self.public))
    }

    /// Mines a block, whatever waits.
    ///
    /// # Errors
    ///
    /// When the chain failed under this very change.
    pub async fn mine(&self) -> Result<(), RpcError> {
        let mine = |writer: &mut Writer| {
            writer.mine();
        };
        Ok(self.turns.take(Manner::Alone, Length::Long, mine).await?)
    }
}

fn room_of(limits: &Limits) -> Room {
    Room::new(limits.response_bytes, limits.responses_bytes)
}

/// Returns how long a transaction of so much gas may take.
fn length(gas: u64) -> Length {
    if gas > BRIEF_GAS {
        Length::Long
    } else {
        Length::Brief
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reading = self.reading();
        f.debug_struct("Node")
            .field("chain_id", &reading.chain.chain_id())
            .field("height", &reading.chain.height())
            .finish_non_exhaustive()
    }
}

impl Default for NodeOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Abandoned> for RpcError {
    fn from(error: Abandoned) -> Self {
        Self::internal(error.to_string())
    }
}

impl From<SubmitError> for RpcError {
    fn from(error: SubmitError) -> Self {
        let code = match &error {
            SubmitError::Empty | SubmitError::Undecodable(_) | SubmitError::InvalidSignature(_) => {
                Self::INVALID_PARAMS
            }
            SubmitError::IntrinsicGasTooLow { .. }
            | SubmitError::GasLimitTooHigh { .. }
            | SubmitError::GasAboveCap { .. } => Self::SERVER,
            SubmitError::AlreadyImported(_)
            | SubmitError::MempoolFull
            | SubmitError::NonceTooLow { .. }
            | SubmitError::NonceOverflow
            | SubmitError::ReplacementUnderpriced
            | SubmitError::Underpriced { .. }
            | SubmitError::InsufficientFunds { .. }
            | SubmitError::FeeCapTooLow { .. }
            | SubmitError::TipAboveFeeCap { .. }
            | SubmitError::WrongChainId { .. }
            | SubmitError::BlobsUnsupported
            | SubmitError::TypeUnsupported { .. }
            | SubmitError::EmptyAuthorizationList
            | SubmitError::InitCodeTooLong { .. }
            | SubmitError::SenderHasCode(_) => Self::TRANSACTION_REJECTED,
        };
        // Some clients compare these words with their capital letter.
        let message = if let SubmitError::Undecodable(reason) = &error {
            format!("Failed to decode transaction: {reason}")
        } else {
            error
                .to_string()
                .replace("empty transaction", "Empty transaction")
                .replace("insufficient funds", "Insufficient funds")
        };
        Self::new(code, message)
    }
}
