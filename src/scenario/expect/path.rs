//! Paths to values: `task.job.latency.p50`. Rule: a path that is read names a value that exists.

use std::fmt;

use schemars::{Schema, SchemaGenerator, json_schema};

use super::{Kind, Operand};
use crate::{
    protocol::Name,
    scenario::document::{Diagnostic, Node, Reader, Setting, Span, nearest},
};

/// What a value belongs to.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A task, or every task of a bag.
    Task,
    /// A worker, or every worker of a group.
    Worker,
    /// A workerpool.
    Pool,
    /// An account.
    Account,
    /// An application.
    App,
    /// A dataset.
    Dataset,
    /// The kitty.
    Kitty,
    /// The order book.
    Book,
    /// The chain.
    Chain,
    /// The run itself.
    Run,
}

/// A field: its name and the kind of its value.
type Field = (&'static str, Kind);

const TASK: [Field; 12] = [
    ("status", Kind::Status),
    ("correct", Kind::Flag),
    ("corrupted", Kind::Flag),
    ("groups", Kind::Number),
    ("contributions", Kind::Number),
    ("winners", Kind::Number),
    ("reopens", Kind::Number),
    ("latency", Kind::Duration),
    ("output", Kind::Text),
    ("outputs", Kind::Texts),
    ("inputs", Kind::Texts),
    ("errors", Kind::Number),
];
const WAITING: Field = ("waiting", Kind::Number);
const WORKER: [Field; 8] = [
    ("score", Kind::Number),
    ("stake", Kind::Money),
    ("locked", Kind::Money),
    ("earned", Kind::Money),
    ("slashed", Kind::Money),
    ("contributions", Kind::Number),
    ("reveals", Kind::Number),
    ("state", Kind::State),
];
const POOL: [Field; 5] = [
    ("earned", Kind::Money),
    ("sold", Kind::Number),
    ("reverted", Kind::Number),
    ("stake", Kind::Money),
    ("locked", Kind::Money),
];
const ACCOUNT: [Field; 4] = [
    ("stake", Kind::Money),
    ("locked", Kind::Money),
    ("spent", Kind::Money),
    ("earned", Kind::Money),
];
const EARNED: [Field; 1] = [("earned", Kind::Money)];
const KITTY: [Field; 1] = [("locked", Kind::Money)];
const BOOK: [Field; 4] = [
    ("best_ask", Kind::Money),
    ("best_bid", Kind::Money),
    ("spread", Kind::Money),
    ("depth", Kind::Number),
];
const CHAIN: [Field; 5] = [
    ("blocks", Kind::Number),
    ("txs", Kind::Number),
    ("reverts", Kind::Number),
    ("reverts_unexpected", Kind::Number),
    ("gas", Kind::Number),
];
const RUN: [Field; 3] = [
    ("duration", Kind::Duration),
    ("wall", Kind::Duration),
    ("memory", Kind::Size),
];

impl Subject {
    /// Every subject with the word paths begin with.
    pub const ALL: [(Self, &'static str); 10] = [
        (Self::Task, "task"),
        (Self::Worker, "worker"),
        (Self::Pool, "pool"),
        (Self::Account, "account"),
        (Self::App, "app"),
        (Self::Dataset, "dataset"),
        (Self::Kitty, "kitty"),
        (Self::Book, "book"),
        (Self::Chain, "chain"),
        (Self::Run, "run"),
    ];

    /// Returns the subject a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        let known = Self::ALL.iter().find(|(_, known)| *known == word);
        known.map(|(subject, _)| *subject)
    }

    /// Returns the word paths begin with.
    pub fn word(self) -> &'static str {
        let known = Self::ALL.iter().find(|(subject, _)| *subject == self);
        known.map_or("", |(_, word)| word)
    }

    /// Returns whether there are several, told apart by name.
    pub fn is_named(self) -> bool {
        match self {
            Self::Task | Self::Worker | Self::Pool | Self::Account | Self::App | Self::Dataset => {
                true
            }
            Self::Kitty | Self::Book | Self::Chain | Self::Run => false,
        }
    }

    /// Returns the names of the fields its rows have.
    pub(crate) fn field_names(self) -> impl Iterator<Item = &'static str> {
        self.fields().into_iter().map(|(field, _)| field)
    }

    fn fields(self) -> Vec<Field> {
        match self {
            Self::Task => [TASK.as_slice(), &[WAITING]].concat(),
            Self::Worker => WORKER.to_vec(),
            Self::Pool => POOL.to_vec(),
            Self::Account => ACCOUNT.to_vec(),
            Self::App | Self::Dataset => EARNED.to_vec(),
            Self::Kitty => KITTY.to_vec(),
            Self::Book => BOOK.to_vec(),
            Self::Chain => CHAIN.to_vec(),
            Self::Run => RUN.to_vec(),
        }
    }
}

/// One number made of the values of all members of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// All together.
    Sum,
    /// The least.
    Min,
    /// The most.
    Max,
    /// The average.
    Mean,
    /// The value so many hundredths of the members do not exceed.
    Percentile(u8),
    /// The share of members for which it is true.
    Rate,
    /// The share of members with this value.
    RateOf(Operand),
    /// How many members have this value.
    Count(Operand),
}

impl Aggregate {
    const WORDS: [&'static str; 9] = [
        "sum", "min", "max", "mean", "p50", "p95", "p99", "rate", "count",
    ];

    fn parse(parts: &[&str]) -> Option<Self> {
        Some(match parts {
            ["sum"] => Self::Sum,
            ["min"] => Self::Min,
            ["max"] => Self::Max,
            ["mean"] => Self::Mean,
            ["p50"] => Self::Percentile(50),
            ["p95"] => Self::Percentile(95),
            ["p99"] => Self::Percentile(99),
            ["rate"] => Self::Rate,
            ["rate", value] => Self::RateOf(Operand::Text((*value).to_owned())),
            ["count", value] => Self::Count(Operand::Text((*value).to_owned())),
            _ => return None,
        })
    }

    /// Reads the value whose members are counted, if any are.
    fn counting(self, kind: Kind) -> Result<Self, (String, String)> {
        if let Self::RateOf(Operand::Text(value)) = &self {
            return Ok(Self::RateOf(counted(value, kind)?));
        }
        if let Self::Count(Operand::Text(value)) = &self {
            return Ok(Self::Count(counted(value, kind)?));
        }
        Ok(self)
    }

    /// Returns the kind of the number made of values of `kind`; none when it cannot be made.
    fn kind(&self, kind: Kind) -> Option<Kind> {
        match (self, kind) {
            (Self::Rate, Kind::Flag) => Some(Kind::Share),
            (
                Self::RateOf(_),
                Kind::Flag | Kind::Status | Kind::State | Kind::Text | Kind::Number,
            ) => Some(Kind::Share),
            (
                Self::Count(_),
                Kind::Flag | Kind::Status | Kind::State | Kind::Text | Kind::Number,
            ) => Some(Kind::Number),
            (
                Self::Sum | Self::Min | Self::Max | Self::Mean | Self::Percentile(_),
                Kind::Number | Kind::Money | Kind::Duration | Kind::Size,
            ) => Some(kind),
            (
                Self::Sum
                | Self::Min
                | Self::Max
                | Self::Mean
                | Self::Percentile(_)
                | Self::Rate
                | Self::RateOf(_)
                | Self::Count(_),
                _,
            ) => None,
        }
    }
}

/// A path to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuePath {
    text: String,
    /// What it belongs to.
    pub subject: Subject,
    /// Which of them; none when there is only one.
    pub name: Option<Name>,
    /// The field.
    pub field: &'static str,
    /// The kind of the field's values.
    pub field_kind: Kind,
    /// The number made of the members' values; none means every member.
    pub aggregate: Option<Aggregate>,
    /// The kind of what is compared in the end.
    pub kind: Kind,
}

impl ValuePath {
    /// Reads a path, or says what is wrong with it and what would be right.
    ///
    /// # Errors
    ///
    /// A pair of complaint and help.
    pub fn parse(text: &str) -> Result<Self, (String, String)> {
        let parts: Vec<&str> = text.split('.').collect();
        let (first, rest) = parts.split_first().unwrap_or((&"", &[]));
        let words = Subject::ALL.map(|(_, word)| word);
        let subject = Subject::from_word(first).ok_or_else(|| {
            let wrong = format!("no path begins with `{first}`");
            (wrong, suggest(first, words))
        })?;
        let (name, rest) = match rest.split_first() {
            Some((name, rest)) if subject.is_named() => (Some(Name::from(*name)), rest),
            _ if subject.is_named() => {
                let wrong = format!("`{text}` does not say which {first}");
                return Err((wrong, format!("write `{first}.NAME.…`")));
            }
            _ => (None, rest),
        };
        let fields = subject.fields();
        let known = || fields.iter().map(|(field, _)| *field);
        let Some((wanted, aggregate)) = rest.split_first() else {
            let wrong = format!("`{text}` names no value");
            return Err((wrong, suggest("", known())));
        };
        let found = fields.iter().find(|(field, _)| field == wanted);
        let (field, field_kind) = *found.ok_or_else(|| {
            let wrong = format!("{} {first} has no `{wanted}`", article(first));
            (wrong, suggest(wanted, known()))
        })?;
        let (aggregate, kind) = Self::aggregate(text, field_kind, aggregate)?;
        Ok(Self {
            text: text.to_owned(),
            subject,
            name,
            field,
            field_kind,
            aggregate,
            kind,
        })
    }

    fn aggregate(
        text: &str,
        kind: Kind,
        parts: &[&str],
    ) -> Result<(Option<Aggregate>, Kind), (String, String)> {
        let Some(first) = parts.first() else {
            return Ok((None, kind));
        };
        let aggregate = Aggregate::parse(parts).ok_or_else(|| {
            let help = match *first {
                "count" => "write `count.VALUE`, such as `status.count.COMPLETED`".to_owned(),
                first => suggest(first, Aggregate::WORDS),
            };
            (
                format!("`{}` cannot be made of many values", parts.join(".")),
                help,
            )
        })?;
        let aggregate = aggregate.counting(kind)?;
        match aggregate.kind(kind) {
            Some(made) => Ok((Some(aggregate), made)),
            None => Err((
                format!("`{text}` makes no sense: the values are {}", kind.what()),
                "texts and flags are counted with `count.VALUE` and `rate.VALUE`".to_owned(),
            )),
        }
    }

    /// Reads a path written at `span`, complaining when it is none.
    pub(crate) fn read_at(text: &str, span: Span, reader: &mut Reader<'_>) -> Option<Self> {
        match Self::parse(text) {
            Ok(path) => Some(path),
            Err((wrong, help)) => {
                reader.complain(Diagnostic::error(span, wrong).help(help));
                None
            }
        }
    }

    /// Returns whether the value depends on the machine the run happens on.
    pub fn is_measured(&self) -> bool {
        self.subject == Subject::Run && matches!(self.field, "wall" | "memory")
    }
}

/// Reads the value whose members are counted.
fn counted(text: &str, kind: Kind) -> Result<Operand, (String, String)> {
    match kind.words() {
        Some(words) if !words.contains(&text) => {
            let wrong = format!("`{text}` is not {}", kind.one());
            Err((wrong, suggest(text, words.iter().copied())))
        }
        Some(_) | None if kind == Kind::Number || kind.words().is_some() => {
            kind.parse(text).map_err(|wrong| {
                (
                    wrong,
                    "write `count.VALUE`, such as `score.count.0`".to_owned(),
                )
            })
        }
        // What cannot be counted is refused with its kind.
        Some(_) | None => Ok(Operand::Text(text.to_owned())),
    }
}

fn article(word: &str) -> &'static str {
    if word.starts_with('a') { "an" } else { "a" }
}

fn suggest<'w>(word: &str, known: impl IntoIterator<Item = &'w str> + Clone) -> String {
    match nearest(word, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let known: Vec<&str> = known.into_iter().collect();
            format!("there is {}", crate::scenario::document::listed(&known))
        }
    }
}

impl fmt::Display for ValuePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Setting for ValuePath {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match node.as_text() {
            Some(text) => Self::read_at(text, node.span, reader),
            None => reader.expected(node, "a path", "\"task.job.latency.p50\""),
        }
    }

    fn write(&self) -> Option<Node> {
        Some(Node::text(self.text.as_str()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["task.job.latency.p50"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_know_the_kind_of_their_value() {
        let kind = |text| ValuePath::parse(text).unwrap().kind;
        assert_eq!(kind("task.job.latency.p50"), Kind::Duration);
        assert_eq!(kind("task.job.correct.rate"), Kind::Share);
        assert_eq!(kind("task.job.status.count.COMPLETED"), Kind::Number);
        assert_eq!(kind("worker.w-0.earned"), Kind::Money);
        assert_eq!(kind("run.memory"), Kind::Size);
    }

    #[test]
    fn a_wrong_path_names_the_nearest_right_one() {
        let help = |text| ValuePath::parse(text).unwrap_err().1;
        assert_eq!(help("taks.job.status"), "did you mean `task`?");
        assert_eq!(help("task.job.latencies"), "did you mean `latency`?");
        assert_eq!(
            help("task.job.status.count.COMPLETE"),
            "did you mean `COMPLETED`?"
        );
        assert_eq!(help("task"), "write `task.NAME.…`");
        assert!(help("task.job.status.mean").contains("count.VALUE"));
        assert!(help("task.job").starts_with("there is `status`"));
    }
}
