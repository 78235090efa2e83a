//! Files for which there is no room: the command says which, tells all the same how things stand,
//! and ends with exit code 3; what is left is whole or not there.
//!
//! Room runs out at a limit of the shell's on the size of files, which is told and met as a full
//! disk is.

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

use crate::program::{program, said, told};

const FAILING: &str = "[app.a]\nrun = { builtin = \"hello\" }\n[worker.w]\ncount = 3\n[task.t]\napp = \"a\"\n[[expect]]\n\"task.t.status\" = \"FAILED\"\n";
const SWEEP: &str = "[vars]\nn = 1\n[matrix]\nn = [1, 2, 3, 4]\n[worker.w]\ncount = \"${n}\"\n[app.a]\nrun = { builtin = \"hello\" }\n[task.t]\napp = \"a\"\n[[measure]]\nname = \"blocks\"\nvalue = \"chain.blocks\"\n";

/// A folder with scenarios in it, apart from what commands write.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("failing.toml"), FAILING).unwrap();
        fs::write(folder.path().join("sweep.toml"), SWEEP).unwrap();
        fs::create_dir(folder.path().join("out")).unwrap();
        Self(folder)
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = program();
        command.args(arguments.split(' '));
        self.placed(command)
    }

    /// The same with files that may have so many blocks of half a kilobyte and no more.
    fn cramped(&self, blocks: u32, arguments: &str) -> Output {
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""))
            .arg("sh")
            .arg(program().get_program())
            .args(arguments.split(' '));
        self.placed(command).output().unwrap()
    }

    fn placed(&self, mut command: Command) -> Command {
        command
            .current_dir(self.0.path())
            .env("NO_COLOR", "1")
            .env("CI", "1");
        command
    }

    /// What lies in the folder of outputs, at any depth.
    fn left(&self) -> Vec<String> {
        let mut found = Vec::new();
        walk(&self.0.path().join("out"), &mut found);
        found.sort();
        found
    }
}

fn walk(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.path().is_dir() {
            true => walk(&entry.path(), found),
            false => found.push(entry.file_name().to_string_lossy().into_owned()),
        }
    }
}

/// The command ends for want of room, has named `place`, and has said `judgment`.
fn lacks_room(ended: &Output, place: &str, judgment: &str) {
    let (code, out, told) = told(ended);
    assert_eq!(code, Some(3), "{out}{told}");
    assert!(
        told.contains(&format!("error: {place} cannot be written: ")),
        "{told}"
    );
    assert!(out.contains(judgment), "{out}{told}");
    assert!(!told.contains(&format!("saved {place}")), "{told}");
}

#[test]
fn a_run_file_without_room_is_not_there_and_the_run_is_judged() {
    let desk = Desk::new();
    let mut ends = Vec::new();
    for blocks in [0, 1, 2, 4, 8, 16, 64, 1024] {
        let ended = desk.cramped(blocks, "run hello --save out/a.emu");
        ends.push(ended.status.code());
        if ended.status.success() {
            let proven = desk.command("replay out/a.emu").output().unwrap();
            assert!(proven.status.success(), "{blocks}: {:?}", told(&proven));
            fs::remove_file(desk.0.path().join("out/a.emu")).unwrap();
        } else {
            lacks_room(&ended, "out/a.emu", "PASSED");
        }
        assert_eq!(desk.left(), Vec::<String>::new(), "{blocks} blocks");
    }
    ends.dedup();
    // Too small at first, and from some size on large enough.
    assert_eq!(ends, [Some(3), Some(0)]);
}

#[test]
fn an_earlier_file_stays_when_there_is_no_room_for_a_new_one() {
    let desk = Desk::new();
    let place = desk.0.path().join("out/a.emu");
    assert!(
        desk.command("run hello --save out/a.emu")
            .status()
            .unwrap()
            .success()
    );
    let before = fs::read(&place).unwrap();
    lacks_room(
        &desk.cramped(3, "run hello --seed 7 --save out/a.emu"),
        "out/a.emu",
        "PASSED",
    );
    assert_eq!(fs::read(&place).unwrap(), before);
    assert_eq!(desk.left(), ["a.emu"]);
}

#[test]
fn every_report_without_room_is_named_and_the_others_are_there() {
    let desk = Desk::new();
    let reports = "--report html=out/a.html --report junit=out/a.xml";
    let ended = desk.cramped(16, &format!("run hello --no-save {reports}"));
    lacks_room(&ended, "out/a.html", "PASSED");
    assert_eq!(desk.left(), ["a.xml"]);

    let ended = desk.cramped(0, "run failing.toml --out out/all");
    for name in ["run.emu", "events.jsonl", "junit.xml", "results/t.zip"] {
        lacks_room(&ended, &format!("out/all/failing/{name}"), "FAILED");
    }
    assert_eq!(desk.left(), ["a.xml"]);

    let ended = desk.cramped(0, "test failing.toml --junit out/b.xml");
    lacks_room(&ended, "out/b.xml", "0 passed, 1 failed");
    let ended = desk.cramped(0, "shrink failing.toml --out out");
    lacks_room(&ended, "out/failing.shrunk.toml", "task.t.status");
    lacks_room(&ended, "out/failing.shrunk.emu", "task.t.status");
    let ended = desk.cramped(0, "export hello -o out/hello.toml");
    lacks_room(&ended, "out/hello.toml", "");
    assert_eq!(desk.left(), ["a.xml"]);
}

#[test]
fn a_sweep_without_room_is_judged_and_goes_on_from_what_it_has_kept() {
    let desk = Desk::new();
    let whole = "sweep sweep.toml --seeds 4 --out out/whole.csv";
    assert!(desk.command(whole).status().unwrap().success());
    let sweep = "sweep sweep.toml --seeds 4 --out out/a.csv --plot out/a.html";
    // Four blocks hold some of the runs, and the table, but neither all runs nor the page.
    let ended = desk.cramped(4, sweep);
    lacks_room(&ended, "out/a.csv.journal", "16 runs");
    lacks_room(&ended, "out/a.html", "");
    let told = said(&desk.command(sweep).output().unwrap());
    assert!(told.contains(" of them are made already"), "{told}");
    let read = |name: &str| fs::read(desk.0.path().join("out").join(name)).unwrap();
    assert_eq!(read("a.csv"), read("whole.csv"));
    // Without room for a single line there is no journal, and the summary all the same.
    lacks_room(
        &desk.cramped(0, "sweep sweep.toml --seeds 4 --out out/b.csv"),
        "out/b.csv",
        "16 runs",
    );
    assert!(!desk.left().contains(&"b.csv".to_owned()));
}

#[cfg(target_os = "linux")]
#[test]
fn standard_output_that_takes_no_more_is_told_once() {
    let desk = Desk::new();
    for arguments in [
        "run hello --no-save",
        "run hello --no-save --format jsonl",
        "export hello",
        "schema",
        "sweep sweep.toml",
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut command = desk.command(arguments);
        let ended = command.stdout(Stdio::from(full)).output().unwrap();
        let told = said(&ended);
        assert_eq!(ended.status.code(), Some(3), "{arguments}: {told}");
        let times = told.matches("standard output cannot be written").count();
        assert_eq!(times, 1, "{arguments}: {told}");
    }
}
