//! Calls on paths: `path_*`. A path starts at an open directory and never leaves the tree below
//! it; there are no links to follow.

use super::{
    descriptor::{RIGHT_READ, RIGHT_WRITE, put_filestat},
    errno::Errno,
    fs::Id,
    guest::Guest,
    host::{Descriptor, Host, OpenFile},
};

type Done = Result<(), Errno>;

/// The most bytes a path may have, and what an output's path may have in all.
const PATH_BYTES_MAX: usize = 1000;

/// The most bytes a name may have.
const NAME_BYTES_MAX: usize = 255;

/// Flags of `path_open`, by WASI's numbers.
const CREATE: u32 = 1;
const DIRECTORY: u32 = 2;
const EXCLUSIVE: u32 = 4;
const TRUNCATE: u32 = 8;

/// Where a path leads: a name in a directory, or a directory itself.
enum Place {
    Directory(Id),
    Entry {
        parent: Id,
        name: String,
        slash: bool,
    },
}

impl Place {
    /// Returns the node there.
    fn node(&self, host: &Host) -> Result<Id, Errno> {
        match self {
            Self::Directory(id) => Ok(*id),
            Self::Entry {
                parent,
                name,
                slash,
            } => {
                let id = host.fs.child(*parent, name)?;
                match *slash && !host.fs.is_directory(id) {
                    true => Err(Errno::NotDir),
                    false => Ok(id),
                }
            }
        }
    }

    /// Returns directory and name, for calls that make or remove an entry.
    fn entry(self) -> Result<(Id, String), Errno> {
        match self {
            Self::Directory(_) => Err(Errno::Inval),
            Self::Entry { parent, name, .. } => Ok((parent, name)),
        }
    }
}

/// Follows the path at `at` from the directory open as `fd`.
fn find(
    guest: &Guest<'_>,
    host: &mut Host,
    fd: u32,
    (at, length): (u32, u32),
) -> Result<Place, Errno> {
    let path = guest.text(at, length)?;
    host.owed += u64::from(length);
    if path.is_empty() {
        return Err(Errno::NoEnt);
    }
    if path.len() > PATH_BYTES_MAX {
        return Err(Errno::NameTooLong);
    }
    if path.contains('\0') {
        return Err(Errno::Inval);
    }
    if path.starts_with('/') {
        return Err(Errno::NotCapable);
    }
    let mut trail = vec![host.directory(fd)?];
    let mut segments = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .peekable();
    while let Some(segment) = segments.next() {
        let here = *trail.last().ok_or(Errno::NotCapable)?;
        match segment {
            "." => {}
            ".." => {
                trail.pop();
                if trail.is_empty() {
                    return Err(Errno::NotCapable);
                }
            }
            name if name.len() > NAME_BYTES_MAX => return Err(Errno::NameTooLong),
            name if segments.peek().is_none() => {
                return Ok(Place::Entry {
                    parent: here,
                    name: name.into(),
                    slash: path.ends_with('/'),
                });
            }
            name => {
                let next = host.fs.child(here, name)?;
                host.fs.entries(next)?;
                trail.push(next);
            }
        }
    }
    trail.pop().map(Place::Directory).ok_or(Errno::NotCapable)
}

#[expect(clippy::too_many_arguments, reason = "the signature is WASI's")]
pub(super) fn open(
    guest: &mut Guest<'_>,
    host: &mut Host,
    fd: u32,
    _: u32,
    path: u32,
    length: u32,
    how: u32,
    rights: u64,
    _: u64,
    flags: u32,
    opened: u32,
) -> Done {
    let place = find(guest, host, fd, (path, length))?;
    let id = match place.node(host) {
        Ok(_) if how & EXCLUSIVE != 0 && how & CREATE != 0 => return Err(Errno::Exist),
        Ok(id) => id,
        Err(Errno::NoEnt) if how & CREATE != 0 && how & DIRECTORY == 0 => {
            if matches!(place, Place::Entry { slash: true, .. }) {
                return Err(Errno::IsDir);
            }
            let (parent, name) = place.entry()?;
            host.fs.create(parent, &name)?
        }
        Err(error) => return Err(error),
    };
    let descriptor = if host.fs.is_directory(id) {
        if how & TRUNCATE != 0 || rights & RIGHT_WRITE != 0 && how & DIRECTORY == 0 {
            return Err(Errno::IsDir);
        }
        Descriptor::Directory {
            id,
            preopened: None,
        }
    } else {
        if how & DIRECTORY != 0 {
            return Err(Errno::NotDir);
        }
        if how & TRUNCATE != 0 {
            host.fs.resize(id, 0)?;
        }
        Descriptor::File(OpenFile {
            id,
            position: 0,
            append: flags & 1 != 0,
            reads: rights & RIGHT_READ != 0,
            writes: rights & RIGHT_WRITE != 0,
        })
    };
    let fd = host.open(descriptor)?;
    guest.put_u32(opened, fd)
}

pub(super) fn create_directory(
    guest: &mut Guest<'_>,
    host: &mut Host,
    fd: u32,
    path: u32,
    length: u32,
) -> Done {
    match find(guest, host, fd, (path, length))? {
        Place::Directory(_) => Err(Errno::Exist),
        Place::Entry { parent, name, .. } => host.fs.make_directory(parent, &name).map(drop),
    }
}

pub(super) fn remove_directory(
    guest: &mut Guest<'_>,
    host: &mut Host,
    fd: u32,
    path: u32,
    length: u32,
) -> Done {
    let (parent, name) = find(guest, host, fd, (path, length))?.entry()?;
    host.fs.remove_directory(parent, &name)
}

pub(super) fn unlink_file(
    guest: &mut Guest<'_>,
    host: &mut Host,
    fd: u32,
    path: u32,
    length: u32,
) -> Done {
    let (parent, name) = find(guest, host, fd, (path, length))?.entry()?;
    host.fs.unlink(parent, &name)
}

#[expect(clippy::too_many_arguments, reason = "the signature is WASI's")]
pub(super) fn rename(
    guest: &mut Guest<'_>,
    host: &mut Host,
    fd: u32,
    path: u32,
    length: u32,
    new_fd: u32,
    new_path: u32,
    new_length: u32,
) -> Done {
    let (from, old) = find(guest, host, fd, (path, length))?.entry()?;
    let (to, new) = find(guest, host, new_fd, (new_path, new_length))?.entry()?;
    // To see that a directory does not move into itself, the tree is searched.
    host.owed += host.fs.len() as u64;
    host.fs.rename((from, &old), (to, &new))
}

pub(super) fn filestat_get(
    guest: &mut Guest<'_>,
    host: &mut Host,
    fd: u32,
    _: u32,
    path: u32,
    length: u32,
    at: u32,
) -> Done {
    let id = find(guest, host, fd, (path, length))?.node(host)?;
    put_filestat(guest, host, Some(id), at)
}

/// Nothing is a link, as programs that resolve paths want to know.
#[expect(clippy::too_many_arguments, reason = "the signature is WASI's")]
pub(super) fn readlink(
    guest: &mut Guest<'_>,
    host: &mut Host,
    fd: u32,
    path: u32,
    length: u32,
    _: u32,
    _: u32,
    _: u32,
) -> Done {
    find(guest, host, fd, (path, length))?.node(host)?;
    Err(Errno::Inval)
}
