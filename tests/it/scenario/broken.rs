//! Broken files: every mistake has its place and its way out.

use std::{io, path::Path};

use emulate::scenario::{Loaded, Overrides, Scenario};

/// What is wrong with a text, one line per complaint.
pub(super) fn wrong(text: &str) -> String {
    let wrong = Scenario::parse(text, Path::new("x.toml")).unwrap_err();
    assert!(!wrong.render(true).is_empty() && !wrong.render(false).is_empty());
    wrong.to_string()
}

/// Asserts that a text is wrong in exactly this way: place, message, help.
#[track_caller]
pub(super) fn assert_wrong(text: &str, lines: &[&str]) {
    let found = wrong(text);
    let found: Vec<&str> = found.lines().collect();
    assert_eq!(found, lines, "{text}");
}

pub(super) const APP: &str =
    "[app.hello]\nrun = { builtin = \"hello\" }\n[task.t]\napp = \"hello\"\n";

#[test]
fn what_is_not_toml_says_where() {
    assert_wrong(
        "[scenario\n",
        &[
            "x.toml:1:10: unclosed table, expected `]` (keys are `key = value`, texts stand in \"quotes\", sections in [brackets])",
        ],
    );
    assert_wrong(
        "a = 1\na = 2\n",
        &[
            "x.toml:2:1: duplicate key (keys are `key = value`, texts stand in \"quotes\", sections in [brackets])",
        ],
    );
    assert_wrong(
        "x = \"open\n",
        &[
            "x.toml:1:10: invalid basic string, expected `\"` (keys are `key = value`, texts stand in \"quotes\", sections in [brackets])",
        ],
    );
}

#[test]
fn unknown_keys_name_the_nearest_one() {
    assert_wrong(
        "[wroker.w]\ncount = 3\n",
        &["x.toml:1:2: a scenario has no `wroker` (did you mean `worker`?)"],
    );
    assert_wrong(
        "[worker.w]\nbehavior = \"liar\"\n",
        &["x.toml:2:1: [worker] has no `behavior` (did you mean `behaviour`?)"],
    );
    assert_wrong(
        "[[expect]]\ntsak.t.status = \"COMPLETED\"\n",
        &["x.toml:2:1: [[expect]] has no `tsak` (did you mean `task`?)"],
    );
    assert_wrong(
        "[[at]]\ntime = \"1s\"\ncrush = \"pool.main\"\n",
        &["x.toml:3:1: [[at]] has no `crush` (did you mean `crash`?)"],
    );
    assert_wrong(
        "[pool.main]\nqqq = 1\n",
        &[
            "x.toml:2:1: [pool] has no `qqq` (it has `owner`, `price`, `volume`, `worker_stake`, `fee`, `deposit`, `min_score`, `policy`, `replicas`, `pick`, `order`, `trust`, `category`, `tag`, `app`, `requester`, `behaviour` or `censors`)",
        ],
    );
}

#[test]
fn words_and_names_name_the_nearest_one() {
    assert_wrong(
        "[worker.w]\nbehaviour = \"lier\"\n",
        &[
            "x.toml:2:13: `lier` is not a worker's behaviour (did you mean `liar`? There is `honest`, `liar`, `colluder`, `copycat`, `lazy`, `mute`, `late`, `slow`, `flaky`, `crash`, `offline` or `whitewasher`)",
        ],
    );
    assert_wrong(
        "[worker.w]\nmix = { honst = \"100%\" }\ncount = 2\n",
        &[
            "x.toml:2:9: `honst` is not a worker's behaviour (did you mean `honest`? There is `honest`, `liar`, `colluder`, `copycat`, `lazy`, `mute`, `late`, `slow`, `flaky`, `crash`, `offline` or `whitewasher`)",
        ],
    );
    assert_wrong(
        &APP.replace("app = \"hello\"", "app = \"helo\""),
        &["x.toml:4:7: there is no app `helo` (did you mean `hello`?)"],
    );
    assert_wrong(
        &APP.replace("builtin = \"hello\"", "builtin = \"hallo\""),
        &["x.toml:2:19: no program inside is called `hallo` (did you mean `hello`?)"],
    );
    assert_wrong(
        "[worker.w]\npool = \"mian\"\n",
        &["x.toml:2:8: there is no pool `mian` (did you mean `main`?)"],
    );
    assert_wrong(
        "[[expect]]\nnever = \"FaultyContributions\"\n",
        &[
            "x.toml:2:9: no event is called `FaultyContributions` (did you mean `FaultyContribution`?)",
        ],
    );
    assert_wrong(
        "[[expect]]\nworker.w-3.score = 1\n",
        &["x.toml:2:12: there is no worker `w-3` (`w` has `w-0` to `w-2`)"],
    );
    assert_wrong(
        "[[at]]\ntime = \"1s\"\ncrash = \"mian\"\n",
        &["x.toml:3:9: nobody is called `mian` (did you mean `pool.main`?)"],
    );
    assert_wrong(
        "[[expect]]\nevent = { name = \"TaskReveal\", worker = \"u-0\" }\n",
        &["x.toml:2:9: there is no worker `u-0` (there is `w`)"],
    );
    assert_wrong(
        "[[expect]]\nchain.blocks = 1\nwhen = \"after x\"\n",
        &[
            "x.toml:3:8: no `label` is called `x` (an entry of the timeline needs `label = \"NAME\"`)",
        ],
    );
    assert_wrong(
        "[pool.main]\ntag = [\"sgx\"]\n",
        &["x.toml:2:7: `sgx` is not a tag (there is `tee`, `scone`, `gramine`, `tdx` or `gpu`)"],
    );
}

#[test]
fn contradictions_are_refused() {
    assert_wrong(
        "[worker.w]\ncount = 4\nmix = { honest = \"50%\" }\n",
        &["x.toml:3:7: the shares make 50%, not 100% (they must make 100% together)"],
    );
    assert_wrong(
        "[worker.w]\ncrash_at = \"reveal\"\n",
        &[
            "x.toml:2:12: `crash_at` goes with `behaviour = \"crash\"` (write both, or leave it out)",
        ],
    );
    assert_wrong(
        "[worker.w]\nbehaviour = \"offline\"\n",
        &["x.toml:2:13: when can this worker be reached? (add `online = \"5m .. 20m\"`)"],
    );
    assert_wrong(
        &format!("{APP}replication = 3\ntrust = 5\n"),
        &[
            "x.toml:6:9: `replication` and `trust` both given (`replication = n` is short for a trust of 2ⁿ⁻¹ + 1)",
        ],
    );
    assert_wrong(
        "[app.a]\nprice = \"1 RLC\"\n",
        &[
            "x.toml:1:1: nothing says what this app runs (write `run = { builtin = \"hello\" }`, or `type` and `envvars` as in 2018)",
        ],
    );
    assert_wrong(
        "[app.a]\ntype = \"DOCKER\"\nenvvars = \"IMAGE=x\"\n",
        &[
            "x.toml:3:11: `envvars` does not name an image (write `envvars = \"XWDOCKERIMAGE=user/app:1.0\"`)",
        ],
    );
    assert_wrong(
        "[dataset.d]\nprice = \"1 RLC\"\n",
        &["x.toml:1:1: a dataset is either a `file` or lies at a `url` (write one of the two)"],
    );
    assert_wrong(
        "[[at]]\ncrash = \"pool.main\"\n",
        &[
            "x.toml:1:1: an entry needs `time` or `on`, one of them (write `time = \"40s\"` or `on = \"TaskConsensus\"`)",
        ],
    );
    assert_wrong(
        "[[at]]\ntime = \"1s\"\nmine = 1\nheal = true\n",
        &["x.toml:3:8: an entry has one verb (write a second `[[at]]`)"],
    );
    assert_wrong(
        "[[at]]\ntime = \"1s\"\nmine = 1\nfor = \"1s\"\n",
        &["x.toml:4:7: `mine` cannot be undone after a while (leave `for` out)"],
    );
    assert_wrong(
        "[time]\nspeed = \"10x\"\n",
        &[
            "x.toml:2:9: only time on the wall has a speed (write `mode = \"wall\"`, or leave `speed` out: virtual time jumps)",
        ],
    );
    assert_wrong(
        "[pool.main]\npolicy = \"fixed\"\nreplicas = 0\n",
        &["x.toml:3:12: a pool that asks nobody (write 1 or more)"],
    );
}

#[test]
fn expectations_that_could_pass_by_mistake_are_refused() {
    assert_wrong(
        "[[expect]]\nevent = \"TaskReveal\"\ncount = 0\n",
        &[
            "x.toml:3:9: `count = 0` is refused (write `never = …`: a count of nothing also passes when the name is wrong)",
        ],
    );
    assert_wrong(
        "[[expect]]\nevent = \"TaskReveal\"\ncount = \"< 1\"\n",
        &[
            "x.toml:3:9: `count = 0` is refused (write `never = …`: a count of nothing also passes when the name is wrong)",
        ],
    );
    assert_wrong(
        "[[expect]]\nname = \"nothing\"\n",
        &[
            "x.toml:1:1: this expectation expects nothing (add a path such as `task.job.status = \"COMPLETED\"`, an `event` or a `check`)",
        ],
    );
    assert_wrong(
        "[[expect]]\ncount = 1\nchain.blocks = 1\n",
        &["x.toml:2:9: `count` counts an `event`, and there is none (add `event = …`)"],
    );
    assert_wrong(
        &format!("{APP}[[expect]]\ntask.t.status = \"COMPLETE\"\n"),
        &[
            "x.toml:6:17: `COMPLETE` is not a status of a task; did you mean `COMPLETED`? (there is `WAITING`, `WITHDRAWN`, `UNSET`, `ACTIVE`, `REVEALING`, `COMPLETED` or `FAILED`)",
        ],
    );
    assert_wrong(
        &format!("{APP}[[expect]]\ntask.t.status.mean = 1\n"),
        &[
            "x.toml:6:15: `task.t.status.mean` makes no sense: the values are statuses (texts and flags are counted with `count.VALUE` and `rate.VALUE`)",
        ],
    );
    assert_wrong(
        "[[expect]]\nrun.duration = \"12m .. 10m\"\n",
        &[
            "x.toml:2:16: `12m .. 10m` ends before it begins (a range is written `least .. most`, each with its unit)",
        ],
    );
}

#[test]
fn absurd_sizes_are_refused() {
    assert_wrong(
        "[worker.w]\ncount = 1_000_000_000\n",
        &["x.toml:1:2: 1000000000 workers are too many (at most 100000 take part)"],
    );
    assert_wrong(
        "[worker.w]\ncount = 99999999999999999999\n",
        &[
            "x.toml:2:9: `99999999999999999999` is too large a number (whole numbers go up to 9223372036854775807)",
        ],
    );
    assert_wrong(
        "[worker.w]\ncount = -1\n",
        &["x.toml:2:9: `-1` is negative (write a whole number from 0)"],
    );
    assert_wrong(
        &format!("{APP}count = 2_000_000\nreplication = 100\n"),
        &[
            "x.toml:3:2: 2000000 tasks are too many (at most 1000000 are done in one run)",
            "x.toml:6:15: 100 replicas cannot be asked for (write 1 to 62)",
        ],
    );
    assert_wrong(
        &format!("a{} = 1\n", ".b".repeat(300)),
        &["x.toml:1:402: keys nest more than 200 levels deep"],
    );
    assert!(wrong(&"[".repeat(10_000)).starts_with("x.toml:1:"));
    assert!(wrong(&"x = [".repeat(10_000)).starts_with("x.toml:1:"));
    assert!(wrong(&" ".repeat(9 << 20)).contains("larger than 8 MiB"));
}

#[test]
fn what_no_event_has_and_no_expression_knows_is_refused() {
    let expect = |text: &str| wrong(&format!("{APP}[[expect]]\n{text}\n"));
    let found = expect("never = { name = \"TaskReveal\", wroker = \"w-0\" }");
    assert!(
        found.contains("`TaskReveal` has no `wroker` (did you mean `worker`?)"),
        "{found}"
    );
    let found = expect("never = { name = \"Reward\", account = \"nobody\" }");
    assert!(found.contains("nobody is called `nobody`"), "{found}");
    let found = expect("check = 'task(\"t\").latency < duration(\"1m\")'");
    assert!(found.contains("there is no function `duration`"), "{found}");
    assert!(found.contains("seconds("), "{found}");
    let found = expect("check = 'tsak.all(t, true)'");
    assert!(found.contains("there is no `tsak`"), "{found}");
    let found = expect("check = 'true && task.t-0.winners == 0'");
    let list = "`task` is a list; the one called so is `task(\"t-0\")`";
    assert!(found.contains(list), "{found}");
    let text = format!("{APP}[[expect]]\ncheck = 'task.all(task, task.winners >= 0)'\n");
    assert!(Scenario::parse(&text, Path::new("x.toml")).is_ok());
}

#[test]
fn a_value_that_has_parts_as_well_is_told_what_to_do() {
    let found = wrong("[[expect]]\ntask.t.winners = 3\ntask.t.winners.sum = 9\n");
    assert!(
        found.contains("write one of the two in another table"),
        "{found}"
    );
}

#[test]
fn one_member_of_a_group_is_no_group_and_a_million_blocks_are_too_many() {
    assert_wrong(
        "[worker.w]\ncount = 2\n[worker.w-1]\ncount = 3\n",
        &[
            "x.toml:4:9: `w-1` is one of `w`, and no group itself (leave `count` out, or choose another name)",
        ],
    );
    assert_wrong(
        "[[at]]\ntime = \"1s\"\nmine = 1000000\n[[at]]\ntime = \"2s\"\nshell = \" \"\n",
        &[
            "x.toml:3:8: 1000000 blocks at once (write 1 to 10000)",
            "x.toml:6:9: there is no command (write `shell = \"./notify.sh\"`)",
        ],
    );
    assert_wrong(
        "[account.olga]\n[pool.main]\nowner = \"olga\"\ndeposit = \"3 RLC\"\n",
        &[
            "x.toml:4:11: the money of a pool that `olga` owns is `olga`'s (write `deposit` below `[account.olga]`)",
        ],
    );
}

#[test]
fn a_task_is_submitted_once_and_both_places_are_shown() {
    let at = |text: &str| format!("{APP}count = 2\n[task.t-1]\napp = \"hello\"\n{text}");
    let help = "(a task is submitted once; `count` in its section makes more of it)";
    let twice =
        at("[[at]]\ntime = \"10s\"\nsubmit = \"t\"\n[[at]]\ntime = \"1m\"\nsubmit = \"t\"\n");
    assert_wrong(
        &twice,
        &[&format!("x.toml:13:10: `t` is submitted twice {help}")],
    );
    let error = Scenario::parse(&twice, Path::new("x.toml")).unwrap_err();
    assert!(error.render(false).contains("submitted here already"));
    assert_wrong(
        &at(
            "[[at]]\ntime = \"10s\"\nsubmit = \"task.t\"\n[[at]]\ntime = \"1m\"\nsubmit = \"t-1\"\n",
        ),
        &[&format!("x.toml:13:10: `t-1` is submitted twice {help}")],
    );
    assert_wrong(
        &at("[[at]]\ntime = \"10s\"\nsubmit = \"t-1\"\n[[at]]\ntime = \"1m\"\nsubmit = \"t\"\n"),
        &[&format!("x.toml:13:10: `t` is submitted twice {help}")],
    );
    assert_wrong(
        &at("[[at]]\non = \"TaskFinalize\"\nsubmit = [\"t\", \"t\"]\n"),
        &[&format!("x.toml:10:10: `t` is submitted twice {help}")],
    );
    // One that waits for an event may never come.
    let maybe = at(
        "[[at]]\non = \"TaskFinalize\"\nsubmit = \"t\"\n[[at]]\ntime = \"1m\"\nsubmit = \"t\"\n",
    );
    assert!(Scenario::parse(&maybe, Path::new("x.toml")).is_ok());
}

#[test]
fn what_would_do_nothing_is_refused_where_it_stands() {
    let at = |text: &str| format!("{APP}[[at]]\ntime = \"1s\"\n{text}\n");
    assert_wrong(
        &at("reorg = 0"),
        &["x.toml:7:9: no block is taken back (write 1 or more)"],
    );
    assert_wrong(
        &at("partition = [\"worker.w\", \"pool.main\", \"w-1\"]"),
        &["x.toml:7:13: `w-1` and `w` are not two sides (name every side once)"],
    );
    assert_wrong(
        &at("partition = [\"pool.main\", \"pool.main\"]"),
        &["x.toml:7:13: `pool.main` stands on two sides (name every side once)"],
    );
    let expect = |text: &str| format!("{APP}[[expect]]\nrun.duration = \"> 0s\"\n{text}\n");
    assert_wrong(
        &expect("whatif = {}"),
        &[
            "x.toml:7:10: a second run that differs in nothing (write `{ \"task.job.category\" = \"s\" }`, or leave it out)",
        ],
    );
    assert_wrong(
        &expect("where = {}"),
        &["x.toml:7:9: this chooses no cells (write `{ liars = 2 }`, or leave it out)"],
    );
    let measure = "[[measure]]\nname = \"a\"\nvalue = \"run.duration\"\n";
    assert_wrong(
        &format!("{APP}[matrix]\ntask.t.trust = [1, 3, 1]\n{measure}{measure}"),
        &[
            "x.toml:6:23: `1` is there twice (`seeds` runs every cell several times)",
            "x.toml:11:8: two columns are called `a` (names tell columns apart)",
        ],
    );
}

#[test]
fn what_is_negative_is_called_so_and_is_the_only_complaint() {
    let at = |text: &str| format!("{APP}[[at]]\n{text}\n");
    assert_wrong(
        &at("time = \"-1s\"\nmine = 1"),
        &["x.toml:6:8: `-1` is negative (a duration is written like \"30s\" or \"30m\")"],
    );
    assert_wrong(
        &at("time = \"1s\"\nlose = \"account.alice\"\nshare = \"150%\""),
        &[
            "x.toml:8:9: `150%` is too large: a share is at most 100% (a share is written like \"30%\" or \"30.5%\")",
        ],
    );
    assert_wrong(
        &at("time = \"1s\"\nslow = \"account.alice\"\nby = \"3\""),
        &["x.toml:8:6: `3` is a duration without its unit (write \"3s\" or \"3m\")"],
    );
}

#[test]
fn a_path_from_outside_leads_to_members_there_are() {
    let set = |text: &str, sets: &[(&str, &str)]| {
        let sets = sets.iter();
        let overrides = Overrides {
            sets: sets
                .map(|(path, value)| ((*path).into(), (*value).into()))
                .collect(),
            ..Overrides::default()
        };
        let read = |_: &Path| Err(io::Error::other("nothing is included"));
        Loaded::new(text, Path::new("x.toml"), &read, &overrides)
    };
    let liar = |name: &str| (format!("worker.{name}.behaviour"), "liar");
    let refused = |text: &str, sets: &[(&str, &str)]| set(text, sets).unwrap_err().to_string();
    let four = format!("{APP}[worker.w]\ncount = 4\n[worker.boss]\n[worker.w-7]\n");
    let (nine, boss, seven) = (liar("w-9"), liar("boss-1"), liar("w-7"));
    assert_eq!(
        refused(&four, &[(&nine.0, nine.1)]),
        "command line:1:28: `w` has no member `w-9` (its members are `w-0` to `w-3`)"
    );
    assert_eq!(
        refused(&four, &[(&boss.0, boss.1)]),
        "command line:1:31: `boss` has no member `boss-1` (write `worker.boss`: it is alone)"
    );
    assert!(set(&four, &[(&seven.0, seven.1)]).is_ok());
    let more = [(nine.0.as_str(), nine.1), ("worker.w.count", "10")];
    assert!(set(&four, &more).is_ok());
    // Where no file names workers, three take part, and a path changes them.
    let loaded = set(APP, &[(&liar("w-1").0, "liar")]).unwrap();
    let workers: Vec<&str> = loaded
        .scenario
        .worker
        .keys()
        .map(|name| name.as_str())
        .collect();
    assert_eq!(workers, ["w", "w-1"]);
    assert_eq!(loaded.scenario.worker[0].count, Some(3));
    assert!(refused(APP, &[(&nine.0, nine.1)]).contains("its members are `w-0` to `w-2`"));
}
