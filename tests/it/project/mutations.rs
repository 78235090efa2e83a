//! Whatever is in the file: it is read or refused, and what is read is a scenario.

use proptest::prelude::*;

use super::{corpus, read};

/// Asserts that `text` is refused with words and a drawing, or becomes a scenario that reads.
fn survives(text: &str) {
    match read(text) {
        Err(wrong) => {
            assert!(!wrong.list().is_empty() && !wrong.render(false).is_empty());
            let told = wrong.list().iter().all(|one| one.help.is_some());
            assert!(told, "{text}\n{wrong}");
        }
        Ok(project) => {
            if let Err(wrong) = project.scenario() {
                panic!("{text}\n{}\n{}", project.to_toml(), wrong.render(false));
            }
        }
    }
}

/// Pieces that change what a file means.
const PIECES: [&str; 30] = [
    "{",
    "}",
    "[",
    "]",
    "'",
    "\"",
    "`",
    ",",
    ":",
    "=",
    "\\",
    "//",
    "/*",
    "\n",
    "\0",
    "${",
    "${x}",
    "é",
    "null",
    "-1",
    "1e9",
    "99999999999999999999",
    "XWDOCKERIMAGE=",
    "order",
    "\\u",
    "\u{7f}",
    "0x0",
    "type",
    "[task.job]",
    " = ",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        survives(&text);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        survives(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn damaged_files_are_read_or_refused(
        file in 0..corpus::FILES.len(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, 0..PIECES.len()), 1..6),
    ) {
        let mut chars: Vec<char> = corpus::FILES[file].1.chars().collect();
        for (at, cut, piece) in damage {
            let at = at.index(chars.len().max(1)).min(chars.len());
            let end = (at + cut).min(chars.len());
            chars.splice(at..end, PIECES[piece].chars());
        }
        survives(&chars.into_iter().collect::<String>());
    }

    #[test]
    fn any_value_in_any_field_is_read_or_refused(
        file in 0..corpus::FILES.len(),
        at in any::<prop::sample::Index>(),
        value in "(-?[0-9]{1,21}|[0-9]\\.[0-9]|null|true|\\[\\]|\\{\\}|\\[1, 'a'\\]|'\\PC{0,30}'|\"[a-z0-9 =:/._,${}-]{0,30}\")",
    ) {
        let text = corpus::FILES[file].1;
        let colons: Vec<usize> = text.match_indices(": ").map(|(at, _)| at).collect();
        if colons.is_empty() {
            return Ok(());
        }
        let start = colons[at.index(colons.len())] + 2;
        let end = text[start..].find([',', '\n', '}']).map_or(text.len(), |end| start + end);
        survives(&format!("{}{value}{}", &text[..start], &text[end..]));
    }
}

#[test]
fn files_cut_off_anywhere_are_read_or_refused() {
    for (_, text) in corpus::FILES {
        for (at, _) in text.char_indices() {
            survives(&text[..at]);
        }
    }
}

#[test]
fn what_is_deep_or_long_is_refused_at_once() {
    for text in [
        "{a:".repeat(10_000),
        "[".repeat(60_000),
        format!("{{{}}}", "a:1,".repeat(16_000)),
        "'".repeat(60_000),
        "/*".repeat(30_000),
        "x".repeat(100_000),
    ] {
        survives(&text);
    }
}
