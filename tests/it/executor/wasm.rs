//! WebAssembly programs: what they can do, what they cannot, and that they repeat themselves.

mod sandbox;

use std::{fs, time::Duration};

use alloy_primitives::{B256, hex};
use emulate::{
    executor::{
        Basis, Builtin, Contract, Executors, Job, Outcome, OutcomeKind, Program, Randomness, Wasm,
    },
    seed::Seed,
};
use sha2::{Digest, Sha256};

/// Where the example lies.
const EXAMPLE: &str = "examples/wasm/csvstats";

/// Calls and helpers for programs written as text: `$create` makes a file and returns its
/// descriptor, `$put` writes to one, `$open` returns the error number of opening a path.
const PRELUDE: &str = r#"
  (import "wasi_snapshot_preview1" "path_open" (func $path_open
    (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_seek" (func $fd_seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir
    (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get
    (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff
    (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get
    (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_symlink" (func $path_symlink
    (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 2)
  (func $open (param $path i32) (param $length i32) (param $how i32) (result i32)
    (call $path_open (i32.const 3) (i32.const 0) (local.get $path) (local.get $length)
      (local.get $how) (i64.const 66) (i64.const 0) (i32.const 0) (i32.const 0)))
  (func $create (param $path i32) (param $length i32) (result i32)
    (drop (call $open (local.get $path) (local.get $length) (i32.const 9)))
    (i32.load (i32.const 0)))
  (func $put (param $fd i32) (param $at i32) (param $length i32) (result i32)
    (i32.store (i32.const 16) (local.get $at))
    (i32.store (i32.const 20) (local.get $length))
    (call $fd_write (local.get $fd) (i32.const 16) (i32.const 1) (i32.const 24)))
"#;

/// A program of `body`, with `data` in its memory from address 1024.
fn program(data: &str, body: &str) -> Wasm {
    let data: String = data.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    let text = format!(
        "(module {PRELUDE} (data (i32.const 1024) \"{data}\") (func (export \"_start\") {body}))"
    );
    Wasm::new(text.into_bytes(), Randomness::Task)
}

fn job(wasm: &Wasm) -> Job {
    let mut job = Job::new("t", "w-0", Program::Wasm(wasm.clone()));
    job.seed = Seed(42);
    job
}

fn run(job: &Job) -> Outcome {
    Executors::new().run_now(job)
}

/// Runs a program that ends with what `body` leaves on the stack.
fn code_of(data: &str, body: &str) -> OutcomeKind {
    run(&job(&program(data, &format!("(call $exit {body})")))).kind
}

fn example(contract: Contract, args: &[&str]) -> Job {
    let module = fs::read(format!("{EXAMPLE}/csvstats.wasm")).unwrap();
    let mut job = job(&Wasm::new(module, Randomness::Denied));
    job.contract = contract;
    job.args = args.iter().map(|arg| (*arg).to_owned()).collect();
    let table = "name,width\nrose,1.5\ntulip,2.5\n\"lily, white\",3.5\n";
    job.inputs
        .insert("garden/flowers.csv", table.as_bytes().to_vec())
        .unwrap();
    job.inputs
        .insert("readme.txt", &b"not a table"[..])
        .unwrap();
    job
}

const REPORT: &str = "garden/flowers.csv: 3 rows, 2 columns\n  name: 3 texts\n  \
                      width: n 3, min 1.5, max 3.5, mean 2.5, sd 1\n";

#[test]
fn the_example_computes_the_same_under_both_contracts() {
    let digest = B256::from_slice(&Sha256::digest(REPORT));
    let old = run(&example(Contract::V2, &[]));
    assert_eq!(
        (old.kind.clone(), old.stdout.text().as_ref()),
        (OutcomeKind::Ok, REPORT)
    );
    assert_eq!(
        (old.digest, old.basis),
        (Some(digest), Basis::ConsensusFile)
    );
    assert_eq!(old.outputs.paths(), ["consensus.iexec", "stats.txt"]);
    let new = run(&example(Contract::V5, &[]));
    assert_eq!((new.digest, new.basis), (Some(digest), Basis::OutputPath));
    assert_eq!(new.outputs.paths(), ["computed.json", "stats.txt"]);
}

#[test]
fn the_example_is_built_from_its_source() {
    let manifest = fs::read_to_string(format!("{EXAMPLE}/MANIFEST")).unwrap();
    let lines: Vec<&str> = manifest
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    let names: Vec<&str> = lines
        .iter()
        .map(|line| line.split_once("  ").unwrap().1)
        .collect();
    assert_eq!(names, ["csvstats.c", "build.sh", "csvstats.wasm"]);
    for line in lines {
        let (hash, name) = line.split_once("  ").unwrap();
        let content = fs::read(format!("{EXAMPLE}/{name}")).unwrap();
        let found = hex::encode(Sha256::digest(content));
        assert_eq!(found, hash, "{name} changed: run {EXAMPLE}/build.sh");
    }
}

#[test]
fn exit_codes_and_arguments_arrive() {
    assert_eq!(
        run(&example(Contract::V2, &["width"])).kind,
        OutcomeKind::Ok
    );
    let failed = run(&example(Contract::V2, &["height"]));
    assert_eq!(failed.kind, OutcomeKind::Exit(2));
    assert_eq!(failed.stderr.text(), "csvstats: no such column\n");
    assert_eq!(code_of("", "(i32.const 42)"), OutcomeKind::Exit(42));
    assert_eq!(code_of("", "(i32.const 0)"), OutcomeKind::Ok);
}

#[test]
fn a_wasm_hello_votes_as_the_builtin_one() {
    let data = "consensus.iexechello.txtHello, world!\n";
    let body = "(drop (call $put (call $create (i32.const 1024) (i32.const 15))
                  (i32.const 1048) (i32.const 14)))
                (drop (call $put (call $create (i32.const 1039) (i32.const 9))
                  (i32.const 1048) (i32.const 14)))
                (drop (call $put (i32.const 1) (i32.const 1048) (i32.const 14)))";
    let wasm = run(&job(&program(data, body)));
    let mut builtin = Job::new("t", "w-0", Program::Builtin(Builtin::Hello));
    builtin.args = vec!["world".into()];
    let builtin = run(&builtin);
    assert_eq!(
        (wasm.digest, &wasm.outputs),
        (builtin.digest, &builtin.outputs)
    );
    assert_eq!((wasm.output(), wasm.executor), (builtin.output(), "wasm"));
}

#[test]
fn instructions_are_counted_and_every_worker_stops_at_the_same_one() {
    let body = "(loop $again (drop (call $put (i32.const 1) (i32.const 1024) (i32.const 1)))
                  (br $again))";
    let mut endless = job(&program("x", body));
    endless.limits.fuel = 100_000_000;
    let first = run(&endless);
    assert_eq!(first.kind, OutcomeKind::OutOfFuel);
    assert_eq!(first.duration, Some(endless.limits.wall));
    assert!(first.stdout.bytes.len() > 1000);
    endless.worker = "w-1".into();
    assert_eq!(run(&endless), first);
    assert!(
        first.digest.is_some(),
        "workers can agree that it timed out"
    );
    endless.limits.fuel += 1_000_000;
    assert!(run(&endless).stdout.bytes.len() > first.stdout.bytes.len());
    // A start function, which runs before anything else, is counted too.
    let start = "(module (memory (export \"memory\") 1) (func $s (loop (br 0))) (start $s))";
    let mut endless = job(&Wasm::new(start.as_bytes().to_vec(), Randomness::Task));
    endless.limits.fuel = 1_000_000;
    assert_eq!(run(&endless).kind, OutcomeKind::OutOfFuel);
}

#[test]
fn memory_beyond_the_limit_is_refused() {
    // The second word is the size growing gave: minus one when it was refused.
    let grow = "(i32.eq (memory.grow (i32.const 1024)) (i32.const -1))";
    let limited = |body: &str| {
        let mut job = job(&program("", body));
        job.limits.memory = 32 << 20;
        run(&job).kind
    };
    assert_eq!(
        limited(&format!("(call $exit {grow})")),
        OutcomeKind::Exit(1)
    );
    assert_eq!(
        limited(&format!("(drop {grow}) unreachable")),
        OutcomeKind::OutOfMemory
    );
    assert_eq!(limited("unreachable"), OutcomeKind::Trap);
    let large = "(module (memory (export \"memory\") 1024) (func (export \"_start\")))";
    let mut large = job(&Wasm::new(large.as_bytes().to_vec(), Randomness::Task));
    large.limits.memory = 32 << 20;
    assert_eq!(run(&large).kind, OutcomeKind::OutOfMemory);
}

#[test]
fn what_is_no_program_is_an_image_error_that_says_why() {
    let outcome = |text: &str| run(&job(&Wasm::new(text.as_bytes().to_vec(), Randomness::Task)));
    for (text, why) in [
        ("not wasm at all", "expected"),
        ("(module)", "_start"),
        (
            "(module (func (export \"_start\") (result i32) (i32.const 0)))",
            "_start",
        ),
        ("(module (import \"env\" \"system\" (func)))", "system"),
        (
            "(module (import \"wasi_snapshot_preview1\" \"fd_close\" (func)))",
            "fd_close",
        ),
    ] {
        let outcome = outcome(text);
        assert_eq!(outcome.kind, OutcomeKind::ImageError, "{text}");
        assert!(outcome.detail.contains(why), "{text}: {}", outcome.detail);
        // The story tells it: the kind alone helps no author.
        let told = outcome.warning().unwrap();
        assert!(
            told.starts_with("image error: ") && told.contains(why),
            "{told}"
        );
    }
    assert_eq!(
        run(&job(&Wasm::new(b"\0asm".to_vec(), Randomness::Task))).kind,
        OutcomeKind::ImageError
    );
}

#[test]
fn sleeping_takes_the_runs_time_and_no_longer_than_allowed() {
    // One subscription to the clock, relative: its timeout lies at 1024 + 24.
    let nap = |seconds: u64| {
        let body = format!(
            "(i64.store (i32.const 1048) (i64.const {}))
             (call $exit (call $poll_oneoff (i32.const 1024) (i32.const 2048) (i32.const 1)
               (i32.const 0)))",
            seconds * 1_000_000_000
        );
        run(&job(&program("", &body)))
    };
    let slept = nap(10);
    assert_eq!(
        (slept.kind, slept.duration),
        (OutcomeKind::Ok, Some(Duration::from_secs(10)))
    );
    let overslept = nap(301);
    assert_eq!(overslept.kind, OutcomeKind::Timeout);
    assert_eq!(overslept.duration, Some(Duration::from_secs(300)));
}

#[test]
fn a_run_can_be_stopped_from_outside() {
    let executors = Executors::new();
    executors.stop();
    let outcome = executors.run_now(&job(&program("", "(loop (br 0))")));
    assert_eq!(
        (outcome.kind, outcome.digest),
        (OutcomeKind::Unavailable, None)
    );
}
