//! `emulate sweep` as its user meets it: the same bytes on one core and on three, a sweep that is
//! killed and goes on, verdicts over seeds, a page that needs nothing but itself.

use std::{
    fs,
    path::Path,
    process::{Output, Stdio},
    thread,
    time::Duration,
};

use crate::program::{emulate, program, said};

/// Two axes, of which one is a path, and three seeds: twelve runs.
const SCENARIO: &str = r#"
[scenario]
title = "a small sweep"

[vars]
liars = 1

[matrix]
liars = [0, 3]
pool.main.price = ["1 RLC", "2 RLC"]
seeds = 3

[pool.main]
order = "random"

[worker.honest]
count = 4

[worker.cartel]
count = "${liars}"
behaviour = "colluder"
ring = "cartel"

[app.hello]
run = { builtin = "hello" }
duration = "10s ± 5s"

[task.job]
app = "hello"
args = "world"
count = 2
replication = 2

[[measure]]
name = "corrupted"
value = "task.job.corrupted.rate"

[[measure]]
name = "profit, all in all"
value = "worker.cartel.earned.sum"

[[measure]]
name = "time"
value = "run.duration"

[[expect]]
name = "honest pools are right"
where = { liars = 0 }
task.job.correct = true
"#;

fn sweep(folder: &Path, words: &[&str]) -> Output {
    program()
        .current_dir(folder)
        .args(["sweep", "s.toml"])
        .args(words)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn folder_with(scenario: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("s.toml"), scenario).unwrap();
    folder
}

#[test]
fn the_csv_is_the_same_on_one_core_and_on_three() {
    let folder = folder_with(SCENARIO);
    let one = sweep(folder.path(), &["-j", "1", "--out", "one.csv"]);
    assert!(one.status.success(), "{}", text(&one.stderr));
    let three = sweep(folder.path(), &["-j", "3", "--out", "three.csv"]);
    assert!(three.status.success(), "{}", text(&three.stderr));
    let csv = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(csv("one.csv"), csv("three.csv"));
    let whole = csv("one.csv");
    let lines: Vec<&str> = whole.lines().collect();
    assert_eq!(lines.len(), 13);
    assert_eq!(
        lines[0],
        "liars,pool.main.price,seed,corrupted,\"profit, all in all [RLC]\",time [s],status,digest"
    );
    assert!(lines[1].starts_with("0,1 RLC,42,0,,"), "{}", lines[1]);
    assert!(lines[12].starts_with("3,2 RLC,44,"), "{}", lines[12]);
    // A line is the run its command shows again.
    let words = [
        "run",
        "s.toml",
        "--with",
        "liars=3",
        "--set",
        "pool.main.price=2 RLC",
    ];
    let run = program()
        .current_dir(folder.path())
        .args(words)
        .args(["--seed", "44", "--report", "json=run.json", "-q"])
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", text(&run.stderr));
    let report = csv("run.json");
    let digest = lines[12].rsplit(',').next().unwrap();
    assert!(report.contains(digest), "{digest} is not in {report}");
}

#[test]
fn a_sweep_that_was_killed_goes_on_and_ends_the_same() {
    let folder = folder_with(SCENARIO);
    let path = |name: &str| folder.path().join(name);
    let undisturbed = sweep(folder.path(), &["--out", "calm.csv"]);
    assert!(undisturbed.status.success());
    let mut child = program()
        .current_dir(folder.path())
        .args([
            "sweep", "s.toml", "--seeds", "40", "--out", "torn.csv", "-j", "1",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = || {
        fs::read(path("torn.csv.journal"))
            .map_or(0, |bytes| bytes.split(|byte| *byte == b'\n').count())
    };
    while lines() < 4 && child.try_wait().unwrap().is_none() {
        thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        !path("torn.csv").exists(),
        "the CSV is there before its runs are"
    );
    let rest = sweep(folder.path(), &["--out", "torn.csv"]);
    assert!(rest.status.success(), "{}", text(&rest.stderr));
    assert!(
        text(&rest.stderr).contains("of them are made already"),
        "{}",
        text(&rest.stderr)
    );
    assert_eq!(
        fs::read(path("torn.csv")).unwrap(),
        fs::read(path("calm.csv")).unwrap()
    );
    // Nothing is left to do, and the files come out once more.
    let again = sweep(folder.path(), &["--out", "torn.csv"]);
    assert!(
        text(&again.stderr).contains("12 of them are made already"),
        "{}",
        text(&again.stderr)
    );
    // Another scenario starts anew.
    fs::write(
        path("s.toml"),
        SCENARIO.replace("args = \"world\"", "args = \"moon\""),
    )
    .unwrap();
    let other = sweep(folder.path(), &["--out", "torn.csv", "--only", "liars=0"]);
    assert!(other.status.success(), "{}", text(&other.stderr));
    assert!(
        text(&other.stderr).contains("starting anew"),
        "{}",
        text(&other.stderr)
    );
}

#[test]
fn runs_that_come_out_otherwise_are_made_again() {
    let folder = folder_with(SCENARIO);
    let path = folder.path().join("a.csv.journal");
    let first = sweep(folder.path(), &["--out", "a.csv", "--only", "liars=0"]);
    assert!(first.status.success(), "{}", text(&first.stderr));
    // As if another program had made the runs: the sums are right, the digests are not.
    let journal = fs::read_to_string(&path).unwrap();
    let forged = journal.lines().map(|line| {
        let (_, row) = line.split_once(' ').unwrap();
        let row = row.replace("\"digest\":\"0x", "\"digest\":\"0xabcdef");
        let cut = row.find("0xabcdef").map_or(row.clone(), |at| {
            format!("{}{}", &row[..at + 66], &row[at + 72..])
        });
        format!("{:08x} {cut}\n", crc32fast::hash(cut.as_bytes()))
    });
    fs::write(&path, forged.collect::<String>()).unwrap();
    let second = sweep(folder.path(), &["--out", "a.csv", "--only", "liars=0"]);
    let told = text(&second.stderr);
    assert!(
        told.contains("no longer come out the same: starting anew"),
        "{told}"
    );
    assert!(
        !fs::read_to_string(folder.path().join("a.csv"))
            .unwrap()
            .contains("0xabcdef")
    );
}

#[test]
fn an_expectation_that_fails_in_a_cell_fails_the_sweep_and_shows_the_run() {
    let wrong = "[[expect]]\nname = \"never wrong\"\ntask.job.corrupted = false\nrate = \">= 90%\"\nwhy = \"two agree\"\n";
    let folder = folder_with(&format!("{SCENARIO}\n{wrong}"));
    let output = sweep(
        folder.path(),
        &["--only", "liars=3,pool.main.price=1 RLC", "--seeds", "6"],
    );
    let told = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("– honest pools are right: no cell it is about was run"),
        "{told}"
    );
    assert!(told.contains("✗ never wrong: "), "{told}");
    assert!(told.contains("of 6 seeds"), "{told}");
    assert!(told.contains("with 95 % confidence"), "{told}");
    let again = "again     emulate run s.toml --set 'pool.main.price=1 RLC' --with liars=3 --seed";
    assert!(told.contains(again), "{told}");
    assert!(
        told.contains("FAILED  0 of 1 expectation · 1 cell · 6 runs"),
        "{told}"
    );
}

#[test]
fn the_page_needs_nothing_but_itself_and_knows_every_cell() {
    let folder = folder_with(SCENARIO);
    let output = sweep(folder.path(), &["--plot", "page.html", "--seeds", "2"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    let bare = page.replace("http://www.w3.org/2000/svg", "");
    for outside in ["http:", "https:", " src=", "<link", "@import", "url("] {
        assert!(!bare.contains(outside), "the page has {outside}");
    }
    // Three measures, each with curves and a map over four cells.
    assert_eq!(page.matches("<svg").count(), 6);
    for cell in 0..4 {
        assert!(
            page.contains(&format!("data-cell=\"{cell}\"")),
            "no cell {cell}"
        );
    }
    assert!(
        page.contains("var(--c0)") && !page.contains("fill=\"#"),
        "colours do not follow the page"
    );
    assert!(page.contains("emulate run s.toml --set"), "no command");
}

#[test]
fn what_cannot_be_swept_is_told() {
    let refused = |scenario: &str, words: &[&str]| {
        let output = sweep(folder_with(scenario).path(), words);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
        text(&output.stderr)
    };
    let plain = "[app.hello]\nrun = { builtin = \"hello\" }\n[task.t]\napp = \"hello\"\n";
    assert!(refused(plain, &[]).contains("a sweep needs a [matrix] or several seeds"));
    let told = refused(SCENARIO, &["--only", "liars=7"]);
    assert!(
        told.contains("`liars` is never 7; it is `0` or `3`"),
        "{told}"
    );
    let told = refused(SCENARIO, &["--only", "lairs=3"]);
    assert!(told.contains("nothing called `lairs` varies"), "{told}");
    let told = refused(SCENARIO, &["--with", "liars=2"]);
    assert!(told.contains("write `--only liars=2`"), "{told}");
    let measured = format!("{SCENARIO}\n[[measure]]\nname = \"wall\"\nvalue = \"run.wall\"\n");
    let told = refused(&measured, &[]);
    assert!(told.contains("`run.wall` is of this machine"), "{told}");
    // A cell that is wrong is found before any run.
    let wrong = SCENARIO.replace("[\"1 RLC\", \"2 RLC\"]", "[\"1 RLC\", \"2 ETH\"]");
    let told = refused(&wrong, &["--out", "a.csv"]);
    assert!(told.contains("so the cell"), "{told}");
    assert!(told.contains("2 ETH"), "{told}");
}

#[test]
fn a_single_run_of_a_sweep_says_that_it_is_one() {
    let folder = folder_with(SCENARIO);
    let run = |words: &[&str]| {
        let output = program()
            .current_dir(folder.path())
            .args(["run", "s.toml"])
            .args(words)
            .output()
            .unwrap();
        text(&output.stderr)
    };
    let told = run(&[]);
    assert!(told.contains("varies liars and pool.main.price"), "{told}");
    assert!(
        told.contains("`emulate sweep s.toml` runs all 4 cells"),
        "{told}"
    );
    let told = run(&["--with", "liars=3", "--set", "pool.main.price=2 RLC"]);
    assert!(!told.contains("varies"), "{told}");
}

#[test]
fn expectations_choose_cells_by_paths_as_well_as_by_variables() {
    let chosen = |cells: &str, what: &str| {
        let text = format!("{SCENARIO}\n[[expect]]\nname = \"chosen\"\nwhere = {cells}\n{what}\n");
        let folder = folder_with(&text);
        let swept = sweep(folder.path(), &["--out", "all.csv"]);
        (swept.status.code(), text_of(&swept))
    };
    let dear = "{ liars = 0, pool.main.price = \"2 RLC\" }";
    // Two tasks of two workers each: what alice pays is 2 x 2 RLC in these cells alone.
    let (code, told) = chosen(dear, "account.alice.spent = \"4 RLC\"");
    assert_eq!(code, Some(0), "{told}");
    let (code, told) = chosen("{ liars = 0 }", "account.alice.spent = \"4 RLC\"");
    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.contains("not in 1 of 2 cells") || told.contains("pool.main.price=1 RLC"),
        "{told}"
    );
    let several = "{ \"pool.main.price\" = [\"1 RLC\", \"2 RLC\"], liars = \"< 3\" }";
    assert_eq!(chosen(several, "task.job.correct = true").0, Some(0));
    let (code, told) = chosen("{ pool.main.price = \"3 RLC\" }", "task.job.correct = true");
    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.contains("no cell of this sweep is one it is about"),
        "{told}"
    );
    let (code, told) = chosen("{ pool.main.prise = \"2 RLC\" }", "task.job.correct = true");
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("did you mean `pool.main.price`?"), "{told}");
    assert_eq!(chosen("7", "task.job.correct = true").0, Some(2));
}

fn text_of(output: &Output) -> String {
    [text(&output.stdout), text(&output.stderr)].concat()
}

#[test]
fn a_sweep_records_nothing_and_says_so() {
    let ended = emulate(&["sweep", "attack-cost", "--record", "x.zip"]);
    assert_eq!(ended.status.code(), Some(2));
    assert!(
        said(&ended).contains("a sweep records nothing"),
        "{}",
        said(&ended)
    );
}
