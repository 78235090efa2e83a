//! One self-contained page about a run: no script, font or picture from outside, everything escaped.

mod chart;
mod page;
mod scale;
mod timeline;

use std::io::{self, Write};

use minijinja::{Environment, Value, syntax::SyntaxConfig, value::Serde};

use super::Run;

/// The page's template.
const PAGE: &str = include_str!("page.html");

/// What is around all pages: head, heading, and places to be filled.
const SHELL: &str = include_str!("shell.html");

/// How all pages look, in the light and in the dark.
const STYLE: &str = include_str!("style.css");

/// Writes the page about `run`.
///
/// Big runs are cut: the first tasks, the accounts that moved most and the first and last records
/// are shown, and the page says what it leaves out.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn write_html(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    fill(PAGE, Value::from(Serde(page::Page::of(run))), out)
}

/// Writes a page: `template`, which extends the common shell, filled with `content`.
pub(super) fn fill(template: &str, content: Value, out: &mut dyn Write) -> io::Result<()> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()
        .map_err(io::Error::other)?;
    environment.set_syntax(syntax);
    let parts = [
        ("style.css", STYLE),
        ("shell.html", SHELL),
        ("page.html", template),
    ];
    for (name, text) in parts {
        environment
            .add_template(name, text)
            .map_err(io::Error::other)?;
    }
    let template = environment
        .get_template("page.html")
        .map_err(io::Error::other)?;
    template
        .render_captured_to(content, out)
        .map_err(io::Error::other)?;
    Ok(())
}
