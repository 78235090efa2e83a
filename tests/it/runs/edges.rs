//! Saved runs at their edges, as the shell sees them: damaged files, half names, readers that had
//! enough, and runs that are asked to stop.

use std::{
    fs,
    process::{Command, Output},
};

use emulate::{executor::Executors, runfile::read};

use super::{
    command::{Desk, said},
    load, saved_with,
};

/// The file of a run, a frame for every ten records, and where its frames begin with what they are.
fn file() -> (Vec<u8>, Vec<(usize, u8)>) {
    let (_, bytes) = saved_with(load("01-hello.toml", &[]), Executors::new());
    let mut frames = Vec::new();
    let mut at = 10;
    while at < bytes.len() {
        frames.push((at, bytes[at]));
        let length: [u8; 4] = bytes[at + 1..at + 5].try_into().unwrap();
        at += 13 + u32::from_le_bytes(length) as usize;
    }
    (bytes, frames)
}

/// Replays a file of these bytes.
fn replayed(bytes: &[u8]) -> (i32, String) {
    let desk = Desk::new();
    fs::write(desk.0.path().join("f.emu"), bytes).unwrap();
    desk.run(&["replay", "f.emu"])
}

#[test]
fn a_damaged_file_is_proven_up_to_there_and_is_still_wrong() {
    let (bytes, frames) = file();
    let events = frames.iter().filter(|(_, kind)| *kind == b'E');
    let events: Vec<usize> = events.map(|(at, _)| *at).collect();
    // A byte of the content, and one that makes a frame longer than the file is.
    for at in [events[4] + 20, events[4] + 4] {
        let mut spoilt = bytes.clone();
        spoilt[at] ^= 0x20;
        assert!(read(spoilt.as_slice()).unwrap().is_damaged());
        let (code, text) = replayed(&spoilt);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains("the same to the byte: 40 events,"), "{text}");
        assert!(text.contains("of it 40 events could be read"), "{text}");
        assert!(!text.contains("killed"), "{text}");
    }
}

#[test]
fn the_events_told_are_those_that_were_compared() {
    let (bytes, frames) = file();
    let third = frames.iter().filter(|(_, kind)| *kind == b'E').nth(3);
    let cut = third.unwrap().0;
    // At the border of a frame, and within one.
    for length in [cut, cut + 5, cut + 20] {
        let (code, text) = replayed(&bytes[..length]);
        assert_eq!(code, 0, "{text}");
        let told = "the same to the byte: 30 events,";
        assert!(text.contains(told) && text.contains("cut off"), "{text}");
    }
}

#[test]
fn damage_before_anything_is_known_is_called_damage() {
    let (bytes, frames) = file();
    for kind in [b'H', b'S'] {
        let at = frames.iter().find(|(_, is)| *is == kind).unwrap().0;
        let mut spoilt = bytes.clone();
        spoilt[at + 20] ^= 1;
        let (code, text) = replayed(&spoilt);
        assert!(code == 2 && text.contains("it is damaged"), "{text}");
        let (code, text) = replayed(&bytes[..at + 5]);
        assert!(code == 2 && text.contains("it ends before"), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn a_run_is_saved_where_a_link_leads_and_replaces_nothing_but_files() {
    use std::os::unix::{fs::FileTypeExt as _, fs::PermissionsExt as _, fs::symlink};
    let desk = Desk::new();
    let at = |name: &str| desk.0.path().join(name);
    fs::create_dir(at("far")).unwrap();
    fs::write(at("far/old.emu"), "").unwrap();
    symlink(at("far/old.emu"), at("link.emu")).unwrap();
    assert_eq!(desk.run(&["run", "hello", "--save", "link.emu"]).0, 0);
    assert!(fs::symlink_metadata(at("link.emu")).unwrap().is_symlink());
    assert_eq!(desk.run(&["replay", "far/old.emu"]).0, 0);
    // As readable as a report.
    assert_eq!(
        desk.run(&["report", "link.emu", "--report", "json=r.json"])
            .0,
        0
    );
    let mode = |name: &str| fs::metadata(at(name)).unwrap().permissions().mode();
    assert_eq!(mode("far/old.emu"), mode("r.json"));
    let pipe = at("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let (code, text) = desk.run(&["run", "hello", "--save", "pipe"]);
    assert!(code == 3 && text.contains("is no file"), "{text}");
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
}

#[test]
fn without_an_event_nothing_is_proven() {
    let (mut bytes, frames) = file();
    let first = frames.iter().find(|(_, kind)| *kind == b'E').unwrap().0;
    let cut_off = replayed(&bytes[..first + 20]);
    bytes[first + 20] ^= 1;
    for (code, text) in [cut_off, replayed(&bytes[..first]), replayed(&bytes)] {
        assert_eq!(code, 2, "{text}");
        assert!(text.contains("nothing is proven"), "{text}");
        assert!(!text.contains("the same to the byte"), "{text}");
    }
}

#[test]
fn what_holds_no_event_is_neither_reported_nor_explained() {
    let (bytes, frames) = file();
    let first = frames.iter().find(|(_, kind)| *kind == b'E').unwrap().0;
    let desk = Desk::new();
    fs::write(desk.0.path().join("f.emu"), &bytes[..first]).unwrap();
    fs::write(desk.0.path().join("f.jsonl"), b"").unwrap();
    for of in ["f.emu", "f.jsonl"] {
        for command in ["report", "explain"] {
            let (code, text) = desk.run(&[command, of]);
            assert!(
                code == 2 && text.contains("holds no event of a run"),
                "{text}"
            );
        }
    }
}

#[test]
fn a_saved_run_where_a_scenario_belongs_is_called_by_its_name() {
    let desk = Desk::new();
    fs::write(desk.0.path().join("f.emu"), file().0).unwrap();
    for command in ["run", "check"] {
        let (code, text) = desk.run(&[command, "f.emu"]);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains("it is a saved run and no scenario"), "{text}");
    }
}

#[test]
fn what_follows_the_end_is_damage_and_no_kill() {
    let (bytes, frames) = file();
    let last = frames.last().unwrap().0;
    for more in [&b"x"[..], &[0; 40], &bytes[last..]] {
        let (code, text) = replayed(&[&bytes, more].concat());
        assert_eq!(code, 2, "{text}");
        assert!(text.contains("something follows its end"), "{text}");
        assert!(text.contains("the same to the byte: 93 events"), "{text}");
        assert!(!text.contains("killed"), "{text}");
    }
}

#[test]
fn a_saved_run_is_found_by_how_its_name_begins() {
    let desk = Desk::new();
    for seed in ["42", "4"] {
        assert_eq!(desk.run(&["run", "hello", "--seed", seed]).0, 0);
    }
    let saved = desk.saved();
    let named = |start: &str| {
        let names = saved.iter().map(|path| path.file_name().unwrap());
        let mut names = names.map(|name| name.to_str().unwrap().to_owned());
        names.find(|name| name.starts_with(start)).unwrap()
    };
    let (whole, other) = (named("hello-42-"), named("hello-4-"));
    let digest = |name: &str| {
        let (code, text) = desk.run(&["replay", name]);
        assert_eq!(code, 0, "{name}: {text}");
        text
    };
    let wanted = digest(&whole);
    // Up to somewhere in the digest, and in the whole name with its ending.
    for length in [8, 9, 10, 12, whole.len() - 4, whole.len()] {
        assert_eq!(digest(&whole[..length]), wanted, "{}", &whole[..length]);
    }
    // A whole seed is meant before the beginning of another.
    assert_eq!(digest("hello-4"), digest(&other));
    // Of several the newest.
    assert_eq!(digest("hello-"), digest("last"));
    for name in [&whole[..10], &whole] {
        assert_eq!(desk.run(&["report", name]).0, 0);
        assert_eq!(desk.run(&["diff", name, &other]).0, 1);
        let change = ["--set", "worker.w.count=4"];
        let (code, text) = desk.run(&[&["whatif", name][..], &change].concat());
        assert_eq!(code, 0, "{text}");
    }
}

/// Runs a command whose reader has had enough before it begins.
fn unread(mut command: Command) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.stdout(writer).output().unwrap()
}

#[test]
fn a_reader_that_had_enough_is_no_fault() {
    let desk = Desk::new();
    for seed in ["1", "2"] {
        assert_eq!(desk.run(&["run", "hello", "--seed", seed]).0, 0);
    }
    let change = ["--set", "worker.w.count=4", "--report", "json=w.json"];
    let whatif = [&["whatif", "last"][..], &change].concat();
    for (words, code) in [
        (&["report", "last"][..], 0),
        (&["diff", "last", "last~1"], 1),
        (&["replay", "last", "--block", "4"], 0),
        (&whatif, 0),
    ] {
        let ended = unread(desk.command(words));
        let (ended, text) = said(&ended);
        assert_eq!(ended, code, "{words:?}: {text}");
        assert!(!text.contains("cannot be"), "{text}");
    }
    let kept = desk.0.path().join("w.json");
    assert!(kept.exists(), "what else was asked for is still done");
}

#[test]
fn a_report_of_a_saved_run_makes_its_folder_as_a_run_does() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["run", "hello"]).0, 0);
    let (code, text) = desk.run(&["report", "last", "--report", "json=a/b/x.json"]);
    assert_eq!(code, 0, "{text}");
    let words = ["whatif", "last", "--set", "worker.w.count=4"];
    let (code, text) = desk.run(&[&words[..], &["--report", "html=c/d/x.html"]].concat());
    assert_eq!(code, 0, "{text}");
    for made in ["a/b/x.json", "c/d/x.html"] {
        assert!(desk.0.path().join(made).exists(), "{made}");
    }
    fs::write(desk.0.path().join("wall"), "").unwrap();
    let (code, text) = desk.run(&["report", "last", "--report", "json=wall/x.json"]);
    assert!(code == 3 && text.contains("the folder wall"), "{text}");
}

/// Starts a command that takes its time, asks it to stop as soon as it listens, and returns what it
/// said.
#[cfg(target_os = "linux")]
fn stopped(desk: &Desk, command: &str, signal: &str) -> (i32, String) {
    use std::{process::Stdio, time::Duration};

    let mut child = desk
        .command(&[command, "hello", "--wall"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let about = format!("/proc/{}/status", child.id());
    // The kernel's mask of the signals a process catches: 2 is ctrl-c, 15 asks it to end.
    let caught = || {
        let about = fs::read_to_string(&about).unwrap();
        let mask = about.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        u64::from_str_radix(mask.unwrap().trim(), 16).unwrap()
    };
    let both = 1 << 1 | 1 << 14;
    while caught() & both != both {
        assert!(child.try_wait().unwrap().is_none(), "over before it began");
        std::thread::sleep(Duration::from_millis(5));
    }
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
    said(&child.wait_with_output().unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_interrupted_says_so_and_judges_nothing() {
    let desk = Desk::new();
    for (signal, wanted) in [("-INT", 130), ("-TERM", 143)] {
        let (code, text) = stopped(&desk, "explain", signal);
        assert_eq!(code, wanted, "{text}");
        assert!(text.contains("half a run explains nothing"), "{text}");
        let (code, text) = stopped(&desk, "run", signal);
        assert_eq!(code, wanted, "{text}");
        assert!(
            text.contains("INTERRUPTED  expectations not judged"),
            "{text}"
        );
        let (code, text) = desk.run(&["replay", "last"]);
        assert_eq!(code, 0, "{text}");
    }
}
