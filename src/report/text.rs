//! How numbers and names are written for people.

use std::time::Duration;

use alloy_primitives::B256;

/// Returns a span as scenarios spell it, to its two largest units: `1h30m`, `7s`, `250ms`.
pub fn span(span: Duration) -> String {
    let millis = span.as_millis();
    let units = [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "m"),
        (1_000, "s"),
        (1, "ms"),
    ];
    let Some(at) = units.iter().position(|(size, _)| millis >= *size) else {
        return "0s".to_owned();
    };
    let (size, unit) = units[at];
    let head = format!("{}{unit}", millis / size);
    match units.get(at + 1) {
        Some((next, unit)) if millis % size >= *next => {
            format!("{head}{}{unit}", millis % size / next)
        }
        _ => head,
    }
}

/// Returns a size with a binary unit: `512 B`, `1.5 MiB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut tenths = u128::from(bytes) * 10;
    let mut unit = "B";
    for larger in UNITS {
        if tenths < 10_240 {
            break;
        }
        tenths /= 1024;
        unit = larger;
    }
    match tenths % 10 {
        0 => format!("{} {unit}", tenths / 10),
        tenth => format!("{}.{tenth} {unit}", tenths / 10),
    }
}

/// Returns a number with its thousands apart: `10,000`.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns a count with its noun: `1 vote`, `4 votes`.
pub fn count(of: u64, noun: &str) -> String {
    let ending = if of == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", number(of))
}

/// Returns the first and last digits of a hash: `0xaaaaaa…aaaa`.
pub fn hash(hash: &B256) -> String {
    let text = hash.to_string();
    format!("{}…{}", &text[..8], &text[text.len() - 4..])
}

/// Returns how a qualified name is spoken: `account.alice` is alice, `kitty` the kitty.
pub fn person(name: &str) -> &str {
    match name.split_once('.') {
        Some((_, bare)) => bare,
        None if name == "kitty" => "the kitty",
        None => name,
    }
}

/// Returns the names separated by commas, the last by `and`.
pub fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match names.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// Returns the letter of a group of equal results: A, B, … Z, then A1, B1, …
pub fn letter(at: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(at % 26).unwrap_or(0));
    match at / 26 {
        0 => letter.to_string(),
        round => format!("{letter}{round}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_scenarios_spell_them() {
        let read = |millis| span(Duration::from_millis(millis));
        assert_eq!(read(0), "0s");
        assert_eq!(read(250), "250ms");
        assert_eq!(read(7_000), "7s");
        assert_eq!(read(7_250), "7s250ms");
        assert_eq!(read(90_000), "1m30s");
        assert_eq!(read(3_000_000), "50m");
        assert_eq!(read(5_400_001), "1h30m");
        assert_eq!(read(90_000_000), "1d1h");
    }

    #[test]
    fn numbers_and_sizes_are_readable() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(size(512), "512 B");
        assert_eq!(size(1536), "1.5 KiB");
        assert_eq!(size(2 << 30), "2 GiB");
        assert_eq!(count(1, "vote"), "1 vote");
        assert_eq!(count(10_000, "task"), "10,000 tasks");
    }

    #[test]
    fn people_have_names() {
        assert_eq!(person("worker.w-0"), "w-0");
        assert_eq!(person("kitty"), "the kitty");
        assert_eq!(list(["a", "b", "c"]), "a, b and c");
        assert_eq!(letter(0), "A");
        assert_eq!(letter(27), "B1");
        assert_eq!(hash(&B256::repeat_byte(0xab)), "0xababab…abab");
    }
}
