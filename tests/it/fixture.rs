//! A log made by hand: the events of `03-byzantine-minority`, with the protocol's own numbers.

use std::time::Duration;

use alloy_primitives::{Address, B256};
use emulate::{
    amount::Nrlc,
    log::{Check, CheckOutcome, EndReason, Event, EventLog, OrderKind, Verdict},
    protocol::Name,
    time::Timestamp,
};

/// What Mallory vouches for.
pub(crate) const LIE: B256 = B256::repeat_byte(0xbb);
/// The honest result hash.
pub(crate) const TRUTH: B256 = B256::repeat_byte(0xaa);
/// The honest digest.
pub(crate) const DIGEST: B256 = B256::repeat_byte(0xdd);

const HONEST: [&str; 4] = ["honest-0", "honest-1", "honest-2", "honest-3"];

/// Appends events at the time and block it has reached.
pub(crate) struct Author {
    pub(crate) log: EventLog,
    pub(crate) now: Timestamp,
    pub(crate) block: u64,
}

impl Author {
    pub(crate) fn new() -> Self {
        Self {
            log: EventLog::default(),
            now: Timestamp::START,
            block: 0,
        }
    }

    pub(crate) fn say(&mut self, event: Event) {
        self.log.append(self.now, self.block, None, event);
    }

    pub(crate) fn by(&mut self, actor: &str, event: Event) {
        self.log
            .append(self.now, self.block, Some(actor.into()), event);
    }

    pub(crate) fn block(&mut self, transactions: u64) {
        self.block += 1;
        self.now = self.now.next_multiple_of(Duration::from_secs(1));
        self.say(Event::BlockMined {
            hash: B256::with_last_byte(self.block as u8),
            transactions,
            gas_used: 300_000 * transactions,
            timestamp: 1_700_000_000 + self.block,
        });
    }

    pub(crate) fn after(&mut self, millis: u64) {
        self.now = self.now + Duration::from_millis(millis);
    }

    /// The money of a lock as the chain tells it: two events.
    pub(crate) fn lock(&mut self, account: &str, amount: Nrlc) {
        self.say(transfer(Some(account), Some("hub"), amount));
        self.say(Event::Lock {
            account: account.into(),
            amount,
        });
    }

    pub(crate) fn unlock(&mut self, account: &str, amount: Nrlc) {
        self.say(transfer(Some("hub"), Some(account), amount));
        self.say(Event::Unlock {
            account: account.into(),
            amount,
        });
    }

    pub(crate) fn reward(&mut self, account: &str, amount: Nrlc, task: &str) {
        self.say(transfer(Some("hub"), Some(account), amount));
        self.say(Event::Reward {
            account: account.into(),
            amount,
            task: task.into(),
        });
    }

    pub(crate) fn seize(&mut self, account: &str, amount: Nrlc, task: &str) {
        self.say(Event::Seize {
            account: account.into(),
            amount,
            task: task.into(),
        });
    }

    pub(crate) fn account(&mut self, account: &str, deposit: Nrlc) {
        self.say(Event::AccountOpened {
            account: account.into(),
            address: Address::repeat_byte(7),
            deposit,
        });
        self.say(transfer(None, Some(account), deposit));
    }

    pub(crate) fn worker(&mut self, worker: &str, group: &str, behaviour: &str, score: u64) {
        let account = Name::from(worker).of_kind("worker");
        self.account(&account, Nrlc::from_rlc(10));
        self.say(Event::WorkerJoined {
            worker: worker.into(),
            pool: "main".into(),
            group: group.into(),
            behaviour: behaviour.into(),
            score,
        });
    }

    pub(crate) fn contribute(&mut self, worker: &str, hash: B256) {
        let account = Name::from(worker).of_kind("worker");
        self.lock(&account, Nrlc(300_000_000));
        self.say(Event::TaskContribute {
            task: "job".into(),
            worker: worker.into(),
            hash,
            weight: 2,
        });
    }

    fn computed(&mut self, worker: &str) {
        self.by(
            &format!("worker.{worker}"),
            Event::ExecutionFinished {
                task: "job".into(),
                worker: worker.into(),
                digest: DIGEST,
                outcome: "ok".into(),
                duration_ms: 2_000,
                outputs: vec!["stdout.txt".into()],
                output: "Hello, world!".into(),
                image: None,
                exit: None,
            },
        );
    }
}

pub(crate) fn transfer(from: Option<&str>, to: Option<&str>, amount: Nrlc) -> Event {
    Event::Transfer {
        from: from.map(Name::from),
        to: to.map(Name::from),
        amount,
    }
}

/// Accounts, workers, app and pool.
pub(crate) fn cast(author: &mut Author) {
    author.say(Event::RunStarted {
        title: "One liar, four honest workers".into(),
        seed: 42,
        version: "0.1.0".into(),
        start: 1_700_000_000,
        block_ms: 1_000,
    });
    author.account("account.alice", Nrlc::from_rlc(100));
    author.account("pool.main", Nrlc::from_rlc(100));
    author.account("account.dev", Nrlc::ZERO);
    author.say(Event::AppRegistered {
        app: "hello".into(),
        address: Address::repeat_byte(1),
        owner: "account.dev".into(),
        price: Nrlc::ZERO,
    });
    author.say(Event::WorkerpoolRegistered {
        pool: "main".into(),
        address: Address::repeat_byte(2),
        owner: "pool.main".into(),
        worker_stake: 30,
        fee: 1,
    });
    for worker in HONEST {
        author.worker(worker, "honest", "honest", 0);
    }
    author.worker("mallory", "mallory", "liar", 9);
}

/// The market and the first block of the task.
pub(crate) fn deal(author: &mut Author) {
    author.by(
        "account.alice",
        Event::TaskRequested {
            task: "job".into(),
            group: "job".into(),
            requester: "alice".into(),
            app: "hello".into(),
            dataset: None,
            trust: 5,
            category: "xs".into(),
        },
    );
    for (kind, by) in [
        (OrderKind::Workerpool, "pool.main"),
        (OrderKind::Request, "account.alice"),
    ] {
        author.by(
            by,
            Event::OrderPublished {
                kind,
                order: B256::with_last_byte(kind as u8),
                by: by.into(),
                price: Nrlc::from_rlc(1),
                volume: 1,
            },
        );
    }
    author.block(1);
    author.lock("account.alice", Nrlc::from_rlc(1));
    author.lock("pool.main", Nrlc(300_000_000));
    let deal = B256::repeat_byte(0xde);
    author.say(Event::SchedulerNotice {
        pool: "main".into(),
        deal,
    });
    author.say(Event::OrdersMatched {
        deal,
        tasks: vec!["job".into()],
        pool: "main".into(),
        app: "hello".into(),
        dataset: None,
        requester: "account.alice".into(),
        sponsor: "account.alice".into(),
        app_price: Nrlc::ZERO,
        dataset_price: Nrlc::ZERO,
        pool_price: Nrlc::from_rlc(1),
        worker_stake: Nrlc(300_000_000),
        trust: 5,
    });
    author.block(1);
    author.say(Event::TaskInitialize {
        task: "job".into(),
        id: B256::repeat_byte(0x1d),
        pool: "main".into(),
        contribution_deadline: 1_700_002_101,
        final_deadline: 1_700_003_001,
    });
}

/// From the first assignment to the consensus.
pub(crate) fn vote(author: &mut Author) {
    for worker in HONEST.into_iter().chain(["mallory"]) {
        author.by(
            "pool.main",
            Event::WorkerAssigned {
                task: "job".into(),
                worker: worker.into(),
            },
        );
    }
    for worker in HONEST {
        author.by(
            &format!("worker.{worker}"),
            Event::ExecutionStarted {
                task: "job".into(),
                worker: worker.into(),
                executor: "builtin".into(),
            },
        );
    }
    author.block(1);
    author.contribute("mallory", LIE);
    author.after(1_000);
    for worker in HONEST {
        author.computed(worker);
    }
    author.block(4);
    for worker in HONEST {
        author.contribute(worker, TRUTH);
    }
    author.say(Event::TaskConsensus {
        task: "job".into(),
        consensus: TRUTH,
        winners: 4,
    });
}

/// Reveals, payment and the end.
pub(crate) fn settle(author: &mut Author) {
    author.block(4);
    for worker in HONEST {
        author.say(Event::TaskReveal {
            task: "job".into(),
            worker: worker.into(),
            digest: DIGEST,
        });
    }
    author.by(
        "worker.honest-0",
        Event::ResultUploaded {
            task: "job".into(),
            worker: "honest-0".into(),
            link: "/results/job".into(),
            size: 512,
        },
    );
    author.block(1);
    author.seize("account.alice", Nrlc::from_rlc(1), "job");
    author.unlock("pool.main", Nrlc(300_000_000));
    author.seize("worker.mallory", Nrlc(300_000_000), "job");
    author.say(Event::FaultyContribution {
        task: "job".into(),
        worker: "mallory".into(),
    });
    for worker in HONEST {
        let account = format!("worker.{worker}");
        author.unlock(&account, Nrlc(300_000_000));
        author.reward(&account, Nrlc(321_750_000), "job"); // (1 + 0.3) × 99 % / 4
        author.say(Event::AccurateContribution {
            task: "job".into(),
            worker: worker.into(),
        });
        author.say(Event::ScoreChanged {
            worker: worker.into(),
            score: 1,
        });
    }
    author.reward("pool.main", Nrlc(13_000_000), "job"); // what is left of 1.3
    author.say(Event::TaskFinalize {
        task: "job".into(),
        results: "/results/job".into(),
    });
    author.say(Event::TruthComputed {
        task: "job".into(),
        digest: Some(DIGEST),
    });
    author.say(Event::TaskJudged {
        task: "job".into(),
        verdict: Verdict::Correct,
    });
    author.by(
        "account.alice",
        Event::ResultDownloaded {
            task: "job".into(),
            link: "/results/job".into(),
        },
    );
}

/// The whole run with one expectation that holds and one that does not.
pub(crate) fn byzantine_minority() -> EventLog {
    let mut author = Author::new();
    cast(&mut author);
    deal(&mut author);
    vote(&mut author);
    settle(&mut author);
    author.say(Event::ExpectationChecked(Check {
        name: "the truth wins".into(),
        outcome: CheckOutcome::Passed,
        expected: "task.job.status = COMPLETED".into(),
        found: "COMPLETED".into(),
        since: None,
        why: None,
        line: Some(30),
        is_measured: false,
    }));
    let finalized = author.log.view().tasks.get("job").unwrap().status_since;
    author.say(Event::ExpectationChecked(Check {
        name: "the pool <b>gets</b> rich".into(),
        outcome: CheckOutcome::Failed,
        expected: "pool.main.earned = 1 RLC".into(),
        found: "0.013 RLC".into(),
        since: Some(finalized),
        why: Some("The scheduler keeps one percent.".into()),
        line: Some(42),
        is_measured: false,
    }));
    author.say(Event::RunFinished {
        reason: EndReason::Complete,
    });
    author.log
}

/// A run with everything a page must bear: a reopened vote, a crash, a fault, a broken law, names
/// that are markup, and a task nobody took on.
pub(crate) fn troubles() -> EventLog {
    let mut author = Author::new();
    cast(&mut author);
    author.worker("<script>alert(1)</script>", "evil", "\"><img src=x>", 30);
    deal(&mut author);
    author.say(Event::TaskRequested {
        task: "<i>late</i>".into(),
        group: "late".into(),
        requester: "alice".into(),
        app: "hello".into(),
        dataset: None,
        trust: 1,
        category: "xs".into(),
    });
    vote(&mut author);
    author.say(Event::FaultInjected {
        verb: "partition".into(),
        targets: vec!["worker.honest-0".into(), "pool.main".into()],
        note: Some("a cable is cut".into()),
    });
    author.by(
        "worker.honest-1",
        Event::Crashed {
            actor: "worker.honest-1".into(),
        },
    );
    author.after(20_000);
    author.say(Event::FaultHealed {
        verb: "partition".into(),
        targets: vec!["worker.honest-0".into(), "pool.main".into()],
    });
    author.by(
        "worker.honest-1",
        Event::Restarted {
            actor: "worker.honest-1".into(),
        },
    );
    author.block(1);
    author.say(Event::TaskReopen { task: "job".into() });
    author.contribute("<script>alert(1)</script>", TRUTH);
    author.say(Event::Revert {
        from: "worker.honest-2".into(),
        call: "contribute".into(),
        reason: "already contributed".into(),
        expected: false,
        task: Some("job".into()),
    });
    author.after(30_000);
    settle(&mut author);
    author.say(Event::InvariantBroken {
        law: "RLC is conserved".into(),
        transaction: Some(LIE),
        detail: "259 RLC where 260 RLC were".into(),
    });
    author.say(Event::RunFinished {
        reason: EndReason::InvariantBroken,
    });
    author.log
}
