//! Result archives by content: what was put in comes out, byte for byte, or not at all.
//!
//! The address of an archive is its SHA-256, so equal archives are kept once and a damaged one is
//! noticed. With a directory, archives are also files there: written whole or not at all.

use std::{
    fmt, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    str::FromStr,
};

use alloy_primitives::{Address, B256, Bytes};
use imbl::OrdMap;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// What every content identifier here begins with: version 1, raw bytes, SHA-256, 32 bytes.
const PREFIX: [u8; 4] = [0x01, 0x55, 0x12, 0x20];

/// The alphabet of base 32 in lower case.
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Why an archive could not be kept or found.
#[derive(Debug, Error)]
pub enum ResultsError {
    /// The directory cannot be used.
    #[error("the results directory {} cannot be used: {source}", path.display())]
    Directory {
        /// The directory or file at fault.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file does not hold what its name says.
    #[error("{} is damaged: its content is not what its name says", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The text is not an identifier of this store.
    #[error("{0:?} is not a content identifier; one looks like bafkrei… and has 59 characters")]
    NotAnId(String),
}

/// The address of an archive: the SHA-256 of its bytes, written as a CID (version 1, raw).
///
/// IPFS gives the same address to archives of up to 1 MiB; it cuts larger ones into pieces first.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentId(pub B256);

impl ContentId {
    /// Returns the address of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(B256::from_slice(&Sha256::digest(bytes)))
    }

    /// Returns the text that goes on chain as the task's `results`.
    pub fn link(&self) -> String {
        format!(r#"{{ "storage": "ipfs", "location": "/ipfs/{self}" }}"#)
    }

    /// Reads the address in a text as made by [`ContentId::link`].
    pub fn from_link(link: &str) -> Option<Self> {
        let link: serde_json::Value = serde_json::from_str(link).ok()?;
        let location = link.get("location")?.as_str()?;
        location.strip_prefix("/ipfs/")?.parse().ok()
    }
}

/// Returns the text that goes on chain as the `results` of a task whose result went to a callback
/// contract.
pub fn callback_link(contract: Address) -> String {
    let contract = contract.to_string().to_lowercase();
    format!(r#"{{ "storage": "ethereum", "location": "{contract}" }}"#)
}

impl fmt::Display for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes: Vec<u8> = PREFIX.into_iter().chain(self.0.0).collect();
        let mut text = String::from("b");
        let (mut buffer, mut bits) = (0_u32, 0);
        for byte in bytes {
            buffer = (buffer << 8 | u32::from(byte)) & 0xffff;
            bits += 8;
            while bits >= 5 {
                bits -= 5;
                text.push(BASE32[(buffer >> bits & 31) as usize].into());
            }
        }
        text.push(BASE32[(buffer << (5 - bits) & 31) as usize].into());
        f.pad(&text)
    }
}

impl FromStr for ContentId {
    type Err = ResultsError;

    fn from_str(text: &str) -> Result<Self, ResultsError> {
        let not_an_id = || ResultsError::NotAnId(text.into());
        let digits = text.strip_prefix('b').ok_or_else(not_an_id)?;
        let mut bytes = Vec::new();
        let (mut buffer, mut bits) = (0_u32, 0);
        for digit in digits.bytes() {
            let value = BASE32.iter().position(|other| *other == digit);
            let value = value.ok_or_else(not_an_id)?;
            buffer = (buffer << 5 | value as u32) & 0xffff;
            bits += 5;
            if bits >= 8 {
                bits -= 8;
                bytes.push((buffer >> bits & 0xff) as u8);
            }
        }
        let hash = bytes.strip_prefix(&PREFIX).ok_or_else(not_an_id)?;
        let id = Self(B256::try_from(hash).map_err(|_| not_an_id())?);
        // One address, one spelling: leftover bits and missing digits are refused.
        (id.to_string() == text).then_some(id).ok_or_else(not_an_id)
    }
}

/// Archives by their address. Clones share what they hold.
#[derive(Clone, Debug, Default)]
pub struct Results {
    archives: OrdMap<ContentId, Bytes>,
    directory: Option<PathBuf>,
}

impl Results {
    /// Returns an empty store in memory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a store that also keeps every archive as a file in `directory`, and finds those
    /// that are already there.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub fn in_directory(directory: impl Into<PathBuf>) -> Result<Self, ResultsError> {
        let directory = directory.into();
        fs::create_dir_all(&directory).map_err(|source| ResultsError::Directory {
            path: directory.clone(),
            source,
        })?;
        Ok(Self {
            archives: OrdMap::new(),
            directory: Some(directory),
        })
    }

    /// Keeps `archive` and returns its address.
    ///
    /// # Errors
    /// When the directory cannot be written to; the store is then as before.
    pub fn put(&mut self, archive: impl Into<Bytes>) -> Result<ContentId, ResultsError> {
        let archive = archive.into();
        let id = ContentId::of(&archive);
        if self.archives.contains_key(&id) {
            return Ok(id);
        }
        if let Some(directory) = &self.directory {
            let path = file_of(directory, id);
            write_whole(directory, &path, &archive)
                .map_err(|source| ResultsError::Directory { path, source })?;
        }
        self.archives.insert(id, archive);
        Ok(id)
    }

    /// Returns the archive at `id`, if it was ever put here.
    ///
    /// # Errors
    /// When its file cannot be read or holds something else.
    pub fn get(&self, id: ContentId) -> Result<Option<Bytes>, ResultsError> {
        if let Some(archive) = self.archives.get(&id) {
            return Ok(Some(archive.clone()));
        }
        let Some(directory) = &self.directory else {
            return Ok(None);
        };
        let path = file_of(directory, id);
        match fs::read(&path) {
            Ok(archive) if ContentId::of(&archive) == id => Ok(Some(archive.into())),
            Ok(_) => Err(ResultsError::Damaged { path }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(ResultsError::Directory { path, source }),
        }
    }

    /// Returns the archives put here during this run, by address.
    pub fn iter(&self) -> impl Iterator<Item = (ContentId, &Bytes)> {
        self.archives.iter().map(|(id, archive)| (*id, archive))
    }

    /// Returns the number of archives put here during this run.
    pub fn len(&self) -> usize {
        self.archives.len()
    }

    /// Whether nothing was put here during this run.
    pub fn is_empty(&self) -> bool {
        self.archives.is_empty()
    }
}

/// The file of an archive: a zip archive, whatever a vote of 2018 may have made of it.
fn file_of(directory: &Path, id: ContentId) -> PathBuf {
    directory.join(format!("{id}.zip"))
}

/// Writes under a name of its own, then renames: nobody ever sees half a file.
fn write_whole(directory: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_cid_other_tools_print() {
        let hello = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
        assert_eq!(ContentId::of(b"hello world").to_string(), hello);
        let nothing = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";
        assert_eq!(ContentId::of(b"").to_string(), nothing);
        assert_eq!(
            hello.parse::<ContentId>().unwrap(),
            ContentId::of(b"hello world")
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let good = ContentId::of(b"").to_string();
        let upper = good.to_uppercase();
        let long = format!("{good}a");
        for text in ["", "b", "Qm", &good[..58], &upper, &long, "bafkreié"] {
            assert!(text.parse::<ContentId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_link_leads_back_to_its_archive() {
        let id = ContentId::of(b"result");
        let link = id.link();
        assert!(link.starts_with(r#"{ "storage": "ipfs", "location": "/ipfs/bafkrei"#));
        assert_eq!(ContentId::from_link(&link), Some(id));
        assert_eq!(ContentId::from_link(&callback_link(Address::ZERO)), None);
    }

    #[test]
    fn what_was_put_in_comes_out_and_is_kept_once() {
        let mut results = Results::new();
        let id = results.put(&b"result"[..]).unwrap();
        let before = results.clone();
        assert_eq!(results.put(&b"result"[..]).unwrap(), id);
        results.put(&b"other"[..]).unwrap();
        assert_eq!((before.len(), results.len()), (1, 2));
        assert_eq!(
            results.get(id).unwrap(),
            Some(Bytes::from_static(b"result"))
        );
        assert!(before.get(ContentId::of(b"other")).unwrap().is_none());
    }

    #[test]
    fn a_directory_keeps_archives_and_notices_damage() {
        let directory = tempfile::tempdir().unwrap();
        let mut results = Results::in_directory(directory.path()).unwrap();
        let id = results.put(&b"result"[..]).unwrap();
        let again = Results::in_directory(directory.path()).unwrap();
        assert_eq!(
            again.get(id).unwrap().unwrap(),
            Bytes::from_static(b"result")
        );
        let file = directory.path().join(format!("{id}.zip"));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        fs::write(&file, "resul").unwrap();
        assert!(matches!(again.get(id), Err(ResultsError::Damaged { .. })));
        let missing = Results::in_directory(file.join("below"));
        assert!(matches!(missing, Err(ResultsError::Directory { .. })));
    }
}
