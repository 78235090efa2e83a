//! A log of requests, for those who want to watch their client: one line for each call answered.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use super::error::Answer;
use crate::server::clock;

/// Writes one line.
pub type LogFn = dyn Fn(&str) + Send + Sync;

/// Most characters of a line that come from the client or from its contracts.
const SHOWN: usize = 200;

/// A log that clients switch on and off; it begins switched off.
#[derive(Clone)]
pub(super) struct Log {
    on: Arc<AtomicBool>,
    write: Arc<LogFn>,
}

impl Log {
    pub(super) fn new(write: Arc<LogFn>) -> Self {
        Self {
            on: Arc::default(),
            write,
        }
    }

    pub(super) fn switch(&self, on: bool) {
        self.on.store(on, Ordering::Relaxed);
    }

    /// Returns when a call began, if it is to be told.
    pub(super) fn begin(&self) -> Option<Instant> {
        self.on.load(Ordering::Relaxed).then(clock::now)
    }

    /// Tells of a call that began at `start` and is answered now.
    pub(super) fn tell(&self, method: &str, start: Instant, answer: &Answer) {
        (self.write)(&line(method, clock::now().duration_since(start), answer));
    }
}

fn line(method: &str, took: Duration, answer: &Answer) -> String {
    let micros = took.as_micros();
    let told = format!(
        "{} {}.{:03} ms",
        shown(method),
        micros / 1_000,
        micros % 1_000
    );
    match answer {
        Ok(_) => told,
        Err(error) => format!("{told}  error {}: {}", error.code, shown(&error.message)),
    }
}

/// Returns a text of the client's without what a terminal takes for commands.
fn shown(text: &str) -> String {
    let start: String = text.chars().take(SHOWN).collect();
    start
        .escape_debug()
        .to_string()
        .replace("\\\"", "\"")
        .replace("\\'", "'")
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log")
            .field("on", &self.on)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::rpc::error::{RpcError, null};

    #[test]
    fn a_line_says_what_was_called_how_long_it_took_and_what_went_wrong() {
        let took = Duration::from_micros(12_034);
        assert_eq!(line("eth_call", took, &null()), "eth_call 12.034 ms");
        let error = Err(RpcError::server("it isn't \"here\""));
        let told = line("eth_call", took, &error);
        assert_eq!(told, "eth_call 12.034 ms  error -32000: it isn't \"here\"");
    }

    #[test]
    fn no_client_commands_the_terminal() {
        let told = line("\u{1b}[2J\nx", Duration::ZERO, &null());
        assert_eq!(told, "\\u{1b}[2J\\nx 0.000 ms");
        let long = line(&"m".repeat(1_000_000), Duration::ZERO, &null());
        assert!(long.len() < 300);
    }
}
