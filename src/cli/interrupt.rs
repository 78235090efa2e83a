//! Ctrl-c and SIGTERM as something one can ask about: nothing is torn out of anybody's hands.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use parking_lot::Mutex;

use super::Exit;

/// Whether somebody asked this process to stop. A second ctrl-c does not wait for an answer.
#[derive(Clone, Default)]
pub(super) struct Interrupt {
    raised: Arc<AtomicU8>,
    told: Arc<Mutex<Told>>,
}

/// Who is to be told at once, by a number of its own.
#[derive(Default)]
struct Told {
    next: u64,
    all: BTreeMap<u64, Box<dyn Fn() + Send>>,
}

/// Somebody who is told when the process is asked to stop, as long as this is kept.
pub(super) struct Telling {
    told: Arc<Mutex<Told>>,
    number: u64,
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.told.lock().all.remove(&self.number);
    }
}

impl Interrupt {
    /// Listens from now on. Where signals cannot be had, nobody will ever have asked.
    pub(super) fn listen() -> Self {
        let interrupt = Self::default();
        let listening = interrupt.clone();
        // A thread that only waits: it ends with the process.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            if let Ok(runtime) = runtime {
                runtime.block_on(wait(&listening));
            }
        });
        interrupt
    }

    /// Calls `tell` once, on another thread, when the process is asked to stop: for those who wait
    /// for something and cannot ask meanwhile.
    pub(super) fn tell(&self, tell: impl Fn() + Send + 'static) -> Telling {
        let number = {
            let mut told = self.told.lock();
            told.next += 1;
            let number = told.next;
            told.all.insert(number, Box::new(tell));
            number
        };
        if self.raised().is_some() {
            self.tell_all();
        }
        let told = Arc::clone(&self.told);
        Telling { told, number }
    }

    fn tell_all(&self) {
        for tell in self.told.lock().all.values() {
            tell();
        }
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

async fn wait(interrupt: &Interrupt) {
    loop {
        let Some(exit) = next_signal().await else {
            return;
        };
        if interrupt.raised.swap(exit.code(), Ordering::Relaxed) != 0 {
            std::process::exit(exit.code().into());
        }
        interrupt.tell_all();
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
