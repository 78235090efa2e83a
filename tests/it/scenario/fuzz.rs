//! Texts nobody would write: whatever stands in a scenario file, reading it ends with a scenario
//! that can be cast or with complaints that can be shown, and never with a panic.

use std::{fs, path::Path, sync::LazyLock};

use emulate::{
    executor::inputs::{Inputs, Policy},
    scenario::{Diagnostics, Loaded, Overrides, Scenario},
};
use proptest::{prelude::*, sample::Index};

use super::names;

/// What scenario files are made of, and what they should not be made of.
const PIECES: &[&str] = &[
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ".",
    ",",
    "\"",
    "'''",
    "\n",
    "#",
    "\\",
    "${",
    "}",
    "${x}",
    "0",
    "-1",
    "18446744073709551616",
    "1e400",
    "nan",
    "0x",
    "1_000",
    "true",
    "\"\"",
    "\"30s\"",
    "\"-5s\"",
    "\"1000000000d\"",
    "\"10 RLC\"",
    "\"0.0000000001 RLC\"",
    "\"99999999999999999999 RLC\"",
    "\"30%\"",
    "\"101%\"",
    "\"2x\"",
    "\"10s .. 1s\"",
    "\"20s ± 500%\"",
    "\"poisson 0/s\"",
    "\"~ (\"",
    "\"< \"",
    "\"every 0s\"",
    "\"hub\"",
    "\"w-0\"",
    "[at]",
    "[[at]]",
    "[[expect]]",
    "[worker.w]",
    "count",
    "include = [\"09-scale.toml\"]",
    "[matrix]",
    "[vars]",
    "behaviour",
    "\"colluder\"",
    "task.job.status",
    "check = \"((((((\"",
    "check = \"[1].map(x, [1].map(x, [1].map(x, x)))\"",
    "\u{0}",
    "\u{202e}",
    "é",
    "🦀",
    "±",
];

static FILES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let read = |name: String| fs::read_to_string(Path::new("scenarios").join(name)).unwrap();
    names().into_iter().map(read).collect()
});

/// One change to a text: where, how much goes, and what comes.
#[derive(Clone, Debug)]
struct Change {
    at: Index,
    gone: usize,
    new: String,
}

impl Change {
    fn apply(&self, text: &str) -> String {
        let mut starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        starts.push(text.len());
        let first = self.at.index(starts.len());
        let last = (first + self.gone).min(starts.len() - 1);
        let (before, after) = (&text[..starts[first]], &text[starts[last]..]);
        format!("{before}{}{after}", self.new)
    }
}

fn change() -> impl Strategy<Value = Change> {
    let piece = prop_oneof![
        4 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => ".{0,12}",
        1 => Just(String::new()),
    ];
    (any::<Index>(), 0_usize..40, piece).prop_map(|(at, gone, new)| Change { at, gone, new })
}

/// A shipped file with a few changes.
fn damaged() -> impl Strategy<Value = String> {
    let changes = prop::collection::vec(change(), 1..6);
    (any::<Index>(), changes).prop_map(|(file, changes)| {
        let text = file.get(&FILES).clone();
        changes
            .iter()
            .fold(text, |text, change| change.apply(&text))
    })
}

/// Values where other values belong: every right-hand side of a file may become any piece.
fn retyped() -> impl Strategy<Value = String> {
    let swaps = prop::collection::vec((any::<Index>(), prop::sample::select(PIECES)), 1..4);
    (any::<Index>(), swaps).prop_map(|(file, swaps)| {
        let mut lines: Vec<String> = file.get(&FILES).lines().map(str::to_owned).collect();
        for (at, value) in swaps {
            let line = at.index(lines.len());
            if let Some((key, _)) = lines[line].clone().split_once('=') {
                lines[line] = format!("{key}= {value}");
            }
        }
        lines.join("\n")
    })
}

/// Reads `text` as far as it goes, and shows whatever there is to complain about.
fn digest(text: &str) {
    let nothing = |_: &Path| Err(std::io::Error::other("nothing is included"));
    let path = Path::new("scenarios/fuzz.toml");
    match Loaded::new(text, path, &nothing, &Overrides::default()) {
        Err(wrong) => assert_shown(&wrong),
        Ok(loaded) => {
            assert_shown_if_any(&loaded.doubts());
            let written = loaded.scenario.to_toml();
            let again = Scenario::parse(&written, path);
            let again = again.unwrap_or_else(|wrong| panic!("{written}\n{}", wrong.render(false)));
            assert_eq!(again, loaded.scenario, "{written}");
            // Names, sums and files are only held against each other here; a crowd takes its time.
            let crowd: u64 = loaded
                .scenario
                .worker
                .values()
                .map(|worker| worker.count.unwrap_or(1))
                .sum();
            if crowd <= 2_000
                && let Err(wrong) = loaded.cast(&Inputs::new(Policy::below(Path::new("scenarios"))))
            {
                assert_shown(&wrong);
            }
        }
    }
}

/// Complaints are there, each within its text, and can be written out.
fn assert_shown(wrong: &Diagnostics) {
    assert!(!wrong.is_empty(), "a refusal gives a reason");
    assert_shown_if_any(wrong);
}

fn assert_shown_if_any(wrong: &Diagnostics) {
    for one in wrong.list() {
        let source = wrong
            .sources()
            .source(one.span)
            .expect("a place names its file");
        assert!(
            one.span.start <= one.span.end && one.span.end <= source.text.len(),
            "{one:?}"
        );
        assert!(!one.message.is_empty(), "{one:?}");
    }
    let shown = wrong.render(false);
    assert!(wrong.is_empty() || shown.contains("fuzz.toml"), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_reader_panic(text in "(?s).{0,400}") {
        digest(&text);
    }

    #[test]
    fn no_pile_of_pieces_makes_it_panic(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..80)) {
        digest(&pieces.concat());
        digest(&pieces.join(" "));
        digest(&pieces.join("\n"));
    }

    #[test]
    fn no_damaged_file_makes_it_panic(text in damaged()) {
        digest(&text);
    }

    #[test]
    fn no_value_in_a_wrong_place_makes_it_panic(text in retyped()) {
        digest(&text);
    }
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    for (open, close) in [("[", "]"), ("{a=", "}")] {
        for depth in [100, 50_000] {
            let text = format!("x = {}{}\n", open.repeat(depth), close.repeat(depth));
            digest(&text);
        }
    }
    digest(&format!("[{}]\n", vec!["a"; 50_000].join(".")));
    digest(&format!(
        "[[expect]]\ncheck = \"{}1{}\"\n",
        "(".repeat(50_000),
        ")".repeat(50_000)
    ));
    digest(&format!(
        "[[expect]]\ncheck = \"{}1\"\n",
        "!".repeat(50_000)
    ));
    digest(&format!(
        "[[expect]]\ntask.t.output = \"~ {}a{}\"\n",
        "(".repeat(50_000),
        ")".repeat(50_000)
    ));
}
