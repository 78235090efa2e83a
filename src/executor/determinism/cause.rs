//! Why two files differ: a guess from the bytes where they part. Rule: a guess is made only where
//! its mark is seen; otherwise the cause is unknown, and says so.

use std::fmt;

use super::Change;

/// How far around the first difference is looked.
const AROUND: usize = 64;

/// The fewest hexadecimal digits taken for an identifier.
const IDENTIFIER_DIGITS: usize = 12;

/// Why two runs of the same program left different bytes.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// It follows from what was changed between the runs.
    Changed(Change),
    /// The packing times in a zip archive.
    ZipTimes,
    /// The time in the head of a gzip file.
    GzipTime,
    /// A date or a time of day.
    Timestamp,
    /// A random identifier.
    Identifier,
    /// The same lines in another order.
    Order,
    /// A number that differs in its last digits.
    Rounding,
    /// The file is there in some runs only.
    Sometimes,
    /// Nothing that was recognised.
    Unknown,
}

impl Cause {
    /// Says what to do about it, for the author of the program.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Changed(Change::Cpus) => {
                "fix the number of threads (such as -threads 1, OMP_NUM_THREADS=1), or vote on what \
                 does not depend on it"
            }
            Self::Changed(Change::Locale) => {
                "set TZ=UTC and LC_ALL=C in the image before the program starts"
            }
            Self::Changed(Change::Host) => "keep the host's name out of what is written",
            Self::Changed(Change::Random) => {
                "take random numbers from a generator seeded with the arguments or the input"
            }
            Self::Changed(Change::Nothing) | Self::Unknown => {
                "look at the bytes: whatever comes from outside the input cannot be voted on"
            }
            Self::ZipTimes => {
                "pack with fixed times (SOURCE_DATE_EPOCH, or touch -d @0 and zip -X)"
            }
            Self::GzipTime => "pack with gzip -n",
            Self::Timestamp => "leave the time out, or write a fixed one",
            Self::Identifier => "derive identifiers from the input, not from chance",
            Self::Order => {
                "sort before writing: folders, hash maps and threads have no fixed order"
            }
            Self::Rounding => {
                "round to the digits that are certain, or add in a fixed order on one thread"
            }
            Self::Sometimes => "write the same files every time",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Changed(Change::Cpus) => "the number of processors",
            Self::Changed(Change::Locale) => "time zone or language",
            Self::Changed(Change::Host) => "the name of the host",
            Self::Changed(Change::Random) => "random bytes",
            Self::Changed(Change::Nothing) => "something that changes from run to run",
            Self::ZipTimes => "the times in a zip archive",
            Self::GzipTime => "the time in the head of a gzip file",
            Self::Timestamp => "a date or time in the file",
            Self::Identifier => "a random identifier",
            Self::Order => "the same lines in another order",
            Self::Rounding => "the last digits of a number: the order of additions",
            Self::Sometimes => "the file is not always written",
            Self::Unknown => "unknown",
        })
    }
}

/// Guesses why `one` and `other` part at byte `at`.
pub(super) fn guess(one: &[u8], other: &[u8], at: usize) -> Cause {
    let both = |test: &dyn Fn(&[u8]) -> bool| test(one) && test(other);
    if both(&|bytes| bytes.starts_with(b"PK\x03\x04")) && is_zip_time(one, at) {
        return Cause::ZipTimes;
    }
    if both(&|bytes| bytes.starts_with(b"\x1f\x8b")) && (4..8).contains(&at) {
        return Cause::GzipTime;
    }
    if near(
        one,
        at,
        &[
            b"mvhd",
            b"tkhd",
            b"mdhd",
            b"CreationDate",
            b"ModDate",
            b"tIME",
        ],
    ) {
        return Cause::Timestamp;
    }
    let (Ok(one), Ok(other)) = (std::str::from_utf8(one), std::str::from_utf8(other)) else {
        return Cause::Unknown;
    };
    guess_text(one, other, at)
}

fn guess_text(one: &str, other: &str, at: usize) -> Cause {
    let words = (word(one, at), word(other, at));
    let both = |test: fn(&str) -> bool| test(words.0) && test(words.1);
    if both(is_time) {
        return Cause::Timestamp;
    }
    if both(is_identifier) {
        return Cause::Identifier;
    }
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    };
    if one.lines().count() > 1 && sorted(one) == sorted(other) {
        return Cause::Order;
    }
    if is_rounding(words.0, words.1) {
        return Cause::Rounding;
    }
    Cause::Unknown
}

/// Whether byte `at` lies in the time of an entry, in its own head or in the directory.
fn is_zip_time(bytes: &[u8], at: usize) -> bool {
    let heads: [(&[u8], usize); 2] = [(b"PK\x03\x04", 10), (b"PK\x01\x02", 12)];
    heads.into_iter().any(|(mark, offset)| {
        // The time is four bytes, date included.
        let first = at.saturating_sub(offset + 3);
        let last = at.saturating_sub(offset);
        (first..=last).any(|start| {
            start + offset <= at
                && bytes
                    .get(start..)
                    .is_some_and(|rest| rest.starts_with(mark))
        })
    })
}

/// Whether one of `marks` stands shortly before byte `at`.
fn near(bytes: &[u8], at: usize, marks: &[&[u8]]) -> bool {
    let end = at.min(bytes.len());
    let before = &bytes[end.saturating_sub(AROUND)..end];
    let found = |mark: &&[u8]| before.windows(mark.len()).any(|window| window == *mark);
    marks.iter().any(found)
}

/// The word around byte `at`: what holds together in numbers, times and identifiers.
fn word(text: &str, at: usize) -> &str {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:.+".contains(&byte);
    let bytes = text.as_bytes();
    let at = at.min(bytes.len());
    let start = bytes[..at].iter().rposition(|byte| !is_part(*byte));
    let start = start.map_or(0, |before| before + 1);
    let length = bytes[at..].iter().position(|byte| !is_part(*byte));
    let end = length.map_or(bytes.len(), |length| at + length);
    let word = text.get(start..end).unwrap_or("");
    word.trim_matches(|char: char| !char.is_ascii_alphanumeric())
}

/// Whether a word is a time of day, a date, or seconds since 1970.
fn is_time(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let numbers = word.split(|char: char| !char.is_ascii_digit());
    let numbers: Vec<&str> = numbers.filter(|number| !number.is_empty()).collect();
    let clock = numbers.len() >= 2 && numbers[..2].iter().all(|number| number.len() <= 2);
    let date = numbers.len() >= 3 && numbers[0].len() == 4 && numbers[0].starts_with(['1', '2']);
    let epoch = matches!(word.split('.').next(), Some(whole)
        if matches!(whole.len(), 10 | 13 | 16 | 19)
            && whole.starts_with(['1', '2'])
            && whole.bytes().all(|byte| byte.is_ascii_digit()));
    epoch || date && word.contains(['-', ':']) || clock && word.contains(':') && digits >= 3
}

/// Whether a word is a long hexadecimal number, or several joined by `-`.
fn is_identifier(word: &str) -> bool {
    let hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let word = word.strip_prefix("0x").unwrap_or(word);
    let digits = word.bytes().filter(u8::is_ascii_hexdigit).count();
    digits >= IDENTIFIER_DIGITS && word.split('-').all(hex)
}

/// Whether two words are decimal numbers that agree in their first digits.
fn is_rounding(one: &str, other: &str) -> bool {
    let number = |word: &str| word.parse::<f64>().ok().filter(|_| word.contains('.'));
    let (Some(a), Some(b)) = (number(one), number(other)) else {
        return false;
    };
    let scale = a.abs().max(b.abs());
    a != b && (a - b).abs() <= scale * 1e-4
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cause of the first difference of two texts.
    fn cause(one: &str, other: &str) -> Cause {
        let at = one.bytes().zip(other.bytes()).position(|(a, b)| a != b);
        guess(
            one.as_bytes(),
            other.as_bytes(),
            at.unwrap_or(one.len().min(other.len())),
        )
    }

    #[test]
    fn each_mark_is_recognised() {
        let time = Cause::Timestamp;
        assert_eq!(
            cause("at 2026-11-22T10:00:01Z ok", "at 2026-11-22T10:00:03Z ok"),
            time
        );
        assert_eq!(cause("done 10:00:01\n", "done 10:00:03\n"), time);
        assert_eq!(cause("{\"t\":1763800001}", "{\"t\":1763800003}"), time);
        let uuid = "id 1b4e28ba-2fa1-11d2-883f-0016d3cca427";
        assert_eq!(
            cause(uuid, "id 6fa459ea-ee8a-3ca4-894e-db77e160355e"),
            Cause::Identifier
        );
        assert_eq!(cause("a\nb\nc\n", "b\na\nc\n"), Cause::Order);
        assert_eq!(cause("sum 3.14159265", "sum 3.14159268"), Cause::Rounding);
        assert_eq!(cause("abc", "abd"), Cause::Unknown);
        assert_eq!(cause("score 3.1", "score 9.7"), Cause::Unknown);
    }

    #[test]
    fn times_in_archives_are_told_from_other_bytes() {
        let mut zip = b"PK\x03\x04\x14\0\0\0\0\0TTDDcccc".to_vec();
        let mut other = zip.clone();
        other[11] = b'x';
        assert_eq!(guess(&zip, &other, 11), Cause::ZipTimes);
        zip.push(0xff);
        other = zip.clone();
        other[15] = 0xfe;
        assert_eq!(guess(&zip, &other, 15), Cause::Unknown);
        assert_eq!(
            guess(b"\x1f\x8b\x08\0aaaa", b"\x1f\x8b\x08\0bbbb", 4),
            Cause::GzipTime
        );
        assert_eq!(
            guess(b"mvhd\0\0\0\0\xffa", b"mvhd\0\0\0\0\xffb", 9),
            Cause::Timestamp
        );
    }

    #[test]
    fn no_bytes_are_too_odd_to_guess_about() {
        for at in [0, 1, 5, 100] {
            guess(b"", b"", at);
            guess("é".as_bytes(), "è".as_bytes(), at);
            guess(b"PK\x03\x04", b"PK\x03\x04", at);
        }
    }
}
