//! Which names of entries are unpacked: plain relative paths that mean the same everywhere.

use thiserror::Error;

use super::UnzipError;

/// The most bytes a name may have.
const BYTES_MAX: usize = 512;

/// The most segments a name may have.
const DEPTH_MAX: usize = 16;

/// What is wrong with the name of an entry.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Error)]
pub enum NameFault {
    /// It is empty.
    #[error("has no name")]
    Empty,
    /// It begins with a slash.
    #[error("is absolute")]
    Absolute,
    /// It goes up, or has empty or `.` segments.
    #[error("does not go straight down")]
    Climbs,
    /// It holds a backslash, which separates paths on some machines.
    #[error("holds a backslash")]
    Backslash,
    /// It holds a colon, which names drives and streams on some machines.
    #[error("holds a colon")]
    Colon,
    /// It holds a control character.
    #[error("holds a control character")]
    Control,
    /// It is not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// Another place in the archive gives it another name.
    #[error("has two different names")]
    TwoNames,
    /// It is too long.
    #[error("is longer than {BYTES_MAX} bytes")]
    TooLong,
    /// It lies too deep.
    #[error("lies deeper than {DEPTH_MAX} directories")]
    TooDeep,
}

/// Returns the name written as `raw`, if it is one to unpack to.
///
/// `decoded` is what the zip library makes of it, after extra fields that rename.
pub(super) fn read(raw: &[u8], decoded: Option<&str>) -> Result<String, UnzipError> {
    let name = String::from_utf8_lossy(raw).into_owned();
    match judge(raw, decoded) {
        None => Ok(name),
        Some(fault) => Err(UnzipError::Name { name, fault }),
    }
}

fn judge(raw: &[u8], decoded: Option<&str>) -> Option<NameFault> {
    if raw.is_empty() {
        return Some(NameFault::Empty);
    }
    if raw.len() > BYTES_MAX {
        return Some(NameFault::TooLong);
    }
    // Names without the UTF-8 flag are UTF-8 too where it matters: old code pages are guesswork.
    let Ok(name) = std::str::from_utf8(raw) else {
        return Some(NameFault::NotUtf8);
    };
    if name.is_ascii() && decoded != Some(name) {
        return Some(NameFault::TwoNames);
    }
    if name.starts_with('/') {
        return Some(NameFault::Absolute);
    }
    if name.chars().any(char::is_control) {
        return Some(NameFault::Control);
    }
    if name.contains('\\') {
        return Some(NameFault::Backslash);
    }
    if name.contains(':') {
        return Some(NameFault::Colon);
    }
    let path = name.strip_suffix('/').unwrap_or(name);
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Some(NameFault::Climbs);
    }
    (path.split('/').count() > DEPTH_MAX).then_some(NameFault::TooDeep)
}
