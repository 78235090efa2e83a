//! What lies in a program's folder: one input, several, a dataset beside them, by era.

use std::{fs, path::Path};

use alloy_consensus::Transaction as _;
use alloy_primitives::hex;
use emulate::{
    executor::{
        Executors,
        inputs::{Inputs, Policy},
    },
    log::Event,
    scenario::{Diagnostics, Finished, Loaded, Overrides, StartError},
};
use sha2::{Digest, Sha256};

/// A program that prints the digest and the name of every file in its folder, and a task of it.
fn scenario(app: &str, dataset: &str, task: &str) -> String {
    format!(
        "[app.sums]\nrun = {{ builtin = \"sha256\" }}\n{app}\n\
         [dataset.words]\n{dataset}\n\
         [task.job]\napp = \"sums\"\ndataset = \"words\"\n{task}\n"
    )
}

fn load(text: &str) -> Result<Loaded, Diagnostics> {
    let none = |_: &Path| Err(std::io::ErrorKind::NotFound.into());
    Loaded::new(text, Path::new("x.toml"), &none, &Overrides::default())
}

/// Runs a scenario beside three files, without the network.
fn run(text: &str) -> Result<Finished, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [("a.txt", "aaaa"), ("b.txt", "bbb"), ("w.txt", "words")] {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let loaded = load(text).map_err(|wrong| wrong.render(false))?;
    let inputs = Inputs::new(Policy::below(folder.path()));
    loaded
        .run(&inputs, &Executors::new())
        .map_err(|wrong| match wrong {
            StartError::Scenario(wrong) => wrong.render(false),
            StartError::World(wrong) => wrong.to_string(),
        })
}

/// What the program printed, in lines.
fn printed(text: &str) -> Vec<String> {
    let finished = run(text).unwrap();
    let mut records = finished.world.log().records().iter();
    let output = records.find_map(|record| {
        let Event::ExecutionFinished { output, .. } = &record.event else {
            return None;
        };
        Some(output.clone())
    });
    output.unwrap().lines().map(str::to_owned).collect()
}

fn line(content: &str, name: &str) -> String {
    format!("{}  {name}", hex::encode(Sha256::digest(content)))
}

fn hashed(uri: &str) -> String {
    hex::encode_prefixed(Sha256::digest(uri))
}

const TWO: &str = "\
dirinuri = [\"https://example.org/data/second.txt\", \"a.txt\"]
offline  = [\"b.txt\", \"a.txt\"]";

#[test]
fn in_2018_several_inputs_and_a_dataset_lie_side_by_side_under_their_names() {
    let dataset = "url = \"https://example.org/words.txt\"\noffline = \"w.txt\"";
    assert_eq!(
        printed(&scenario("", dataset, TWO)),
        [
            line("aaaa", "a.txt"),
            line("bbb", "second.txt"),
            line("words", "words.txt"),
        ]
    );
}

#[test]
fn today_an_input_is_called_by_its_address_and_a_dataset_by_its_contract() {
    let lines = printed(&scenario("era = \"modern\"", "file = \"w.txt\"", TWO));
    let second = hashed("https://example.org/data/second.txt");
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines.contains(&line("bbb", &second)), "{lines:?}");
    assert!(lines.contains(&line("aaaa", &hashed("a.txt"))), "{lines:?}");
    let dataset = lines.iter().find(|one| one.starts_with(&line("words", "")));
    let (_, name) = dataset.unwrap().split_once("  ").unwrap();
    let digits = name.strip_prefix("0x").unwrap();
    assert!(digits.len() == 40 && digits.chars().all(|it| "0123456789abcdef".contains(it)));
}

#[test]
fn what_a_deal_says_on_chain_names_the_inputs_in_their_order() {
    let finished = run(&scenario("", "file = \"w.txt\"", TWO)).unwrap();
    let params =
        r#"{"iexec_args":"","iexec_input_files":["https://example.org/data/second.txt","a.txt"]}"#;
    let chain = finished.world.chain();
    let mut blocks = (0..=chain.head().header.number).filter_map(|number| chain.block(number));
    let holds = |input: &[u8]| {
        input
            .windows(params.len())
            .any(|it| it == params.as_bytes())
    };
    assert!(blocks.any(|block| {
        let mut transactions = block.transactions.iter();
        transactions.any(|transaction| holds(transaction.input()))
    }));
}

#[test]
fn inputs_that_would_be_the_same_file_are_refused_with_their_place() {
    let same =
        "dirinuri = [\"a.txt\", \"https://example.org/a.txt\"]\noffline = [\"a.txt\", \"b.txt\"]";
    let wrong = run(&scenario("", "file = \"w.txt\"", same))
        .map(drop)
        .unwrap_err();
    assert!(
        wrong.contains("two inputs would both be the file \"a.txt\""),
        "{wrong}"
    );
    assert!(wrong.contains("x.toml:9:"), "{wrong}");
    let dataset = "dirinuri = \"w.txt\"";
    let wrong = run(&scenario("", "file = \"w.txt\"", dataset))
        .map(drop)
        .unwrap_err();
    assert!(
        wrong.contains("the dataset is called \"w.txt\" as well"),
        "{wrong}"
    );
    // By today's rules they have different names.
    run(&scenario("era = \"modern\"", "file = \"w.txt\"", dataset)).unwrap();
}

#[test]
fn a_stand_in_needs_what_it_stands_for() {
    let refused = |dataset: &str, task: &str| {
        let text = scenario("", dataset, task);
        let wrong = load(&text).map(drop).unwrap_err();
        wrong.render(false)
    };
    let one = refused(
        "file = \"w.txt\"",
        "dirinuri = [\"a\", \"b\"]\noffline = \"c\"",
    );
    let wrong = "`offline` stands for 1 inputs, and `dirinuri` names 2";
    assert!(one.contains(wrong), "{one}");
    let none = refused("file = \"w.txt\"\noffline = \"c\"", "");
    assert!(
        none.contains("`offline` stands for a `url`, and there is none"),
        "{none}"
    );
}
