//! Who gets which pool, and how much a pool sells, as files say it.

use emulate::report::explain;

use super::meaning::holds;

#[test]
fn the_volume_of_a_pool_is_for_so_many_tasks_whatever_their_category() {
    holds(
        r#"
[scenario]
until = "20m"
[pool.main]
volume = 2
[worker.w]
count = 3
[app.hello]
run = { builtin = "hello" }
[task.short]
app = "hello"
count = 3
[task.long]
app = "hello"
count = 3
category = "s"
[[expect]]
pool.main.sold = 2
account.alice.spent = "2 RLC"
book.depth = 4
task.short.waiting = 1
task.long.waiting = 3
"#,
    );
}

#[test]
fn each_of_several_pools_sells_its_volume_and_a_new_volume_is_for_all_categories_too() {
    holds(
        r#"
[scenario]
until = "20m"
[pool.cheap]
volume = 1
[pool.dear]
price = "2 RLC"
volume = 2
[worker.c]
pool = "cheap"
[worker.d]
pool = "dear"
count = 2
[app.hello]
run = { builtin = "hello" }
[task.short]
app = "hello"
count = 3
max_price = "2 RLC"
[task.long]
app = "hello"
count = 3
max_price = "2 RLC"
category = "s"
[[at]]
time = "5m"
set = { "pool.cheap.volume" = 2 }
[[expect]]
when = "at 4m"
pool.cheap.sold = 1
pool.dear.sold = 2
account.alice.spent = "5 RLC"
[[expect]]
pool.cheap.sold = 3
pool.dear.sold = 2
account.alice.spent = "7 RLC"
"#,
    );
}

/// Alice's bid is the first and the higher one and needs a dataset; Bob's does not.
fn two_bids(at: &str) -> String {
    format!(
        r#"
[scenario]
until = "5m"
[account.alice]
[account.bob]
[pool.cheap]
volume = 1
[pool.dear]
price = "5 RLC"
volume = 9
[worker.c]
pool = "cheap"
[worker.d]
pool = "dear"
[app.hello]
run = {{ builtin = "hello" }}
[dataset.iris]
file = "fixtures/iris.csv"
[task.first]
app = "hello"
dataset = "iris"
max_price = "9 RLC"
{at}
[task.second]
app = "hello"
max_price = "6 RLC"
by = "bob"
{at}
[[expect]]
account.alice.spent = "1 RLC"
account.bob.spent = "5 RLC"
"#
    )
}

#[test]
fn the_higher_bid_has_the_cheaper_pool_whatever_it_needs_and_whenever_it_is_made() {
    for at in ["", "at = \"10s\""] {
        holds(&two_bids(at));
    }
}

#[test]
fn who_owns_an_app_does_not_decide_which_of_two_bids_is_served() {
    for owner in ["alice", "bob", "zoe"] {
        let owns = format!("run = {{ builtin = \"hello\" }}\nowner = \"{owner}\"");
        let text = two_bids("").replace("run = { builtin = \"hello\" }", &owns);
        assert!(text.contains(owner));
        holds(&text);
    }
}

#[test]
fn a_request_at_any_price_names_no_bid_and_leaves_no_spread() {
    let about = |max_price: &str, expected: &str| {
        format!(
            r#"
[scenario]
until = "5m"
[pool.main]
price = "2 RLC"
app = "other"
volume = 9
[worker.w]
[app.hello]
run = {{ builtin = "hello" }}
[app.other]
run = {{ builtin = "hello" }}
[task.job]
app = "hello"
{max_price}
[[expect]]
book.depth = 10
book.best_ask = "2 RLC"
{expected}
"#
        )
    };
    let named = "book.best_bid = \"3 RLC\"\nbook.spread = \"-1 RLC\"";
    holds(&about("max_price = \"3 RLC\"", named));
    let unnamed = "check = \"book.best_bid == null && book.spread == null\"";
    let finished = holds(&about("", unnamed));
    let why = explain(finished.world.log(), "job").unwrap();
    assert!(why.contains("its best bid any price;"), "{why}");
}
