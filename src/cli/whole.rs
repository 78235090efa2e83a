//! Files that are there as a whole or not at all, whenever the machine stops.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Writes `bytes` to `path`: beside it first, to the disk, then renamed over it. Returns where the
/// file is, from the root on.
///
/// # Errors
///
/// When the directory cannot be written to.
pub(in crate::cli) fn write(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    let directory = path.parent().unwrap_or(Path::new("/"));
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    // The rename itself must reach the disk as well; where directories cannot be opened, the
    // file is there all the same.
    if let Ok(directory) = fs::File::open(directory) {
        let _ = directory.sync_all();
    }
    Ok(path)
}
