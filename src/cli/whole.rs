//! Files that are there as a whole or not at all, whenever the machine stops.

use std::{
    ffi::OsString,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// How the names of files end that are being written.
const UNFINISHED: &str = ".part";

/// Writes `bytes` to `path`: beside it first, to the disk, then renamed over it. Returns where the
/// file is, from the root on.
///
/// What is no file, such as `/dev/stdout` or a pipe, is written to as it is: it must not be replaced.
/// Where `path` is a link, the file it leads to is.
///
/// # Errors
///
/// When the directory cannot be written to.
pub(in crate::cli) fn write(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let path = match fs::metadata(path) {
        Ok(there) if there.is_file() => fs::canonicalize(path)?,
        Ok(there) if !there.is_dir() => {
            let mut place = fs::OpenOptions::new().append(true).open(path)?;
            place.write_all(bytes)?;
            return std::path::absolute(path);
        }
        Ok(_) | Err(_) => std::path::absolute(path)?,
    };
    let directory = path.parent().unwrap_or(Path::new("/"));
    if !directory.exists() {
        let missing = format!("there is no folder {}; make it first", directory.display());
        return Err(io::Error::new(io::ErrorKind::NotFound, missing));
    }
    let mut file = temporary()
        .prefix(&beginning(&path))
        .suffix(UNFINISHED)
        .tempfile_in(directory)
        .map_err(bare)?;
    file.as_file_mut().write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    // The rename itself must reach the disk as well; where directories cannot be opened, the
    // file is there all the same.
    if let Ok(directory) = fs::File::open(directory) {
        let _ = directory.sync_all();
    }
    Ok(path)
}

/// Looks whether files can be made in a folder.
///
/// # Errors
///
/// What the system says.
pub(in crate::cli) fn probe(folder: &Path) -> io::Result<()> {
    let made = temporary().suffix(UNFINISHED).tempfile_in(folder);
    made.map(drop).map_err(bare)
}

/// Whether a file lacks room and nothing else: what is written elsewhere, or later, may well succeed.
pub(in crate::cli) fn is_no_room(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

/// What the system says of a file nobody has named, without that name.
fn bare(error: io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(_) => error,
        None => error.kind().into(),
    }
}

/// A file others may read as far as the user's mask allows, not a secret as temporary files are.
#[cfg(unix)]
pub(in crate::cli) fn temporary() -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut builder = tempfile::Builder::new();
    builder.permissions(fs::Permissions::from_mode(0o666));
    builder
}

#[cfg(not(unix))]
pub(in crate::cli) fn temporary() -> tempfile::Builder<'static, 'static> {
    tempfile::Builder::new()
}

/// Removes what processes that were killed while they wrote `path` have left beside it.
pub(in crate::cli) fn tidy(path: &Path) {
    let Ok(path) = std::path::absolute(path) else {
        return;
    };
    let entries = path.parent().and_then(|parent| fs::read_dir(parent).ok());
    let beginning = beginning(&path);
    for entry in entries.into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name.starts_with(beginning.as_encoded_bytes()) && name.ends_with(UNFINISHED.as_bytes()) {
            // What cannot be removed does no harm.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Returns how the names of unfinished files of `path` begin.
fn beginning(path: &Path) -> OsString {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".");
    name
}
