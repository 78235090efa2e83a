//! Exported scenarios: they run where they were put, as they ran where they were.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use tempfile::TempDir;

use crate::program::{program, said};

fn emulate(folder: &Path, arguments: &[&str]) -> Output {
    let mut program = program();
    program.args(arguments).current_dir(folder).env("CI", "1");
    program.output().unwrap()
}

/// Everything that happens in a run of a scenario, as lines; containers answer from its record. Where
/// in its file an expectation stands is left out.
fn log(folder: &Path, scenario: &str, needs_docker: bool) -> String {
    let mut arguments = vec!["-q", "run", scenario, "--offline", "--format", "jsonl"];
    if needs_docker {
        arguments.extend(["--docker", "replay"]);
    }
    let ended = emulate(folder, &arguments);
    assert!(!ended.stdout.is_empty(), "{scenario}: {}", said(&ended));
    let log = String::from_utf8_lossy(&ended.stdout).into_owned();
    let mut parts = log.split("\"line\":");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |log, part| {
        log + part.trim_start_matches(|digit: char| digit.is_ascii_digit())
    })
}

#[test]
fn every_scenario_of_the_house_runs_from_another_folder() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut scenarios: Vec<PathBuf> = fs::read_dir(home.join("scenarios"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    scenarios.sort();
    let mut with_files = 0;
    for path in scenarios {
        let text = fs::read_to_string(&path).unwrap();
        let tags = text
            .lines()
            .find(|line| line.starts_with("tags"))
            .unwrap_or_default();
        if tags.contains("\"slow\"") || tags.contains("\"sweep\"") {
            continue;
        }
        let folder = TempDir::new().unwrap();
        let own = path.to_str().unwrap();
        let ended = emulate(folder.path(), &["export", own, "-o", "new/place/it.toml"]);
        assert!(ended.status.success(), "{own}: {}", said(&ended));
        with_files += usize::from(said(&ended).contains("which it reads"));
        let needs_docker = tags.contains("\"docker\"");
        let there = log(folder.path(), "new/place/it.toml", needs_docker);
        assert_eq!(there, log(home, own, needs_docker), "{own}");
    }
    assert!(with_files > 0, "none of them reads a file");
}

/// A scenario that reads files, in a folder of its own.
fn desk() -> TempDir {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("home/data")).unwrap();
    fs::write(at("home/data/numbers.csv"), "1,2\n").unwrap();
    fs::write(at("home/lines.txt"), "a\nb\n").unwrap();
    let text = "[app.a]\nrun = { builtin = \"wc\" }\n[dataset.d]\nfile = \"data/numbers.csv\"\n[task.t]\napp = \"a\"\ndataset = \"d\"\ndirinuri = \"lines.txt\"\n";
    fs::write(at("home/x.toml"), text).unwrap();
    fs::create_dir(at("away")).unwrap();
    folder
}

#[test]
fn what_is_there_under_the_same_name_is_not_replaced_unasked() {
    let desk = desk();
    let at = |name: &str| desk.path().join(name);
    fs::write(at("away/lines.txt"), "somebody else's\n").unwrap();
    let arguments = ["export", "home/x.toml", "-o", "away/y.toml"];
    let refused = emulate(desk.path(), &arguments);
    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    assert!(
        said(&refused).contains("away/lines.txt is there already"),
        "{}",
        said(&refused)
    );
    assert!(!at("away/y.toml").exists() && !at("away/data").exists());
    let forced = emulate(desk.path(), &[&arguments[..], &["--force"]].concat());
    assert!(forced.status.success(), "{}", said(&forced));
    assert_eq!(fs::read_to_string(at("away/lines.txt")).unwrap(), "a\nb\n");
    assert_eq!(
        log(desk.path(), "away/y.toml", false),
        log(desk.path(), "home/x.toml", false)
    );
    // Nothing has to come along into the folder it lies in.
    let beside = emulate(desk.path(), &["export", "home/x.toml", "-o", "home/z.toml"]);
    assert!(beside.status.success() && !said(&beside).contains("which it reads"));
}

#[test]
fn a_file_that_cannot_come_along_is_an_error() {
    let desk = desk();
    let place = desk.path().join("home/lines.txt");
    let file = desk.path().join("home/x.toml");
    let uri = format!("file://{}", place.display());
    let text = fs::read_to_string(&file)
        .unwrap()
        .replace("\"lines.txt\"", &format!("\"{uri}\""));
    fs::write(&file, text).unwrap();
    let refused = emulate(desk.path(), &["export", "home/x.toml", "-o", "away/y.toml"]);
    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    assert!(
        said(&refused).contains(&format!("{uri} cannot come along")),
        "{}",
        said(&refused)
    );
    assert!(
        fs::read_dir(desk.path().join("away"))
            .unwrap()
            .next()
            .is_none()
    );
    let beside = emulate(desk.path(), &["export", "home/x.toml", "-o", "home/y.toml"]);
    assert!(beside.status.success(), "{}", said(&beside));
}
