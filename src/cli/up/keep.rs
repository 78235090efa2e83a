//! The chain in a file: read at the start, written at the end and, if asked, every so often.
//!
//! Whenever the process is killed, the file is whole: as it was before, or as it is after.

use std::{io, path::Path, sync::Arc, time::Duration};

use tokio::{sync::oneshot, time::MissedTickBehavior};

use super::{Output, Refusal, read, whole};
use crate::{
    chain::{Chain, Dump, LoadError},
    server::rpc::{Node, node::Reading},
};

/// Looks whether the file can be written, before a chain lives that could not be kept.
///
/// # Errors
///
/// What stands in its way.
pub(super) fn can_be_there(path: &Path) -> Result<(), Refusal> {
    let place = path.display();
    let cannot = |why: String| Err(Refusal::environment(format!("--state {place}: {why}")));
    if path.is_dir() {
        return cannot("that is a folder; name a file in it".to_owned());
    }
    if path.exists() {
        return Ok(());
    }
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = whole.parent().unwrap_or(Path::new("/"));
    if !folder.is_dir() {
        let folder = folder.display();
        return cannot(format!("there is no folder {folder}; make it first"));
    }
    whole::probe(folder).or_else(|error| {
        let folder = folder.display();
        cannot(format!("nothing can be written to {folder}: {error}"))
    })
}

/// Makes `chain` what the file says, if there is one; returns whether there is.
///
/// # Errors
///
/// When the file cannot be read, or is no chain.
pub(super) fn load(path: &Path, chain: &mut Chain) -> Result<bool, Refusal> {
    whole::tidy(path);
    if !path.exists() {
        return Ok(false);
    }
    let unusable = |error: LoadError| Refusal::input(format!("{}: {error}", path.display()));
    let dump = Dump::from_bytes(&read(path)?).map_err(unusable)?;
    chain.load(dump).map_err(unusable)?;
    Ok(true)
}

/// A file that follows a node.
pub(super) struct Keeper<'a> {
    path: &'a Path,
    node: &'a Node,
    /// What the file holds.
    saved: Option<Arc<Reading>>,
}

impl<'a> Keeper<'a> {
    /// Begins to follow; nothing is written yet.
    pub(super) fn new(path: &'a Path, node: &'a Node) -> Self {
        Self {
            path,
            node,
            saved: None,
        }
    }

    /// Saves the chain and its history, unless the file has them.
    ///
    /// # Errors
    ///
    /// When the file cannot be written; it is then as it was.
    pub(super) async fn save(&mut self) -> Result<(), Refusal> {
        let reading = self.node.reading();
        let saved = self.saved.as_ref();
        if saved.is_some_and(|saved| Arc::ptr_eq(saved, &reading)) && self.path.exists() {
            return Ok(());
        }
        let (path, held) = (self.path.to_owned(), Arc::clone(&reading));
        // Packing takes long, and requests are to be answered meanwhile.
        let writing = tokio::task::spawn_blocking(move || {
            whole::write(&path, &held.chain.dump().to_bytes()).map(drop)
        });
        let written = writing.await.map_err(io::Error::other).flatten();
        written.map_err(|error| {
            Refusal::environment(format!(
                "cannot save the chain to {}: {error}",
                self.path.display()
            ))
        })?;
        self.saved = Some(reading);
        Ok(())
    }

    /// Saves at once and then every `period`, until it is `over` and the last write is done.
    ///
    /// A failure is told once and tried again until it is none.
    pub(super) async fn follow(
        &mut self,
        period: Duration,
        mut over: oneshot::Receiver<()>,
        output: &Output,
    ) {
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            tokio::select! {
                _ = &mut over => return,
                _ = ticks.tick() => {}
            }
            let saved = self.save().await;
            if let Err(refusal) = &saved
                && !failing
            {
                output.error(&format!("error: {}", refusal.message));
            }
            failing = saved.is_err();
        }
    }
}
