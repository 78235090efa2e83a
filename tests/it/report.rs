//! Reports as a room: what each format says of the same run.

use emulate::{
    log::{self, EndReason, Event, EventLog, Sink, Sinks},
    report::{
        Detail, JsonLines, Run, Standing, Story, Styles, Suite, annotate, explain_task,
        explain_worker, write_html, write_json, write_junit, write_summary,
    },
};

use crate::fixture::{Author, LIE, byzantine_minority, cast, deal, settle, troubles, vote};

fn run(log: &EventLog) -> Run<'_> {
    Run {
        log,
        file: Some("scenarios/03-byzantine-minority.toml"),
        again: Some("emulate run scenarios/03-byzantine-minority.toml --seed 42"),
    }
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn story(log: &EventLog, detail: Detail, styles: Styles) -> String {
    let mut out = Vec::new();
    let mut sinks = Sinks::default();
    sinks.add("story", Story::new(&mut out, detail, styles));
    sinks.catch_up(log);
    assert!(sinks.finish().is_empty());
    String::from_utf8(out).unwrap()
}

/// Leaves out colours: what stands between an escape and the `m` that ends it.
fn uncoloured(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').unwrap().1)
}

#[test]
fn the_story_is_told_with_names_and_amounts() {
    let text = story(&byzantine_minority(), Detail::Normal, Styles::plain());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "One liar, four honest workers  seed 42 · emulate 0.1.0"
    );
    for sentence in [
        "  00:00.000  alice asks for job: hello, trust 5, category xs",
        "  00:03.000  mallory votes for result A of job",
        "  00:05.000  honest-3 votes for result B of job",
        "  00:05.000  consensus on result B of job with 4 votes",
        "  00:07.000  mallory loses its stake of 0.3 RLC over job",
        "  00:07.000  honest-0 gets 0.32175 RLC for job",
        "  00:07.000  job is completed and paid",
    ] {
        assert!(
            lines.contains(&sentence),
            "{sentence} is missing in\n{text}"
        );
    }
}

#[test]
fn more_detail_tells_more_and_all_tells_everything() {
    let log = byzantine_minority();
    let lines = |detail| story(&log, detail, Styles::plain()).lines().count();
    assert_eq!(lines(Detail::Quiet), 0);
    assert!(lines(Detail::Normal) < lines(Detail::Verbose));
    assert_eq!(
        lines(Detail::All),
        log.records().len() + 1,
        "a heading and each record"
    );
}

#[test]
fn flags_choose_the_detail_and_quiet_wins() {
    let chosen = [(false, 0), (false, 1), (false, 2), (false, 9), (true, 2)];
    let details = chosen.map(|(quiet, verbose)| Detail::of(quiet, verbose));
    use Detail::{All, Normal, Quiet, Verbose};
    assert_eq!(details, [Normal, Verbose, All, All, Quiet]);
}

#[test]
fn colours_change_nothing_but_the_colour() {
    let log = byzantine_minority();
    let plain = story(&log, Detail::All, Styles::plain());
    let coloured = story(&log, Detail::All, Styles::coloured());
    assert!(!plain.contains('\x1b'));
    assert_ne!(plain, coloured);
    assert_eq!(uncoloured(&coloured), plain);
    let plain = written(|out| write_summary(&run(&log), &Styles::plain(), out));
    let coloured = written(|out| write_summary(&run(&log), &Styles::coloured(), out));
    assert_eq!(uncoloured(&coloured), plain);
}

#[test]
fn a_long_story_is_cut_short_but_not_its_faults() {
    let mut author = Author::new();
    cast(&mut author);
    for _ in 0..1_000 {
        author.say(Event::TaskInitialize {
            task: "job".into(),
            id: Default::default(),
            pool: "main".into(),
            contribution_deadline: 0,
            final_deadline: 0,
        });
    }
    author.say(Event::Crashed {
        actor: "pool.main".into(),
    });
    let text = story(&author.log, Detail::Normal, Styles::plain());
    assert!(text.lines().count() < 500);
    assert!(text.contains("pool.main has crashed"));
    assert!(text.ends_with("lines were left out\n"), "{text}");
    let all = story(&author.log, Detail::Verbose, Styles::plain());
    assert!(all.lines().count() > 1_000);
}

#[test]
fn the_summary_puts_failures_first_and_says_since_when_and_why() {
    let log = byzantine_minority();
    let text = written(|out| write_summary(&run(&log), &Styles::plain(), out));
    let failure = text.find("What went wrong").unwrap();
    assert!(failure < text.find("Tasks").unwrap());
    for line in [
        "expected  pool.main.earned = 1 RLC",
        "found     0.013 RLC",
        "since     00:07.000, block 6, TaskFinalize: job is completed and paid",
        "why       The scheduler keeps one percent.",
        "again     emulate run scenarios/03-byzantine-minority.toml --seed 42",
        "scenarios/03-byzantine-minority.toml:42",
        "FAILED  1 of 2 expectations",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
    let mallory = text
        .lines()
        .find(|line| line.contains("worker.mallory"))
        .unwrap();
    assert!(mallory.contains("-0.3 RLC") && mallory.trim_end().ends_with('6'));
}

#[test]
fn a_task_is_explained_with_its_arithmetic() {
    let text = explain_task(&byzantine_minority(), "job").unwrap();
    for line in [
        "group B = 16    total 19    16 × 5 > 19 × 4: consensus",
        "group A = 2     total 3     2 × 5 ≤ 3 × 4",
        "Result B won: its group weighs 16, more than (5 - 1) × (1 + 2) = 12.",
        "Each of honest-0, honest-1, honest-2 and honest-3 decided it",
        "to share        1 RLC + 1 lost stake of 0.3 RLC = 1.3 RLC",
        "for workers     99 % of 1.3 RLC = 1.287 RLC",
        "honest-2      1.287 RLC × 1 / 4 = 0.32175 RLC",
        "mallory       -0.3 RLC, its stake: it voted for a result that lost",
        "the scheduler   0.013 RLC",
        "worker.honest-3      +0.32175 RLC",
        "account.alice        -1 RLC",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
}

#[test]
fn a_task_without_consensus_says_what_was_missing() {
    let mut author = Author::new();
    cast(&mut author);
    deal(&mut author);
    for (at, worker) in ["honest-0", "honest-1", "honest-2"].into_iter().enumerate() {
        let own = alloy_primitives::B256::with_last_byte(at as u8);
        author.contribute(worker, own);
    }
    author.say(Event::TaskClaimed { task: "job".into() });
    let text = explain_task(&author.log, "job").unwrap();
    // Three groups of 2: (5 − 1) × (1 + 2 + 2) = 20.
    assert!(
        text.contains(
            "the heaviest group weighed 2; it had to weigh more than (5 - 1) × (1 + 4) = 20"
        ),
        "{text}"
    );
}

#[test]
fn a_reopened_vote_is_counted_anew() {
    let mut author = Author::new();
    cast(&mut author);
    deal(&mut author);
    vote(&mut author);
    author.say(Event::TaskReopen { task: "job".into() });
    let text = explain_task(&author.log, "job").unwrap();
    assert!(text.contains("the group's weight of 16 is gone"), "{text}");
}

#[test]
fn votes_kept_when_it_was_reopened_may_decide_and_those_thrown_out_do_not() {
    let mut author = Author::new();
    cast(&mut author);
    for late in ["late-0", "late-1"] {
        author.worker(late, "late", "liar", 0);
    }
    deal(&mut author);
    vote(&mut author);
    author.say(Event::TaskReopen { task: "job".into() });
    for late in ["late-0", "late-1"] {
        author.contribute(late, LIE);
    }
    author.say(Event::TaskConsensus {
        task: "job".into(),
        consensus: LIE,
        winners: 3,
    });
    let text = explain_task(&author.log, "job").unwrap();
    // 2 × 2 × 2 = 8: 8 × 5 > 9 × 4, and 4 × 5 = 5 × 4 without any of them.
    assert!(
        text.contains("Each of mallory, late-0 and late-1 decided it"),
        "{text}"
    );
}

#[test]
fn a_worker_is_explained_task_by_task() {
    let log = byzantine_minority();
    let text = explain_worker(&log, "mallory").unwrap();
    assert!(text.starts_with("mallory: earned -0.3 RLC\n"), "{text}");
    assert!(text.contains("score 9 → 6"));
    assert!(text.contains("which lost"));
    let text = explain_worker(&log, "honest-1").unwrap();
    assert!(
        text.contains("its share   1.287 RLC × 1 / 4 = 0.32175 RLC"),
        "{text}"
    );
    let wrong = explain_worker(&log, "malory").unwrap_err().to_string();
    assert_eq!(
        wrong,
        "there is no worker called `malory`; did you mean `mallory`?"
    );
    let wrong = explain_task(&log, "zzz").unwrap_err().to_string();
    assert_eq!(wrong, "there is no task called `zzz`");
}

#[test]
fn annotations_point_to_the_line_of_the_scenario() {
    let log = byzantine_minority();
    let text = written(|out| annotate(&run(&log), out));
    assert_eq!(
        text,
        "::error file=scenarios/03-byzantine-minority.toml,line=42,title=the pool <b>gets</b> rich\
         ::expected pool.main.earned = 1 RLC%0Afound 0.013 RLC%0AThe scheduler keeps one percent.\n"
    );
}

#[test]
fn junit_reads_back_with_the_same_counts() {
    let log = byzantine_minority();
    let text = written(|out| write_junit(&[Suite::Ran(run(&log)), Suite::Ran(run(&log))], out));
    let report = quick_junit::Report::deserialize_from_str(&text).unwrap();
    assert_eq!(report.test_suites.len(), 2);
    assert_eq!((report.tests, report.failures, report.errors), (6, 2, 0));
    let suite = &report.test_suites[0];
    assert_eq!(suite.name.as_str(), "One liar, four honest workers");
    assert_eq!(
        suite.test_cases[2].name.as_str(),
        "the pool <b>gets</b> rich"
    );
    assert!(text.contains("&lt;b&gt;gets"), "names are escaped");
}

#[test]
fn a_run_that_was_cut_off_is_an_error_in_junit() {
    let mut author = Author::new();
    cast(&mut author);
    let text = written(|out| write_junit(&[Suite::Ran(run(&author.log))], out));
    let report = quick_junit::Report::deserialize_from_str(&text).unwrap();
    assert_eq!((report.failures, report.errors), (0, 1));
    assert_eq!(run(&author.log).standing(), Standing::Interrupted);
}

#[test]
fn a_run_that_was_stopped_does_not_claim_that_nothing_was_expected() {
    let summary = |log: &EventLog| written(|out| write_summary(&run(log), &Styles::plain(), out));
    let page = |log: &EventLog| written(|out| write_html(&run(log), out));
    let mut author = Author::new();
    cast(&mut author);
    for text in [summary(&author.log), page(&author.log)] {
        assert!(text.contains("expectations not judged"), "{text}");
        assert!(!text.contains("no expectations"), "{text}");
    }
    author.say(Event::RunFinished {
        reason: EndReason::Complete,
    });
    let whole = summary(&author.log);
    assert!(whole.contains("PASSED  no expectations"), "{whole}");
    assert!(!page(&author.log).contains("not judged"));
}

#[test]
fn the_document_holds_view_and_verdicts() {
    let log = byzantine_minority();
    let text = written(|out| write_json(&run(&log), out));
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["version"], 1);
    assert_eq!(document["standing"], "failed");
    assert_eq!(document["digest"], log.digest().to_string());
    assert_eq!(document["tasks"][0]["name"], "job");
    assert_eq!(document["tasks"][0]["latency_ms"], 7_000);
    assert_eq!(document["tasks"][0]["groups"], 2);
    assert_eq!(document["tasks"][0]["output"], "Hello, world!");
    let workers = document["workers"].as_array().unwrap();
    let mallory = workers.iter().find(|row| row["name"] == "mallory").unwrap();
    assert_eq!(mallory["earned"], -300_000_000);
    assert_eq!(mallory["state"], "idle");
    assert_eq!(document["expectations"][1]["outcome"], "failed");
}

#[test]
fn a_saved_log_gives_the_same_reports() {
    let log = byzantine_minority();
    let lines = written(|out| {
        let mut sink = JsonLines::new(out);
        for record in log.records().iter() {
            sink.record(record)?;
        }
        sink.finish()
    });
    let saved = log::read(lines.as_bytes()).unwrap().log;
    let reports = |log: &EventLog| {
        let summary = written(|out| write_summary(&run(log), &Styles::plain(), out));
        let json = written(|out| write_json(&run(log), out));
        let junit = written(|out| write_junit(&[Suite::Ran(run(log))], out));
        let task = explain_task(log, "job").unwrap();
        (
            summary,
            json,
            junit,
            task,
            story(log, Detail::All, Styles::plain()),
        )
    };
    assert_eq!(reports(&saved), reports(&log));
}

#[test]
fn the_worst_thing_that_is_true_counts() {
    let ended = |reason, law: Option<&str>| {
        let mut author = Author::new();
        cast(&mut author);
        deal(&mut author);
        vote(&mut author);
        settle(&mut author);
        if let Some(law) = law {
            author.say(Event::InvariantBroken {
                law: law.into(),
                transaction: None,
                detail: "249 RLC where 250 RLC were".into(),
            });
        }
        author.say(Event::RunFinished { reason });
        let text = written(|out| write_summary(&run(&author.log), &Styles::plain(), out));
        (run(&author.log).standing(), text)
    };
    assert_eq!(ended(EndReason::Complete, None).0, Standing::Passed);
    assert_eq!(ended(EndReason::Timeout, None).0, Standing::TimedOut);
    let (standing, text) = ended(EndReason::Complete, Some("RLC is conserved"));
    assert_eq!(standing, Standing::Broken);
    assert!(text.contains("a law is broken: RLC is conserved"), "{text}");
    assert!(text.contains("249 RLC where 250 RLC were"));
}

fn page(log: &EventLog) -> String {
    written(|out| write_html(&run(log), out))
}

#[test]
fn the_page_shows_verdict_tasks_money_and_reputation() {
    let text = page(&byzantine_minority());
    for part in [
        "<span class=\"pill verdict bad\">failed</span>",
        "<h1>One liar, four honest workers</h1>",
        "1 of 2 expectations hold",
        "<dt>expected</dt><dd>pool.main.earned = 1 RLC</dd>",
        "00:07.000, block 6: job is completed and paid",
        "<span class=\"pill good\">COMPLETED</span>",
        "title=\"computing: 00:02.000 to 00:04.000, 2s\"",
        "title=\"voted for result A at 00:03.000, faulty\"",
        "title=\"revealed result B at 00:06.000\"",
        "+0.32175 RLC",
        "−0.3 RLC",
        "honest-0, honest-1, honest-2 and honest-3",
        "Result B won: its group weighs 16",
    ] {
        assert!(text.contains(part), "{part} is missing");
    }
}

#[test]
fn the_page_needs_nothing_from_outside() {
    for log in [byzantine_minority(), troubles()] {
        let text = page(&log).to_lowercase();
        for outside in ["http", "src=\"", "href=", "@import", "url(", "//cdn"] {
            assert!(!text.contains(outside), "{outside}");
        }
    }
}

#[test]
fn names_cannot_become_markup() {
    let text = page(&troubles());
    assert_eq!(text.matches("<script>").count(), 1, "the page's own");
    assert!(text.contains("&lt;script&gt;alert(1)"));
    assert!(!text.contains("<img") && !text.contains("<i>late"));
    let document = written(|out| write_json(&run(&troubles()), out));
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["workers"][5]["name"], "<script>alert(1)</script>");
    let junit = written(|out| write_junit(&[Suite::Ran(run(&troubles()))], out));
    assert!(quick_junit::Report::deserialize_from_str(&junit).is_ok());
}

#[test]
fn the_page_of_a_troubled_run_shows_the_troubles() {
    let text = page(&troubles());
    for part in [
        "A law is broken: RLC is conserved",
        "259 RLC where 260 RLC were",
        "open again",
        "class=\"span outage\"",
        "partition</span>",
        "worker.honest-0 and pool.main",
        "vote out g1",
        "It waits for a deal.",
        "already contributed",
    ] {
        assert!(text.contains(part), "{part} is missing");
    }
}

#[test]
fn a_fault_that_lasts_beyond_the_end_is_drawn_to_the_end() {
    let drawn = |verb: &str| {
        let mut author = Author::new();
        cast(&mut author);
        deal(&mut author);
        vote(&mut author);
        author.say(Event::FaultInjected {
            verb: verb.into(),
            targets: vec!["chain".into()],
            note: None,
        });
        author.after(20_000);
        settle(&mut author);
        let page = page(&author.log);
        let (_, hint) = page.split_once("title=\"chain: ").unwrap();
        hint.split_once('"').unwrap().0.to_owned()
    };
    assert!(drawn("mine").ends_with(", 0s"));
    let slow = drawn("slow");
    assert!(!slow.ends_with(", 0s"), "{slow}");
}

#[test]
fn a_big_run_is_cut_and_says_so() {
    let mut author = Author::new();
    cast(&mut author);
    for at in 0..2_000 {
        author.say(Event::TaskRequested {
            task: emulate::protocol::Name::from("burst").member(at),
            group: "burst".into(),
            requester: "alice".into(),
            app: "hello".into(),
            dataset: None,
            trust: 1,
            category: "xs".into(),
        });
        author.block(0);
    }
    let text = page(&author.log);
    assert!(text.contains("1970 more tasks are not drawn"));
    assert!(text.contains("records are left out here"));
    assert!(text.len() < 2_000_000, "{}", text.len());
    let summary = written(|out| write_summary(&run(&author.log), &Styles::plain(), out));
    let burst = summary.lines().find(|line| line.contains("burst")).unwrap();
    assert!(burst.contains("2,000"), "groups are summed up: {burst}");
}
