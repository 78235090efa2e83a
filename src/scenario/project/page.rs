//! A project as a scenario file that teaches: every value says where it comes from, and what was
//! not used is listed with the reason. Rule: what is written here is what runs.

use std::fmt::Write as _;

use super::{
    app::{Runs, name_of},
    notes::{Ignored, Read},
    parts::Parts,
};
use crate::{protocol::Name, scenario::unit::Unit};

/// How wide comments get.
const WIDTH: usize = 100;

/// Beyond this column a value's comment stands above it.
const VALUE_WIDTH: usize = 64;

/// How many must agree when the project asks for no trust.
const REPLICATION: u64 = 2;

/// One `key = value`, and where the value comes from.
struct Line {
    key: &'static str,
    value: String,
    origin: String,
}

/// A scenario file being written.
struct Page {
    text: String,
    /// Whether some text holds `${`, which means a variable in a scenario.
    dollar: bool,
}

/// Writes `parts` as a scenario; `name` is the project file's.
pub(super) fn write(parts: &Parts, ignored: &[Ignored], name: &str) -> String {
    let mut page = Page {
        text: String::new(),
        dollar: false,
    };
    let era = if parts.is_classic() {
        "2018: one folder /iexec, the result in consensus.iexec"
    } else {
        "today: /iexec_in and /iexec_out, the result named by computed.json"
    };
    page.comment(&format!(
        "Made by `emulate import` from {}, a project file with the container contract of {era}.",
        one_line(name),
    ));
    page.comment("Each comment says which line of the project file a value comes from.");
    page.head(parts);
    page.cast(parts);
    let app = page.app(parts);
    let dataset = page.dataset(parts);
    page.task(parts, &app, dataset.as_ref());
    page.text.push_str(
        "\n[[expect]]\nname = \"the workers agree on a result\"\ntask.job.status = \"COMPLETED\"\n",
    );
    if page.dollar {
        page.text
            .push_str("\n[vars]\ndollar = \"$\"   # so that `${` can be written in a text\n");
    }
    page.ignored(ignored);
    page.text
}

impl Page {
    /// Writes a comment, as many lines as it needs.
    fn comment(&mut self, text: &str) {
        self.wrapped(text, "# ", "# ");
    }

    fn wrapped(&mut self, text: &str, first: &str, next: &str) {
        let mut line = first.to_owned();
        let mut empty = true;
        for word in one_line(text).split(' ').filter(|word| !word.is_empty()) {
            if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
                let _ = writeln!(self.text, "{line}");
                next.clone_into(&mut line);
                empty = true;
            }
            if !empty {
                line.push(' ');
            }
            line.push_str(&word.replace(GLUE, " "));
            empty = false;
        }
        let _ = writeln!(self.text, "{}", line.trim_end());
    }

    /// Writes a table with its keys and comments in columns.
    fn table(&mut self, header: &str, lines: &[Line]) {
        let _ = writeln!(self.text, "\n[{header}]");
        self.lines(lines);
    }

    /// Writes a table whose name was read as well.
    fn named(&mut self, header: &str, label: Option<&Read<String>>, lines: &[Line]) {
        let Some(label) = label else {
            return self.table(header, lines);
        };
        let _ = writeln!(self.text, "\n[{header}]   # {}", one_line(&label.origin()));
        self.lines(lines);
    }

    fn lines(&mut self, lines: &[Line]) {
        let keys = lines.iter().map(|line| line.key.len()).max().unwrap_or(0);
        let widths = lines.iter().map(|line| line.value.chars().count());
        let column = widths.filter(|width| *width <= VALUE_WIDTH).max();
        let column = column.unwrap_or(0);
        for Line { key, value, origin } in lines {
            if value.chars().count() > VALUE_WIDTH {
                self.comment(origin);
                let _ = writeln!(self.text, "{key:keys$} = {value}");
            } else {
                let origin = one_line(origin);
                let _ = writeln!(self.text, "{key:keys$} = {value:column$}   # {origin}");
            }
        }
    }

    /// Writes a text so that it reads back the same.
    fn quoted(&mut self, text: &str) -> String {
        self.dollar |= text.contains("${");
        let text = text.replace("${", "${dollar}{");
        let quoted = serde_json::to_string(&text).unwrap_or_default();
        // The one control character JSON leaves as it is and TOML does not.
        quoted.replace('\u{7f}', "\\u007f")
    }

    fn line(&mut self, key: &'static str, read: &Read<String>) -> Line {
        Line {
            key,
            value: self.quoted(&read.value),
            origin: read.origin(),
        }
    }

    fn head(&mut self, parts: &Parts) {
        let mut lines = Vec::new();
        if let Some(title) = &parts.title {
            lines.push(self.line("title", title));
        }
        if let Some(description) = &parts.description {
            lines.push(self.line("description", description));
        }
        if matches!(parts.app.runs, Runs::Envvars(_) | Runs::Image(_)) {
            lines.push(Line {
                key: "tags",
                value: "[\"docker\"]".to_owned(),
                origin: "its app is a container image".to_owned(),
            });
        }
        if !lines.is_empty() {
            self.table("scenario", &lines);
        }
    }

    /// The pool, its workers and the categories.
    fn cast(&mut self, parts: &Parts) {
        let request = &parts.orders.request;
        let trust = request.trust.as_ref().map_or(1, |trust| trust.value);
        // A unanimous group of n newcomers weighs 2ⁿ, and must weigh more than trust - 1.
        let needed = u64::from((trust - 1).checked_ilog2().map_or(0, |log| log + 1));
        self.table(
            "worker.w",
            &[Line {
                key: "count",
                value: needed.max(3).to_string(),
                origin: "a project file does not say who computes".to_owned(),
            }],
        );
        let offer = &parts.orders.offer;
        let mut lines = Vec::new();
        if let Some(price) = offer.price.as_ref().or(request.max_price.as_ref()) {
            lines.push(amount("price", price));
        }
        if let Some(volume) = &offer.volume {
            lines.push(number("volume", volume));
        }
        if !lines.is_empty() {
            self.table("pool.main", &lines);
        }
        if let Some(category) = &parts.category {
            let lines = [seconds(&category.seconds)];
            let header = format!("category.{}", category.name);
            self.named(&header, category.label.as_ref(), &lines);
        }
        if let Some(chosen) = &parts.chosen
            && let (name, Some(time)) = &chosen.value
            && parts.category.as_ref().is_none_or(|own| own.name != *name)
        {
            let mut line = seconds(&chosen.with(*time));
            line.origin = format!("the time category {} had in 2018", last(name));
            self.table(&format!("category.{name}"), &[line]);
        }
    }

    fn app(&mut self, parts: &Parts) -> Name {
        let name = name_of(parts.title.as_ref(), "app");
        let mut lines = Vec::new();
        match &parts.app.runs {
            Runs::Envvars(variables) => {
                let pairs = variables.value.iter();
                let pairs = pairs.map(|(key, value)| format!("{key}={value}"));
                let text = pairs.collect::<Vec<_>>().join(",");
                lines.push(Line {
                    key: "type",
                    value: "\"DOCKER\"".to_owned(),
                    origin: "as in 2018; `run = { image = … }` is the same thing".to_owned(),
                });
                lines.push(self.line("envvars", &variables.with(text)));
            }
            Runs::Image(at) => lines.push(self.program("image", at)),
            Runs::Wasm(at) => lines.push(self.program("wasm", at)),
            Runs::Builtin(at) => lines.push(self.program("builtin", at)),
        }
        if !parts.is_classic() {
            lines.push(Line {
                key: "era",
                value: "\"modern\"".to_owned(),
                origin: "because it has a `multiaddr`".to_owned(),
            });
        }
        if let Some(price) = parts.app_price() {
            lines.push(amount("price", price));
        }
        if let Some(volume) = &parts.orders.app.volume {
            lines.push(number("volume", volume));
        }
        self.table(&format!("app.{name}"), &lines);
        name
    }

    fn program(&mut self, kind: &str, at: &Read<String>) -> Line {
        let value = format!("{{ {kind} = {} }}", self.quoted(&at.value));
        Line {
            key: "run",
            value,
            origin: at.origin(),
        }
    }

    fn dataset(&mut self, parts: &Parts) -> Option<Name> {
        let dataset = parts.dataset.as_ref()?;
        let name = name_of(dataset.name.as_ref(), "data");
        let mut lines = vec![self.line("url", &dataset.url)];
        if let Some(checksum) = &dataset.checksum {
            let hex = checksum.with(checksum.value.to_string());
            lines.push(self.line("checksum", &hex));
        }
        if let Some(price) = parts.dataset_price() {
            lines.push(amount("price", price));
        }
        if let Some(volume) = &parts.orders.dataset.volume {
            lines.push(number("volume", volume));
        }
        let header = format!("dataset.{name}");
        self.named(&header, dataset.name.as_ref(), &lines);
        Some(name)
    }

    fn task(&mut self, parts: &Parts, app: &Name, dataset: Option<&Name>) {
        let request = &parts.orders.request;
        let mut lines = vec![Line {
            key: "app",
            value: self.quoted(app),
            origin: "the app above".to_owned(),
        }];
        let args = if parts.is_classic() {
            "cmdline"
        } else {
            "args"
        };
        match &request.params.args {
            Some(line) => lines.push(self.line(args, line)),
            None => lines.push(Line {
                key: args,
                value: "\"\"".to_owned(),
                origin: "the project gives no arguments".to_owned(),
            }),
        }
        match request.params.inputs.as_slice() {
            [] => {}
            [input] => lines.push(self.line("dirinuri", input)),
            [first, ..] => {
                let all = &request.params.inputs;
                let quoted: Vec<String> = all.iter().map(|one| self.quoted(&one.value)).collect();
                lines.push(Line {
                    key: "dirinuri",
                    value: format!("[{}]", quoted.join(", ")),
                    origin: first.origin(),
                });
            }
        }
        if let (Some(name), Some(asked)) = (dataset, &request.dataset) {
            lines.push(self.line("dataset", &asked.with(name.to_string())));
        }
        if let Some(count) = &request.count {
            lines.push(number("count", count));
        }
        if let Some(chosen) = &parts.chosen {
            let name = chosen.with(chosen.value.0.to_string());
            lines.push(self.line("category", &name));
        }
        match &request.trust {
            Some(trust) => lines.push(number("trust", trust)),
            None => lines.push(Line {
                key: "replication",
                value: REPLICATION.to_string(),
                origin: "the project asks for no trust; here two must agree".to_owned(),
            }),
        }
        if let Some(price) = &request.max_price {
            lines.push(amount("max_price", price));
        }
        self.table("task.job", &lines);
    }

    /// Lists what was not used: fields with the same reason together, in the order of the file.
    fn ignored(&mut self, ignored: &[Ignored]) {
        if ignored.is_empty() {
            return;
        }
        self.text.push('\n');
        self.comment("Not used:");
        for (fields, reason) in by_reason(ignored) {
            self.wrapped(&format!("{fields}: {reason}"), "#   ", "#     ");
        }
    }
}

/// Returns the fields that were not used, joined by what they have in common: the reason.
pub(super) fn by_reason(ignored: &[Ignored]) -> Vec<(String, &str)> {
    let mut groups: indexmap::IndexMap<&str, String> = indexmap::IndexMap::new();
    for one in ignored {
        let fields = groups.entry(&one.reason).or_default();
        let comma = if fields.is_empty() { "" } else { ", " };
        let _ = write!(fields, "{comma}{} (line{GLUE}{})", one.field, one.line);
    }
    let groups = groups.into_iter();
    groups.map(|(reason, fields)| (fields, reason)).collect()
}

/// A blank at which no line ends.
pub(super) const GLUE: char = '\u{a0}';

fn amount(key: &'static str, read: &Read<crate::amount::Nrlc>) -> Line {
    Line {
        key,
        value: format!("\"{}\"", read.value),
        origin: read.origin(),
    }
}

fn number(key: &'static str, read: &Read<u64>) -> Line {
    Line {
        key,
        // TOML's integers have a sign.
        value: read.value.min(i64::MAX.unsigned_abs()).to_string(),
        origin: read.origin(),
    }
}

fn seconds(read: &Read<u64>) -> Line {
    let time = std::time::Duration::from_secs(read.value);
    Line {
        key: "time",
        value: format!("\"{}\"", time.print()),
        origin: read.origin(),
    }
}

/// The index at the end of a category's name.
fn last(name: &Name) -> &str {
    name.rsplit('-').next().unwrap_or(name)
}

/// Returns a text without what would end a comment.
fn one_line(text: &str) -> String {
    let plain = |char: char| if char.is_control() { ' ' } else { char };
    text.chars().map(plain).collect()
}
