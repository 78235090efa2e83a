//! Zip archives made byte by byte, so that they can lie in every way.

use std::io::Write;

use flate2::{Compression, Crc, write::DeflateEncoder};

/// One entry, honest unless told otherwise.
#[derive(Clone)]
pub(super) struct Entry {
    name: Vec<u8>,
    /// The name in the local header, when it is another.
    pub(super) local_name: Option<Vec<u8>>,
    body: Vec<u8>,
    pub(super) method: u16,
    /// Unix mode, the upper half of the external attributes.
    pub(super) mode: u32,
    pub(super) flags: u16,
    /// Size after unpacking, as declared in both headers.
    pub(super) size: u32,
    pub(super) crc: u32,
    /// Points to the body of the first entry instead of its own.
    pub(super) shares_first_body: bool,
    /// Not listed in the directory.
    pub(super) unlisted: bool,
    pub(super) extra: Vec<u8>,
}

impl Entry {
    /// A stored regular file.
    pub(super) fn stored(name: impl AsRef<[u8]>, content: &[u8]) -> Self {
        let mut crc = Crc::new();
        crc.update(content);
        Self {
            name: name.as_ref().to_vec(),
            local_name: None,
            body: content.to_vec(),
            method: 0,
            mode: 0o100_644,
            flags: 0,
            size: u32::try_from(content.len()).unwrap(),
            crc: crc.sum(),
            shares_first_body: false,
            unlisted: false,
            extra: Vec::new(),
        }
    }

    /// A deflated regular file.
    pub(super) fn deflated(name: impl AsRef<[u8]>, content: &[u8]) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).unwrap();
        Self {
            body: encoder.finish().unwrap(),
            method: 8,
            ..Self::stored(name, content)
        }
    }

    /// A file of another kind, by its Unix mode.
    pub(super) fn of_mode(name: &str, mode: u32) -> Self {
        Self {
            mode,
            ..Self::stored(name, b"/etc/passwd")
        }
    }

    /// The fields both headers share.
    fn common(&self, name: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for field in [20, self.flags, self.method, 0, 0x21] {
            bytes.extend(u16::to_le_bytes(field));
        }
        let packed = u32::try_from(self.body.len()).unwrap();
        for field in [self.crc, packed, self.size] {
            bytes.extend(u32::to_le_bytes(field));
        }
        for length in [name.len(), self.extra.len()] {
            bytes.extend(u16::try_from(length).unwrap().to_le_bytes());
        }
        bytes
    }
}

/// An archive of `entries`.
pub(super) fn zip(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    let mut listed = 0_u16;
    for entry in entries {
        let mut offset = u32::try_from(bytes.len()).unwrap();
        if entry.shares_first_body {
            offset = 0;
        } else {
            let name = entry.local_name.as_ref().unwrap_or(&entry.name);
            bytes.extend(b"PK\x03\x04");
            bytes.extend(entry.common(name));
            bytes.extend(name);
            bytes.extend(&entry.extra);
            bytes.extend(&entry.body);
        }
        if entry.unlisted {
            continue;
        }
        listed += 1;
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(entry.common(&entry.name));
        directory.extend([0; 6]);
        directory.extend(u32::to_le_bytes(entry.mode << 16));
        directory.extend(u32::to_le_bytes(offset));
        directory.extend(&entry.name);
        directory.extend(&entry.extra);
    }
    let start = u32::try_from(bytes.len()).unwrap();
    let length = u32::try_from(directory.len()).unwrap();
    bytes.extend(directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([listed.to_le_bytes(), listed.to_le_bytes()].concat());
    bytes.extend([length.to_le_bytes(), start.to_le_bytes()].concat());
    bytes.extend([0, 0]);
    bytes
}
