//! The shape of the source itself: no arrow upward, no file too long.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The most lines a source file may have, tests included.
const FILE_LINES_MAX: usize = 500;

/// Every Rust file below `root`, in a stable order.
fn sources(root: &str) -> Vec<PathBuf> {
    let mut pending = vec![PathBuf::from(root)];
    let mut found = Vec::new();
    while let Some(dir) = pending.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The top-level module a file below `src/` belongs to.
fn module_of(path: &Path) -> String {
    let below = path.strip_prefix("src").unwrap();
    let first = below.iter().next().unwrap().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The first path segment after each `crate::`, grouped imports included.
fn used_modules(text: &str) -> Vec<&str> {
    let mut used = Vec::new();
    for rest in text.split("crate::").skip(1) {
        let group = rest
            .strip_prefix('{')
            .and_then(|rest| rest.split_once("};").map(|(group, _)| group));
        let Some(group) = group else {
            used.push(first_word(rest));
            continue;
        };
        let mut depth = 0_usize;
        let mut start = true;
        for (at, char) in group.char_indices() {
            match char {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                ',' if depth == 0 => start = true,
                _ if start && !char.is_whitespace() => {
                    used.push(first_word(&group[at..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    used
}

fn first_word(text: &str) -> &str {
    let end = text
        .find(|char: char| !char.is_alphanumeric() && char != '_')
        .unwrap_or(text.len());
    &text[..end]
}

#[test]
fn a_module_uses_only_modules_listed_above_it() {
    let lib = fs::read_to_string("src/lib.rs").unwrap();
    let layers: Vec<&str> = lib
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    let height = |module: &str| layers.iter().position(|layer| *layer == module);
    let mut upward = Vec::new();
    for path in sources("src") {
        let text = fs::read_to_string(&path).unwrap();
        let Some(own) = height(&module_of(&path)) else {
            continue;
        };
        if text.contains("super::super") {
            upward.push(format!("{} climbs with super::super", path.display()));
        }
        for name in used_modules(&text) {
            if height(name).is_some_and(|used| used > own) {
                upward.push(format!("{} uses {name}", path.display()));
            }
        }
    }
    assert!(upward.is_empty(), "{upward:#?}");
}

#[test]
fn a_grouped_import_is_read_name_by_name() {
    let text = "use crate::{chain::{Chain, world}, log::Event};\nlet x = crate::time::millis(y);";
    assert_eq!(used_modules(text), ["chain", "log", "time"]);
}

#[test]
fn files_are_short_and_open_with_a_sentence() {
    let mut wrong = Vec::new();
    for path in [sources("src"), sources("tests")].concat() {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX {
            wrong.push(format!("{} has {lines} lines", path.display()));
        }
        if !text.starts_with("//!") {
            wrong.push(format!("{} does not open with //!", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
