//! Files a command writes: none of them takes the place of another, or of what it reads.

use std::{fs, path::Path, process::Output};

use tempfile::TempDir;

use crate::program::{emulate_in, said};

const BASE: &str = "[scenario]\ninclude = [\"more.toml\"]\n[task.t]\napp = \"hello\"\n";
const MORE: &str = "[app.hello]\nrun = { builtin = \"hello\" }\n";
const MATRIX: &str = "[vars]\nn = 1\n[matrix]\nn = [1, 2]\n[worker.w]\ncount = \"${n}\"\n[app.hello]\nrun = { builtin = \"hello\" }\n[task.t]\napp = \"hello\"\n";

/// A folder with scenarios in it.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in [
        ("base.toml", BASE),
        ("more.toml", MORE),
        ("mx.toml", MATRIX),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn emulate(folder: &Path, arguments: &str) -> Output {
    let arguments: Vec<&str> = arguments.split(' ').collect();
    emulate_in(folder, &arguments)
}

/// Everything in the folder, by name.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let mut files: Vec<(String, Vec<u8>)> = entries
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).unwrap_or_default())
        })
        .collect();
    files.sort();
    files
}

/// The command is refused before it has done anything, and says which file has which two uses.
fn refused(folder: &Path, arguments: &str, words: &[&str]) {
    let before = files(folder);
    let ended = emulate(folder, arguments);
    assert_eq!(
        ended.status.code(),
        Some(2),
        "{arguments}: {}",
        said(&ended)
    );
    for word in words {
        assert!(said(&ended).contains(word), "{arguments}: {}", said(&ended));
    }
    assert!(ended.stdout.is_empty(), "{arguments}");
    assert!(before == files(folder), "{arguments} has changed files");
}

#[test]
fn an_output_never_takes_the_place_of_a_scenario() {
    let folder = folder();
    let at = folder.path();
    let scenario = "the scenario base.toml";
    let cases = [
        (
            "run base.toml --report json=base.toml",
            scenario,
            "--report json",
        ),
        (
            "run base.toml --report html=more.toml",
            "base.toml includes",
            "--report html",
        ),
        ("run base.toml --save ./base.toml", scenario, "--save"),
        (
            "sweep mx.toml --out mx.toml",
            "the scenario mx.toml",
            "--out",
        ),
        (
            "sweep mx.toml --plot mx.toml",
            "the scenario mx.toml",
            "--plot",
        ),
        (
            "test base.toml --junit more.toml",
            "base.toml includes",
            "--junit",
        ),
        (
            "up base.toml --report json=base.toml",
            scenario,
            "--report json",
        ),
        (
            "up base.toml --ready more.toml",
            "base.toml includes",
            "--ready",
        ),
    ];
    for (arguments, one, other) in cases {
        refused(at, arguments, &[".toml is ", one, other]);
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("base.toml", at.join("link")).unwrap();
        refused(
            at,
            "run base.toml --save link",
            &["link is", scenario, "--save"],
        );
    }
}

#[test]
fn two_outputs_never_share_a_file() {
    let folder = folder();
    let at = folder.path();
    let cases = [
        "run base.toml --report json=a --report html=./a",
        "run base.toml --report json=a --save a",
        "run base.toml --out o --report json=o/base/report.json",
        "sweep mx.toml --out a.csv --plot a.csv",
        "sweep mx.toml --out a.csv --plot a.csv.journal",
        "up base.toml --save a --report jsonl=a",
        "up --state a --ready a",
    ];
    for arguments in cases {
        refused(
            at,
            arguments,
            &[" is -", ", and -", "overwrite it", "its own file"],
        );
    }
    let two = ["--save both.emu", "2 scenarios", "--out DIR"];
    refused(at, "run base.toml mx.toml --save both.emu", &two);
}

#[test]
fn reports_of_a_saved_run_leave_it_whole() {
    let folder = folder();
    let at = folder.path();
    let kept = emulate(at, "run base.toml --save a.emu");
    assert!(kept.status.success(), "{}", said(&kept));
    refused(
        at,
        "report a.emu --report json=a.emu",
        &["the saved run", "--report json"],
    );
    refused(
        at,
        "report a.emu --report json=b --report html=b",
        &["--report html"],
    );
    let whatif = "whatif a.emu --set scenario.seed=2 --report";
    refused(at, &format!("{whatif} json=a.emu"), &["the saved run"]);
    refused(
        at,
        &format!("{whatif} json=b --report junit=b"),
        &["--report junit"],
    );
}

#[test]
fn apart_from_each_other_outputs_are_written_as_ever() {
    let folder = folder();
    let at = folder.path();
    let all = "run base.toml mx.toml --out o --report json=a.json --report html=a.html";
    let ended = emulate(at, all);
    assert!(ended.status.success(), "{}", said(&ended));
    for name in [
        "a-base.json",
        "a-mx.html",
        "o/base/run.emu",
        "o/mx/report.json",
    ] {
        assert!(at.join(name).is_file(), "{name}");
    }
    #[cfg(unix)]
    {
        let nowhere = "run base.toml --no-save --report json=/dev/null --report jsonl=/dev/null";
        let ended = emulate(at, nowhere);
        assert!(ended.status.success(), "{}", said(&ended));
    }
}
