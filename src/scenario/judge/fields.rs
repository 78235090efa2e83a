//! Fields an expression asks rows for. Rule: over an empty log no row is asked for anything, so what
//! a row does not have is looked for in the text; what cannot be told from it is let pass.

use crate::scenario::{
    document::{listed, nearest},
    expect::Subject,
};

/// What can be done with each row of a list, under a name the expression chooses.
const EACH: [&str; 6] = ["all", "exists", "exists_one", "existsOne", "filter", "map"];

/// Fields rows have beside those of paths.
const MORE: [&str; 2] = ["name", "archive"];

/// Returns what is wrong with the first field no such row has.
pub(super) fn unknown(text: &str) -> Option<String> {
    let text = without_texts(text);
    let rows = rows(&text);
    for (owner, subject) in &rows {
        let others = rows.iter().filter(|(name, _)| name == owner);
        // A name may stand for rows of two kinds, one after the other.
        let subjects: Vec<Subject> = others.map(|(_, subject)| *subject).collect();
        let is_known = |field: &str| {
            let has = |subject: &Subject| subject.field_names().any(|known| known == field);
            MORE.contains(&field) || subjects.iter().any(has)
        };
        if let Some(field) = fields_of(&text, owner).find(|field| !is_known(field)) {
            let known: Vec<&str> = subject.field_names().collect();
            let help = match nearest(field, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there is {}", listed(&known)),
            };
            return Some(format!("`{owner}` has no field `{field}`; {help}"));
        }
    }
    None
}

/// What stands for a row in the text, and of which kind: single ones, `task("…")`, and names chosen
/// for each of a list.
fn rows(text: &str) -> Vec<(String, Subject)> {
    let mut rows = Vec::new();
    for (subject, word) in Subject::ALL {
        if !subject.is_named() {
            rows.push((word.to_owned(), subject));
            continue;
        }
        rows.push((format!("{word}(\"\")"), subject));
        for each in EACH {
            let call = format!("{word}.{each}(");
            for (at, _) in whole(text, &call) {
                let name = leading_name(text[at + call.len()..].trim_start());
                if !name.is_empty() {
                    rows.push((name.to_owned(), subject));
                }
            }
        }
    }
    rows
}

/// The fields `owner` is asked for; calls such as `t.name.size()` end in none of its own.
fn fields_of<'t>(text: &'t str, owner: &str) -> impl Iterator<Item = &'t str> {
    let dotted = format!("{owner}.");
    let found: Vec<usize> = whole(text, &dotted)
        .map(|(at, _)| at + dotted.len())
        .collect();
    found.into_iter().filter_map(|at| {
        let field = leading_name(&text[at..]);
        let is_call = text[at + field.len()..].trim_start().starts_with('(');
        (!field.is_empty() && !is_call).then_some(field)
    })
}

/// Where `part` stands in the text and is not the end of something longer.
fn whole<'t>(text: &'t str, part: &'t str) -> impl Iterator<Item = (usize, &'t str)> {
    text.match_indices(part).filter(|(at, _)| {
        let before = text[..*at].chars().next_back();
        !before.is_some_and(|char| is_name(char) || char == '.')
    })
}

fn leading_name(text: &str) -> &str {
    let end = text.find(|char| !is_name(char)).unwrap_or(text.len());
    &text[..end]
}

fn is_name(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// The text with everything between quotes taken out, all quotes made the same.
fn without_texts(text: &str) -> String {
    let mut rest = String::new();
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match quote {
            Some(open) if char == open => {
                quote = None;
                rest.push('"');
            }
            Some(_) if char == '\\' => {
                chars.next();
            }
            Some(_) => {}
            None if char == '"' || char == '\'' => {
                quote = Some(char);
                rest.push('"');
            }
            None => rest.push(char),
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_no_row_has_is_named_with_the_nearest_one_there_is() {
        for (text, told) in [
            (
                "task.all(t, t.foo == 1)",
                "`t` has no field `foo`; there is",
            ),
            ("task.exists(t, t.winers > 1)", "did you mean `winners`?"),
            ("task('job').corect == true", "did you mean `correct`?"),
            ("kitty.lokced == 0", "did you mean `locked`?"),
            (
                "worker.filter( w , w.name != 'x.y' ).all(v, w.scor > 0)",
                "`score`",
            ),
        ] {
            let found = unknown(text).unwrap_or_else(|| panic!("{text}"));
            assert!(found.contains(told), "{text}: {found}");
        }
    }

    #[test]
    fn what_rows_have_and_what_is_in_texts_is_let_pass() {
        for text in [
            "task.all(t, t.winners <= t.contributions && t.name.startsWith('a'))",
            "task.all(task, task.reopens == 0)",
            "'task.all(t, t.foo)' == \"kitty.foo\"",
            "size(zip(task('t').archive)) > 0",
            "task.all(x, x.winners > 0) && worker.all(x, x.score > 0)",
        ] {
            assert_eq!(unknown(text), None, "{text}");
        }
    }
}
