//! Result archives: same files, same bytes, and nothing unexpected inside.

use std::io::{Cursor, Read};

use emulate::executor::{
    Captured, Contract, Ended, Files, Job, OutcomeKind, Program, conclude, pack,
};
use zip::ZipArchive;

fn files(names: &[&str]) -> Files {
    let mut files = Files::new();
    for name in names {
        files.insert(name, name.as_bytes().to_vec()).unwrap();
    }
    files
}

fn archive(contract: Contract, kind: OutcomeKind, names: &[&str]) -> Vec<u8> {
    let mut job = Job::new(
        "t",
        "w-0",
        Program::Builtin(emulate::executor::Builtin::Hello),
    );
    job.contract = contract;
    let ended = Ended {
        files: files(names),
        stdout: Captured::capped(&b"printed"[..], 100),
        ..Ended::empty(kind, "")
    };
    pack(contract, &conclude(&job, "test", ended)).to_vec()
}

fn names(archive: &[u8]) -> Vec<String> {
    let archive = ZipArchive::new(Cursor::new(archive)).unwrap();
    archive
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect()
}

#[test]
fn equal_outputs_make_equal_archives_in_whatever_order_they_came() {
    let one = archive(
        Contract::V2,
        OutcomeKind::Ok,
        &["b", "a/c", "consensus.iexec"],
    );
    let other = archive(
        Contract::V2,
        OutcomeKind::Ok,
        &["consensus.iexec", "a/c", "b"],
    );
    assert_eq!(one, other);
    assert_eq!(names(&one), ["a/c", "b", "consensus.iexec", "stdout.txt"]);
    let mut zip = ZipArchive::new(Cursor::new(&one)).unwrap();
    let mut file = zip.by_name("a/c").unwrap();
    assert_eq!(file.last_modified(), Some(zip::DateTime::DEFAULT));
    assert_eq!(file.unix_mode(), Some(0o100_644));
    let mut content = String::new();
    file.read_to_string(&mut content).unwrap();
    assert_eq!(content, "a/c");
}

#[test]
fn the_modern_contract_keeps_logs_of_success_only() {
    let well = archive(Contract::V5, OutcomeKind::Ok, &["a", "computed.json"]);
    assert!(names(&archive(Contract::V5, OutcomeKind::Exit(1), &["a"])) == ["a"]);
    // A broken computed.json is no success either, though the program ended well.
    assert_eq!(names(&well), ["a", "computed.json"]);
}
