//! What a program finds and what becomes of what it leaves, by era.

use alloy_primitives::{B256, keccak256};
use emulate::executor::{Basis, Contract, DigestRule, Image, OnChain, OutcomeKind};
use sha2::{Digest, Sha256};

use super::{inputs, job, job_of, run, text};

fn sha256(text: &str) -> Option<B256> {
    Some(B256::from_slice(&Sha256::digest(text)))
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn the_consensus_file_is_the_vote_and_the_image_is_known() {
    let outcome = run(&job(&["hello", "container"]));
    assert_eq!(
        (outcome.kind.clone(), outcome.basis),
        (OutcomeKind::Ok, Basis::ConsensusFile)
    );
    assert_eq!(outcome.digest, sha256("Hello, container!\n"));
    assert_eq!(outcome.stdout.text(), "Hello, container!\n");
    assert_eq!(outcome.executor, "docker");
    let contained = outcome.contained.unwrap();
    assert!(contained.image.starts_with("sha256:"), "{contained:?}");
    assert_eq!((contained.exit, contained.out_of_memory), (Some(0), false));
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn without_arguments_the_images_own_command_runs() {
    assert_eq!(run(&job(&[])).digest, sha256("Hello, world!\n"));
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn arguments_arrive_as_they_are() {
    let outcome = run(&job(&["args", "-i", "$HOME", "*", "a b", "'", "\\"]));
    let seen = text(&outcome.outputs, "consensus.iexec");
    assert_eq!(seen, "[-i]\n[$HOME]\n[*]\n[a b]\n[']\n[\\]\n");
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn inputs_lie_in_the_folder_and_are_no_outputs_unless_changed() {
    let mut job = job(&["copy", "in/data.txt"]);
    job.inputs = inputs(&[("in/data.txt", "42\n"), ("other.txt", "")]);
    let outcome = run(&job);
    assert_eq!(outcome.outputs.paths(), ["out.txt"]);
    assert_eq!(text(&outcome.outputs, "out.txt"), "42\n");
    assert_eq!(outcome.basis, Basis::Tree);
    assert_eq!(
        outcome.digest,
        Some(inputs(&[("out.txt", "42\n")]).digest())
    );
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn a_declaration_that_is_no_file_is_told_by_what_it_is() {
    let modern = |kind: &str| {
        let mut job = job(&["odd", kind, "computed.json", "/iexec_out"]);
        job.contract = Contract::V5;
        job
    };
    let classic = |kind: &str| job(&["odd", kind, "consensus.iexec", "/iexec"]);
    for (kind, said) in [
        ("folder", "is a folder, and only"),
        ("link", "is a link to \"/etc/passwd\", and only"),
        ("pipe", "is a named pipe, and only"),
        ("empty", "is empty"),
    ] {
        let outcome = run(&classic(kind));
        assert_eq!(
            (outcome.kind.clone(), outcome.basis),
            (OutcomeKind::Ok, Basis::Tree)
        );
        let warning = outcome.warning().unwrap();
        let told = format!("consensus.iexec {said}");
        assert!(warning.starts_with(&told), "{warning}");
    }
    for (kind, said) in [
        ("folder", "is a folder"),
        ("link", "is a link to \"/etc/passwd\""),
        ("pipe", "is a named pipe"),
    ] {
        let outcome = run(&modern(kind));
        assert_eq!(outcome.kind, OutcomeKind::NoConsensus);
        let warning = outcome.warning().unwrap();
        let told = format!("no consensus file: computed.json {said}");
        assert!(warning.starts_with(&told), "{warning}");
    }
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn a_program_may_eat_its_inputs() {
    let mut job = job(&["eat"]);
    job.inputs = inputs(&[("data.txt", "42\n")]);
    assert_eq!(run(&job).outputs.paths(), ["consensus.iexec"]);
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn an_image_with_a_user_of_its_own_can_read_and_write() {
    let mut job = job_of(Image::new("emulate/behave:user"), &["copy", "data.txt"]);
    job.inputs = inputs(&[("data.txt", "42\n")]);
    let outcome = run(&job);
    assert_eq!(outcome.kind, OutcomeKind::Ok, "{}", outcome.stderr.text());
    assert_eq!(text(&outcome.outputs, "out.txt"), "42\n");
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn variables_are_the_authors_and_those_of_the_era() {
    let mut job = job(&["env"]);
    job.env.insert("APP_MODE".into(), "a=b, c".into());
    let seen = text(&run(&job).outputs, "consensus.iexec");
    let lines: Vec<&str> = seen.lines().collect();
    assert_eq!(lines[0], "APP_MODE=a=b, c");
    assert_eq!(lines[1], "XWDOCKERIMAGE=emulate/behave:1");
    assert!(lines[2].starts_with("XWJOBUID=0x"), "{seen}");
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn the_modern_contract_has_two_folders_and_computed_json() {
    let mut job = job(&["modern", "x", "y"]);
    job.contract = Contract::V5;
    job.inputs = inputs(&[("b", ""), ("a", "")]);
    let outcome = run(&job);
    assert_eq!(outcome.basis, Basis::OutputPath, "{}", outcome.detail);
    assert_eq!(outcome.digest, sha256("a\nb\nx y\n"));
    assert_eq!(outcome.outputs.paths(), ["computed.json", "result.txt"]);
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn the_modern_contract_tells_the_program_of_its_task() {
    let mut job = job(&["modernenv"]);
    job.contract = Contract::V5;
    job.on_chain = OnChain {
        bot_size: 3,
        input_files: vec!["0xab".into()],
        ..OnChain::default()
    };
    let seen = text(&run(&job).outputs, "env.txt");
    for line in [
        "IEXEC_IN=/iexec_in",
        "IEXEC_OUT=/iexec_out",
        "IEXEC_BOT_SIZE=3",
        "IEXEC_INPUT_FILE_NAME_1=0xab",
        "IEXEC_NB_INPUT_FILES=1",
    ] {
        assert!(seen.lines().any(|seen| seen == line), "{line}\n{seen}");
    }
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn callback_data_is_the_vote_where_the_deal_wants_it() {
    let mut job = job(&["callback", "0x002a"]);
    job.contract = Contract::V5;
    job.callback = true;
    let outcome = run(&job);
    assert_eq!(outcome.digest, Some(keccak256([0, 42])));
    assert_eq!(outcome.callback, Some(vec![0, 42].into()));
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn what_is_voted_on_without_a_consensus_file_is_the_scenarios_choice() {
    let vote = |rule, worker: &str| {
        let mut job = job(&["plain", "same"]);
        job.digest = rule;
        job.worker = worker.into();
        run(&job)
    };
    let rules = [
        (DigestRule::FileOrTree, Basis::Tree, true),
        (DigestRule::Strict, Basis::Failure, true),
    ];
    for (rule, basis, agree) in rules {
        let (one, other) = (vote(rule, "w-0"), vote(rule, "w-1"));
        assert_eq!(one.basis, basis);
        assert_eq!(one.digest == other.digest, agree, "{rule:?}");
    }
    let archived = vote(DigestRule::Zip2018, "w-0");
    assert_eq!(archived.basis, Basis::Archive);
    assert!(archived.warning().unwrap().contains("consensus.iexec"));
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn a_failure_is_voted_on_by_its_code_and_a_declared_result_counts_all_the_same() {
    let failed = run(&job(&["fail", "3"]));
    assert_eq!(failed.kind, OutcomeKind::Exit(3));
    assert_eq!(failed.digest, sha256("IEXEC-ERROR\0exit:3"));
    assert_eq!(failed.stderr.text(), "it broke\n");
    assert_eq!(failed.contained.unwrap().exit, Some(3));
    let declared = run(&job(&["failwell", "3"]));
    assert_eq!(declared.kind, OutcomeKind::Exit(3));
    assert_eq!(declared.digest, sha256("done\n"));
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn a_program_that_cannot_be_started_exits_as_in_a_shell() {
    let outcome = run(&job_of(Image::new("emulate/behave:broken"), &[]));
    assert_eq!(outcome.kind, OutcomeKind::Exit(127), "{}", outcome.detail);
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn an_image_that_is_nowhere_is_a_result_all_workers_share() {
    let outcome = run(&job_of(Image::new("emulate/nowhere:1"), &[]));
    assert_eq!(outcome.kind, OutcomeKind::ImageError);
    assert_eq!(outcome.digest, sha256("IEXEC-ERROR\0image"));
    assert!(
        outcome.detail.contains("emulate/nowhere:1"),
        "{}",
        outcome.detail
    );
    let name = run(&job_of(Image::new("--privileged"), &[]));
    assert_eq!(name.digest, outcome.digest);
}
