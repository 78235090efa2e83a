//! Inputs: where they may come from and where they lie.

use std::{fs, sync::Arc};

use alloy_primitives::Address;
use emulate::executor::{
    Contract,
    inputs::{Dataset, Fetched, InputError, Inputs, LaidOut, Policy, Unzip, UnzipError, lay_out},
};

use super::zips::{Entry, zip};

fn fetched(uri: &str, content: &[u8]) -> Arc<Fetched> {
    Arc::new(Fetched::new(uri, content.to_vec()).unwrap())
}

fn laid(
    contract: Contract,
    inputs: &[Arc<Fetched>],
    dataset: Option<&[u8]>,
) -> Result<LaidOut, InputError> {
    let dataset = dataset.map(|content| Dataset {
        address: Address::repeat_byte(0xab),
        content: fetched("fixtures/iris.csv", content),
    });
    lay_out(contract, inputs, dataset.as_ref(), Unzip::Auto)
}

#[test]
fn in_2018_a_zip_is_unpacked_beside_the_dataset() {
    let books = zip(&[
        Entry::stored("books/moby.txt", b"a"),
        Entry::stored("books/alice.txt", b"b"),
    ]);
    let laid = laid(
        Contract::V2,
        &[fetched("fixtures/books.zip", &books)],
        Some(b"5.1"),
    )
    .unwrap();
    assert_eq!(
        laid.files.paths(),
        ["books/alice.txt", "books/moby.txt", "iris.csv"]
    );
    assert!(laid.names.is_empty());
}

#[test]
fn today_inputs_are_called_by_their_uri_and_stay_packed() {
    let books = zip(&[Entry::stored("a", b"a")]);
    let laid = laid(
        Contract::V5,
        &[fetched("http://host/books.zip", &books)],
        Some(b"5.1"),
    )
    .unwrap();
    // printf http://host/books.zip | sha256sum
    let name = "0x9f0fcb357c86315594e1b103d08310ecfc963098af18d7381243d6cf1e7915e7";
    assert_eq!(laid.names, [name]);
    let dataset = format!("0x{}", "ab".repeat(20));
    assert_eq!(laid.files.paths(), [name.to_owned(), dataset]);
    assert_eq!(laid.files.get(name).unwrap().to_vec(), books);
}

#[test]
fn only_what_is_called_zip_and_is_one_is_unpacked() {
    let archive = zip(&[Entry::stored("a", b"a")]);
    let paths = |uri, content: &[u8], unzip| {
        lay_out(Contract::V2, &[fetched(uri, content)], None, unzip).map(|laid| laid.files.paths())
    };
    assert_eq!(
        paths("report.docx", &archive, Unzip::Auto).unwrap(),
        ["report.docx"]
    );
    assert_eq!(
        paths("text.zip", b"not one", Unzip::Auto).unwrap(),
        ["text.zip"]
    );
    assert_eq!(paths("a.ZIP", &archive, Unzip::Auto).unwrap(), ["a"]);
    assert_eq!(paths("a.zip", &archive, Unzip::Never).unwrap(), ["a.zip"]);
    assert_eq!(
        paths("report.docx", &archive, Unzip::Always).unwrap(),
        ["a"]
    );
    let error = paths("text", b"not one", Unzip::Always).unwrap_err();
    assert!(matches!(
        error,
        InputError::Unzip {
            error: UnzipError::NotAZip,
            ..
        }
    ));
}

#[test]
fn an_input_cannot_vote_for_the_program() {
    for name in ["consensus.iexec", "Stdout.TXT", "computed.json"] {
        let alone = laid(Contract::V2, &[fetched(name, b"x")], None).unwrap_err();
        assert_eq!(alone, InputError::Reserved { name: name.into() });
        let packed = zip(&[Entry::stored(name, b"x")]);
        let error = laid(Contract::V2, &[fetched("a.zip", &packed)], None).unwrap_err();
        assert!(matches!(error, InputError::Reserved { .. }));
    }
    let twice = [fetched("http://a/x", b"1"), fetched("http://b/x", b"2")];
    let error = laid(Contract::V2, &twice, None).unwrap_err();
    assert_eq!(error, InputError::Collision { name: "x".into() });
}

#[test]
fn a_local_file_is_read_from_below_the_allowed_directories_only() {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret");
    fs::write(&secret, "secret").unwrap();
    let base = tempfile::tempdir().unwrap();
    fs::create_dir(base.path().join("fixtures")).unwrap();
    fs::write(base.path().join("fixtures/a.txt"), "hello\n").unwrap();
    let inputs = Inputs::new(Policy::below(base.path()));
    let file = inputs.fetch("fixtures/a.txt", None).unwrap();
    assert_eq!(
        (file.name.as_str(), &file.content[..]),
        ("a.txt", &b"hello\n"[..])
    );
    let absolute = format!("file://{}", base.path().join("fixtures/a.txt").display());
    assert_eq!(inputs.fetch(&absolute, None).unwrap().content, file.content);
    let climbing = format!(
        "../{}/secret",
        outside.path().file_name().unwrap().to_str().unwrap()
    );
    for uri in [
        climbing,
        secret.display().to_string(),
        format!("file://{}", secret.display()),
    ] {
        let error = inputs.fetch(&uri, None).unwrap_err();
        assert!(
            matches!(error, InputError::Outside { .. }),
            "{uri}: {error}"
        );
    }
    assert!(matches!(
        inputs.fetch("none", None),
        Err(InputError::Missing { .. })
    ));
    assert!(matches!(
        inputs.fetch("fixtures", None),
        Err(InputError::NotAFile { .. })
    ));
}

#[cfg(unix)]
#[test]
fn a_link_inside_the_directory_that_leads_out_is_refused() {
    let outside = tempfile::NamedTempFile::new().unwrap();
    let base = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(outside.path(), base.path().join("link")).unwrap();
    let error = Inputs::new(Policy::below(base.path()))
        .fetch("link", None)
        .unwrap_err();
    assert!(matches!(error, InputError::Outside { .. }), "{error}");
}

#[test]
fn size_pin_and_network_are_checked() {
    let base = tempfile::tempdir().unwrap();
    fs::write(base.path().join("a"), "hello\n").unwrap();
    let mut policy = Policy::below(base.path());
    let inputs = Inputs::new(policy.clone());
    let hash = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    assert_eq!(
        inputs
            .fetch(&format!("a#sha256={hash}"), None)
            .unwrap()
            .name,
        "a"
    );
    let other = format!("a#sha256={}", hash.replace('5', "6"));
    assert!(matches!(
        inputs.fetch(&other, None),
        Err(InputError::Checksum { .. })
    ));
    let video = "http://host/small.mp4";
    assert!(matches!(
        inputs.fetch(video, None),
        Err(InputError::Offline { .. })
    ));
    let instead = inputs.fetch(video, Some("a")).unwrap();
    assert_eq!(
        (instead.name.as_str(), instead.uri.as_str()),
        ("small.mp4", video)
    );
    policy.max_bytes = 5;
    let error = Inputs::new(policy.clone()).fetch("a", None).unwrap_err();
    assert!(matches!(error, InputError::TooLarge { limit: 5, .. }));
    policy.embedded.insert("b/c", &b"embedded"[..]).unwrap();
    let embedded = Inputs::new(policy).fetch("b/c", None).unwrap();
    assert_eq!(&embedded.content[..], b"embedded");
}

#[test]
fn what_was_fetched_once_stays_the_same_for_all() {
    let base = tempfile::tempdir().unwrap();
    fs::write(base.path().join("a"), "first").unwrap();
    let inputs = Inputs::new(Policy::below(base.path()));
    let first = inputs.fetch("a", None).unwrap();
    fs::write(base.path().join("a"), "second").unwrap();
    assert_eq!(inputs.fetch("a", None).unwrap(), first);
}
