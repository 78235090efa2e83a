//! What a program may not do, and what is taken of what it leaves.

use std::time::Duration;

use emulate::executor::{Confinement, OutcomeKind, Place, Profile};

use super::{SECOND, confined, containers, job, now, run, text};

fn limited(change: impl FnOnce(&mut Confinement), args: &[&str]) -> emulate::executor::Outcome {
    let mut confinement = Confinement::default();
    change(&mut confinement);
    run(&confined(confinement, args))
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn a_program_is_stopped_at_its_time_however_stubborn() {
    let began = now();
    let outcome = limited(|it| it.timeout = Some(2 * SECOND), &["stubborn"]);
    assert_eq!(outcome.kind, OutcomeKind::Timeout);
    assert_eq!(outcome.contained.unwrap().exit, None);
    assert!(began.elapsed() < 60 * SECOND);
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn a_program_that_wants_too_much_memory_is_killed_and_that_is_a_result() {
    let outcome = limited(|it| it.memory = Some(32 << 20), &["oom"]);
    assert_eq!(outcome.kind, OutcomeKind::OutOfMemory, "{outcome:?}");
    assert!(outcome.contained.unwrap().out_of_memory);
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn a_fork_bomb_ends_where_the_processes_do() {
    let outcome = limited(
        |it| {
            it.pids = Some(50);
            it.timeout = Some(60 * SECOND);
        },
        &["forks"],
    );
    assert_ne!(outcome.kind, OutcomeKind::Unavailable, "{}", outcome.detail);
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn output_beyond_the_limit_is_refused_in_bytes_files_and_appearance() {
    let small = |it: &mut Confinement| it.output = Some(1_000_000);
    let fits = limited(small, &["fill", "900000"]);
    assert_eq!(fits.kind, OutcomeKind::Ok, "{}", fits.detail);
    let large = limited(small, &["fill", "2000000"]);
    assert_eq!(large.kind, OutcomeKind::OutputError, "{}", large.detail);
    let sparse = limited(|_| (), &["sparse"]);
    // The size no file may have ends it: 128 and SIGXFSZ.
    assert_eq!(sparse.kind, OutcomeKind::Exit(153), "{}", sparse.detail);
    let mut many = job(&["many", "300"]);
    many.limits.output_files = 100;
    assert_eq!(run(&many).kind, OutcomeKind::OutputError);
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn a_program_that_fills_the_disk_is_stopped_on_its_way() {
    let outcome = limited(
        |it| {
            it.output = Some(20_000_000);
            it.timeout = Some(Duration::from_secs(120));
        },
        &["fillmany"],
    );
    assert_eq!(outcome.kind, OutcomeKind::OutputError, "{}", outcome.detail);
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn a_flood_of_words_is_cut_and_its_beginning_kept() {
    let outcome = run(&job(&["flood", "20000000"]));
    assert_eq!(outcome.kind, OutcomeKind::Ok);
    assert!(outcome.stdout.truncated);
    assert_eq!(outcome.stdout.bytes.len(), 1 << 20);
    assert!(
        outcome
            .stdout
            .text()
            .starts_with("a line that goes on and on\na line")
    );
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn only_regular_files_are_taken_and_no_link_is_followed() {
    let outcome = run(&job(&["links"]));
    assert_eq!(outcome.outputs.paths(), ["locked/inside.txt", "plain.txt"]);
    assert_eq!(text(&outcome.outputs, "plain.txt"), "plain\n");
    let name = run(&job(&["name"]));
    assert_eq!(name.kind, OutcomeKind::OutputError);
    assert!(name.detail.contains("not UTF-8"), "{}", name.detail);
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn a_profile_says_what_a_program_may_do() {
    let rights = |profile| {
        let outcome = limited(|it| it.profile = profile, &["rights"]);
        assert_eq!(outcome.kind, OutcomeKind::Ok, "{}", outcome.stderr.text());
        text(&outcome.outputs, "consensus.iexec")
    };
    let iexec = rights(Profile::Iexec);
    // CHOWN, DAC_OVERRIDE, FOWNER, SETGID, SETUID are bits 0, 1, 3, 6, 7.
    assert!(iexec.contains("CapEff:\t00000000000000cb"), "{iexec}");
    assert!(
        iexec.ends_with("NoNewPrivs:\t1\n0\nroot-writable\n0\n"),
        "{iexec}"
    );
    let strict = rights(Profile::Strict);
    assert!(strict.contains("CapEff:\t0000000000000000"), "{strict}");
    assert!(
        strict.ends_with("NoNewPrivs:\t1\n65534\nroot-read-only\n0\n"),
        "{strict}"
    );
    let open = rights(Profile::Open);
    assert!(
        open.ends_with("NoNewPrivs:\t0\n0\nroot-writable\n1\n"),
        "{open}"
    );
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn a_worker_has_the_processors_it_is_given() {
    let mut job = job(&["cpus"]);
    job.place = Place {
        cpuset: Some("0".into()),
        ..Place::default()
    };
    assert_eq!(text(&run(&job).outputs, "consensus.iexec"), "1\n");
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn a_set_of_processors_nobody_has_is_the_machines_fault_and_no_result() {
    let mut job = job(&["cpus"]);
    job.place.cpuset = Some("900".into());
    let outcome = run(&job);
    assert_eq!(
        (outcome.kind, outcome.digest),
        (OutcomeKind::Unavailable, None)
    );
    assert!(containers("task=nobody").is_empty());
}

/// A disk of a few megabytes, as long as it lives.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().to_str().unwrap();
        super::said("mount", &["-t", "tmpfs", "-o", "size=6m", "tmpfs", place]);
        Self(folder)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        super::said("umount", &[self.0.path().to_str().unwrap()]);
    }
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn what_a_program_does_on_a_full_disk_is_voted_on_by_nobody() {
    let disk = SmallDisk::new();
    let run = |bytes: &str| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.toml");
        let text = format!(
            "[docker]\nmirror = \"127.0.0.1:5000\"\n[app.a]\nrun = {{ image = \"emulate/behave:1\" }}\n[task.t]\napp = \"a\"\nargs = \"fill {bytes}\"\n"
        );
        std::fs::write(&file, text).unwrap();
        let ended = crate::program::program()
            .args(["run", "--no-save"])
            .arg(&file)
            .env("TMPDIR", disk.0.path())
            .output()
            .unwrap();
        let told = [ended.stdout, ended.stderr].concat();
        let told = String::from_utf8_lossy(&told).into_owned();
        (ended.status.code(), told)
    };
    let (code, told) = run("1000000");
    assert_eq!(code, Some(0), "{told}");
    let (code, told) = run("20000000");
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("the disk of this machine is full"), "{told}");
    assert!(!told.contains("votes for"), "{told}");
    let left = std::fs::read_dir(disk.0.path()).unwrap().count();
    assert_eq!(left, 0);
}
