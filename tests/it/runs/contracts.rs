//! Runs on other contracts than the built-in ones: their files need nothing else.

use std::{fs, path::Path};

use emulate::{
    executor::Executors,
    hunt::{Attempt, Bounds, Hunt},
    replay::{Proof, prove, what_if},
    runfile::{RunFileError, read},
    scenario::Loaded,
    seed::Seed,
};
use serde_json::Value;
use tempfile::TempDir;

use super::{command::Desk, inputs, load, saved_with};
use crate::fidelity::changed;

/// Contracts whose pools ask workers for 31 % of the price, in a folder.
fn dearer() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_dearer(folder.path());
    folder
}

fn write_dearer(folder: &Path) {
    changed(folder, "WorkerpoolRegistry", |artifact| {
        let Value::String(code) = &mut artifact["bytecode"] else {
            panic!("bytecode is text");
        };
        // PUSH1 30, the share of the price a worker stakes, stands last in the code of a workerpool.
        let at = code.rfind("601e").unwrap();
        code.replace_range(at..at + 4, "601f");
    });
}

fn on(folder: &Path) -> Loaded {
    load(
        "03-byzantine-minority.toml",
        &[("protocol.contracts", folder.to_str().unwrap())],
    )
}

#[test]
fn a_run_on_other_contracts_is_proven_when_their_folder_is_gone() {
    let folder = dearer();
    let (world, bytes) = saved_with(on(folder.path()), Executors::new());
    folder.close().unwrap();
    let run = read(bytes.as_slice()).unwrap();
    let Proof::Same { log, whole } = prove(&run).unwrap() else {
        panic!("the replay is another run");
    };
    assert!(whole);
    assert_eq!(log.digest(), world.log().digest());
    // On the built-in contracts it is another run, and what if tells so.
    let sets = [("protocol.contracts".to_owned(), "built-in".to_owned())];
    let branch = what_if(&run, &sets, None).unwrap();
    assert_eq!(branch.first.digest(), world.log().digest());
    assert_ne!(branch.second.world.log().digest(), branch.first.digest());
}

#[test]
fn a_second_run_on_other_contracts_is_kept_in_the_file_too() {
    let folder = dearer();
    let text = format!(
        "[app.a]\nrun = {{ builtin = \"hello\" }}\n[task.t]\napp = \"a\"\n[[expect]]\nwhatif = {{ protocol.contracts = {:?} }}\ntask.t.correct = true\n",
        folder.path()
    );
    let nothing = |_: &Path| Err(std::io::Error::other("it includes nothing"));
    let overrides = emulate::scenario::Overrides::default();
    let loaded = Loaded::new(&text, Path::new("it.toml"), &nothing, &overrides)
        .unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    let (_, bytes) = saved_with(loaded, Executors::new());
    let path = folder.path().to_str().unwrap().to_owned();
    folder.close().unwrap();
    let run = read(bytes.as_slice()).unwrap();
    assert_eq!(run.builds.keys().collect::<Vec<_>>(), [&path]);
    assert!(matches!(prove(&run), Ok(Proof::Same { whole: true, .. })));
}

#[test]
fn a_hunt_reads_other_contracts_once() {
    let folder = dearer();
    let base = on(folder.path());
    let builds = base.builds().unwrap();
    let base = base.holding(builds);
    folder.close().unwrap();
    let (inputs, executors) = (inputs(), Executors::new());
    let play = |loaded: &Loaded| loaded.run(&inputs, &executors);
    let hunt = Hunt::new(&base, Bounds::default(), Seed(3), &play).unwrap();
    assert!(!matches!(hunt.attempt(0), Attempt::Void));
}

#[test]
fn contracts_in_a_file_that_cannot_be_deployed_are_refused() {
    let folder = dearer();
    let (_, bytes) = saved_with(on(folder.path()), Executors::new());
    let is_refused = |from: &str, to: &str| {
        let spoilt = super::rewritten(&bytes, b'C', |content| {
            let text = String::from_utf8(content).unwrap();
            assert!(text.contains(from));
            text.replacen(from, to, 1).into_bytes()
        });
        let refused = read(spoilt.as_slice()).unwrap_err();
        assert!(matches!(refused, RunFileError::Content { .. }), "{refused}");
        refused.to_string()
    };
    let told = is_refused("\"links\":[]", "\"links\":[[\"Orders\",99999999]]");
    assert!(told.contains("outside of its code"), "{told}");
    is_refused("\"shape\":\"Own\"", "\"shape\":\"Cube\"");
    is_refused("\"code\":\"0x60", "\"code\":\"0xzz");
    fs::metadata(folder.path()).unwrap();
}

#[test]
fn worlds_that_begin_alike_share_a_chain_and_come_out_as_if_they_did_not() {
    let folder = dearer();
    let base = load("03-byzantine-minority.toml", &[]);
    let (inputs, executors) = (inputs(), Executors::new());
    let outcome = |loaded: &Loaded| {
        let world = loaded.run(&inputs, &executors).unwrap().world;
        (world.log().digest(), world.chain().head().hash)
    };
    let others = [
        ("scenario.seed", "9"),
        ("time.start", "2026-01-01T00:00:00Z"),
        ("protocol.kitty_ratio", "20%"),
        ("protocol.contracts", folder.path().to_str().unwrap()),
        ("scenario.seed", "42"),
    ];
    for (path, value) in others {
        let sets = vec![(path.to_owned(), value.to_owned())];
        let change = emulate::scenario::Overrides {
            sets,
            ..Default::default()
        };
        let shared = base.with(&change).unwrap();
        let alone = load("03-byzantine-minority.toml", &[(path, value)]);
        // Twice: the second run finds the chain the first one made.
        assert_eq!(outcome(&shared), outcome(&alone), "{path}");
        assert_eq!(outcome(&shared), outcome(&alone), "{path}");
    }
}

/// Shrinks a scenario in a folder of its own from the one above, and runs what came of it.
fn shrunk(desk: &Desk, text: &str) -> String {
    fs::write(desk.0.path().join("deep/home/x.toml"), text).unwrap();
    let (code, told) = desk.run(&["shrink", "deep/home/x.toml"]);
    assert_eq!(code, 1, "{told}");
    let (code, run) = desk.run(&["run", "x.shrunk.toml"]);
    assert!(code == 1 && run.contains("expected"), "{run}");
    let small = fs::read_to_string(desk.0.path().join("x.shrunk.toml")).unwrap();
    small + &told
}

#[test]
fn a_shrunk_scenario_finds_its_contracts_from_where_it_is_put() {
    let desk = Desk::new();
    let build = desk.0.path().join("deep/home/build");
    fs::create_dir_all(&build).unwrap();
    write_dearer(&build);
    // On the built-in contracts a lie costs 0.3 RLC, so the contracts are part of what fails.
    let text = "[protocol]\ncontracts = \"build\"\n\
                [worker.mallory]\nbehaviour = \"liar\"\n[worker.w]\ncount = 4\n\
                [app.hello]\nrun = { builtin = \"hello\" }\n\
                [task.t]\napp = \"hello\"\nreplication = 3\n\
                [[expect]]\nworker.mallory.slashed = \"<= 0.3 RLC\"\n";
    let told = shrunk(&desk, text);
    assert!(told.contains("deep/home/build"), "{told}");
}

#[test]
fn a_shrunk_scenario_has_the_files_it_reads_beside_it() {
    let desk = Desk::new();
    let data = desk.0.path().join("deep/home/data");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("some.csv"), "a,b\n").unwrap();
    let text = "[worker.w]\ncount = 5\n\
                [dataset.d]\nfile = \"data/some.csv\"\n[app.wc]\nrun = { builtin = \"wc\" }\n\
                [task.t]\napp = \"wc\"\ndataset = \"d\"\n\
                [[expect]]\ndataset.d.earned = \"5 RLC\"\n";
    let told = shrunk(&desk, text);
    assert!(told.contains("written: ./data/some.csv"), "{told}");
    // What is there already is left alone.
    let mine = desk.0.path().join("data/some.csv");
    fs::write(&mine, "mine").unwrap();
    let told = shrunk(&desk, text);
    assert!(told.contains("is another file"), "{told}");
    assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
}
