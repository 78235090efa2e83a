//! What a program finds in its sandbox, and every way out of it that is closed.

use emulate::executor::{Contract, Executors, OutcomeKind, Program, Randomness, Wasm};

use super::{code_of, job, program, run};

/// Error numbers of WASI.
const BAD_F: i32 = 8;
const FAULT: i32 = 21;
const IS_DIR: i32 = 31;
const NO_ENT: i32 = 44;
const NO_SPC: i32 = 51;
const NO_SYS: i32 = 52;
const NOT_DIR: i32 = 54;
const NOT_CAPABLE: i32 = 76;

/// The error number of opening `path` for reading and writing, with the flags `how`.
fn open(path: &str, how: u32) -> i32 {
    let length = path.len();
    let body = format!("(call $open (i32.const 1024) (i32.const {length}) (i32.const {how}))");
    let kind = code_of(path, &body);
    match kind == OutcomeKind::Ok {
        true => 0,
        false => kind
            .to_string()
            .strip_prefix("exit ")
            .unwrap()
            .parse()
            .unwrap(),
    }
}

#[test]
fn no_path_leads_out() {
    for path in [
        "/etc/passwd",
        "/",
        "/iexec/x",
        "..",
        "../etc/passwd",
        "a/../../x",
    ] {
        let expected = if path.starts_with("a/") {
            NO_ENT
        } else {
            NOT_CAPABLE
        };
        assert_eq!(open(path, 0), expected, "{path}");
        assert_eq!(open(path, 1), expected, "{path}");
    }
    assert_eq!(open("./..", 0), NOT_CAPABLE);
    assert_eq!(open("none", 0), NO_ENT);
    assert_eq!(open(".", 0), IS_DIR);
    assert_eq!(open("x", 1), 0);
    assert_eq!(open("x/", 1), IS_DIR);
    assert_eq!(open("", 1), NO_ENT);
}

#[test]
fn a_file_is_no_directory_and_links_do_not_exist() {
    let twice = "(drop (call $create (i32.const 1024) (i32.const 1)))
                 (call $exit (call $open (i32.const 1024) (i32.const 3) (i32.const 1)))";
    assert_eq!(
        run(&job(&program("f/g", twice))).kind,
        OutcomeKind::Exit(NOT_DIR)
    );
    let link = "(call $path_symlink (i32.const 1024) (i32.const 11) (i32.const 3)
                  (i32.const 1035) (i32.const 4))";
    assert_eq!(code_of("/etc/passwdlink", link), OutcomeKind::Exit(NO_SYS));
}

#[test]
fn descriptors_and_addresses_that_are_not_the_programs_are_errors() {
    let put = |fd: i32| format!("(call $put (i32.const {fd}) (i32.const 1024) (i32.const 1))");
    for fd in [0, 3, 4, 99, -1] {
        assert_eq!(code_of("x", &put(fd)), OutcomeKind::Exit(BAD_F), "{fd}");
    }
    for at in ["-1", "131072", "131071"] {
        let body = format!("(call $put (i32.const 1) (i32.const {at}) (i32.const 2))");
        assert_eq!(code_of("", &body), OutcomeKind::Exit(FAULT), "{at}");
        let body =
            format!("(call $fd_write (i32.const 1) (i32.const {at}) (i32.const 9) (i32.const 0))");
        assert_eq!(code_of("", &body), OutcomeKind::Exit(FAULT), "{at}");
        let body = format!("(call $random_get (i32.const {at}) (i32.const -1))");
        assert_eq!(code_of("", &body), OutcomeKind::Exit(FAULT), "{at}");
    }
}

#[test]
fn what_a_program_leaves_is_limited() {
    let fill = "(call $put (call $create (i32.const 1024) (i32.const 1))
                  (i32.const 0) (i32.const 1001))";
    let mut small = job(&program("f", &format!("(call $exit {fill})")));
    small.limits.output_bytes = 1000;
    assert_eq!(run(&small).kind, OutcomeKind::Exit(NO_SPC));
    small.limits.output_bytes = 1001;
    assert_eq!(run(&small).kind, OutcomeKind::Ok);
    // A file with a hole of a terabyte costs what it pretends to hold.
    let sparse = "(drop (call $fd_seek (call $create (i32.const 1024) (i32.const 1))
                    (i64.const 1099511627776) (i32.const 0) (i32.const 32)))
                  (call $exit (call $put (i32.load (i32.const 0)) (i32.const 0) (i32.const 1)))";
    assert_eq!(
        run(&job(&program("f", sparse))).kind,
        OutcomeKind::Exit(NO_SPC)
    );
    let mut few = job(&program(
        "f",
        "(call $exit (call $open (i32.const 1024) (i32.const 1) (i32.const 1)))",
    ));
    few.limits.output_files = 0;
    assert_eq!(run(&few).kind, OutcomeKind::Exit(NO_SPC));
    let chatty = "(drop (call $put (i32.const 1) (i32.const 0) (i32.const 5000)))";
    let mut chatty = job(&program("", chatty));
    chatty.limits.log_bytes = 1000;
    let stdout = run(&chatty).stdout;
    assert_eq!((stdout.bytes.len(), stdout.truncated), (1000, true));
}

#[test]
fn chance_is_by_task_by_worker_or_denied() {
    let body = "(call $exit (call $random_get (i32.const 1024) (i32.const 32)))";
    let print = "(drop (call $random_get (i32.const 1024) (i32.const 32)))
                 (drop (call $put (i32.const 1) (i32.const 1024) (i32.const 32)))";
    let drawn = |random, task: &str, worker: &str| {
        let wasm = Wasm::new(program("", print).module().clone(), random);
        let mut job = job(&wasm);
        (job.task, job.worker) = (task.into(), worker.into());
        run(&job).stdout.bytes
    };
    let (by_task, by_worker) = (Randomness::Task, Randomness::Worker);
    assert_eq!(drawn(by_task, "t", "w-0"), drawn(by_task, "t", "w-1"));
    assert_ne!(drawn(by_task, "t", "w-0"), drawn(by_task, "u", "w-0"));
    assert_ne!(drawn(by_worker, "t", "w-0"), drawn(by_worker, "t", "w-1"));
    assert_eq!(drawn(by_worker, "t", "w-0"), drawn(by_worker, "t", "w-0"));
    let denied = Wasm::new(program("", body).module().clone(), Randomness::Denied);
    assert_eq!(run(&job(&denied)).kind, OutcomeKind::Exit(NO_SYS));
}

#[test]
fn the_clock_starts_at_a_fixed_moment() {
    let body = "(drop (call $clock_time_get (i32.const 0) (i64.const 1) (i32.const 1024)))
                (drop (call $put (i32.const 1) (i32.const 1024) (i32.const 8)))";
    let clock = job(&program("", body));
    let first = run(&clock).stdout.bytes;
    let nanos = u64::from_le_bytes(first[..].try_into().unwrap());
    // 7 June 2018, a millisecond after midnight.
    assert_eq!(nanos, 1_528_329_600_001_000_000);
    assert_eq!(run(&clock).stdout.bytes, first);
}

#[test]
fn directories_list_in_the_order_of_names() {
    let body = "(drop (call $fd_readdir (i32.const 3) (i32.const 1024) (i32.const 4096)
                  (i64.const 2) (i32.const 8)))
                (drop (call $put (i32.const 1) (i32.const 1024) (i32.load (i32.const 8))))";
    let mut lister = job(&program("", body));
    for name in ["b", "a/x", "c", "B"] {
        lister.inputs.insert(name, &b"x"[..]).unwrap();
    }
    let list = run(&lister).stdout.bytes;
    // 24 bytes and a name of one letter each; the kind is at byte 20.
    let entries: Vec<(char, u8)> = list
        .chunks(25)
        .map(|entry| (entry[24].into(), entry[20]))
        .collect();
    assert_eq!(entries, [('B', 4), ('a', 3), ('b', 4), ('c', 4)]);
}

#[test]
fn an_input_can_be_changed_and_is_then_an_output() {
    let body = "(drop (call $open (i32.const 1024) (i32.const 4) (i32.const 0)))
                (drop (call $put (i32.load (i32.const 0)) (i32.const 1028) (i32.const 1)))";
    let mut job = job(&program("a.inX", body));
    job.inputs.insert("a.in", &b"abc"[..]).unwrap();
    job.inputs.insert("b.in", &b"abc"[..]).unwrap();
    let outcome = run(&job);
    assert_eq!(outcome.outputs.paths(), ["a.in"]);
    assert_eq!(&outcome.outputs.get("a.in").unwrap()[..], b"Xbc");
    assert_eq!(&job.inputs.get("a.in").unwrap()[..], b"abc");
    // Under the modern contract inputs lie elsewhere and are never outputs.
    job.contract = Contract::V5;
    assert!(run(&job).outputs.is_empty());
}

#[test]
fn tasks_share_a_run_unless_the_program_looks_at_what_differs() {
    let executors = Executors::new();
    let outcome = |wasm: &Wasm, task: &str| {
        let mut job = job(wasm);
        (job.task, job.contract) = (task.into(), Contract::V5);
        job.on_chain.task_id = alloy_primitives::keccak256(task);
        (
            executors.run_now(&job),
            matches!(job.program, Program::Wasm(_)),
        )
    };
    let blind = program(
        "x",
        "(drop (call $put (i32.const 1) (i32.const 1024) (i32.const 1)))",
    );
    assert_eq!(outcome(&blind, "t"), outcome(&blind, "u"));
    let looking = program(
        "",
        "(drop (call $random_get (i32.const 1024) (i32.const 8)))
         (drop (call $put (i32.const 1) (i32.const 1024) (i32.const 8)))",
    );
    assert_ne!(outcome(&looking, "t"), outcome(&looking, "u"));
    assert_eq!(outcome(&looking, "t"), outcome(&looking, "t"));
}
