//! The participants. Plain state machines: an input comes in, effects go out.
//!
//! Everything an actor can do is a method of [`Context`]. There is no clock to read, no socket to
//! open and no other actor to call, so an actor is deterministic by construction. What it must not
//! forget when it crashes it keeps apart from what it may.

mod account;
mod call;
mod context;
mod message;
mod provider;
mod requester;
mod scheduler;
mod spread;
mod worker;

use std::{sync::Arc, time::Duration};

pub use account::AccountActor;
pub use call::Call;
pub use context::{Balance, Context, Effect, Ledger, Pace, Submission, Token};
pub use message::{Assignment, Message, Standing};
pub use provider::{AppListing, DatasetListing, Provider};
pub use requester::{Request, Requester, RequesterBehaviour};
pub use scheduler::{Offer, Policy, PoolBehaviour, PoolSetup, Scheduler};
pub use spread::Spread;
pub use worker::{Behaviour, Conduct, Deviation, Phase, Worker, WorkerSetup};

use crate::{amount::Nrlc, executor::Outcome, log::Event, protocol::Name, services::Fill};

/// One participant.
pub trait Actor: Send + Sync {
    /// Takes in one input; whatever follows is left in the context's effects.
    fn handle(&mut self, cx: &mut Context<'_>, input: Input);

    /// Forgets everything that is not stored.
    fn crash(&mut self);

    /// Returns a copy, for worlds that part ways.
    fn box_clone(&self) -> Box<dyn Actor>;
}

impl Clone for Box<dyn Actor> {
    fn clone(&self) -> Self {
        self.box_clone()
    }
}

/// What reaches an actor.
#[derive(Clone, Debug)]
pub enum Input {
    /// The run begins, or the actor joins it.
    Start,
    /// The actor is back after a crash; these chain events it would have been told meanwhile.
    Restart {
        /// In the order they happened.
        missed: Vec<Arc<Event>>,
    },
    /// The actor can be reached again after it could not; it remembers everything.
    Reconnected,
    /// The actor leaves for good.
    Leave,
    /// A block brought this event about something the actor watches.
    Chain {
        /// The event.
        event: Arc<Event>,
        /// The block's time in Unix seconds.
        timestamp: u64,
    },
    /// A transaction asked for with [`Context::submit`] is in a block, or can never be.
    Mined {
        /// The submission's token.
        token: Token,
        /// What was called.
        call: &'static str,
        /// The task it was about.
        task: Option<Name>,
        /// Why it failed, if it did.
        failure: Option<String>,
    },
    /// Blocks were taken back: what the actor knows of its tasks may not be true any more.
    TakenBack,
    /// The actor's clock was set: what it made of the chain's moments may be wrong.
    ClockSet,
    /// Another actor sent a message.
    Message {
        /// Its qualified name.
        from: Name,
        /// What it says.
        message: Message,
    },
    /// A program asked for with [`Context::execute`] ended.
    Executed {
        /// The task.
        task: Name,
        /// What came of it.
        outcome: Arc<Outcome>,
    },
    /// A result asked for with [`Effect::Upload`] can be fetched.
    Stored {
        /// Of which task.
        task: Name,
        /// Where it lies.
        link: String,
    },
    /// A moment asked for with [`Context::wake_at`] has come.
    Timer(Timer),
    /// The book found partners for one of the actor's requests.
    Filled(Arc<Fill>),
    /// The account has a new key and an empty history.
    NewIdentity(crate::protocol::Account),
    /// The scenario changes something.
    Order(Order),
}

/// What the scenario tells an actor to change.
#[derive(Clone, Debug)]
pub enum Order {
    /// Ask another price.
    Price(Nrlc),
    /// Offer so much more.
    Volume(u64),
    /// Ask another price for this app, bare.
    AppPrice(Name, Nrlc),
    /// Compute at this speed, in thousandths.
    Speed(u64),
    /// Behave like this.
    Conduct(Conduct),
    /// Want more work done.
    Request(Vec<Request>),
    /// Withdraw the requests of these tasks, as far as they wait.
    Cancel(Vec<Name>),
}

/// What an actor asked to be woken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timer {
    // ---- requester -----------------------------------------------------------------------
    /// The next requests are due.
    Arrival,
    /// The task may be claimed if it is not final.
    Claim(Name),

    // ---- scheduler -----------------------------------------------------------------------
    /// The worker should have been heard of by now.
    Silence(Name, Name),
    /// A vote asked for so long ago is no longer counted on, or who gave up may be asked again.
    Stale(Name),
    /// Contributions no longer count.
    ContributionDeadline(Name),
    /// Reveals no longer count.
    RevealDeadline(Name),
    /// The uploader should have uploaded by now.
    Upload(Name),
    /// Look for workers that fell silent.
    Probe,
    /// Look for workers that are taken for busy with nothing.
    Recount,

    // ---- worker --------------------------------------------------------------------------
    /// Tell the scheduler that the computation goes on.
    Heartbeat(Name),
    /// The vote won a while ago: reveal it, if nobody has asked for that.
    Reveal(Name),
    /// Go on with a phase that was put off.
    Resume(Name, Phase),
}

/// How often a computing worker is heard of.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(30);
