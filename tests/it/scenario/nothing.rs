//! What says nothing is refused where it is written.

use std::path::Path;

use emulate::scenario::{Loaded, Overrides};

#[track_caller]
fn assert_wrong(text: &str, told: &str) {
    let read = |_: &Path| panic!("nothing is included");
    let loaded = Loaded::new(text, Path::new("x.toml"), &read, &Overrides::default());
    let wrong = loaded.unwrap_err().to_string();
    assert!(wrong.contains(told), "{wrong}");
}

#[test]
fn a_note_cannot_be_undone() {
    assert_wrong(
        "[[at]]\ntime = \"3s\"\nnote = \"hm\"\nfor = \"5s\"\n",
        "x.toml:4:7: `for` undoes what an entry does, and this one does nothing (leave `for` out, or add a verb)",
    );
}

#[test]
fn a_check_is_true_or_false_and_asks_for_what_there_is() {
    for (check, told) in [
        ("1", "its value is int, neither true nor false"),
        ("'yes'", "its value is string, neither true nor false"),
        ("task.size()", "neither true nor false"),
        (
            "task.all(t, t.winers > 0)",
            "`t` has no field `winers`; did you mean `winners`?",
        ),
        ("kitty.gold > 0", "`kitty` has no field `gold`; there is"),
    ] {
        let text = format!("[[expect]]\ncheck = \"{check}\"\n");
        assert_wrong(&text, told);
    }
}
