//! Answers as text, and the room there is for them: none grows beyond what one may take, and all that
//! are under way share what there is. Otherwise a single careless question fills the memory.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use alloy_primitives::hex;
use axum::body::Bytes;
use serde::Serialize;

use super::error::{Answer, RpcError};

/// Bytes up to which a text takes no room: all connections together cannot hold much of these.
const SMALL: usize = 64 << 10;

/// Bytes that usually stand around an answer: the longest one need not move to have them.
const ENVELOPE: usize = 128;

/// A JSON value in text.
#[derive(Debug)]
pub struct Json(Text);

impl Json {
    /// Writes a value, however long it is: for those that are known to be short.
    ///
    /// # Errors
    ///
    /// When the value has no JSON form.
    pub(super) fn of<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<Self> {
        let bytes = serde_json::to_vec(value)?;
        Ok(Self(Text {
            bytes,
            ..Text::of_any_length()
        }))
    }

    /// Returns the text.
    pub fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// Returns whether the text takes room, so that a copy of it would take as much again.
    pub(super) fn is_long(&self) -> bool {
        self.0.held.bytes > 0
    }

    /// Returns the text with others around it.
    ///
    /// # Errors
    ///
    /// When there is no room for them.
    pub(super) fn between(self, before: &[u8], after: &[u8]) -> Result<Text, RpcError> {
        let Self(mut text) = self;
        text.max = text.len() + before.len() + after.len();
        text.reserve(before.len() + after.len())?;
        text.bytes.splice(..0, before.iter().copied());
        text.bytes.extend_from_slice(after);
        Ok(text)
    }
}

/// What the answers of a node may take: each, and all that are under way.
#[derive(Clone, Debug)]
pub(super) struct Room(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    each: usize,
    all: usize,
    taken: AtomicUsize,
}

impl Room {
    /// So many bytes for each answer, and for all together.
    pub(super) fn new(each: usize, all: usize) -> Self {
        let taken = AtomicUsize::new(0);
        Self(Arc::new(Shared { each, all, taken }))
    }

    /// Writes a value that may be long.
    ///
    /// # Errors
    ///
    /// When it is longer than an answer may be, or than there is room for.
    pub(super) fn write<T: Serialize + ?Sized>(&self, value: &T) -> Answer {
        let mut text = self.text(self.0.each);
        text.write_json(value)?;
        Ok(Json(text))
    }

    /// Writes bytes as hex, as they come.
    ///
    /// # Errors
    ///
    /// When they are more than an answer may have, or than there is room for.
    pub(super) fn hex(&self, write: impl FnOnce(Hex<'_>) -> io::Result<()>) -> Answer {
        let mut text = self.text(self.0.each);
        text.bytes.extend_from_slice(b"\"0x");
        if let Err(error) = write(Hex(&mut text)) {
            return Err(match text.full {
                Some(full) => text.error(full),
                None => RpcError::internal(format!("the answer cannot be written: {error}")),
            });
        }
        text.bytes.push(b'"');
        Ok(Json(text))
    }

    /// Begins a list whose items are written one by one, so that they need not exist at once.
    pub(super) fn list(&self) -> List {
        List {
            text: self.text(self.0.each),
            items: 0,
        }
    }

    /// Begins a text that holds whole answers, which have their own limit.
    pub(super) fn envelope(&self) -> Text {
        self.text(usize::MAX)
    }

    fn text(&self, max: usize) -> Text {
        Text {
            max,
            held: Held {
                room: Some(self.clone()),
                bytes: 0,
            },
            ..Text::of_any_length()
        }
    }
}

/// Takes bytes into a text, as hex.
#[derive(Debug)]
pub(super) struct Hex<'a>(&'a mut Text);

impl io::Write for Hex<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut digits = [0; 1 << 12];
        let taken = bytes.len().min(digits.len() / 2);
        let digits = &mut digits[..2 * taken];
        hex::encode_to_slice(&bytes[..taken], digits).map_err(io::Error::other)?;
        io::Write::write_all(self.0, digits)?;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A list that is being written.
#[derive(Debug)]
pub(super) struct List {
    text: Text,
    items: usize,
}

impl List {
    /// Writes one more item.
    ///
    /// # Errors
    ///
    /// When the list becomes longer than an answer may be, or than there is room for.
    pub(super) fn push<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), RpcError> {
        self.text
            .bytes
            .push(if self.items == 0 { b'[' } else { b',' });
        self.text.write_json(item)?;
        self.items += 1;
        Ok(())
    }

    /// Returns how many items were written.
    pub(super) fn len(&self) -> usize {
        self.items
    }

    /// Returns whether so much is written that the rest may wait for another answer.
    pub(super) fn is_half_full(&self) -> bool {
        self.text.bytes.len() > self.text.max / 2
    }

    /// Returns whether the last item was refused because the list is as long as an answer may be.
    pub(super) fn is_full(&self) -> bool {
        self.text.full == Some(Full::Answer)
    }

    /// Returns the length an answer may have, in words.
    pub(super) fn most(&self) -> String {
        in_words(self.text.max)
    }

    /// Ends the list.
    ///
    /// # Errors
    ///
    /// Never; the signature is that of every answer.
    pub(super) fn end(mut self) -> Answer {
        if self.items == 0 {
            self.text.bytes.push(b'[');
        }
        self.text.bytes.push(b']');
        Ok(Json(self.text))
    }
}

/// A text that grows no further than there is room.
#[derive(Debug)]
pub(super) struct Text {
    bytes: Vec<u8>,
    max: usize,
    held: Held,
    full: Option<Full>,
}

/// What there was no more of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Full {
    /// The length an answer may have.
    Answer,
    /// The room all answers share.
    Room,
}

/// Room a text takes, given back when it is dropped.
#[derive(Debug)]
struct Held {
    /// None for what takes no room.
    room: Option<Room>,
    bytes: usize,
}

impl Text {
    fn of_any_length() -> Self {
        Self {
            bytes: Vec::new(),
            max: usize::MAX,
            held: Held {
                room: None,
                bytes: 0,
            },
            full: None,
        }
    }

    /// Returns how long the text is.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the text, to be written on.
    pub(super) fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Makes room for so many bytes more.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub(super) fn reserve(&mut self, more: usize) -> Result<(), RpcError> {
        self.grow(more).map_err(|full| self.error(full))
    }

    /// Returns the text as it is sent; the room it takes comes back once it is.
    pub(super) fn into_bytes(self) -> Bytes {
        if self.held.bytes == 0 {
            Bytes::from(self.bytes)
        } else {
            Bytes::from_owner(self)
        }
    }

    fn write_json<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), RpcError> {
        serde_json::to_writer(&mut *self, value).map_err(|error| match self.full {
            Some(full) => self.error(full),
            None => RpcError::internal(format!("the answer has no json form: {error}")),
        })
    }

    fn grow(&mut self, more: usize) -> Result<(), Full> {
        let needed = self.bytes.len().saturating_add(more);
        if needed > self.max {
            return Err(Full::Answer);
        }
        let capacity = self.bytes.capacity();
        if needed <= capacity {
            return Ok(());
        }
        let capacity = capacity
            .saturating_mul(2)
            .min(self.max.saturating_add(ENVELOPE))
            .max(needed)
            .max(128);
        // The last doubling may be too much where what is needed is not. While the text moves, it is
        // there twice.
        let (old, sizes) = (self.held.bytes, [capacity, needed]);
        let fits = |size: &usize| self.held.grow(old + size);
        let size = sizes.into_iter().find(fits).ok_or(Full::Room)?;
        self.bytes.reserve_exact(size - self.bytes.len());
        self.held.give_back(old);
        Ok(())
    }

    fn error(&self, full: Full) -> RpcError {
        let message = match (full, &self.held.room) {
            (Full::Room, Some(room)) => format!(
                "the answers under way take more than {}: wait for some of them, or give the node \
                 more (--answer-size)",
                in_words(room.0.all)
            ),
            (Full::Answer, _) | (Full::Room, None) => format!(
                "the answer is longer than {}: ask for less, or give the node more (--answer-size)",
                in_words(self.max)
            ),
        };
        RpcError::new(RpcError::LIMIT_EXCEEDED, message)
    }
}

impl io::Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(full) = self.grow(bytes.len()) {
            self.full = Some(full);
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Held {
    /// Takes as much as makes `size` bytes in all; false if that is not there.
    fn grow(&mut self, size: usize) -> bool {
        let Some(Room(shared)) = &self.room else {
            return true;
        };
        if size <= SMALL {
            return true;
        }
        let more = size.saturating_sub(self.bytes);
        let after = |taken: usize| taken.checked_add(more).filter(|taken| *taken <= shared.all);
        let taken = &shared.taken;
        let got = taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, after);
        if got.is_ok() {
            self.bytes += more;
        }
        got.is_ok()
    }

    fn give_back(&mut self, bytes: usize) {
        let bytes = bytes.min(self.bytes);
        if let Some(Room(shared)) = &self.room {
            shared.taken.fetch_sub(bytes, Ordering::Relaxed);
            self.bytes -= bytes;
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.give_back(self.bytes);
    }
}

fn in_words(bytes: usize) -> String {
    match bytes >> 20 {
        0 => format!("{bytes} bytes"),
        mib => format!("{mib} MiB"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn taken(room: &Room) -> usize {
        room.0.taken.load(Ordering::Relaxed)
    }

    #[test]
    fn an_answer_grows_as_far_as_one_may_and_no_further() {
        let room = Room::new(100, 1 << 20);
        let exact = "x".repeat(98);
        assert_eq!(room.write(&exact).unwrap().bytes().len(), 100);
        let error = room.write(&"x".repeat(99)).unwrap_err();
        assert_eq!(error.code, RpcError::LIMIT_EXCEEDED);
        assert!(error.message.contains("longer than 100 bytes"), "{error}");
    }

    #[test]
    fn bytes_become_hex_as_far_as_there_is_room() {
        let room = Room::new(10_000, 1 << 20);
        let bytes: Vec<u8> = (0..4_990_u32).map(|byte| byte.to_le_bytes()[0]).collect();
        let answer = room.hex(|mut out| out.write_all(&bytes)).unwrap();
        let told = format!("\"{}\"", hex::encode_prefixed(&bytes));
        assert_eq!(answer.bytes(), told.as_bytes());
        let long = [0; 5_000];
        let error = room.hex(|mut out| out.write_all(&long)).unwrap_err();
        assert!(error.message.contains("longer than 10000 bytes"), "{error}");
    }

    #[test]
    fn long_answers_share_their_room_and_give_it_back() {
        let room = Room::new(1 << 20, 500_000);
        let long = "x".repeat(200_000);
        let first = room.write(&long).unwrap();
        assert!(taken(&room) >= 200_000);
        let error = room.write(&long).unwrap_err();
        assert!(error.message.contains("under way"), "{error}");
        assert!(room.write("short").is_ok(), "short answers take no room");
        let sent = first.between(b"<", b">").unwrap().into_bytes();
        assert!(sent.starts_with(b"<\"x") && sent.ends_with(b"x\">"));
        assert!(room.write(&long).is_err(), "it is being sent");
        drop(sent);
        assert_eq!(taken(&room), 0);
        assert!(room.write(&long).is_ok());
    }

    #[test]
    fn a_list_is_the_json_of_its_items() {
        let room = Room::new(16, 1 << 20);
        let list = room.list();
        assert_eq!(list.end().unwrap().bytes(), b"[]");
        let mut list = room.list();
        list.push(&1).unwrap();
        list.push("two").unwrap();
        assert!(!list.is_half_full() && !list.is_full());
        list.push(&3).unwrap();
        assert!(list.is_half_full());
        assert!(list.push("more than there is").is_err());
        assert!(list.is_full());
        assert_eq!(list.len(), 3);
    }
}
