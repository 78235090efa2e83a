//! The log as a room: what is folded from it, saved and read back.

use std::time::Duration;

use alloy_primitives::{B256, keccak256};
use emulate::{
    amount::{Nrlc, NrlcChange},
    log::{self, Event, EventLog, LogError, TaskStatus, View, WorkerState, view::Measured},
    protocol::Name,
};

use crate::fixture::{Author, TRUTH, byzantine_minority, cast, deal, settle, vote};

fn lines(log: &EventLog) -> Vec<u8> {
    let mut text = Vec::new();
    for record in log.records().iter() {
        record.write_line(&mut text);
    }
    text
}

#[test]
fn the_liar_pays_the_honest() {
    let log = byzantine_minority();
    let view = log.view();
    let mallory = view.workers.get("mallory").unwrap();
    assert_eq!(mallory.earned, NrlcChange(-300_000_000));
    assert_eq!(mallory.slashed, Nrlc(300_000_000));
    assert_eq!(mallory.score, 6); // 9 × 2 / 3
    assert_eq!(mallory.reveals, 0);
    let honest = view.workers_called("honest");
    assert_eq!(honest.len(), 4, "a group name means every member");
    for (_, worker) in honest {
        assert_eq!(worker.earned, NrlcChange(321_750_000));
        assert_eq!(
            (worker.score, worker.reveals, worker.contributions),
            (1, 1, 1)
        );
        assert_eq!(worker.scores.len(), 2);
        assert_eq!(worker.state(), WorkerState::Idle);
    }
    let pool = view.pools.get("main").unwrap();
    assert_eq!((pool.earned, pool.sold), (NrlcChange(13_000_000), 1));
}

#[test]
fn a_task_is_told_from_request_to_result() {
    let log = byzantine_minority();
    let job = log.view().tasks.get("job").unwrap();
    assert_eq!(job.status, TaskStatus::Completed);
    assert_eq!((job.groups(), job.contributions(), job.winners), (2, 5, 4));
    assert_eq!((job.correct(), job.corrupted()), (Some(true), Some(false)));
    assert_eq!(job.output(), Some("Hello, world!"));
    assert_eq!(job.outputs().unwrap(), ["stdout.txt"]);
    assert_eq!((job.reopens, job.errors, job.waiting()), (0, 0, false));
    assert_eq!(job.consensus, Some(TRUTH));
    assert_eq!(job.latency(), Some(Duration::from_secs(7)));
    let mallory = job.vote_of("mallory").unwrap();
    assert_eq!((mallory.accurate, mallory.revealed), (Some(false), None));
}

#[test]
fn money_is_neither_made_nor_lost() {
    let log = byzantine_minority();
    let accounts = &log.view().accounts;
    let held: u64 = accounts
        .values()
        .map(|row| row.stake.0 + row.locked.0)
        .sum();
    assert_eq!(held, Nrlc::from_rlc(250).0); // 100 + 100 + 5 × 10
    let alice = accounts.get("account.alice").unwrap();
    assert_eq!(
        (alice.stake, alice.spent),
        (Nrlc::from_rlc(99), Nrlc::from_rlc(1))
    );
    assert!(accounts.values().all(|row| row.locked == Nrlc::ZERO));
    assert!(!accounts.contains("hub"));
}

#[test]
fn a_task_that_is_claimed_refunds_and_fines() {
    let mut author = Author::new();
    cast(&mut author);
    deal(&mut author);
    author.block(1);
    author.contribute("mallory", B256::ZERO);
    let view = author.log.view();
    assert_eq!(
        view.accounts.get("worker.mallory").unwrap().locked,
        Nrlc(300_000_000)
    );
    author.block(1);
    author.unlock("account.alice", Nrlc::from_rlc(1));
    author.seize("pool.main", Nrlc(300_000_000), "job");
    author.say(Event::Reward {
        account: "kitty".into(),
        amount: Nrlc(300_000_000),
        task: "job".into(),
    });
    author.say(Event::Lock {
        account: "kitty".into(),
        amount: Nrlc(300_000_000),
    });
    author.unlock("worker.mallory", Nrlc(300_000_000));
    author.say(Event::TaskClaimed { task: "job".into() });
    let view = author.log.view();
    assert_eq!(view.tasks.get("job").unwrap().status, TaskStatus::Failed);
    assert_eq!(view.kitty(), Nrlc(300_000_000));
    assert_eq!(
        view.pools.get("main").unwrap().earned,
        NrlcChange(-300_000_000)
    );
    assert_eq!(
        view.accounts.get("account.alice").unwrap().spent,
        Nrlc::ZERO
    );
    assert_eq!(view.workers.get("mallory").unwrap().earned, NrlcChange(0));
}

#[test]
fn a_reopened_vote_keeps_its_history() {
    let mut author = Author::new();
    cast(&mut author);
    deal(&mut author);
    vote(&mut author);
    author.say(Event::TaskReopen { task: "job".into() });
    let job = author.log.view().tasks.get("job").unwrap();
    assert_eq!((job.status, job.reopens), (TaskStatus::Active, 1));
    assert_eq!((job.winners, job.consensus), (0, None));
    let rejected: Vec<&str> = job
        .votes
        .iter()
        .filter(|vote| vote.rejected)
        .map(|vote| &*vote.worker)
        .collect();
    assert_eq!(rejected, ["honest-0", "honest-1", "honest-2", "honest-3"]);
}

#[test]
fn blocks_taken_back_have_not_happened() {
    let mut author = Author::new();
    cast(&mut author);
    deal(&mut author);
    vote(&mut author);
    let fork = author.block;
    let before = author.log.view().clone();
    settle(&mut author);
    assert_eq!(author.log.view().chain.blocks, before.chain.blocks + 2);
    let depth = author.block - fork;
    author.block = fork;
    author.say(Event::ChainReorganised { depth });
    let view = author.log.view();
    assert_eq!(view.accounts, {
        let mut author = Author::new();
        cast(&mut author);
        deal(&mut author);
        vote(&mut author);
        author.log.view().accounts.clone()
    });
    assert_eq!(view.chain.blocks, before.chain.blocks);
    assert_eq!(view.tasks.get("job").unwrap().status, TaskStatus::Revealing);
    settle(&mut author);
    let pool = author.log.view().pools.get("main").unwrap();
    assert_eq!(pool.earned, NrlcChange(13_000_000), "paid once");
}

#[test]
fn a_crashed_worker_computes_no_more() {
    let mut author = Author::new();
    cast(&mut author);
    deal(&mut author);
    let state = |author: &Author| author.log.view().workers.get("honest-0").unwrap().state();
    author.say(Event::ExecutionStarted {
        task: "job".into(),
        worker: "honest-0".into(),
        executor: "builtin".into(),
    });
    assert_eq!(state(&author), WorkerState::Computing);
    let actor = Name::from("worker.honest-0");
    author.by(
        "worker.honest-0",
        Event::Crashed {
            actor: actor.clone(),
        },
    );
    assert_eq!(state(&author), WorkerState::Crashed);
    let job = author.log.view().tasks.get("job").unwrap();
    assert_eq!(job.executions[0].outcome.as_deref(), Some("crashed"));
    author.after(5_000);
    author.by("worker.honest-0", Event::Restarted { actor });
    assert_eq!(state(&author), WorkerState::Idle);
    assert_eq!(author.log.view().outages.len(), 1);
    assert!(author.log.view().outages[0].until.is_some());
    let saved = log::read(lines(&author.log).as_slice()).unwrap();
    assert_eq!(saved.log.records(), author.log.records());
}

#[test]
fn a_saved_log_folds_to_an_equal_view() {
    let log = byzantine_minority();
    let text = lines(&log);
    let saved = log::read(text.as_slice()).unwrap();
    assert!(!saved.torn);
    assert_eq!(saved.log.view(), log.view());
    assert_eq!(saved.log.records(), log.records());
    assert_eq!(saved.log.digest(), log.digest());
    assert_eq!(
        log.digest(),
        keccak256(&text),
        "the digest is the file's hash"
    );
    assert_eq!(&View::fold(log.records()), log.view());
}

#[test]
fn a_log_cut_anywhere_is_read_up_to_the_last_whole_record() {
    let log = byzantine_minority();
    let text = lines(&log);
    for cut in (0..text.len()).step_by(97) {
        let saved = log::read(&text[..cut]).unwrap();
        let whole = text[..cut].iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(saved.log.records().len(), whole);
        assert_eq!(saved.torn, cut > 0 && text[cut - 1] != b'\n');
    }
}

#[test]
fn what_is_not_a_log_says_where() {
    let log = byzantine_minority();
    let text = String::from_utf8(lines(&log)).unwrap();
    let second = text.lines().nth(1).unwrap();
    let without_first = format!("{second}\n");
    let wrong = log::read(without_first.as_bytes()).unwrap_err();
    assert!(matches!(
        wrong,
        LogError::OutOfOrder {
            line: 1,
            expected: 0,
            found: 1
        }
    ));
    let nonsense = format!("{}\nnonsense\n", text.lines().next().unwrap());
    let wrong = log::read(nonsense.as_bytes()).unwrap_err().to_string();
    assert!(
        wrong.starts_with("line 2 of the log is not a record"),
        "{wrong}"
    );
}

#[test]
fn a_snapshot_is_not_changed_by_what_comes_later() {
    let mut author = Author::new();
    cast(&mut author);
    deal(&mut author);
    let snapshot = author.log.clone();
    let (digest, view) = (snapshot.digest(), snapshot.view().clone());
    vote(&mut author);
    settle(&mut author);
    assert_eq!(snapshot.digest(), digest);
    assert_eq!(snapshot.view(), &view);
    assert_ne!(author.log.digest(), digest);
    let mut again = Author {
        log: snapshot,
        now: author.now,
        block: author.block,
    };
    again.say(Event::TaskReopen { task: "job".into() });
    assert_eq!(again.log.view().tasks.get("job").unwrap().reopens, 1);
    assert_eq!(author.log.view().tasks.get("job").unwrap().reopens, 0);
}

#[test]
fn what_the_machine_spent_is_known_but_not_part_of_the_run() {
    let mut log = byzantine_minority();
    let (digest, text) = (log.digest(), lines(&log));
    let measured = Measured {
        wall: Some(Duration::from_millis(412)),
        memory: Some(30 << 20),
    };
    log.measure(measured);
    assert_eq!(log.view().measured, measured);
    assert_eq!((log.digest(), lines(&log)), (digest, text));
    let now = log.view().run.now;
    log.append(now, 0, None, Event::ChainReorganised { depth: 6 });
    assert_eq!(
        log.view().measured,
        measured,
        "also after a fold from the start"
    );
    assert_eq!(
        log.view().tasks.get("job").unwrap().status,
        TaskStatus::Waiting
    );
}
