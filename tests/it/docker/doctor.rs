//! The doctor on apps that are images: what it runs differs on purpose, and it has to say in what.

use super::REGISTRY;
use crate::program::{emulate, told};

/// What the doctor says of an app that is run three times for each change, and its exit code.
fn examined(image: &str, words: &[&str]) -> (Option<i32>, String) {
    let image = format!("{REGISTRY}/{image}");
    let begin = ["doctor", "--image", &image];
    let (code, printed, noted) = told(&emulate(&[&begin, words].concat()));
    (code, format!("{printed}\n{noted}"))
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn an_image_that_repeats_itself_finds_a_consensus() {
    let (code, told) = examined("emulate/behave:1", &["--args", "hello you"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("a consensus is found"), "{told}");
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn each_reason_for_which_an_image_does_not_repeat_itself_has_its_name() {
    let reasons = [
        ("id", "a random identifier"),
        ("when", "a date or time in the file"),
        ("gzip", "the time in the head of a gzip file"),
        ("zone", "time zone or language"),
        ("host", "the name of the host"),
        ("cpus", "the number of processors"),
    ];
    for (args, reason) in reasons {
        let (code, told) = examined("emulate/behave:1", &["--args", args]);
        assert_eq!(code, Some(1), "{args}: {told}");
        assert!(told.contains("no consensus is certain"), "{args}: {told}");
        assert!(told.contains(reason), "{args}: {told}");
    }
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn the_dapp_of_2018_is_told_that_it_depends_on_the_number_of_processors() {
    let line = "-i /iexec/small.mp4 /iexec/small.avi";
    let input = "scenarios/fixtures/small.mp4";
    let (code, told) = examined(
        "jrottenberg/ffmpeg:scratch",
        &["--args", line, "--input", input],
    );
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("the number of processors"), "{told}");
    assert!(told.contains("small.avi"), "{told}");
}
