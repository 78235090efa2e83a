//! More RLC than there is, told before the run, with the line that asks for it.

use std::{fs, path::Path};

use emulate::{
    executor::inputs::{Inputs, Policy},
    scenario::{Loaded, Overrides},
};

/// What is wrong with the cast of a text, a line each: place, message, help.
fn wrong(text: &str) -> Vec<String> {
    let path = Path::new("x.toml");
    let read = |path: &Path| fs::read_to_string(path);
    let loaded = Loaded::new(text, path, &read, &Overrides::default()).unwrap();
    let Err(wrong) = loaded.cast(&Inputs::new(Policy::below("scenarios"))) else {
        return Vec::new();
    };
    let list = wrong.list().iter();
    list.map(|one| {
        let (path, at) = wrong.place(one);
        let help = one.help.clone().unwrap_or_default();
        format!("{path}:{}: {} ({help})", at.line, one.message)
    })
    .collect()
}

const REST: &str = "[app.a]\nrun = { builtin = \"hello\" }\n[task.t]\napp = \"a\"\n[worker.w]\n";

#[test]
fn a_price_nobody_could_stake_for_is_refused_at_its_line() {
    let found = wrong(&format!("[pool.main]\nprice = \"20_000_000 RLC\"\n{REST}"));
    assert_eq!(found.len(), 1, "{found:?}");
    // Alice 2 × 20, the pool 2 × 20 × 30 %, the worker 10 × 20 × 30 % million.
    let start =
        "x.toml:2: the cast holds 112000000 RLC, there are 87000000 RLC in all (ask for less";
    assert!(found[0].starts_with(start), "{found:?}");
}

#[test]
fn of_several_deposits_the_largest_is_named() {
    let found = wrong(&format!(
        "[account.alice]\ndeposit = \"80_000_000 RLC\"\nrlc = \"6_999_000 RLC\"\n{REST}"
    ));
    // The pool holds 1,000 and the worker 10 besides.
    let expected = "x.toml:2: the cast holds 87000010 RLC, there are 87000000 RLC in all \
                    (let it be less)";
    assert_eq!(found, [expected]);
    let found = wrong(&format!(
        "{REST}deposit = \"9_000_000 RLC\"\ncount = 10\n[account.alice]\ndeposit = \"1 RLC\"\n"
    ));
    assert!(
        found[0].starts_with("x.toml:6: the cast holds 90001001 RLC"),
        "{found:?}"
    );
}

#[test]
fn a_price_weighs_as_often_as_it_is_paid() {
    let tasks = "[task.dear]\napp = \"dear\"\n[task.many]\napp = \"cheap\"\ncount = 1000\n";
    let found = wrong(&format!(
        "[app.dear]\nprice = \"9_000_000 RLC\"\nrun = {{ builtin = \"hello\" }}\n\
         [app.cheap]\nprice = \"50_000 RLC\"\nrun = {{ builtin = \"hello\" }}\n{tasks}[worker.w]\n"
    ));
    // Twice nine million for the dear one, twice fifty for the cheap ones.
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("x.toml:5: the cast holds 118"),
        "{found:?}"
    );
}

#[test]
fn all_the_rlc_there_is_may_be_held() {
    let found = wrong(&format!(
        "[account.alice]\ndeposit = \"86_998_990 RLC\"\n{REST}"
    ));
    assert!(found.is_empty(), "{found:?}");
}
