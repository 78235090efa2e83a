//! The program as its users start it: what it leaves behind and how it ends.

use std::{fs, path::Path, process::Stdio};

use tempfile::TempDir;

use crate::program::{emulate, emulate_in, program, said, told};

#[test]
fn how_many_run_at_once_changes_nothing_but_the_time() {
    let folder = TempDir::new().unwrap();
    let played = |jobs: &str| {
        let report = folder.path().join(format!("junit-{jobs}.xml"));
        let report_path = report.to_str().unwrap();
        let ended = emulate(&[
            "test",
            "scenarios",
            "--offline",
            "--docker",
            "replay",
            "-j",
            jobs,
            "--junit",
            report_path,
        ]);
        assert!(ended.status.success(), "{}", said(&ended));
        without_times(&fs::read_to_string(report).unwrap())
    };
    let alone = played("1");
    assert!(alone.contains("digest"), "{alone}");
    assert_eq!(alone, played("8"));
}

#[test]
fn what_failed_is_tested_again_until_it_passes() {
    let folder = TempDir::new().unwrap();
    let text = |bob: &str| {
        format!(
            "[app.hello]\nrun = {{ builtin = \"hello\" }}\n[task.t]\napp = \"hello\"\nargs = \"bob\"\n[[expect]]\ntask.t.output = \"Hello, {bob}!\"\n"
        )
    };
    fs::write(folder.path().join("good.toml"), text("bob")).unwrap();
    fs::write(folder.path().join("bad.toml"), text("eve")).unwrap();
    let test = |arguments: &[&str]| {
        let ended = program()
            .arg("test")
            .args(arguments)
            .current_dir(&folder)
            .env_remove("CI")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&ended.stdout).into_owned();
        let last = told.lines().last().unwrap_or_default().to_owned();
        (ended.status.code(), last)
    };
    assert_eq!(
        test(&["--rerun", "failed"]).0,
        Some(2),
        "nothing was tested yet"
    );
    let told = |counts: &str| counts.to_owned();
    assert_eq!(
        test(&["."]),
        (Some(1), told("1 passed, 1 failed, 0 skipped"))
    );
    let again = test(&["--rerun", "failed"]);
    assert_eq!(again, (Some(1), told("0 passed, 1 failed, 0 skipped")));
    fs::write(folder.path().join("bad.toml"), text("bob")).unwrap();
    let again = test(&["--rerun", "failed"]);
    assert_eq!(again, (Some(0), told("1 passed, 0 failed, 0 skipped")));
    assert_eq!(test(&["--rerun", "failed"]), (Some(0), told("")));
}

#[test]
fn what_was_refused_is_an_error_in_junit() {
    let folder = TempDir::new().unwrap();
    let good = "[pool.main]\n[worker.w]\n[app.hello]\nrun = { builtin = \"hello\" }\n[task.t]\napp = \"hello\"\n";
    fs::write(folder.path().join("good.toml"), good).unwrap();
    fs::write(folder.path().join("broken.toml"), "[worker\n").unwrap();
    fs::write(folder.path().join("odd.toml"), "wrker = 1\n").unwrap();
    let ended = program()
        .args(["test", ".", "gone.toml", "--offline", "--junit", "j.xml"])
        .current_dir(&folder)
        .env_remove("CI")
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(2), "{}", said(&ended));
    let text = fs::read_to_string(folder.path().join("j.xml")).unwrap();
    let report = quick_junit::Report::deserialize_from_str(&text).unwrap();
    assert_eq!((report.test_suites.len(), report.errors), (4, 3), "{text}");
    for (at, file, message) in [
        (0, "broken.toml", "broken.toml:1:"),
        (2, "odd.toml", "`wrker`"),
        (3, "gone.toml", "gone.toml"),
    ] {
        let suite = &report.test_suites[at];
        assert!(suite.name.ends_with(file), "{text}");
        let case = &suite.test_cases[0];
        let quick_junit::TestCaseStatus::NonSuccess {
            kind, description, ..
        } = &case.status
        else {
            panic!("{file} passed: {text}");
        };
        assert_eq!(*kind, quick_junit::NonSuccessKind::Error);
        let details = description.as_ref().map(|told| told.as_str());
        assert!(details.is_some_and(|told| told.contains(message)), "{text}");
    }
}

/// A JUnit report without what the machine's speed decides.
fn without_times(report: &str) -> String {
    let mut parts = report.split(" time=\"");
    let mut text = parts.next().unwrap().to_owned();
    for part in parts {
        text.push_str(part.split_once('"').unwrap().1);
    }
    text
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_finds_no_room_is_an_error_of_the_environment() {
    let ended = emulate(&["--quiet", "run", "hello", "--report", "json=/dev/full"]);
    assert_eq!(ended.status.code(), Some(3));
    let told = said(&ended);
    assert!(
        told.contains("/dev/full cannot be written: No space left on device"),
        "{told}"
    );
    let place = fs::metadata("/dev/full").unwrap();
    assert!(!place.is_file(), "the device is still one");
}

#[cfg(unix)]
#[test]
fn a_report_goes_where_its_name_leads() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let folder = TempDir::new().unwrap();
    let (file, link) = (
        folder.path().join("real.json"),
        folder.path().join("link.json"),
    );
    fs::write(&file, "old").unwrap();
    symlink(&file, &link).unwrap();
    let report = format!("json={}", link.display());
    let ended = emulate(&["--quiet", "run", "hello", "--report", &report]);
    assert!(ended.status.success(), "{}", said(&ended));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&file).unwrap().starts_with('{'));

    let fresh = folder.path().join("fresh.json");
    let report = format!("json={}", fresh.display());
    emulate(&["--quiet", "run", "hello", "--report", &report]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let plain = folder.path().join("plain");
    fs::write(&plain, "").unwrap();
    assert_eq!(
        mode(&fresh),
        mode(&plain),
        "as readable as any file of this user"
    );
    assert_eq!(
        fs::read_dir(&folder).unwrap().count(),
        4,
        "nothing is left beside them"
    );
}

/// A scenario whose timeline has a command, in a folder of its own.
fn with_a_command(command: &str) -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    let text = format!(
        "[app.hello]\nrun = {{ builtin = \"hello\" }}\n[task.t]\napp = \"hello\"\n[[at]]\non = \"TaskConsensus\"\nshell = \"{command}\"\n"
    );
    let file = folder.path().join("x.toml");
    fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap().to_owned();
    (folder, file)
}

#[test]
fn a_command_of_the_timeline_runs_once_and_only_where_it_is_allowed() {
    let (folder, file) = with_a_command("echo here >> told");
    let told = || fs::read_to_string(folder.path().join("told"));
    let refused = emulate(&["run", &file, "--no-save"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        said(&refused).contains("--allow-shell"),
        "{}",
        said(&refused)
    );
    assert!(told().is_err());
    let run = folder.path().join("run.emu");
    let run = run.to_str().unwrap();
    let played = emulate(&["run", &file, "--allow-shell", "--twice", "--save", run]);
    assert!(played.status.success(), "{}", said(&played));
    assert_eq!(told().unwrap(), "here\n");
    let proven = emulate(&["replay", run]);
    assert!(proven.status.success(), "{}", said(&proven));
    assert_eq!(told().unwrap(), "here\n");
}

#[test]
fn a_command_of_the_timeline_that_fails_is_the_machines_fault() {
    let (_folder, file) = with_a_command("exit 7");
    let ended = emulate(&["run", &file, "--no-save", "--allow-shell"]);
    assert_eq!(ended.status.code(), Some(3));
    assert!(said(&ended).contains("`exit 7`"), "{}", said(&ended));
}

#[test]
fn what_is_wrong_with_a_scenario_is_told_once() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("x.toml");
    fs::write(&file, "[pool.main]\nprise = 1\n").unwrap();
    let ended = emulate(&["run", file.to_str().unwrap()]);
    assert_eq!(ended.status.code(), Some(2));
    assert_eq!(said(&ended).matches("[pool] has no `prise`").count(), 1);
}

#[test]
fn an_exported_scenario_runs_as_the_one_it_was() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("whole.toml");
    let file = file.to_str().unwrap();
    let flags = [
        "--with",
        "liars=1",
        "--set",
        "pool.main.fee=7%",
        "--seed",
        "5",
    ];
    let exported = emulate(&[&["export", "attack-cost", "-o", file][..], &flags].concat());
    assert!(exported.status.success(), "{}", said(&exported));
    let digest = |arguments: &[&str]| {
        let ended = emulate(&[&["run", "--no-save", "--twice"], arguments].concat());
        said(&ended).lines().find_map(|line| {
            let (_, digest) = line.split_once("the same to the byte: ")?;
            Some(digest.to_owned())
        })
    };
    let own = digest(&[&["attack-cost"][..], &flags].concat());
    assert!(own.is_some());
    assert_eq!(digest(&[file]), own);
    let again = emulate(&["export", "hello", "-o", file]);
    assert_eq!(again.status.code(), Some(2), "it is there already");
}

#[test]
fn a_verdict_about_the_machine_is_told_and_is_not_in_the_log() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("x.toml");
    let text = "[app.hello]\nrun = { builtin = \"hello\" }\n[task.t]\napp = \"hello\"\n[[expect]]\nseverity = \"warn\"\nrun.wall = \"> 1000h\"\n[[expect]]\ncheck = 'run.memory == 0'\n";
    fs::write(&file, text).unwrap();
    let run = folder.path().join("run.emu");
    let (file, run) = (file.to_str().unwrap(), run.to_str().unwrap());
    let ended = emulate(&["run", file, "--twice", "--save", run]);
    assert_eq!(ended.status.code(), Some(1), "{}", said(&ended));
    let told = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(
        told.contains("! run.wall") && told.contains("✗ run.memory"),
        "{told}"
    );
    let log = emulate(&["report", run, "--report", "jsonl=/dev/stdout"]);
    assert!(!String::from_utf8_lossy(&log.stdout).contains("run.wall = "));
    let proven = emulate(&["replay", run]);
    assert!(proven.status.success(), "{}", said(&proven));
}

#[test]
fn a_reader_that_goes_away_does_not_make_a_failure_a_success() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("x.toml"), "[worker.w]\n[worker.w]\n").unwrap();
    fs::write(folder.path().join("y.toml"), "[task.job]\ncount = 0\n").unwrap();
    for (arguments, code) in [
        (&["run", "nope"][..], 2),
        (&["check", "x.toml", "y.toml"], 2),
        (&["test", "x.toml", "y.toml"], 2),
        (&["whatif", "nope", "--set", "a=1"], 2),
        (&["schema"], 0),
    ] {
        let mut program = program();
        program.args(arguments).current_dir(folder.path());
        program.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut started = program.spawn().unwrap();
        drop((started.stdout.take(), started.stderr.take()));
        let ended = started.wait().unwrap();
        assert_eq!(ended.code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn explain_tells_what_the_kitty_gives() {
    let folder = TempDir::new().unwrap();
    let scenario = "[pool.main]\nprice = \"10 RLC\"\n[worker.w]\ncount = 2\ndeposit = \"50 RLC\"\n\
        [app.hello]\nrun = { builtin = \"hello\" }\n[app.fail]\nrun = { builtin = \"random\" }\n\
        [task.lost]\napp = \"fail\"\nreplication = 2\n\
        [task.good]\napp = \"hello\"\nat = \"2h\"\nreplication = 1\n";
    fs::write(folder.path().join("k.toml"), scenario).unwrap();
    let ran = |arguments: &[&str]| {
        let ended = emulate_in(&folder, arguments);
        let (code, text, said) = told(&ended);
        assert_eq!(code, Some(0), "{text}{said}");
        text
    };
    ran(&["run", "k.toml", "--save", "k.emu"]);
    let text = ran(&["explain", "k.emu", "good"]);
    assert!(text.contains("gives the scheduler 1 RLC more."), "{text}");
    assert!(text.contains("\n  kitty                -1 RLC\n"), "{text}");
}
