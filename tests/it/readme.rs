//! The README keeps its word: its commands run, and what it shows is what they print.

use std::fs;

use crate::program::program;

/// The shell blocks of the README, line by line, comments cut off.
fn commands() -> Vec<String> {
    let text = fs::read_to_string("README.md").unwrap();
    let blocks = text.split("```sh\n").skip(1);
    let lines = blocks.flat_map(|rest| rest.split("```").next().unwrap_or_default().lines());
    lines
        .map(|line| {
            line.split("   #")
                .next()
                .unwrap_or_default()
                .trim()
                .to_owned()
        })
        .filter(|line| !line.is_empty())
        .collect()
}

/// Runs `emulate` with the words of a README line, in the repository, and returns what it printed.
fn run(line: &str) -> (bool, String) {
    let words = line.split_whitespace().map(|word| word.trim_matches('"'));
    let output = program()
        .args(words)
        .env_remove("GITHUB_ACTIONS")
        // Nothing is left in the repository.
        .env("CI", "true")
        // Images are answered from records, whatever engine there is.
        .env("EMULATE_DOCKER", "replay")
        .env_remove("EMULATE_RUNS")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success(), text)
}

#[test]
fn the_first_command_prints_the_story_shown() {
    let (ok, printed) = run("run hello");
    assert!(ok, "{printed}");
    let readme = fs::read_to_string("README.md").unwrap();
    let shown = readme
        .split("```\n")
        .find(|block| block.starts_with("Hello, world"));
    for line in shown.unwrap().lines().filter(|line| !line.contains('…')) {
        assert!(
            printed.contains(line),
            "the README shows `{line}`\n{printed}"
        );
    }
}

#[test]
fn every_scenario_command_of_the_readme_works() {
    let folder = tempfile::tempdir().unwrap();
    let mut tried = 0;
    for command in commands() {
        let Some(line) = command.strip_prefix("emulate ") else {
            continue;
        };
        // `up` serves until it is stopped (see `up`), a sweep takes minutes (see `sweep`); FILE, DIR and
        // NAME are placeholders.
        let is_pattern = ["FILE", "DIR", "NAME"]
            .iter()
            .any(|word| line.contains(word));
        if line.starts_with("up")
            || line.starts_with("sweep")
            || is_pattern
            || line.starts_with("test")
        {
            continue;
        }
        let report = folder.path().join("run.html");
        let line = line.replace("run.html", report.to_str().unwrap());
        let (ok, printed) = run(&line);
        assert!(ok, "emulate {line}\n{printed}");
        tried += 1;
    }
    assert!(tried >= 3, "the README has lost its commands");
    assert!(folder.path().join("run.html").exists());
}

#[test]
fn the_two_commands_are_those_of_the_ci_script() {
    let script = fs::read_to_string(".ci/run").unwrap();
    let all = commands();
    assert!(all.contains(&"cargo run -- run hello".to_owned()));
    assert!(all.contains(&"cargo nextest run".to_owned()));
    assert!(script.contains("-- run hello") && script.contains("cargo nextest run"));
}
