//! Scenarios with container images on a machine without docker: answered from a record, or refused
//! with the way out; and what is wrong with them and can be seen without docker.

use std::{fs, path::Path, process::Output};

use emulate::scenario::{Loaded, Overrides};

use crate::program::{program, said};

fn emulate(args: &[&str]) -> Output {
    program()
        .env("DOCKER_HOST", "unix:///nonexistent/docker.sock")
        .args(args)
        .output()
        .unwrap()
}

/// A scenario with an image and nothing recorded.
fn bare(folder: &Path) -> String {
    let path = folder.join("bare.toml");
    let text = "[app.a]\nrun = { image = \"user/app:1\" }\n[task.t]\napp = \"a\"\n";
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn what_needs_docker_and_finds_none_says_so_with_exit_code_3() {
    let folder = tempfile::tempdir().unwrap();
    let file = bare(folder.path());
    for mode in ["auto", "require", "off"] {
        let output = emulate(&["run", &file, "--docker", mode]);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(3), "{mode}: {said}");
        assert!(said.contains("needs docker"), "{said}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_test_of_many_skips_what_needs_docker_unless_it_is_required() {
    let folder = tempfile::tempdir().unwrap();
    let file = bare(folder.path());
    let skipped = emulate(&["test", &file]);
    assert_eq!(skipped.status.code(), Some(0));
    let told = String::from_utf8_lossy(&skipped.stdout).into_owned();
    assert!(told.contains("0 passed, 0 failed, 1 skipped"), "{told}");
    let required = emulate(&["test", &file, "--docker", "require"]);
    assert_eq!(required.status.code(), Some(3));
}

#[test]
fn the_scenarios_with_images_are_answered_from_their_records() {
    for file in [
        "scenarios/02-ffmpeg-2018.toml",
        "scenarios/17-ffmpeg-one-core.toml",
        "scenarios/18-ffmpeg-consensus.toml",
    ] {
        let output = emulate(&["run", file, "--offline", "--twice"]);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(0), "{file}: {said}");
        let answers = cfg!(feature = "docker");
        assert!(said.contains("answers instead"), "{answers}: {said}");
    }
}

#[test]
fn a_saved_run_holds_what_containers_left() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run.emu");
    let run = run.to_str().unwrap();
    let file = "scenarios/17-ffmpeg-one-core.toml";
    let saved = emulate(&["run", file, "--offline", "--save", run]);
    assert_eq!(saved.status.code(), Some(0), "{}", said(&saved));
    let again = emulate(&["replay", run]);
    assert_eq!(again.status.code(), Some(0), "{}", said(&again));
}

#[test]
fn a_miss_in_a_record_is_an_error_that_names_what_is_missing() {
    let file = "scenarios/02-ffmpeg-2018.toml";
    let other = "task.transcode.cmdline=-i /iexec/small.mp4 /iexec/other.avi";
    let output = emulate(&[
        "run",
        file,
        "--offline",
        "--docker",
        "replay",
        "--set",
        other,
    ]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.contains("holds no run of jrottenberg/ffmpeg:scratch"),
        "{said}"
    );
    assert!(said.contains("/iexec/other.avi"), "{said}");
}

#[test]
fn a_record_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = bare(folder.path());
    let record = folder.path().join("bad.zip");
    fs::write(&record, "no archive").unwrap();
    let record = record.to_str().unwrap();
    let output = emulate(&["run", &file, "--docker", "replay", "--record", record]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("no record of docker runs"),
        "{}",
        said(&output)
    );
    let none = emulate(&["run", &file, "--docker", "replay"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(
        said(&none).contains("there is no record to replay"),
        "{}",
        said(&none)
    );
}

#[test]
fn what_is_wrong_with_images_and_containers_is_shown_where_it_stands() {
    let wrong = [
        (
            "[app.a]\nrun = { image = \"--privileged\" }",
            "is no name of an image",
        ),
        (
            "[app.a]\ntype = \"DOCKER\"\nenvvars = \"XWDOCKERIMAGE=User/App\"",
            "is no name of an image",
        ),
        (
            "[app.a]\nrun = { builtin = \"hello\" }\ncontainer = { pids = 3 }",
            "only images run in containers",
        ),
        (
            "[app.a]\nrun = { image = \"a\" }\ncontainer = { memory = \"1 MiB\" }",
            "too little",
        ),
        (
            "[app.a]\nrun = { image = \"a\" }\ncontainer = { profile = \"odd\" }",
            "odd",
        ),
        ("[worker.w]\ncpuset = \"3-1\"", "is no set of processors"),
        (
            "[worker.w]\ndocker_host = \"ssh://there\"",
            "is no address of a docker engine",
        ),
        ("[docker]\nmirror = \"http://a/b\"", "is no registry"),
        ("[docker]\nparallel = 0", "nothing would ever run"),
        (
            "[docker]\nimages = { \"a\" = \"B\" }",
            "is no name of an image",
        ),
        (
            "[docker]\nlogin = { \"r.test\" = \"user:password\" }",
            "is no environment variable",
        ),
        ("[docker]\nhots = \"x\"", "did you mean"),
    ];
    let read = |_: &Path| Err(std::io::Error::other("nothing is included"));
    for (text, complaint) in wrong {
        let loaded = Loaded::new(text, Path::new("s.toml"), &read, &Overrides::default());
        let rendered = loaded.unwrap_err().render(false);
        let found = rendered.to_lowercase().contains(&complaint.to_lowercase());
        assert!(found, "{text}\n{rendered}");
    }
}
