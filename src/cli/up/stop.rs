//! What ends a living chain: the command, a signal, or the parent.

use std::{
    ffi::OsString,
    io::{self, Read as _},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    process::{Child, Command},
    sync::oneshot,
};

use super::ready::{Ready, ReadyFile};
use crate::cli::Exit;

/// How long a command may take to end when asked to.
const PATIENCE: Duration = Duration::from_secs(5);

/// Starts `command` with an environment that says where everything is.
///
/// # Errors
///
/// When it cannot be started.
pub(super) fn start(
    command: &[OsString],
    ready: &Ready,
    file: Option<&ReadyFile>,
    stdin: Stdio,
) -> io::Result<Child> {
    let (program, arguments) = command
        .split_first()
        .ok_or_else(|| io::Error::other("no command was given"))?;
    let mut child = Command::new(program);
    child
        .args(arguments)
        .stdin(stdin)
        .envs(ready.environment())
        .kill_on_drop(true);
    if let Some(file) = file {
        child.env("EMULATE_READY", file.path());
    }
    child.spawn()
}

/// What ended it.
#[derive(Debug)]
pub(super) enum Ending<T> {
    /// A signal, or the parent's death.
    Told(Exit),
    /// The command ended, with this code to pass on.
    Command(Exit),
    /// It came to its own end; a command that still ran was ended, with this code to pass on.
    Over(T, Option<Exit>),
}

/// Waits until something says that it is over, and says what it was; `living` lives meanwhile, and
/// while the command, which is not left behind, takes its leave.
pub(super) async fn wait<T>(
    mut signals: Signals,
    child: Option<Child>,
    with_parent: bool,
    living: impl Future<Output = T>,
) -> Ending<T> {
    let mut child = child;
    let mut living = std::pin::pin!(living);
    let mut is_living = true;
    let mut ending = tokio::select! {
        exit = signals.next() => Ending::Told(exit),
        () = parent_gone(with_parent) => Ending::Told(Exit::Success),
        status = finished(&mut child) => return Ending::Command(passed_on(status)),
        over = &mut living => {
            is_living = false;
            Ending::Over(over, None)
        }
    };
    if let Some(child) = child {
        let mut leaving = std::pin::pin!(end(child));
        loop {
            tokio::select! {
                status = &mut leaving => {
                    if let Ending::Over(_, cut_short) = &mut ending {
                        *cut_short = Some(passed_on(status));
                    }
                    break;
                }
                _ = &mut living, if is_living => is_living = false,
            }
        }
    }
    ending
}

async fn finished(child: &mut Option<Child>) -> io::Result<ExitStatus> {
    match child {
        Some(child) => child.wait().await,
        None => std::future::pending().await,
    }
}

/// Returns the exit code to pass on; a command that a signal ended counts 128 and the signal.
fn passed_on(status: io::Result<ExitStatus>) -> Exit {
    let Ok(status) = status else {
        return Exit::Environment;
    };
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    let code = status.code().or(signal.map(|signal| 128 + signal));
    let code = code.and_then(|code| u8::try_from(code).ok());
    Exit::Child(code.unwrap_or(1))
}

/// The signals that ask for the end. Made before anybody is told that all is ready: from then on
/// they must find somebody who listens.
#[derive(Debug)]
pub(in crate::cli) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    /// Begins to listen.
    ///
    /// # Errors
    ///
    /// When the machine lets nobody listen.
    pub(in crate::cli) fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            #[cfg(unix)]
            interrupt: signal(SignalKind::interrupt())?,
            #[cfg(unix)]
            terminate: signal(SignalKind::terminate())?,
        })
    }

    #[cfg(unix)]
    pub(in crate::cli) async fn next(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
        }
    }

    #[cfg(not(unix))]
    pub(in crate::cli) async fn next(&mut self) -> Exit {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Exit::Interrupted,
            Err(_) => std::future::pending().await,
        }
    }
}

/// Waits until standard input closes, if that matters.
async fn parent_gone(with_parent: bool) {
    if !with_parent {
        return std::future::pending().await;
    }
    let (tell, told) = oneshot::channel();
    // A thread of its own: it cannot be stopped while it reads, and nothing waits for it.
    std::thread::spawn(move || {
        let mut stdin = io::stdin().lock();
        let mut ignored = [0; 1_024];
        while stdin.read(&mut ignored).is_ok_and(|length| length > 0) {}
        // Whoever waited may be gone.
        let _ = tell.send(());
    });
    // Either way reading is over.
    let _ = told.await;
}

/// Asks a command to end, and ends it if it does not.
async fn end(mut child: Child) -> io::Result<ExitStatus> {
    #[cfg(unix)]
    if let Some(pid) = child.id() {
        // A terminal has told it already; asking again does no harm.
        let asked = Command::new("kill")
            .arg("-TERM")
            .arg(pid.to_string())
            .status();
        let _ = asked.await;
        if let Ok(status) = tokio::time::timeout(PATIENCE, child.wait()).await {
            return status;
        }
    }
    // It may have ended by itself just now.
    let _ = child.kill().await;
    child.wait().await
}
