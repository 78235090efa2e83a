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
            let lines = text.split('\n').count();
            for one in wrong.list() {
                let (file, position) = wrong.place(one);
                assert_eq!(file, "iexec.js", "{text}\n{wrong}");
                assert!(
                    (1..=lines).contains(&position.line),
                    "{} of {lines}: {text}",
                    position.line
                );
            }
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

/// Values of every kind, in place of another.
const VALUES: [&str; 22] = [
    "true",
    "null",
    "NaN",
    "-1",
    "0",
    "1.5",
    "1e400",
    "18446744073709551616",
    "[]",
    "[[]]",
    "{}",
    "{ a: 1 }",
    "''",
    "'\u{202e}x'",
    "'-'",
    "'0x0'",
    "'10 RLC'",
    "f()",
    "...x",
    "'XWDOCKERIMAGE=a'",
    "'{\"cmdline\": 1}'",
    "[{ x: [1] }, 'ftp://x']",
];

/// Numbers without a pattern, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }
}

/// Takes away, repeats, moves or replaces a line, a value or a key.
fn mutate(text: &str, other: &str, dice: &mut Dice) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = dice.below(lines.len());
    let Some(line) = lines.get(at).cloned() else {
        return other.to_owned();
    };
    match dice.below(8) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, line),
        2 => {
            let to = dice.below(lines.len());
            lines.swap(at, to);
        }
        3 => {
            let others: Vec<&str> = other.lines().collect();
            lines.insert(at, others[dice.below(others.len())].to_owned());
        }
        4 | 5 => {
            if let Some((key, _)) = line.split_once(':') {
                let comma = if line.trim_end().ends_with(',') {
                    ","
                } else {
                    ""
                };
                lines[at] = format!("{key}: {}{comma}", VALUES[dice.below(VALUES.len())]);
            }
        }
        6 => {
            if let (Some((_, value)), Some((key, _))) = (
                line.split_once(':'),
                other
                    .lines()
                    .nth(dice.below(12))
                    .and_then(|line| line.split_once(':')),
            ) {
                lines[at] = format!("{key}:{value}");
            }
        }
        _ => {
            let mut bytes = line.into_bytes();
            let place = dice.below(bytes.len() + 1);
            let byte = u8::try_from(dice.below(256)).unwrap();
            if place < bytes.len() && dice.below(2) == 0 {
                bytes[place] = byte;
            } else {
                bytes.insert(place, byte);
            }
            lines[at] = String::from_utf8_lossy(&bytes).into_owned();
        }
    }
    lines.join("\n")
}

#[test]
fn thousands_of_mutants_are_read_or_refused_with_their_place() {
    let mut dice = Dice(2018);
    let (mut read_well, mut refused) = (0, 0);
    for _ in 0..ROUNDS {
        let (_, file) = corpus::FILES[dice.below(corpus::FILES.len())];
        let mut text = file.to_owned();
        for _ in 0..=dice.below(3) {
            let (_, other) = corpus::FILES[dice.below(corpus::FILES.len())];
            text = mutate(&text, other, &mut dice);
        }
        survives(&text);
        match read(&text) {
            Ok(_) => read_well += 1,
            Err(_) => refused += 1,
        }
    }
    // Neither a reader that takes everything nor one that takes nothing would be any good.
    assert!(
        read_well > ROUNDS / 10 && refused > ROUNDS / 10,
        "{read_well} read, {refused} refused"
    );
}

/// How many mutants.
const ROUNDS: usize = 3_000;
