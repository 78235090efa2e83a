//! What a field of an event must be. Rule: every field has a shape, and what is wanted of it is read
//! for that shape, so that a pattern nothing could fit is refused before a run.

use std::fmt;

use serde_json::Value as Json;

use super::{Kind, Matcher, Operand, words::words};
use crate::{
    actors::{Behaviour, Call, Message},
    executor::{OutcomeKind, Program},
    log::{CheckOutcome, EndReason, Law, OrderKind, Ratio, VerbKind, Verdict},
    protocol::Name,
    scenario::document::{Diagnostic, Node, Reader, Value, listed, nearest},
};

/// What a field holds.
#[derive(Copy, Clone, Debug, PartialEq)]
enum Shape {
    /// A value that is compared in its unit.
    Measured(Kind),
    /// A name, of one or of a group.
    Name,
    /// A category, in capitals or not, as files may write it.
    Category,
    /// One of these words.
    Word(&'static [&'static str]),
    /// How a program ended: a word, or `exit` and its code.
    Outcome,
    /// A hash or an address of so many bytes.
    Hex(usize),
    /// A text that is looked for in what is there.
    Prose,
    /// A text that is compared whole.
    Text,
    /// Several names or files: what is wanted is one of them, all of them, or how many there are.
    Several,
}

/// Returns what `field` of events called `event` holds; none for a field no event has.
fn shape(event: &str, field: &str) -> Option<Shape> {
    Some(match (event, field) {
        ("RunFinished", "reason") => Shape::Word(words::<EndReason>()),
        ("TaskJudged", "verdict") => Shape::Word(words::<Verdict>()),
        ("WorkerJoined", "behaviour") => Shape::Word(Behaviour::NAMES),
        ("FaultInjected" | "FaultHealed", "verb") => Shape::Word(VerbKind::WORDS),
        ("Revert", "call") => Shape::Word(Call::NAMES),
        ("MessageLost", "message") => Shape::Word(Message::LOST),
        ("InvariantBroken", "law") => Shape::Word(Law::NAMES),
        ("ExecutionStarted", "executor") => Shape::Word(Program::NAMES),
        ("ExecutionFinished", "outcome") => Shape::Outcome,
        ("ExpectationChecked", "outcome") => Shape::Word(words::<CheckOutcome>()),
        ("ExpectationChecked", "expected") => Shape::Text,
        ("OrderPublished" | "OrderCancelled", "kind") => Shape::Word(words::<OrderKind>()),
        ("WorkerpoolRegistered", "worker_stake") => Shape::Measured(Kind::Share),
        (_, "fee") => Shape::Measured(Kind::Share),
        (
            _,
            "amount" | "deposit" | "price" | "best_ask" | "best_bid" | "app_price"
            | "dataset_price" | "pool_price" | "worker_stake",
        ) => Shape::Measured(Kind::Money),
        (_, "time" | "block_ms" | "duration_ms") => Shape::Measured(Kind::Duration),
        (_, "size") => Shape::Measured(Kind::Size),
        (_, "expected") => Shape::Measured(Kind::Flag),
        (
            _,
            "seq"
            | "block"
            | "seed"
            | "start"
            | "score"
            | "trust"
            | "volume"
            | "ask_volume"
            | "bid_volume"
            | "transactions"
            | "gas_used"
            | "timestamp"
            | "depth"
            | "contribution_deadline"
            | "final_deadline"
            | "weight"
            | "winners"
            | "exit"
            | "since"
            | "line",
        ) => Shape::Measured(Kind::Number),
        (
            _,
            "actor" | "who" | "account" | "app" | "dataset" | "pool" | "contract" | "by" | "worker"
            | "group" | "task" | "requester" | "sponsor" | "owner" | "from" | "to",
        ) => Shape::Name,
        (_, "category") => Shape::Category,
        (_, "order" | "hash" | "deal" | "id" | "consensus" | "digest" | "transaction") => {
            Shape::Hex(32)
        }
        (_, "address") => Shape::Hex(20),
        (_, "reason" | "detail" | "note" | "output") => Shape::Prose,
        (_, "tasks" | "files" | "outputs" | "targets") => Shape::Several,
        (_, "title" | "version" | "results" | "image" | "warning" | "link" | "found" | "why") => {
            Shape::Text
        }
        _ => return None,
    })
}

/// What a field must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    shape: Shape,
    matcher: Matcher,
}

impl Wanted {
    /// Reads what is wanted of `field` of events called `event`.
    pub(super) fn read(
        (event, field): (&str, &str),
        node: &Node,
        reader: &mut Reader<'_>,
    ) -> Option<Self> {
        let shape = shape(event, field)?;
        let text = node.scalar();
        let counts = |text: &str| text.trim_start().starts_with(['<', '>']);
        let matcher = match shape {
            Shape::Measured(kind) => Matcher::read(node, kind, reader)?,
            Shape::Several
                if matches!(node.value, Value::Integer(_))
                    || text.as_deref().is_some_and(counts) =>
            {
                Matcher::read(node, Kind::Number, reader)?
            }
            Shape::Several if matches!(node.value, Value::List(_)) => {
                Matcher::read(node, Kind::Texts, reader)?
            }
            Shape::Name | Shape::Category | Shape::Word(_) | Shape::Outcome | Shape::Hex(_)
                if text.as_deref().is_some_and(counts) =>
            {
                let text = text.unwrap_or_default();
                let one = Diagnostic::error(node.span, format!("`{field}` has no order: `{text}`"));
                reader.complain(one.help("write what it is, \"!= …\", \"~ regex\" or \"any\""));
                return None;
            }
            Shape::Name
            | Shape::Category
            | Shape::Word(_)
            | Shape::Outcome
            | Shape::Hex(_)
            | Shape::Prose
            | Shape::Text
            | Shape::Several => match text {
                // A name or a text may look like a number.
                Some(text) => Matcher::read(
                    &Node {
                        span: node.span,
                        ..Node::text(text)
                    },
                    Kind::Text,
                    reader,
                )?,
                None => Matcher::read(node, Kind::Text, reader)?,
            },
        };
        let wanted = Self { shape, matcher };
        if let Err((wrong, help)) = wanted.check(field) {
            reader.complain(Diagnostic::error(node.span, wrong).help(help));
            return None;
        }
        Some(wanted)
    }

    /// Refuses texts the field can never be.
    fn check(&self, field: &str) -> Result<(), (String, String)> {
        if let Matcher::Matches(regex) = &self.matcher
            && !self.may_match(|word| regex.is_match(word))
        {
            let help = format!("there is {}", listed(self.words()));
            return Err((format!("`{field}` is never `~ {regex}`"), help));
        }
        for text in self.texts() {
            match self.shape {
                Shape::Outcome if !OutcomeKind::is_written(text) => {
                    let names = || OutcomeKind::NAMES.iter().copied();
                    let help = match nearest(text, names()) {
                        Some("exit") => "write `exit 1`, with the exit code".to_owned(),
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("there is {}", listed(OutcomeKind::NAMES)),
                    };
                    return Err((format!("`{field}` is never `{text}`"), help));
                }
                Shape::Word(words) if !words.contains(&text) => {
                    let help = match nearest(text, words.iter().copied()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("there is {}", listed(words)),
                    };
                    return Err((format!("`{field}` is never `{text}`"), help));
                }
                Shape::Hex(bytes) => {
                    let digits = text.strip_prefix("0x").unwrap_or_default();
                    let fits = digits.len() == 2 * bytes
                        && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
                    if !fits {
                        let help = format!(
                            "write `0x` and {} hexadecimal digits, or \"~ ^0x12ab\" for how it \
                             begins",
                            2 * bytes
                        );
                        return Err((format!("`{field}` is never `{text}`"), help));
                    }
                }
                Shape::Measured(_)
                | Shape::Name
                | Shape::Category
                | Shape::Word(_)
                | Shape::Outcome
                | Shape::Prose
                | Shape::Text
                | Shape::Several => {}
            }
        }
        Ok(())
    }

    /// The words the field is one of; none where anything may stand.
    fn words(&self) -> &'static [&'static str] {
        match self.shape {
            Shape::Word(words) => words,
            Shape::Outcome => OutcomeKind::NAMES,
            Shape::Measured(_)
            | Shape::Name
            | Shape::Category
            | Shape::Hex(_)
            | Shape::Prose
            | Shape::Text
            | Shape::Several => &[],
        }
    }

    /// Whether something the field can be is like this; a field that can be anything may be.
    fn may_match(&self, is_so: impl Fn(&str) -> bool) -> bool {
        let exits = || (1..=255).map(|code| OutcomeKind::Exit(code).to_string());
        let words = self.words();
        words.is_empty()
            || words.iter().any(|word| is_so(word))
            || self.shape == Shape::Outcome && exits().any(|exit| is_so(&exit))
    }

    /// Returns the texts that are written out in it.
    pub(crate) fn texts(&self) -> Vec<&str> {
        fn text(operand: &Operand) -> Option<&str> {
            match operand {
                Operand::Text(text) => Some(text),
                Operand::Number(_)
                | Operand::Money(_)
                | Operand::Duration(_)
                | Operand::Share(_)
                | Operand::Size(_)
                | Operand::Flag(_)
                | Operand::Texts(_)
                | Operand::Nothing => None,
            }
        }
        match &self.matcher {
            Matcher::Is(one) | Matcher::IsNot(one) => text(one).into_iter().collect(),
            Matcher::Set(all) => all.iter().filter_map(text).collect(),
            Matcher::Any | Matcher::Compare(..) | Matcher::Between(..) | Matcher::Matches(_) => {
                Vec::new()
            }
        }
    }

    /// Writes it as a file would.
    pub(super) fn write(&self) -> Node {
        self.matcher.write()
    }

    /// Returns whether a field of a record fits. What is not there fits nothing.
    pub(super) fn accepts(&self, found: &Json) -> bool {
        let text = match found {
            Json::Null => return false,
            Json::String(text) => text.clone(),
            Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => found.to_string(),
        };
        match (self.shape, found) {
            (Shape::Measured(kind), _) => self.matcher.accepts(&operand(kind, found)),
            (_, Json::Array(list)) => self.accepts_several(list),
            (Shape::Name, _) => self.accepts_text(&text, is_called),
            (Shape::Prose, _) => self.accepts_text(&text, |found, wanted| found.contains(wanted)),
            (Shape::Hex(_) | Shape::Category, _) => {
                self.accepts_text(&text, |found, wanted| found.eq_ignore_ascii_case(wanted))
            }
            (Shape::Word(_) | Shape::Outcome | Shape::Text | Shape::Several, _) => {
                self.accepts_text(&text, |found, wanted| found == wanted)
            }
        }
    }

    fn accepts_text(&self, found: &str, is: fn(&str, &str) -> bool) -> bool {
        let any = || self.texts().iter().any(|wanted| is(found, wanted));
        match &self.matcher {
            Matcher::Is(_) | Matcher::Set(_) => any(),
            Matcher::IsNot(_) => !any(),
            Matcher::Any | Matcher::Compare(..) | Matcher::Between(..) | Matcher::Matches(_) => {
                self.matcher.accepts(&Operand::Text(found.to_owned()))
            }
        }
    }

    fn accepts_several(&self, found: &[Json]) -> bool {
        let texts = || found.iter().filter_map(Json::as_str);
        let has = |wanted: &&str| texts().any(|found| is_called(found, wanted));
        match &self.matcher {
            Matcher::Is(Operand::Text(wanted)) => has(&wanted.as_str()),
            Matcher::IsNot(Operand::Text(wanted)) => !has(&wanted.as_str()),
            Matcher::Set(_) => {
                let wanted = self.texts();
                let is_wanted = |found| wanted.iter().any(|wanted| is_called(found, wanted));
                wanted.iter().all(has) && texts().all(is_wanted)
            }
            Matcher::Any => true,
            Matcher::Matches(_) => {
                texts().any(|found| self.matcher.accepts(&Operand::Text(found.to_owned())))
            }
            Matcher::Is(_) | Matcher::IsNot(_) | Matcher::Compare(..) | Matcher::Between(..) => {
                self.matcher
                    .accepts(&Operand::Number((found.len() as u64).into()))
            }
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.matcher.fmt(f)
    }
}

/// Reads a field of a record as a value of `kind`: money is in nRLC there, spans in milliseconds,
/// shares in percent.
fn operand(kind: Kind, found: &Json) -> Operand {
    let whole = found.as_u64().map(Ratio::from);
    let read = match kind {
        // An exit code may be below zero.
        Kind::Number => whole
            .or_else(|| found.as_i64().map(Ratio::from))
            .map(Operand::Number),
        Kind::Money => whole.map(Operand::Money),
        Kind::Duration => whole.map(Operand::Duration),
        Kind::Share => whole.map(|percent| Operand::Share(percent.per(100))),
        Kind::Size => whole.map(Operand::Size),
        Kind::Flag => found.as_bool().map(Operand::Flag),
        Kind::Text | Kind::Status | Kind::State | Kind::Texts => None,
    };
    read.unwrap_or(Operand::Nothing)
}

/// Whether `found` is called `wanted`: the same, a member of the group of that name, or either of
/// them with its kind before it.
fn is_called(found: &str, wanted: &str) -> bool {
    const KINDS: [&str; 6] = ["worker", "pool", "account", "app", "dataset", "task"];
    let bare = |name: &str| match Name::from(name).split_kind() {
        Some((kind, bare)) if KINDS.contains(&kind) => Some(bare.to_owned()),
        Some(_) | None => None,
    };
    // A task alone may be called as if it were the only member of a bag.
    let is = |found: &str, wanted: &str| {
        found == wanted || wanted.strip_suffix("-0") == Some(found) || is_member(found, wanted)
    };
    is(found, wanted)
        || match (bare(found), bare(wanted)) {
            (Some(found), None) => is(&found, wanted),
            (None, Some(wanted)) => is(found, &wanted),
            (None, None) | (Some(_), Some(_)) => false,
        }
}

/// Whether `found` is called as the members of group `group` are: `w-0`, `w-1`, …
fn is_member(found: &str, group: &str) -> bool {
    let index = found
        .strip_prefix(group)
        .and_then(|rest| rest.strip_prefix('-'));
    index.is_some_and(|index| !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{log::Event, scenario::expect::event_names};

    #[test]
    fn every_field_of_every_event_has_a_shape() {
        for event in event_names() {
            let fields = Event::fields(event).unwrap();
            for field in fields.into_iter().chain(["seq", "time", "block", "actor"]) {
                let shape = shape(event, field);
                assert!(shape.is_some(), "{event}.{field}");
                assert_ne!(shape, Some(Shape::Word(&[])), "{event}.{field}");
            }
        }
    }
}
