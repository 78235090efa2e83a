//! The two channels: standard output is the result, standard error is everything else.
//!
//! This is the only file that prints. A reader that went away (`emulate … | head`) ends the
//! program quietly, as any good filter does.

use std::{
    io::{self, IsTerminal, Write},
    sync::Arc,
};

use indicatif::{ProgressBar, ProgressStyle};

/// Where a command writes.
#[derive(Debug)]
pub struct Output {
    quiet: bool,
}

impl Output {
    /// Returns the process's own channels; `quiet` silences notes, never errors or results.
    pub fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// Writes text that is the command's result, as it is.
    pub fn result(&self, text: &str) {
        finish(
            anstream::stdout()
                .lock()
                .write_all(text.as_bytes())
                .and_then(|()| anstream::stdout().flush()),
        );
    }

    /// Writes one line of the command's result.
    pub fn result_line(&self, line: &str) {
        self.result(&format!("{line}\n"));
    }

    /// Writes text that is the command's result, in colour where that is wanted.
    pub fn result_styled(&self, text: &[u8]) {
        finish(anstream::stdout().lock().write_all(text));
    }

    /// Writes text that is the command's result, after which there is more to do than to write: a
    /// reader that had enough is no fault.
    ///
    /// # Errors
    ///
    /// When it cannot be written for another reason.
    pub fn show(&self, text: &[u8]) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        match out.write_all(text).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written,
        }
    }

    /// Returns a bar for so much work, drawn where a person is watching.
    pub fn progress(&self, of: u64, what: &str) -> ProgressBar {
        if self.quiet || !self.is_interactive() {
            return ProgressBar::hidden();
        }
        let form = format!(
            "{{wide_bar}} {{human_pos}} of {{human_len}} {what}, {{per_sec}}, {{eta}} left"
        );
        let style = ProgressStyle::with_template(&form);
        ProgressBar::new(of).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    }

    /// Writes one line about what is going on.
    pub fn note(&self, line: &str) {
        if !self.quiet {
            finish(writeln!(anstream::stderr().lock(), "{line}"));
        }
    }

    /// Returns a writer of notes that outlives this, for whoever serves clients.
    pub fn notes(&self) -> Arc<dyn Fn(&str) + Send + Sync> {
        let output = Self { quiet: self.quiet };
        Arc::new(move |line| output.note(line))
    }

    /// Writes what went wrong.
    pub fn error(&self, text: &str) {
        finish(writeln!(anstream::stderr().lock(), "{text}"));
    }

    /// Returns a writer to standard output that keeps or drops colours as the terminal wants.
    pub fn stdout(&self) -> impl Write + use<> {
        anstream::stdout()
    }

    /// Returns a writer to standard error, for stories told beside the result.
    pub fn stderr(&self) -> impl Write + use<> {
        anstream::stderr()
    }

    /// Returns whether only what matters is said.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Returns whether what goes to standard error may be in colour.
    pub fn is_coloured(&self) -> bool {
        anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never
    }

    /// Returns whether a person is watching standard error.
    pub fn is_interactive(&self) -> bool {
        io::stderr().is_terminal() && std::env::var_os("CI").is_none()
    }
}

/// Ends the program when the reader is gone; other write errors have nowhere left to be told.
fn finish(written: io::Result<()>) {
    if let Err(error) = written
        && error.kind() == io::ErrorKind::BrokenPipe
    {
        std::process::exit(0);
    }
}

/// Says that `emulate` itself is at fault, and where: the panic hook of the program.
pub fn explain_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic
        .location()
        .map_or_else(String::new, |place| format!(" at {place}"));
    let message = panic.payload_as_str().unwrap_or("no message");
    Output::new(false).error(&format!(
        "emulate {} broke{place}: {message}\nThis is a fault of emulate, not of your scenario; please report it with the command and the file.",
        env!("CARGO_PKG_VERSION"),
    ));
}
