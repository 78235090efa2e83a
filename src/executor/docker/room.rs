//! Disks that are full: what a program does on one is about this machine, and nobody may vote on
//! it. Looked for on the disk with the task's folder, and on the one where the engine keeps images,
//! volumes and what containers write into their own layers.

use std::{
    io::{self, Write as _},
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use bollard::{body_full, query_parameters::UploadToContainerOptions};

use super::{
    connect::{Host, words},
    runner::Trouble,
    transport::Transport,
};
use crate::executor::{Ended, Job, OutcomeKind};

/// The bytes a disk must still have room for when a program is over.
const SPARE: usize = 64 << 10;

/// How often a disk was found full. Programs share the disk: what one of them fills is given back
/// when it is over, and the others that met it full may find room by then.
static FOUND_FULL: AtomicUsize = AtomicUsize::new(0);

/// How often disks had been found full at a moment.
#[derive(Copy, Clone, Debug)]
pub(super) struct Since(usize);

impl Since {
    /// Returns this moment.
    pub(super) fn now() -> Self {
        Self(FOUND_FULL.load(Ordering::SeqCst))
    }

    /// Looks whether the disk below `place` has room, and whether any was found full since.
    ///
    /// # Errors
    ///
    /// [`Trouble::Lasting`], which says so.
    pub(super) fn had_room(self, place: &Path) -> Result<(), Trouble> {
        let is_full = is_full(place);
        if is_full || FOUND_FULL.load(Ordering::SeqCst) != self.0 {
            let place = place.display();
            let message = format!("the disk of this machine is full below {place}");
            return Err(Trouble::Lasting(message));
        }
        Ok(())
    }
}

/// Whether the disk below a folder has no room left; also remembered for everybody who computes
/// now. Where nothing may be written, it is not known to be full.
pub(super) fn is_full(folder: &Path) -> bool {
    // A file without a name, of which nothing is left whatever becomes of this process.
    let spare = tempfile::tempfile_in(folder);
    let written = spare.and_then(|mut spare| spare.write_all(&[0; SPARE]));
    let is_full = matches!(
        written.map_err(|error| error.kind()),
        Err(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    );
    if is_full {
        // Said before this task gives its room back.
        FOUND_FULL.fetch_add(1, Ordering::SeqCst);
    }
    is_full
}

/// Whether somebody complains of a disk that is full.
pub(super) fn complains(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    ["no space left on device", "disk quota exceeded"]
        .iter()
        .any(|words| said.contains(words))
}

/// Looks whether an engine whose files cannot be seen has room, where a program ended as if there
/// were none: a little is put into the container, which is over.
///
/// # Errors
///
/// [`Trouble::Lasting`] when the engine says that its disk is full.
pub(super) async fn engine_had_room(
    (host, transport): (&Host, &Transport),
    id: &str,
    job: &Job,
    ended: &Ended,
) -> Result<(), Trouble> {
    if transport.is_seen() {
        return Ok(());
    }
    let printed = [&ended.stdout, &ended.stderr];
    let complained = printed.iter().any(|stream| complains(&stream.text()));
    if ended.kind == OutcomeKind::Ok && !complained {
        return Ok(());
    }
    let options = UploadToContainerOptions {
        path: job.contract.output_folder().to_owned(),
        ..UploadToContainerOptions::default()
    };
    let Ok(packed) = spare() else { return Ok(()) };
    let sent = host
        .docker
        .upload_to_container(id, Some(options), body_full(packed.into()));
    match sent.await {
        Err(error) if complains(&words(&error)) => Err(Trouble::of(&error)),
        // Whatever else it has against it is nothing to the program.
        Ok(()) | Err(_) => Ok(()),
    }
}

/// An archive of one file that takes a little room.
fn spare() -> io::Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(0o600);
    header.set_size(SPARE as u64);
    builder.append_data(&mut header, "emulate.spare", &[0; SPARE][..])?;
    builder.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_and_programs_complain_of_a_full_disk_in_these_words() {
        for said in [
            "write /var/lib/docker/tmp/GetImageBlob1: no space left on device",
            "sh: write error: No space left on device",
            "mkdir /x: disk quota exceeded",
        ] {
            assert!(complains(said), "{said}");
        }
        assert!(!complains("no such file or directory"));
    }
}
