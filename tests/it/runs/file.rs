//! The file a run is kept in: whole, cut off anywhere, spoilt anywhere, and made up.

use emulate::{
    executor::Executors,
    runfile::{Damage, MAGIC, RunFileError, VERSION, read},
};

use super::{interrupted_bytes, load, saved_with};

/// The file of a short run.
fn short() -> Vec<u8> {
    interrupted_bytes("01-hello.toml", 30).1
}

#[test]
fn a_file_says_everything_the_run_was_made_of() {
    let loaded = load("07-dataset-zip.toml", &[("scenario.seed", "7")]);
    let texts = loaded.texts();
    let (world, bytes) = saved_with(loaded, Executors::new());
    let run = read(bytes.as_slice()).unwrap();
    assert_eq!((run.damage, run.header.seed), (None, 7));
    assert_eq!(run.header.emulate, env!("CARGO_PKG_VERSION"));
    let own = (&run.sources[0].path, &run.sources[0].text);
    assert_eq!(own, (&texts[0].0, &texts[0].1));
    let uris: Vec<&str> = run.inputs.iter().map(|(uri, _)| uri.as_str()).collect();
    assert!(uris.iter().any(|uri| uri.ends_with(".zip")), "{uris:?}");
    assert_eq!(run.log.digest(), world.log().digest());
    assert_eq!(run.log.records(), world.log().records());
    let end = run.end.clone().unwrap();
    assert_eq!(end.digest, world.log().digest());
    assert_eq!(end.head, world.chain().head().hash);
    // The scenario is read again as it was run, with its places.
    let again = run.load().unwrap();
    assert_eq!(again.scenario.scenario.seed, 7);
    assert_eq!(again.document.sources.first().unwrap().path, texts[0].0);
    assert!(bytes.len() < 40_000, "{} bytes", bytes.len());
}

#[test]
fn a_file_cut_off_at_any_byte_is_read_up_to_its_last_whole_frame() {
    let bytes = short();
    let whole = read(bytes.as_slice()).unwrap();
    let (mut refused, mut lengths) = (0, std::collections::BTreeSet::new());
    for length in 0..bytes.len() {
        let run = match read(&bytes[..length]) {
            Ok(run) => run,
            Err(RunFileError::NoRunFile | RunFileError::NoHeader) => {
                refused += 1;
                continue;
            }
            Err(error) => panic!("cut off at {length}: {error}"),
        };
        assert!(run.end.is_none(), "cut off at {length}");
        let count = run.log.records().len();
        assert!(count % 10 == 0 || count == whole.log.records().len());
        let pairs = run.log.records().iter().zip(whole.log.records().iter());
        assert!(pairs.into_iter().all(|(one, other)| one == other));
        if lengths.insert(count) {
            assert!(run.load().is_ok());
        }
    }
    assert!(refused > 10 && refused < bytes.len() / 2, "{refused}");
    assert!(lengths.len() >= 4, "{lengths:?}");
}

#[test]
fn a_file_spoilt_at_any_byte_is_read_up_to_there_or_refused() {
    let bytes = short();
    let whole = read(bytes.as_slice()).unwrap();
    for at in 0..bytes.len() {
        let mut spoilt = bytes.clone();
        spoilt[at] ^= 0x20;
        let Ok(run) = read(spoilt.as_slice()) else {
            continue;
        };
        assert!(run.damage.is_some(), "byte {at} changed and nobody noticed");
        let pairs = run.log.records().iter().zip(whole.log.records().iter());
        assert!(pairs.into_iter().all(|(one, other)| one == other));
    }
}

#[test]
fn what_is_no_run_file_is_refused_in_words() {
    let refused = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    assert!(refused(b"").contains("no run file"));
    assert!(refused(b"[scenario]\ntitle = \"x\"\n").contains("no run file"));
    let other = [&MAGIC[..], &(VERSION + 1).to_le_bytes()].concat();
    assert!(refused(&other).contains("version 2"));
    let nothing = [&MAGIC[..], &VERSION.to_le_bytes()].concat();
    assert!(refused(&nothing).contains("before it says which scenario"));
}

#[test]
fn a_frame_that_claims_to_be_huge_costs_nothing() {
    let mut bytes = short();
    let whole = read(bytes.as_slice()).unwrap().log.records().len();
    bytes.push(b'E');
    bytes.extend_from_slice(&u32::MAX.to_le_bytes());
    bytes.extend_from_slice(&u32::MAX.to_le_bytes());
    bytes.extend_from_slice(&[0; 64]);
    let run = read(bytes.as_slice()).unwrap();
    assert_eq!(run.damage, Some(Damage::CutOff));
    assert_eq!(run.log.records().len(), whole);
}
