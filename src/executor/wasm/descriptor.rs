//! Calls on open descriptors: `fd_*`.

use super::{
    errno::Errno,
    fs::{Fs, Id},
    guest::Guest,
    host::{Descriptor, EPOCH_NS, Host},
};

type Done = Result<(), Errno>;

/// The right to read a descriptor.
pub(super) const RIGHT_READ: u64 = 1 << 1;

/// The right to write to a descriptor.
pub(super) const RIGHT_WRITE: u64 = 1 << 6;

/// All rights there are.
const RIGHTS: u64 = (1 << 30) - 1;

/// The rights to move in a stream; one without them that is no terminal is a pipe.
const RIGHTS_SEEK: u64 = 1 << 2 | 1 << 5;

const APPEND: u16 = 1;

/// Kinds of files, by WASI's numbers.
const UNKNOWN: u8 = 0;
const DIRECTORY: u8 = 3;
const REGULAR: u8 = 4;

pub(super) fn close(_: &mut Guest<'_>, host: &mut Host, fd: u32) -> Done {
    host.close(fd).map(drop)
}

pub(super) fn renumber(_: &mut Guest<'_>, host: &mut Host, from: u32, to: u32) -> Done {
    host.renumber(from, to)
}

/// Nothing is kept outside memory, so everything is always safe.
pub(super) fn sync(_: &mut Guest<'_>, host: &mut Host, fd: u32) -> Done {
    host.descriptor(fd).map(drop)
}

pub(super) fn advise(_: &mut Guest<'_>, host: &mut Host, fd: u32, _: u64, _: u64, _: u32) -> Done {
    host.file(fd).map(drop)
}

pub(super) fn write(
    guest: &mut Guest<'_>,
    host: &mut Host,
    fd: u32,
    list: u32,
    count: u32,
    written: u32,
) -> Done {
    let target = host.descriptor(fd)?.clone();
    let mut total = 0_u32;
    for piece in guest.pieces(list, count)? {
        let bytes = guest.bytes(piece.at, piece.length)?;
        total = total.checked_add(piece.length).ok_or(Errno::Inval)?;
        host.owed += u64::from(piece.length);
        match target {
            Descriptor::Output => host.stdout.write(bytes, host.log_limit),
            Descriptor::Error => host.stderr.write(bytes, host.log_limit),
            Descriptor::File(_) => write_file(host, fd, bytes)?,
            Descriptor::Input | Descriptor::Directory { .. } => return Err(Errno::BadF),
        }
    }
    guest.put_u32(written, total)
}

fn write_file(host: &mut Host, fd: u32, bytes: &[u8]) -> Done {
    let file = host.file(fd)?.clone();
    if !file.writes {
        return Err(Errno::BadF);
    }
    let at = match file.append {
        true => host.fs.size(file.id),
        false => file.position,
    };
    grow(host, file.id, |fs| fs.write(file.id, at, bytes))?;
    host.file(fd)?.position = at + bytes.len() as u64;
    Ok(())
}

/// Changes a file; filling a gap with zeros is work too.
fn grow(host: &mut Host, id: Id, change: impl FnOnce(&mut Fs) -> Done) -> Done {
    let before = host.fs.size(id);
    change(&mut host.fs)?;
    host.owed += host.fs.size(id).saturating_sub(before);
    Ok(())
}

pub(super) fn pwrite(
    guest: &mut Guest<'_>,
    host: &mut Host,
    fd: u32,
    list: u32,
    count: u32,
    offset: u64,
    written: u32,
) -> Done {
    let file = host.file(fd)?.clone();
    if !file.writes {
        return Err(Errno::BadF);
    }
    let mut at = offset;
    for piece in guest.pieces(list, count)? {
        let bytes = guest.bytes(piece.at, piece.length)?;
        host.owed += u64::from(piece.length);
        grow(host, file.id, |fs| fs.write(file.id, at, bytes))?;
        at += u64::from(piece.length);
    }
    guest.put_u32(written, (at - offset) as u32)
}

pub(super) fn read(
    guest: &mut Guest<'_>,
    host: &mut Host,
    fd: u32,
    list: u32,
    count: u32,
    got: u32,
) -> Done {
    let file = match host.descriptor(fd)? {
        Descriptor::File(file) => file.clone(),
        Descriptor::Input => return guest.put_u32(got, 0),
        Descriptor::Directory { .. } => return Err(Errno::IsDir),
        Descriptor::Output | Descriptor::Error => return Err(Errno::BadF),
    };
    let end = read_at(guest, host, (fd, file.position), (list, count))?;
    host.file(fd)?.position = end;
    guest.put_u32(got, (end - file.position) as u32)
}

pub(super) fn pread(
    guest: &mut Guest<'_>,
    host: &mut Host,
    fd: u32,
    list: u32,
    count: u32,
    offset: u64,
    got: u32,
) -> Done {
    let end = read_at(guest, host, (fd, offset), (list, count))?;
    guest.put_u32(got, (end - offset) as u32)
}

/// Reads a file from `offset` into a list of pieces and returns where it stopped.
fn read_at(
    guest: &mut Guest<'_>,
    host: &mut Host,
    (fd, offset): (u32, u64),
    (list, count): (u32, u32),
) -> Result<u64, Errno> {
    let file = host.file(fd)?.clone();
    if !file.reads {
        return Err(Errno::BadF);
    }
    let mut at = offset;
    for piece in guest.pieces(list, count)? {
        let content = host.fs.content(file.id)?;
        let start = usize::try_from(at).unwrap_or(usize::MAX).min(content.len());
        let end = start
            .saturating_add(piece.length as usize)
            .min(content.len());
        guest.bytes(piece.at, piece.length)?;
        guest.put(piece.at, &content[start..end])?;
        at += (end - start) as u64;
        host.owed += (end - start) as u64;
    }
    Ok(at)
}

pub(super) fn seek(
    guest: &mut Guest<'_>,
    host: &mut Host,
    fd: u32,
    offset: u64,
    whence: u32,
    position: u32,
) -> Done {
    let file = host.file(fd)?.clone();
    let from = match whence {
        0 => 0,
        1 => file.position,
        2 => host.fs.size(file.id),
        _ => return Err(Errno::Inval),
    };
    let to = from
        .checked_add_signed(offset.cast_signed())
        .ok_or(Errno::Inval)?;
    host.file(fd)?.position = to;
    guest.put_u64(position, to)
}

pub(super) fn tell(guest: &mut Guest<'_>, host: &mut Host, fd: u32, position: u32) -> Done {
    let at = host.file(fd)?.position;
    guest.put_u64(position, at)
}

pub(super) fn fdstat_get(guest: &mut Guest<'_>, host: &mut Host, fd: u32, at: u32) -> Done {
    let (kind, flags, rights) = match host.descriptor(fd)? {
        Descriptor::Input => (UNKNOWN, 0, RIGHTS & !RIGHTS_SEEK & !RIGHT_WRITE),
        Descriptor::Output | Descriptor::Error => (UNKNOWN, 0, RIGHTS & !RIGHTS_SEEK & !RIGHT_READ),
        Descriptor::Directory { .. } => (DIRECTORY, 0, RIGHTS),
        Descriptor::File(file) => {
            let mut rights = RIGHTS;
            if !file.reads {
                rights &= !RIGHT_READ;
            }
            if !file.writes {
                rights &= !RIGHT_WRITE;
            }
            (REGULAR, if file.append { APPEND } else { 0 }, rights)
        }
    };
    let mut stat = [0; 24];
    stat[0] = kind;
    stat[2..4].copy_from_slice(&flags.to_le_bytes());
    stat[8..16].copy_from_slice(&rights.to_le_bytes());
    stat[16..24].copy_from_slice(&RIGHTS.to_le_bytes());
    guest.put(at, &stat)
}

pub(super) fn fdstat_set_flags(_: &mut Guest<'_>, host: &mut Host, fd: u32, flags: u32) -> Done {
    host.file(fd)?.append = flags & u32::from(APPEND) != 0;
    Ok(())
}

pub(super) fn filestat_get(guest: &mut Guest<'_>, host: &mut Host, fd: u32, at: u32) -> Done {
    let id = match host.descriptor(fd)? {
        Descriptor::File(file) => Some(file.id),
        Descriptor::Directory { id, .. } => Some(*id),
        Descriptor::Input | Descriptor::Output | Descriptor::Error => None,
    };
    put_filestat(guest, host, id, at)
}

pub(super) fn filestat_set_size(_: &mut Guest<'_>, host: &mut Host, fd: u32, size: u64) -> Done {
    let file = host.file(fd)?.clone();
    if !file.writes {
        return Err(Errno::Inval);
    }
    grow(host, file.id, |fs| fs.resize(file.id, size))
}

/// Writes what is known of a node; every file was made when the program started.
pub(super) fn put_filestat(guest: &mut Guest<'_>, host: &Host, id: Option<Id>, at: u32) -> Done {
    let (kind, size) = match id {
        Some(id) if host.fs.is_directory(id) => (DIRECTORY, 0),
        Some(id) => (REGULAR, host.fs.size(id)),
        None => (UNKNOWN, 0),
    };
    let mut stat = [0; 64];
    // Number 0 would mean that there is none.
    let number = id.map_or(0, |id| id as u64 + 1);
    stat[8..16].copy_from_slice(&number.to_le_bytes());
    stat[16] = kind;
    stat[24] = 1;
    stat[32..40].copy_from_slice(&size.to_le_bytes());
    for time in [40, 48, 56] {
        stat[time..time + 8].copy_from_slice(&EPOCH_NS.to_le_bytes());
    }
    guest.put(at, &stat)
}

pub(super) fn prestat_get(guest: &mut Guest<'_>, host: &mut Host, fd: u32, at: u32) -> Done {
    let length = preopened(host, fd)?.len() as u32;
    guest.put_u32(at, 0)?;
    guest.put_u32(at.checked_add(4).ok_or(Errno::Fault)?, length)
}

pub(super) fn prestat_dir_name(
    guest: &mut Guest<'_>,
    host: &mut Host,
    fd: u32,
    at: u32,
    length: u32,
) -> Done {
    let name = preopened(host, fd)?;
    match name.len() > length as usize {
        true => Err(Errno::NameTooLong),
        false => guest.put(at, name.as_bytes()),
    }
}

/// The path of a directory that was open from the start.
fn preopened(host: &mut Host, fd: u32) -> Result<String, Errno> {
    let Descriptor::Directory {
        preopened: Some(name),
        ..
    } = host.descriptor(fd)?
    else {
        return Err(Errno::BadF);
    };
    Ok(name.clone())
}

/// Lists a directory in the order of names; `cookie` is the number of entries to skip.
pub(super) fn readdir(
    guest: &mut Guest<'_>,
    host: &mut Host,
    fd: u32,
    buffer: u32,
    length: u32,
    cookie: u64,
    used: u32,
) -> Done {
    let id = host.directory(fd)?;
    let entries = host.fs.entries(id)?;
    let own = [(".", id), ("..", id)].into_iter();
    let all = own.chain(entries.iter().map(|(name, id)| (name.as_str(), *id)));
    let skip = usize::try_from(cookie).map_err(|_| Errno::Inval)?;
    let mut list = Vec::new();
    for (index, (name, id)) in all.enumerate().skip(skip) {
        if list.len() >= length as usize {
            break;
        }
        let kind = match host.fs.is_directory(id) {
            true => DIRECTORY,
            false => REGULAR,
        };
        list.extend((index as u64 + 1).to_le_bytes());
        list.extend((id as u64 + 1).to_le_bytes());
        list.extend((name.len() as u32).to_le_bytes());
        list.extend([kind, 0, 0, 0]);
        list.extend(name.as_bytes());
    }
    // A last entry that does not fit is cut, which tells the program to ask again.
    list.truncate(length as usize);
    host.owed += skip as u64 + list.len() as u64;
    guest.put(buffer, &list)?;
    guest.put_u32(used, list.len() as u32)
}
