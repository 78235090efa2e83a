//! The two channels: standard output is the result, standard error is everything else.
//!
//! This is the only file that prints. A reader that went away (`emulate … | head`) is told no more;
//! the command goes on to its end, for whoever waits for its exit code.

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use indicatif::{ProgressBar, ProgressStyle};

use super::Exit;

/// Where a command writes.
#[derive(Debug)]
pub struct Output {
    quiet: bool,
    /// Whether something that was asked for could not be written.
    lacks: AtomicBool,
    /// What became of standard output.
    standard: Arc<Standard>,
}

/// What became of standard output: that it takes no more is told once.
#[derive(Debug, Default)]
struct Standard {
    failed: AtomicBool,
}

impl Output {
    /// Returns the process's own channels; `quiet` silences notes, never errors or results.
    pub fn new(quiet: bool) -> Self {
        Self {
            quiet,
            lacks: AtomicBool::new(false),
            standard: Arc::default(),
        }
    }

    /// Writes text that is the command's result, as it is.
    pub fn result(&self, text: &str) {
        let mut out = self.stdout();
        finish(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
    }

    /// Writes one line of the command's result.
    pub fn result_line(&self, line: &str) {
        self.result(&format!("{line}\n"));
    }

    /// Writes text that is the command's result, in colour where that is wanted.
    pub fn result_styled(&self, text: &[u8]) {
        finish(self.stdout().write_all(text));
    }

    /// Writes text that is the command's result, after which there is more to do than to write: a
    /// reader that had enough is no fault.
    ///
    /// # Errors
    ///
    /// When it cannot be written for another reason.
    pub fn show(&self, text: &[u8]) -> io::Result<()> {
        let mut out = self.stdout();
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
        let output = Self::new(self.quiet);
        Arc::new(move |line| output.note(line))
    }

    /// Writes what went wrong.
    pub fn error(&self, text: &str) {
        finish(writeln!(anstream::stderr().lock(), "{text}"));
    }

    /// Returns a writer to standard output that keeps or drops colours as the terminal wants.
    pub fn stdout(&self) -> impl Write + use<> {
        Watched {
            out: anstream::stdout(),
            standard: Arc::clone(&self.standard),
        }
    }

    /// Says that a file somebody asked for cannot be written; see [`Output::settle`].
    pub fn unwritten(&self, place: impl Display, why: impl Display) {
        self.error(&format!("error: {place} cannot be written: {why}"));
        self.lacks.store(true, Ordering::Relaxed);
    }

    /// Returns how the command ends that would end with `exit`: with [`Exit::Environment`] at least
    /// where anything could not be written. What a command run on the user's behalf says of itself
    /// stays, unless it is that all is well.
    pub fn settle(&self, exit: Exit) -> Exit {
        let lacks = self.lacks.load(Ordering::Relaxed);
        if !lacks && !self.standard.failed.load(Ordering::Relaxed) {
            return exit;
        }
        if exit == Exit::Child(0) {
            return Exit::Environment;
        }
        // The order of exit codes has those of others last.
        exit.max(Exit::Environment)
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

/// Standard output, with somebody who hears of it when it takes no more.
struct Watched<W> {
    out: W,
    standard: Arc<Standard>,
}

impl<W: Write> Watched<W> {
    fn hear<T>(&self, written: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &written
            && !matches!(
                error.kind(),
                io::ErrorKind::BrokenPipe | io::ErrorKind::Interrupted
            )
            && !self.standard.failed.swap(true, Ordering::Relaxed)
        {
            let told = format!("error: standard output cannot be written: {error}");
            finish(writeln!(anstream::stderr().lock(), "{told}"));
        }
        written
    }
}

impl<W: Write> Write for Watched<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes);
        self.hear(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.out.flush();
        self.hear(flushed)
    }
}

/// Leaves it at that: what cannot be written here has nowhere left to be told.
fn finish(written: io::Result<()>) {
    drop(written);
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
