//! GitHub workflow annotations: what failed, shown beside the line of the scenario that asked for it.

use std::io::{self, Write};

use super::{Run, Standing, phrase::one_line};
use crate::log::{Check, CheckOutcome};

/// Writes one `::error` or `::warning` command per expectation that does not hold and per broken
/// law, and one `::notice` when there is nothing to complain of.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn annotate(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let view = run.view();
    for breach in &view.breaches {
        let text = format!("block {}: {}", breach.block, breach.detail);
        command(out, "error", run.file, None, (&breach.law, &text))?;
    }
    for check in &view.checks {
        let kind = match check.outcome {
            CheckOutcome::Failed => "error",
            CheckOutcome::Warned => "warning",
            CheckOutcome::Passed => continue,
        };
        let text = explanation(check);
        command(out, kind, run.file, check.line, (&check.name, &text))?;
    }
    let text = match run.standing() {
        Standing::TimedOut => "the time limit was reached with work left",
        Standing::Interrupted => "the run was interrupted",
        Standing::Passed => {
            let held = super::text::count(view.checks.len() as u64, "expectation");
            return command(
                out,
                "notice",
                run.file,
                None,
                (run.title(), &format!("{held} checked")),
            );
        }
        Standing::Failed | Standing::Broken => return Ok(()),
    };
    command(out, "error", run.file, None, (run.title(), text))
}

fn explanation(check: &Check) -> String {
    let mut text = format!("expected {}\nfound {}", check.expected, check.found);
    if let Some(why) = &check.why {
        text.push('\n');
        text.push_str(why);
    }
    text
}

/// Writes `::kind file=…,line=…,title=…::text`, escaped as the runner reads it.
fn command(
    out: &mut dyn Write,
    kind: &str,
    file: Option<&str>,
    line: Option<u64>,
    (title, text): (&str, &str),
) -> io::Result<()> {
    write!(out, "::{kind} ")?;
    if let Some(file) = file {
        write!(out, "file={},", property(file))?;
        if let Some(line) = line {
            write!(out, "line={line},")?;
        }
    }
    writeln!(out, "title={}::{}", property(&one_line(title)), data(text))
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_cannot_end_the_command() {
        let mut out = Vec::new();
        let title = "a::b, 100 %";
        command(
            &mut out,
            "error",
            Some("x,y.toml"),
            Some(3),
            (title, "one\ntwo"),
        )
        .unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "::error file=x%2Cy.toml,line=3,title=a%3A%3Ab%2C 100 %25::one%0Atwo\n"
        );
    }
}
