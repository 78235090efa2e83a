//! Hunting and shrinking, proven on contracts with one line broken: the sources are changed in that
//! line and compiled as ours are. They need Node and the packages of `contracts`, so these tests are
//! ignored unless asked for: `cargo nextest run --profile clients --run-ignored all`.

use std::{fs, path::Path, process::Command, sync::Arc};

use emulate::{
    contracts::Build,
    executor::{
        Executors,
        inputs::{Inputs, Policy},
    },
    hunt::{Attempt, Bounds, Failure, Hunt, Shrunk, shrink},
    scenario::{Loaded, Overrides, model::WorkerBehaviour},
    seed::Seed,
};

const SCENARIO: &str = r#"
[worker.w]
count = 4
[worker.x]
count = 2
[app.hello]
run = { builtin = "hello" }
[task.job]
app = "hello"
args = "world"
count = 3
arrival = "every 20s"
replication = 2
"#;

/// Compiles the contracts with one line changed.
fn broken(file: &str, line: &str, instead: &str) -> Arc<Build> {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts");
    let folder = tempfile::tempdir().unwrap();
    copy(&ours.join("src"), &folder.path().join("src"));
    for name in ["build.mjs", "package.json"] {
        fs::copy(ours.join(name), folder.path().join(name)).unwrap();
    }
    let modules = ours.join("node_modules");
    assert!(modules.is_dir(), "run `npm ci --prefix contracts` first");
    std::os::unix::fs::symlink(modules, folder.path().join("node_modules")).unwrap();
    let file = folder.path().join("src").join(file);
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text.matches(line).count(), 1, "{line}");
    fs::write(&file, text.replace(line, instead)).unwrap();
    let built = Command::new("node")
        .arg("build.mjs")
        .current_dir(folder.path())
        .output();
    let built = built.unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    Arc::new(Build::read(&folder.path().join("artifacts")).unwrap())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// Hunts on these contracts until a law is broken, and shrinks what broke it.
#[track_caller]
fn law_broken_on(contracts: &Arc<Build>, more: &str, bounds: Bounds) -> (String, Shrunk) {
    let nothing = |_: &Path| Err(std::io::Error::other("it includes nothing"));
    let text = format!("{SCENARIO}{more}");
    let base = Loaded::new(
        &text,
        Path::new("base.toml"),
        &nothing,
        &Overrides::default(),
    );
    let base = base.unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    let (inputs, executors) = (Inputs::new(Policy::below("")), Executors::new());
    let play = |loaded: &Loaded| loaded.on(Arc::clone(contracts)).run(&inputs, &executors);
    let sound = |loaded: &Loaded| loaded.run(&inputs, &executors);
    let hunt = Hunt::new(&base, bounds, Seed(42), &play).unwrap();
    assert!(hunt.known().is_empty(), "{:?}", hunt.known());
    let (failure, find) = (0..200)
        .find_map(|nth| {
            let Attempt::Found(find) = hunt.attempt(nth) else {
                return None;
            };
            let law = find
                .failures
                .iter()
                .find(|one| matches!(one, Failure::Law(_)));
            law.cloned().map(|law| (law, find))
        })
        .expect("the broken line was not found");
    let small = shrink(&find.loaded, &failure, &play, &|| true).unwrap();
    let text = small.loaded.scenario.to_toml();
    // On the contracts as they should be, nothing is wrong with what is left.
    let ours = sound(&small.loaded).unwrap();
    let laws = &ours.world.log().view().breaches;
    assert!(laws.is_empty(), "{laws:?}\n{text}");
    let cast = small.finished.world.cast();
    // Of three tasks and six workers.
    assert!(cast.tasks.len() + cast.workers.len() <= 6, "{text}");
    (failure.to_string(), small)
}

#[test]
#[ignore = "needs the Node packages of contracts"]
fn stakes_that_are_never_seized_are_found_and_shrunk_to_one_liar() {
    let contracts = broken(
        "hub/Settlement.sol",
        "_seize(worker, workerStake, taskId);",
        "",
    );
    let bounds = Bounds {
        behaviours: vec![WorkerBehaviour::Liar],
        ..Bounds::default()
    };
    let (law, small) = law_broken_on(&contracts, "", bounds);
    assert!(law.contains("the hub holds what is locked"), "{law}");
    assert!(small.finished.world.cast().timeline.is_empty());
}

#[test]
#[ignore = "needs the Node packages of contracts"]
fn a_task_that_can_be_finalized_twice_is_found_and_shrunk() {
    let contracts = broken(
        "hub/Settlement.sol",
        "require(task.status == TaskStatusEnum.REVEALING);",
        "",
    );
    let twice = "[pool.main]\nbehaviour = \"double-finalize\"\n";
    let (law, small) = law_broken_on(&contracts, twice, Bounds::default());
    assert!(law.contains("a final task stays final"), "{law}");
    assert!(small.finished.world.cast().timeline.len() <= 1);
}

#[test]
#[ignore = "needs the Node packages of contracts"]
fn a_kitty_that_is_credited_without_being_locked_is_found_and_shrunk() {
    let contracts = broken(
        "hub/Settlement.sol",
        "$.frozens[KITTY_ADDRESS] += poolStake;",
        "",
    );
    let bounds = Bounds {
        behaviours: vec![WorkerBehaviour::Mute],
        ..Bounds::default()
    };
    let (law, _) = law_broken_on(&contracts, "", bounds);
    assert!(law.contains("money moves by transfer, lock"), "{law}");
}
