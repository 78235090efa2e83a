//! Doubts about scenarios that can be run all the same.

use std::path::Path;

use emulate::scenario::{Loaded, Overrides};

use super::{load, names};

fn doubts(text: &str) -> Vec<String> {
    let read = |_: &Path| panic!("nothing is included");
    let loaded = Loaded::new(text, Path::new("x.toml"), &read, &Overrides::default());
    let loaded = loaded.unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    let doubts = loaded.doubts();
    assert!(!doubts.has_errors());
    doubts.to_string().lines().map(str::to_owned).collect()
}

const WORK: &str = "[app.hello]\nrun = { builtin = \"hello\" }\n[task.t]\napp = \"hello\"\n";

#[test]
fn the_scenarios_of_the_folder_raise_none() {
    for name in names() {
        let doubts = load(&name).unwrap().doubts();
        assert!(doubts.is_empty(), "{}", doubts.render(false));
    }
}

#[test]
fn a_fault_after_the_end_never_happens() {
    let text = format!("[scenario]\nuntil = \"5m\"\n{WORK}[[at]]\ntime = \"9m\"\nmine = 1\n");
    assert_eq!(
        doubts(&text),
        [
            "x.toml:8:8: warning: the run is over at 5m: this never happens (move it, or let the run go on)"
        ]
    );
}

#[test]
fn trust_beyond_the_workers_is_doubted() {
    let text = |trust| format!("[worker.w]\ncount = 3\n{WORK}trust = {trust}\n");
    // Three newcomers weigh 8, which is more than 7 and not more than 8.
    assert!(doubts(&text(8)).is_empty());
    assert_eq!(
        doubts(&text(9)),
        [
            "x.toml:7:9: warning: no pool has workers enough for a trust of 9 (n newcomers weigh 2ⁿ together: add workers, or ask for less)"
        ]
    );
    assert!(doubts(&text(9).replace("count = 3", "count = 3\nscore = 12")).is_empty());
}

#[test]
fn machines_nobody_has_and_enclaves_that_vote_are_doubted() {
    let text = |pool, more| {
        format!(
            "[pool.main]\n{pool}\n[app.a]\nrun = {{ builtin = \"hello\" }}\ntag = [\"tee\"]\n[task.t]\napp = \"a\"\n{more}\n"
        )
    };
    let able = "tag = [\"tee\", \"gpu\"]";
    assert!(doubts(&text(able, "")).is_empty());
    assert_eq!(
        doubts(&text("tag = [\"gpu\"]", "")),
        [
            "x.toml:6:1: warning: no pool provides what `t` needs: `tee` (write these words in the `tag` of a pool)"
        ]
    );
    assert_eq!(
        doubts(&text(able, "replication = 2")),
        [
            "x.toml:6:1: warning: enclaves do not vote: nobody computes `t` (leave `replication` and `trust` out: the enclave vouches for the result)"
        ]
    );
}

#[test]
fn deposits_that_cannot_pay_are_doubted() {
    let text = format!("{WORK}count = 5\n[account.alice]\ndeposit = \"4 RLC\"\n");
    assert_eq!(
        doubts(&text),
        [
            "x.toml:7:11: warning: `alice` has 4 RLC, and its tasks may cost 5 RLC (write `deposit = \"5 RLC\"` or more)"
        ]
    );
    let text = format!("[worker.w]\ncount = 2\ndeposit = \"0.2 RLC\"\n{WORK}");
    assert!(doubts(&text)[0].contains("one contribution locks 0.3 RLC"));
}

#[test]
fn a_cast_nobody_uses_is_doubted() {
    let text = format!(
        "{WORK}[app.idle]\nrun = {{ builtin = \"echo\" }}\n[pool.a]\n[pool.b]\n[worker.w]\npool = \"a\"\n"
    );
    let doubts = doubts(&text);
    assert_eq!(doubts.len(), 2, "{doubts:?}");
    assert!(doubts[0].contains("no task uses `idle`"));
    assert!(doubts[1].contains("nobody works for `b`"));
}

#[test]
fn a_score_nobody_has_is_what_is_doubted() {
    let text =
        |workers: &str, rest: &str| format!("[pool.main]\nmin_score = 20\n{workers}{WORK}{rest}");
    let nobody = [
        "x.toml:2:13: warning: no worker of `main` has a score of 20: nobody is asked (lower `min_score`, or write `score = 20` in a worker)",
    ];
    assert_eq!(doubts(&text("[worker.w]\ncount = 3\n", "")), nobody);
    assert_eq!(
        doubts(&text("[worker.w]\ncount = 3\n", "trust = 8\n")),
        nobody
    );
    // The workers of a file that names none are newcomers.
    assert_eq!(doubts(&text("", "")), nobody);
    // One with a score of 20 weighs 5; with the newcomers it would be 5 × 2³.
    let one = "[worker.w]\ncount = 3\n[worker.old]\nscore = 20\n";
    assert!(doubts(&text(one, "trust = 5\n")).is_empty());
    assert_eq!(
        doubts(&text(one, "trust = 6\n")),
        [
            "x.toml:2:13: warning: workers with a score of 20 are too few for a trust of 6 (lower `min_score`, give more workers a `score`, or ask for less)"
        ]
    );
    assert_eq!(
        doubts(&text(one, "trust = 41\n")),
        [
            "x.toml:11:9: warning: no pool has workers enough for a trust of 41 (n newcomers weigh 2ⁿ together: add workers, or ask for less)"
        ]
    );
}

#[test]
fn what_does_nothing_and_harms_nobody_is_doubted() {
    let text = format!(
        "[vars]\nspare = 3\nused = 2\n{WORK}[worker.w]\ncount = \"${{ used }}\"\nring = \"a\"\n\
         [[at]]\ntime = \"1s\"\nlose = \"worker.w\"\nshare = \"0%\"\n"
    );
    assert_eq!(
        doubts(&text),
        [
            "x.toml:2:9: warning: nothing refers to `spare` (write `${spare}` where it belongs)",
            "x.toml:10:8: warning: `w` has a `ring` and is no colluder (write `behaviour = \"colluder\"`, or leave it out)",
            "x.toml:14:9: warning: no message is lost (write \"30%\", or leave the entry out)",
        ]
    );
    // Who joins the ring later, or in another cell, has it for that.
    let later = "[worker.w]\ncount = 3\nring = \"a\"\n[[at]]\ntime = \"1s\"\nset = { \"worker.w.behaviour\" = \"colluder\" }\n";
    assert!(doubts(&format!("{WORK}{later}")).is_empty());
    // A member that is otherwise has the ring of its group all the same.
    let honest = "[worker.w]\ncount = 3\nbehaviour = \"colluder\"\nring = \"a\"\n[worker.w-1]\nbehaviour = \"honest\"\n";
    assert!(doubts(&format!("{WORK}{honest}")).is_empty());
    // With nothing lost begins an axis.
    let axis = "[matrix]\nloss = [\"0%\", \"10%\"]\n[[at]]\ntime = \"1s\"\nlose = \"worker.w\"\nshare = \"${loss}\"\n";
    assert!(doubts(&format!("{WORK}{axis}")).is_empty());
}

#[test]
fn what_would_come_after_the_end_is_doubted() {
    let text = format!(
        "[scenario]\nuntil = \"5m\"\n{WORK}at = \"5m\"\n[[at]]\ntime = \"1s\"\nslow = \"pool.main\"\nby = \"0s\"\n\
         [[expect]]\nwhen = \"at 6m\"\ntask.t.status = \"WAITING\"\n[[expect]]\nwhen = \"at 5m\"\nrun.duration = \"5m\"\n"
    );
    assert_eq!(
        doubts(&text),
        [
            "x.toml:7:6: warning: the run is over at 5m: this never arrives (let it arrive earlier, or let the run go on)",
            "x.toml:11:6: warning: nothing is later or wrong (write \"3s\", or leave the entry out)",
            "x.toml:13:8: warning: the run is over at 5m: this moment never comes (leave `when` out to look at the end, or let the run go on)",
        ]
    );
}

#[test]
fn a_task_that_every_pool_finds_too_cheap_is_doubted() {
    let pools = "[pool.dear]\nprice = \"3 RLC\"\n[pool.cheap]\nprice = \"2 RLC\"\n[worker.w]\ncount = 3\npool = \"dear\"\n[worker.v]\ncount = 3\npool = \"cheap\"\n";
    let text = |most: &str, rest: &str| format!("{WORK}max_price = \"{most}\"\n{pools}{rest}");
    assert_eq!(
        doubts(&text("1.5 RLC", "")),
        [
            "x.toml:5:13: warning: no pool takes `t`: `cheap` asks for 2 RLC (offer more, or let a pool ask for less)"
        ]
    );
    assert!(doubts(&text("2 RLC", "")).is_empty());
    // Prices may fall, and some requests are made to be withdrawn.
    let falls = "[[at]]\ntime = \"1s\"\nset = { \"pool.cheap.price\" = \"1 RLC\" }\n";
    assert!(doubts(&text("1.5 RLC", falls)).is_empty());
    let withdrawn = "[[at]]\ntime = \"1s\"\ncancel = \"t\"\n";
    assert!(doubts(&text("1.5 RLC", withdrawn)).is_empty());
}

#[test]
fn what_does_nothing_is_doubted() {
    let text = format!("[scenario]\nuntil = \"2h\"\ntimeout = \"1h\"\n{WORK}");
    assert_eq!(
        doubts(&text),
        [
            "x.toml:2:9: warning: the run is given up at 1h, before it (let `until` come first, or leave one of them out)"
        ]
    );
    let fixed = format!("[pool.main]\npolicy = \"fixed\"\n{WORK}");
    assert_eq!(
        doubts(&fixed),
        [
            "x.toml:2:10: warning: it does not say how many: as many newcomers as the trust needs (write `replicas = 3`, or leave `policy` out)"
        ]
    );
    let said = fixed.replace("\"fixed\"", "\"fixed\"\nreplicas = 2");
    assert!(doubts(&said).is_empty());
}

#[test]
fn a_fault_long_after_every_task_is_over_never_happens() {
    let text = |time, more| {
        format!("{WORK}{more}[[at]]\ntime = \"{time}\"\ncrash = \"worker.w-0\"\nfor = \"5s\"\n")
    };
    assert_eq!(
        doubts(&text("52m", "")),
        [
            "x.toml:6:8: warning: every task is over at 51m at the latest: this never happens (move it, or let a task arrive later)"
        ]
    );
    assert!(doubts(&text("50m", "")).is_empty());
    // Later tasks, chance, and work the timeline brings let the run go on.
    for more in [
        "at = \"5m\"\n",
        "category = \"s\"\n",
        "count = 60\narrival = \"every 5s\"\n",
        "count = 2\narrival = \"poisson 1/m\"\n",
        "[[at]]\ntime = \"51m\"\nmine = 1\n",
    ] {
        assert!(doubts(&text("52m", more)).is_empty(), "{more}");
    }
}
