//! The envelope of a run file: magic, version and frames. Rule: a frame is whole or it is not there.

use std::io::{self, Read, Write};

use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};

/// How every run file begins: a byte no text has, a name, and line ends a text transfer would ruin.
pub const MAGIC: [u8; 8] = *b"\x89EMU\r\n\x1a\n";

/// The version of the format that is written, and the only one that is read.
pub const VERSION: u16 = 1;

/// The most bytes of one frame's content, unpacked: more than the largest input.
const PLAIN_MAX: u32 = 1 << 30;

/// Bytes before a frame's checksum.
const HEAD: usize = 9;

/// More bytes than the frame has that ends a file.
const END_MAX: usize = 4096;

/// What a frame holds.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Header,
    Source,
    Input,
    Contracts,
    Execution,
    Deeds,
    Events,
    End,
    /// Something a later version of `emulate` knows.
    Unknown,
}

impl Kind {
    const fn letter(self) -> u8 {
        match self {
            Self::Header => b'H',
            Self::Source => b'S',
            Self::Input => b'I',
            Self::Contracts => b'C',
            Self::Execution => b'X',
            Self::Deeds => b'D',
            Self::Events => b'E',
            Self::End => b'Z',
            Self::Unknown => b'?',
        }
    }

    const fn of(letter: u8) -> Self {
        match letter {
            b'H' => Self::Header,
            b'S' => Self::Source,
            b'I' => Self::Input,
            b'C' => Self::Contracts,
            b'X' => Self::Execution,
            b'D' => Self::Deeds,
            b'E' => Self::Events,
            b'Z' => Self::End,
            _ => Self::Unknown,
        }
    }
}

/// Writes what comes before the first frame.
pub(super) fn begin(out: &mut impl Write) -> io::Result<()> {
    out.write_all(&[&MAGIC[..], &VERSION.to_le_bytes()].concat())
}

/// Writes one frame, by a single call of `write_all`.
pub(super) fn write(out: &mut impl Write, kind: Kind, plain: &[u8]) -> io::Result<()> {
    let too_long = || io::Error::new(io::ErrorKind::FileTooLarge, "a frame holds at most 1 GiB");
    let plain_len = u32::try_from(plain.len())
        .ok()
        .filter(|len| *len <= PLAIN_MAX)
        .ok_or_else(too_long)?;
    let mut frame = vec![0; HEAD + 4];
    frame[0] = kind.letter();
    frame[5..HEAD].copy_from_slice(&plain_len.to_le_bytes());
    let mut packer = DeflateEncoder::new(frame, Compression::default());
    packer.write_all(plain)?;
    let mut frame = packer.finish()?;
    let packed_len = u32::try_from(frame.len() - HEAD - 4).map_err(|_| too_long())?;
    frame[1..5].copy_from_slice(&packed_len.to_le_bytes());
    let sum = checksum(&frame[..HEAD], &frame[HEAD + 4..]);
    frame[HEAD..HEAD + 4].copy_from_slice(&sum.to_le_bytes());
    out.write_all(&frame)
}

fn checksum(head: &[u8], packed: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(head);
    sum.update(packed);
    sum.finalize()
}

/// What follows in a file.
pub(super) enum Next {
    /// A whole frame.
    Frame(Kind, Vec<u8>),
    /// The end of the file, after a whole frame.
    Over,
    /// A frame whose end is missing.
    CutOff,
    /// A frame that is not as it was written.
    Spoilt,
}

/// Returns the version a file says it has; none when it is no run file at all.
pub(super) fn version(source: &mut impl Read) -> io::Result<Option<u16>> {
    let mut start = Vec::new();
    source.take(10).read_to_end(&mut start)?;
    Ok(match start.split_first_chunk::<8>() {
        Some((magic, &[low, high])) if *magic == MAGIC => Some(u16::from_le_bytes([low, high])),
        _ => None,
    })
}

/// Reads the next frame.
pub(super) fn next(source: &mut impl Read) -> io::Result<Next> {
    let mut head = Vec::new();
    source.take(HEAD as u64 + 4).read_to_end(&mut head)?;
    let Ok(head) = <[u8; HEAD + 4]>::try_from(head.as_slice()) else {
        return Ok(if head.is_empty() {
            Next::Over
        } else {
            Next::CutOff
        });
    };
    let number =
        |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let (packed_len, plain_len, sum) = (number(1), number(5), number(HEAD));
    let mut packed = Vec::new();
    source.take(packed_len.into()).read_to_end(&mut packed)?;
    if packed.len() < packed_len as usize {
        // A file that has its end lost nothing there: a length is not what it was.
        return Ok(match ends_the_file(&packed) {
            true => Next::Spoilt,
            false => Next::CutOff,
        });
    }
    if checksum(&head[..HEAD], &packed) != sum || plain_len > PLAIN_MAX {
        return Ok(Next::Spoilt);
    }
    let mut plain = Vec::new();
    // One byte more than said: a frame that holds more than it says is spoilt, not a flood.
    let limit = u64::from(plain_len) + 1;
    let unpacked = DeflateDecoder::new(packed.as_slice())
        .take(limit)
        .read_to_end(&mut plain);
    Ok(match unpacked {
        Ok(len) if len == plain_len as usize => Next::Frame(Kind::of(head[0]), plain),
        Ok(_) | Err(_) => Next::Spoilt,
    })
}

/// Whether the last of these bytes are the whole frame that ends a run file.
fn ends_the_file(bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(END_MAX)..];
    (0..tail.len()).any(|at| {
        let Some((head, packed)) = tail[at..].split_first_chunk::<{ HEAD + 4 }>() else {
            return false;
        };
        let [kind, length @ .., _, _, _, _, _, _, _, _] = *head;
        let [.., sum0, sum1, sum2, sum3] = *head;
        kind == Kind::End.letter()
            && u32::from_le_bytes(length) as usize == packed.len()
            && u32::from_le_bytes([sum0, sum1, sum2, sum3]) == checksum(&head[..HEAD], packed)
    })
}
