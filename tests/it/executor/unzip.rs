//! The hostile corpus: every way an archive may try to do harm ends in an error of its own kind.

use emulate::executor::inputs::{NameFault, UnzipError, UnzipLimits, unzip};
use proptest::prelude::*;

use super::zips::{Entry, zip};

fn open(entries: &[Entry]) -> Result<Vec<String>, UnzipError> {
    unzip(&zip(entries), UnzipLimits::default()).map(|files| files.paths())
}

fn refused(entries: &[Entry]) -> UnzipError {
    open(entries).unwrap_err()
}

fn fault_of(name: impl AsRef<[u8]>) -> NameFault {
    let error = refused(&[Entry::stored(name, b"x")]);
    let UnzipError::Name { fault, .. } = error else {
        panic!("{error}")
    };
    fault
}

#[test]
fn an_honest_archive_is_unpacked() {
    let mut directory = Entry::stored("empty/", b"");
    directory.mode = 0o040_755;
    let bytes = zip(&[
        directory,
        Entry::stored("books/alice.txt", b"Alice\n"),
        Entry::deflated("books/moby.txt", &b"whale ".repeat(100)),
        Entry::stored("été.txt", b"UTF-8"),
        Entry::stored("mode-less", b""),
    ]);
    let files = unzip(&bytes, UnzipLimits::default()).unwrap();
    assert_eq!(files.get("books/moby.txt").unwrap().len(), 600);
    assert_eq!(files.get("été.txt").unwrap().as_ref(), b"UTF-8");
    assert_eq!(files.directories().collect::<Vec<_>>(), ["books", "empty"]);
}

#[test]
fn names_that_do_not_go_straight_down_are_refused() {
    for name in ["../x", "a/../../x", "..", "a/./b", "a//b", "./a"] {
        assert_eq!(fault_of(name), NameFault::Climbs, "{name}");
    }
    assert_eq!(fault_of("/etc/passwd"), NameFault::Absolute);
    assert_eq!(fault_of(r"..\..\x"), NameFault::Backslash);
    assert_eq!(fault_of(r"\\server\share"), NameFault::Backslash);
    assert_eq!(fault_of("C:/x"), NameFault::Colon);
    assert_eq!(fault_of("a.txt:stream"), NameFault::Colon);
    assert_eq!(fault_of("a\0.txt"), NameFault::Control);
    assert_eq!(fault_of("a\x1b[2J"), NameFault::Control);
    assert_eq!(fault_of(""), NameFault::Empty);
    assert_eq!(fault_of("n".repeat(513)), NameFault::TooLong);
    assert_eq!(fault_of("d/".repeat(16) + "f"), NameFault::TooDeep);
}

#[test]
fn names_in_old_or_broken_encodings_are_refused() {
    assert_eq!(fault_of(b"caf\x82"), NameFault::NotUtf8);
    // Shift-JIS whose second byte is a backslash.
    assert_eq!(fault_of(b"\x83\x5c"), NameFault::NotUtf8);
    // An overlong slash.
    assert_eq!(fault_of(b"..\xc0\xafx"), NameFault::NotUtf8);
    let mut flagged = Entry::stored(b"caf\xe9", b"x");
    flagged.flags = 1 << 11;
    assert!(matches!(
        refused(&[flagged]),
        UnzipError::Name { .. } | UnzipError::Broken(_)
    ));
}

#[test]
fn an_extra_field_that_renames_an_entry_is_refused() {
    let mut entry = Entry::stored("harmless.txt", b"x");
    let mut crc = flate2::Crc::new();
    crc.update(b"harmless.txt");
    let evil = b"../evil.txt";
    entry.extra = [&[0x75, 0x70, 16, 0, 1][..], &crc.sum().to_le_bytes(), evil].concat();
    assert!(open(&[entry]).is_err());
}

#[test]
fn links_devices_and_pipes_are_refused() {
    let link = refused(&[Entry::of_mode("l", 0o120_777), Entry::stored("l/x", b"")]);
    assert_eq!(link, UnzipError::Link { name: "l".into() });
    for mode in [0o010_644, 0o020_644, 0o060_644, 0o140_644, 0o160_644] {
        let special = refused(&[Entry::of_mode("s", mode)]);
        assert!(
            matches!(special, UnzipError::Special { .. }),
            "{mode:o}: {special}"
        );
    }
    // A directory by its mode and a file by its name.
    assert!(matches!(
        refused(&[Entry::of_mode("d", 0o040_755)]),
        UnzipError::Special { .. }
    ));
    // Rights beyond reading and writing are not an entry's to give: files in memory have none.
    assert_eq!(
        open(&[Entry::of_mode("setuid", 0o104_755)]).unwrap(),
        ["setuid"]
    );
}

#[test]
fn two_entries_for_one_file_are_refused() {
    let file = |name: &str| Entry::stored(name, b"x");
    assert!(matches!(
        refused(&[file("a"), file("a")]),
        UnzipError::Duplicate { .. }
    ));
    for pair in [["A", "a"], ["d/x", "D/y"], ["É", "é"]] {
        let error = refused(&pair.map(file));
        assert!(matches!(error, UnzipError::CaseCollision { .. }), "{error}");
    }
    for pair in [["a", "a/b"], ["a/b", "a"], ["a/", "a"]] {
        let mut entries = pair.map(file);
        entries[0].mode = 0;
        let error = refused(&entries);
        assert!(
            matches!(error, UnzipError::FileAndDirectory { .. }),
            "{error}"
        );
    }
}

#[test]
fn entries_that_overlap_or_hide_are_refused() {
    let first = Entry::stored("a", b"body");
    let mut second = first.clone();
    second.shares_first_body = true;
    let mut renamed = Entry::stored("b", b"body");
    renamed.shares_first_body = true;
    assert!(matches!(
        refused(&[first.clone(), renamed]),
        UnzipError::Overlap(_)
    ));
    assert!(open(&[first.clone(), second]).is_err());
    let mut hidden = Entry::stored("hidden", b"x");
    hidden.unlisted = true;
    assert!(matches!(
        refused(&[hidden, first.clone()]),
        UnzipError::Overlap(_)
    ));
    let mut two_faced = first;
    two_faced.local_name = Some(b"b".to_vec());
    assert!(matches!(refused(&[two_faced]), UnzipError::Overlap(_)));
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    let zeros = vec![0; 100 << 20];
    let bomb = Entry::deflated("zeros", &zeros);
    assert!(matches!(
        refused(std::slice::from_ref(&bomb)),
        UnzipError::Bomb { .. }
    ));
    let mut liar = bomb;
    liar.size = 10;
    assert!(matches!(refused(&[liar]), UnzipError::Lies { .. }));
    let many: Vec<Entry> = (0..5000)
        .map(|n| Entry::stored(n.to_string(), b""))
        .collect();
    assert_eq!(refused(&many), UnzipError::TooManyEntries { limit: 4096 });
    let limits = UnzipLimits {
        bytes: 99,
        ..UnzipLimits::default()
    };
    let large = zip(&[Entry::stored("a", &[1; 60]), Entry::stored("b", &[2; 40])]);
    assert_eq!(
        unzip(&large, limits),
        Err(UnzipError::TooLarge { limit: 99 })
    );
    // Small archives of dull text are no bombs.
    assert!(open(&[Entry::deflated("dull", &[b'a'; 1 << 20])]).is_ok());
}

#[test]
fn what_lies_about_its_content_is_refused() {
    let mut longer = Entry::deflated("a", b"content");
    longer.size = 8;
    let mut wrong_sum = Entry::stored("a", b"content");
    wrong_sum.crc ^= 1;
    let mut garbage = Entry::stored("a", b"\xff\xff\xff\xff");
    garbage.method = 8;
    for entry in [longer, wrong_sum, garbage] {
        let error = refused(&[entry]);
        assert!(matches!(error, UnzipError::Lies { .. }), "{error}");
    }
}

#[test]
fn what_is_encrypted_or_oddly_compressed_is_refused() {
    let mut encrypted = Entry::stored("a", &[0; 16]);
    encrypted.flags = 1;
    assert!(matches!(
        refused(&[encrypted]),
        UnzipError::Encrypted { .. }
    ));
    for method in [1, 9, 12, 14, 93, 99] {
        let mut odd = Entry::stored("a", b"x");
        odd.method = method;
        let error = refused(&[odd]);
        assert!(
            matches!(error, UnzipError::Method { .. } | UnzipError::Broken(_)),
            "{error}"
        );
    }
}

#[test]
fn what_is_no_archive_is_refused() {
    let open = |bytes: &[u8]| unzip(bytes, UnzipLimits::default()).unwrap_err();
    assert_eq!(open(b""), UnzipError::NotAZip);
    assert_eq!(open(b"%PDF-1.4"), UnzipError::NotAZip);
    let good = zip(&[Entry::stored("a", b"x")]);
    let prefixed = [b"#!/bin/sh\n", &good[..]].concat();
    assert_eq!(open(&prefixed), UnzipError::NotAZip);
    let twice = [&good[..], &good[..]].concat();
    assert!(matches!(
        open(&twice),
        UnzipError::Broken(_) | UnzipError::Overlap(_)
    ));
}

#[test]
fn a_truncated_archive_is_refused_wherever_it_ends() {
    let good = zip(&[Entry::stored("a", b"x"), Entry::deflated("b", b"yyyy")]);
    for end in 0..good.len() {
        assert!(
            unzip(&good[..end], UnzipLimits::default()).is_err(),
            "{end}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever the segments are, a tree holds only plain relative paths.
    #[test]
    fn no_name_leads_out(parts in prop::collection::vec("(\\.|\\.\\.||/|\\\\|C:|[a-c]{1,2}|\\PC)", 1..6)) {
        let name = parts.join("/");
        if let Ok(paths) = open(&[Entry::stored(&name, b"x")]) {
            for path in paths {
                prop_assert!(!path.starts_with('/') && !path.contains('\\'));
                prop_assert!(path.split('/').all(|part| !matches!(part, "" | "." | "..")));
            }
        }
    }

    /// Damage anywhere is an error or an equal tree, never a panic.
    #[test]
    fn damage_never_panics(at in 0_usize..300, byte: u8) {
        let mut bytes = zip(&[Entry::stored("a/b", b"xyz"), Entry::deflated("c", b"yyyyyyyy")]);
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = unzip(&bytes, UnzipLimits::default());
    }
}
