//! The disk on which an engine keeps everything is full: that is no result of any program, wherever
//! it is met, and workers abstain.

use std::{fs, path::Path};

use emulate::executor::{
    Executor as _, Outcome, OutcomeKind,
    docker::{Docker, Settings},
};

use super::{ENGINES, engine::Engine, job, job_of, run_with, settings};
use emulate::executor::Image;

fn at(address: String) -> Docker {
    let settings = Settings {
        host: Some(address),
        ..settings()
    };
    ENGINES.open(settings, None).unwrap()
}

/// The outcome is none, and why is the disk.
fn is_no_result(outcome: &Outcome, docker: &Docker) {
    assert_eq!(outcome.kind, OutcomeKind::Unavailable, "{outcome:?}");
    assert_eq!(outcome.digest, None);
    let trouble = docker.trouble().unwrap_or_default();
    for told in [&outcome.detail, &trouble] {
        assert!(told.contains("disk") && told.contains("full"), "{told}");
    }
}

/// Takes what room there is, to the last block.
fn fill(folder: &Path) -> std::path::PathBuf {
    let filler = folder.join("filler");
    let mut file = fs::File::create(&filler).unwrap();
    for size in [1 << 20, 1 << 12, 1] {
        while std::io::Write::write_all(&mut file, &vec![0; size]).is_ok() {}
    }
    filler
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn a_program_whose_engine_has_no_room_has_no_result() {
    let engine = Engine::cramped(48);
    for address in [engine.socket(), engine.address()] {
        let docker = at(address.clone());
        // What a program does by itself stays what it is.
        let failed = run_with(&docker, &job(&["fail", "3"]));
        assert_eq!(failed.kind, OutcomeKind::Exit(3), "{address}: {failed:?}");
        let small = run_with(&docker, &job(&["clutter", "1000000"]));
        assert_eq!(small.kind, OutcomeKind::Ok, "{address}: {small:?}");
        assert_eq!(docker.trouble(), None);
        // Into its own layer.
        is_no_result(&run_with(&docker, &job(&["clutter", "90000000"])), &docker);
    }
    // Into its folder, which lies over there.
    let docker = at(engine.address());
    is_no_result(&run_with(&docker, &job(&["fill", "90000000"])), &docker);
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn an_engine_without_room_for_an_image_or_a_container_says_so() {
    let engine = Engine::cramped(48);
    for address in [engine.socket(), engine.address()] {
        let docker = at(address);
        let large = job_of(Image::new("emulate/transcode:1"), &[]);
        is_no_result(&run_with(&docker, &large), &docker);

        // The image is there, and then nothing else has room.
        let docker = at(docker.address().to_owned());
        assert_eq!(run_with(&docker, &job(&["hello"])).kind, OutcomeKind::Ok);
        let filler = fill(&engine.data());
        is_no_result(&run_with(&docker, &job(&["hello"])), &docker);
        fs::remove_file(filler).unwrap();
        let docker = at(docker.address().to_owned());
        assert_eq!(run_with(&docker, &job(&["hello"])).kind, OutcomeKind::Ok);
        assert_eq!(docker.trouble(), None);
    }
}
