//! Command lines to arguments, as each era of workers cut them.

use thiserror::Error;

/// Why a command line cannot be cut into arguments.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CmdlineError {
    /// A quotation mark has no partner.
    #[error("the quote {quote} at column {column} of {line:?} is never closed")]
    Unbalanced {
        /// The command line.
        line: String,
        /// The quotation mark.
        quote: char,
        /// Where it stands, in characters from 1.
        column: usize,
    },
}

/// Cuts `line` at white space, as the workers of 2018 did: quotes and backslashes are plain text.
pub(super) fn split_plain(line: &str) -> Vec<String> {
    line.split_ascii_whitespace().map(str::to_owned).collect()
}

/// Cuts `line` at blanks as today's workers do: `'…'` and `"…"` group, nothing escapes.
///
/// Only the blank separates: tabs and line feeds belong to their argument.
///
/// # Errors
/// When a quotation mark has no partner.
pub(super) fn split_quoted(line: &str) -> Result<Vec<String>, CmdlineError> {
    let mut arguments = Vec::new();
    let mut argument: Option<String> = None;
    let mut open: Option<(char, usize)> = None;
    for (index, char) in line.chars().enumerate() {
        match (open, char) {
            (Some((quote, _)), char) if char == quote => open = None,
            (None, '\'' | '"') => {
                open = Some((char, index + 1));
                argument.get_or_insert_default();
            }
            (None, ' ') => arguments.extend(argument.take()),
            (Some(_) | None, char) => argument.get_or_insert_default().push(char),
        }
    }
    if let Some((quote, column)) = open {
        return Err(CmdlineError::Unbalanced {
            line: line.into(),
            quote,
            column,
        });
    }
    arguments.extend(argument);
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_of_2018_know_no_quotes() {
        let line = "-i  /iexec/small.mp4\t\"two words\" \\n ";
        let expected = ["-i", "/iexec/small.mp4", "\"two", "words\"", "\\n"];
        assert_eq!(split_plain(line), expected);
        assert!(split_plain(" \t").is_empty());
    }

    #[test]
    fn workers_of_today_group_by_quotes_and_never_escape() {
        let split = |line| split_quoted(line).unwrap();
        assert_eq!(split("a 'b c' \"d 'e\""), ["a", "b c", "d 'e"]);
        assert_eq!(split("--name='x y'z  ''"), ["--name=x yz", ""]);
        assert_eq!(split(r"a\ b \'c d'"), [r"a\", "b", r"\c d"]);
        assert_eq!(split("a\tb"), ["a\tb"]);
        assert!(split("   ").is_empty());
    }

    #[test]
    fn a_quote_without_partner_is_an_error_that_says_where() {
        let error = split_quoted("echo 'it is").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the quote ' at column 6 of \"echo 'it is\" is never closed"
        );
    }
}
