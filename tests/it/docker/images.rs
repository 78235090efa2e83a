//! Images of which no container can be made: that is a result, of which every engine says the same,
//! and no fault of the machinery.

use emulate::executor::{Contract, Executor as _, Image, OutcomeKind};

use super::{docker, forward::Way, job_of, run_with};

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn an_image_that_cannot_run_is_a_result_and_not_the_engines_fault() {
    let way = Way::new();
    let (near, far) = (docker(), way.docker());
    for (tag, kind, said) in [
        ("nobody", OutcomeKind::ImageError, "its USER is nobody"),
        ("idle", OutcomeKind::ImageError, "no program of its own"),
        ("nowhere", OutcomeKind::ImageError, "its WORKDIR"),
        ("alien", OutcomeKind::ImageError, "another kind of machine"),
        ("circle", OutcomeKind::Exit(126), "cannot be started"),
        ("broken", OutcomeKind::Exit(127), "cannot be started"),
    ] {
        let image = || Image::new(format!("emulate/behave:{tag}"));
        for docker in [&near, &far] {
            for contract in [Contract::V2, Contract::V5] {
                let mut job = job_of(image(), &[]);
                job.contract = contract;
                let outcome = run_with(docker, &job);
                assert_eq!(outcome.kind, kind, "{tag}: {outcome:?}");
                assert!(outcome.detail.contains(said), "{tag}: {}", outcome.detail);
                let votes = contract == Contract::V2 || kind == OutcomeKind::ImageError;
                assert_eq!(outcome.digest.is_some(), votes, "{tag}: {outcome:?}");
            }
            assert_eq!(docker.trouble(), None, "{tag}");
        }
    }
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn what_is_left_in_a_place_of_the_images_own_within_the_folder_counts() {
    let way = Way::new();
    let (near, far) = (docker(), way.docker());
    for (contract, folder) in [(Contract::V2, "/iexec"), (Contract::V5, "/iexec_out")] {
        let mut job = job_of(Image::new("emulate/behave:inner"), &["inner", folder]);
        job.contract = contract;
        let (near, far) = (run_with(&near, &job), run_with(&far, &job));
        assert_eq!(near.kind, OutcomeKind::Ok, "{near:?}");
        assert!(near.outputs.get("inner/in.txt").is_some(), "{near:?}");
        assert_eq!(near.outputs.paths(), far.outputs.paths());
        assert_eq!(near.digest, far.digest);
    }
}
