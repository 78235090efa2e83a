//! The program's memory, read and written with every address checked.

use super::errno::Errno;

/// The memory of a running program.
pub(super) struct Guest<'a>(pub(super) &'a mut [u8]);

/// A piece of the program's memory: where a vector of a read or write lies.
#[derive(Copy, Clone)]
pub(super) struct Piece {
    pub(super) at: u32,
    pub(super) length: u32,
}

/// The most pieces one call may name.
const PIECES_MAX: u32 = 1024;

impl Guest<'_> {
    /// Returns the bytes from `at`.
    pub(super) fn bytes(&self, at: u32, length: u32) -> Result<&[u8], Errno> {
        let (at, length) = (at as usize, length as usize);
        let end = at.checked_add(length).ok_or(Errno::Fault)?;
        self.0.get(at..end).ok_or(Errno::Fault)
    }

    /// Returns the bytes from `at`, to write to.
    pub(super) fn bytes_mut(&mut self, at: u32, length: u32) -> Result<&mut [u8], Errno> {
        let (at, length) = (at as usize, length as usize);
        let end = at.checked_add(length).ok_or(Errno::Fault)?;
        self.0.get_mut(at..end).ok_or(Errno::Fault)
    }

    /// Returns the text at `at`.
    pub(super) fn text(&self, at: u32, length: u32) -> Result<&str, Errno> {
        std::str::from_utf8(self.bytes(at, length)?).map_err(|_| Errno::IlSeq)
    }

    /// Writes `bytes` to `at`.
    pub(super) fn put(&mut self, at: u32, bytes: &[u8]) -> Result<(), Errno> {
        let length = u32::try_from(bytes.len()).map_err(|_| Errno::Fault)?;
        self.bytes_mut(at, length)?.copy_from_slice(bytes);
        Ok(())
    }

    /// Writes a number of four bytes to `at`.
    pub(super) fn put_u32(&mut self, at: u32, value: u32) -> Result<(), Errno> {
        self.put(at, &value.to_le_bytes())
    }

    /// Writes a number of eight bytes to `at`.
    pub(super) fn put_u64(&mut self, at: u32, value: u64) -> Result<(), Errno> {
        self.put(at, &value.to_le_bytes())
    }

    /// Reads a number of four bytes.
    pub(super) fn u32(&self, at: u32) -> Result<u32, Errno> {
        let bytes = self.bytes(at, 4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// Reads a number of eight bytes.
    pub(super) fn u64(&self, at: u32) -> Result<u64, Errno> {
        let low = u64::from(self.u32(at)?);
        let high = u64::from(self.u32(at.checked_add(4).ok_or(Errno::Fault)?)?);
        Ok(high << 32 | low)
    }

    /// Reads the list of `count` pieces at `at`.
    pub(super) fn pieces(&self, at: u32, count: u32) -> Result<Vec<Piece>, Errno> {
        if count > PIECES_MAX {
            return Err(Errno::Inval);
        }
        let list = self.bytes(at, count * 8)?;
        let number = |bytes: &[u8]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        let piece = |bytes: &[u8]| Piece {
            at: number(bytes),
            length: number(&bytes[4..]),
        };
        Ok(list.chunks_exact(8).map(piece).collect())
    }

    /// Writes a list of texts as C does: addresses at `list`, each text with a NUL from `at` on.
    pub(super) fn put_texts(&mut self, list: u32, at: u32, texts: &[String]) -> Result<(), Errno> {
        let (mut list, mut at) = (list, at);
        for text in texts {
            self.put_u32(list, at)?;
            self.put(at, text.as_bytes())?;
            let end = at.checked_add(text.len() as u32).ok_or(Errno::Fault)?;
            self.put(end, &[0])?;
            at = end.wrapping_add(1);
            list = list.wrapping_add(4);
        }
        Ok(())
    }
}
