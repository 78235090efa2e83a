//! Ctrl-c and SIGTERM as something one can ask about: nothing is torn out of anybody's hands.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use super::Exit;

/// Whether somebody asked this process to stop. A second ctrl-c does not wait for an answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt {
    raised: Arc<AtomicU8>,
}

impl Interrupt {
    /// Listens from now on. Where signals cannot be had, nobody will ever have asked.
    pub(super) fn listen() -> Self {
        let interrupt = Self::default();
        let raised = Arc::clone(&interrupt.raised);
        // A thread that only waits: it ends with the process.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            if let Ok(runtime) = runtime {
                runtime.block_on(wait(&raised));
            }
        });
        interrupt
    }

    /// Returns the exit code of the signal that came, if one did.
    pub(super) fn raised(&self) -> Option<Exit> {
        match self.raised.load(Ordering::Relaxed) {
            0 => None,
            code if code == Exit::Terminated.code() => Some(Exit::Terminated),
            _ => Some(Exit::Interrupted),
        }
    }
}

async fn wait(raised: &AtomicU8) {
    loop {
        let Some(exit) = next_signal().await else {
            return;
        };
        if raised.swap(exit.code(), Ordering::Relaxed) != 0 {
            std::process::exit(exit.code().into());
        }
    }
}

#[cfg(unix)]
async fn next_signal() -> Option<Exit> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).ok()?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed.ok().map(|()| Exit::Interrupted),
        Some(()) = terminate.recv() => Some(Exit::Terminated),
    }
}

#[cfg(not(unix))]
async fn next_signal() -> Option<Exit> {
    tokio::signal::ctrl_c()
        .await
        .ok()
        .map(|()| Exit::Interrupted)
}
