//! What a program left, taken as a stranger's: regular files only, no link followed, no pipe
//! opened, no more files and bytes than allowed, names that are names.

use std::{
    ffi::OsStr,
    fs,
    io::{self, Read},
    path::Path,
};

use tar::EntryType;

use crate::executor::{Files, Oddities, Oddity};

/// How much may be taken.
#[derive(Copy, Clone, Debug)]
pub(super) struct Room {
    /// Files.
    pub(super) files: usize,
    /// Bytes in them.
    pub(super) bytes: u64,
}

/// Why what was left is not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum CollectError {
    /// It breaks a rule: the program's fault.
    #[error("{0}")]
    Refused(String),
    /// It cannot be read: not the program's fault.
    #[error("what the program left cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// What a program left.
#[derive(Debug)]
pub(super) struct Left {
    /// What is taken.
    pub(super) files: Files,
    /// What is not.
    pub(super) oddities: Oddities,
}

/// What has been taken so far.
struct Taken {
    files: Files,
    oddities: Oddities,
    left: Room,
    room: Room,
}

impl Taken {
    fn new(room: Room) -> Self {
        Self {
            files: Files::new(),
            oddities: Oddities::default(),
            left: room,
            room,
        }
    }

    fn end(self) -> Left {
        Left {
            files: self.files,
            oddities: self.oddities,
        }
    }

    fn directory(&mut self, path: &str) -> Result<(), CollectError> {
        let refused = |error: crate::executor::FilesError| CollectError::Refused(error.to_string());
        self.files.insert_directory(path).map_err(refused)
    }

    /// Takes a file of which `size` bytes are announced.
    fn file(&mut self, path: &str, size: u64, from: impl Read) -> Result<(), CollectError> {
        let too_much = || {
            let (files, bytes) = (self.room.files, self.room.bytes);
            let message = format!("the program left more than {files} files or {bytes} bytes");
            CollectError::Refused(message)
        };
        let one_less = self.left.files.checked_sub(1);
        let (Some(files), true) = (one_less, size <= self.left.bytes) else {
            return Err(too_much());
        };
        let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        from.take(self.left.bytes.saturating_add(1))
            .read_to_end(&mut content)?;
        let Some(bytes) = self.left.bytes.checked_sub(content.len() as u64) else {
            return Err(too_much());
        };
        self.left = Room { files, bytes };
        let refused = |error: crate::executor::FilesError| CollectError::Refused(error.to_string());
        self.files.insert(path, content).map_err(refused)
    }
}

fn text(name: &OsStr) -> Result<&str, CollectError> {
    name.to_str().ok_or_else(|| {
        let shown = name.to_string_lossy();
        CollectError::Refused(format!("the file name {shown:?} is not UTF-8"))
    })
}

fn joined(parent: &str, name: &str) -> String {
    match parent {
        "" => name.to_owned(),
        parent => format!("{parent}/{name}"),
    }
}

/// Takes what lies in a folder of this machine.
///
/// The container is over: nobody changes the folder meanwhile.
pub(super) fn from_folder(folder: &Path, room: Room) -> Result<Left, CollectError> {
    let mut taken = Taken::new(room);
    let mut pending = vec![(folder.to_path_buf(), String::new())];
    while let Some((place, path)) = pending.pop() {
        let mut entries = fs::read_dir(&place)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let kind = entry.file_type()?;
            let name = entry.file_name();
            if !kind.is_dir() && !kind.is_file() {
                // A name that is none is no fault where nothing is taken.
                if let Some(name) = name.to_str() {
                    let oddity = oddity(&entry, kind);
                    taken.oddities.note(&joined(&path, name), oddity);
                }
                continue;
            }
            let below = joined(&path, text(&name)?);
            if kind.is_dir() {
                taken.directory(&below)?;
                pending.push((entry.path(), below));
                continue;
            }
            let size = entry.metadata()?.len();
            if size > taken.left.bytes {
                // Not even opened: it may be larger than any disk.
                taken.file(&below, size, io::empty())?;
            }
            taken.file(&below, size, fs::File::open(entry.path())?)?;
        }
    }
    Ok(taken.end())
}

/// Takes what lies in an archive an engine sends of a folder.
pub(super) fn from_tar(archive: impl Read, room: Room) -> Result<Left, CollectError> {
    let mut taken = Taken::new(room);
    let mut archive = tar::Archive::new(archive);
    for entry in archive.entries()? {
        let entry = entry?;
        let path = entry.path()?.into_owned();
        // The folder itself comes first, under its own name, and everything below it.
        let below: Result<Vec<&str>, _> = path.iter().skip(1).map(text).collect();
        let below = match (below, oddity_in(&entry)?) {
            (Ok(below), None) => below.join("/"),
            (Ok(below), Some(oddity)) => {
                taken.oddities.note(&below.join("/"), oddity);
                continue;
            }
            // A name that is none is no fault where nothing is taken.
            (Err(_), Some(_)) => continue,
            (Err(refused), None) => return Err(refused),
        };
        if below.is_empty() {
            continue;
        }
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "of all the kinds of entries only two are taken"
        )]
        match entry.header().entry_type() {
            EntryType::Directory => taken.directory(&below)?,
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                let size = entry.size();
                taken.file(&below, size, entry)?;
            }
            // A second name of a file taken before; on a disk it looks like a file of its own.
            EntryType::Link => {
                let first = entry.link_name()?.unwrap_or_default().into_owned();
                let first: Vec<&str> = first.iter().skip(1).filter_map(OsStr::to_str).collect();
                if let Some(content) = taken.files.get(&first.join("/")).cloned() {
                    taken.file(&below, content.len() as u64, content.as_ref())?;
                }
            }
            _ => {}
        }
    }
    Ok(taken.end())
}

/// Says what an entry of an archive is, if it is neither a file nor a folder.
fn oddity_in(entry: &tar::Entry<'_, impl Read>) -> io::Result<Option<Oddity>> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "kinds nobody knows are passed over"
    )]
    Ok(match entry.header().entry_type() {
        EntryType::Symlink => {
            let target = entry.link_name()?.unwrap_or_default();
            Some(Oddity::Link(target.to_string_lossy().into_owned()))
        }
        EntryType::Fifo => Some(Oddity::Pipe),
        EntryType::Char | EntryType::Block => Some(Oddity::Device),
        _ => None,
    })
}

/// Says what something in a folder is that is neither a file nor a folder.
fn oddity(entry: &fs::DirEntry, kind: fs::FileType) -> Oddity {
    if kind.is_symlink() {
        // What was a link a moment ago is one; only its target may be unreadable.
        let target = fs::read_link(entry.path()).unwrap_or_default();
        return Oddity::Link(target.to_string_lossy().into_owned());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return Oddity::Pipe;
        }
        if kind.is_socket() {
            return Oddity::Socket;
        }
    }
    Oddity::Device
}

/// Whether a folder holds much more than it may, while its program still runs.
pub(super) fn overflows(folder: &Path, room: Room) -> bool {
    let (mut files, mut bytes) = (0_usize, 0_u64);
    let mut pending = vec![folder.to_path_buf()];
    while let Some(place) = pending.pop() {
        // What vanishes while it is looked at does not count.
        for entry in fs::read_dir(&place).into_iter().flatten().flatten() {
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if kind.is_dir() {
                pending.push(entry.path());
            } else if kind.is_file() {
                bytes = bytes.saturating_add(stored(&entry));
            }
            files += 1;
            if files > room.files.saturating_mul(2) || bytes > room.bytes.saturating_mul(2) {
                return true;
            }
        }
    }
    false
}

/// Bytes a file takes on the disk.
#[cfg(unix)]
fn stored(entry: &fs::DirEntry) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    entry.metadata().map_or(0, |about| about.blocks() * 512)
}

#[cfg(not(unix))]
fn stored(entry: &fs::DirEntry) -> u64 {
    entry.metadata().map_or(0, |about| about.len())
}
