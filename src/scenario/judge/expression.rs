//! Expressions of `check`, in the Common Expression Language: they end, and change nothing.
//!
//! `task`, `worker`, `pool`, `account`, `app`, `dataset` are lists of rows with the fields paths
//! have, and `name`; `task("x")` is one row. `kitty`, `book`, `chain`, `run` are single rows. Money
//! is in nRLC (`rlc("0.3 RLC")`), time in seconds (`seconds("5m")`), and `zip(task("x").archive)`
//! lists the `files` of an archive with `name` and `size`.

use std::{collections::HashMap, sync::Arc, time::Duration};

use cel::{Context, ExecutionError, Program, Value};

use super::{
    Archives, Evidence,
    condition::Finding,
    fields::{Fields, fields},
    lookup,
};
use crate::{
    amount::NrlcChange,
    log::{EventLog, View},
    scenario::{
        document::listed,
        expect::{Operand, Subject},
        unit::Unit,
    },
};

/// An expression that can be evaluated.
#[derive(Debug)]
pub(crate) struct Expression {
    text: String,
    program: Program,
    is_measured: bool,
}

/// Reads an expression.
///
/// # Errors
///
/// What is wrong with it, in words.
pub(crate) fn compile(text: &str) -> Result<Expression, String> {
    let program = Program::compile(text).map_err(|wrong| {
        let first = wrong.errors.first().map(ToString::to_string);
        first.unwrap_or_else(|| "this is not an expression".to_owned())
    })?;
    let used = program.references();
    let mut functions = used.functions();
    functions.sort_unstable();
    if let Some(unknown) = functions.into_iter().find(|name| !is_function(name)) {
        return Err(format!(
            "there is no function `{unknown}`; besides those of CEL there are `rlc(\"1 RLC\")`, \
             `seconds(\"5m\")`, `zip(task(\"t\").archive)` and `task(\"t\")`, `worker(\"w-0\")` and the like"
        ));
    }
    let Fields { wrong, is_measured } = fields(program.expression());
    if let Some(wrong) = wrong {
        return Err(wrong);
    }
    let expression = Expression {
        text: text.to_owned(),
        program,
        is_measured,
    };
    // Over an empty log a name that stands for nothing is told from one whose row is missing.
    let log = EventLog::default();
    match expression.evaluate(log.view(), &Evidence::of(&log)) {
        Err(Wrong::Evaluation(ExecutionError::UndeclaredReference(name))) => {
            let known = Subject::ALL.map(|(_, word)| word);
            Err(format!("there is no `{name}`; there is {}", listed(&known)))
        }
        Err(Wrong::Context(wrong)) => Err(wrong),
        // What is not there yet may be anything.
        Err(Wrong::Evaluation(_)) | Ok(Value::Bool(_) | Value::Null) => Ok(expression),
        Ok(other) => Err(format!(
            "its value is {}, neither true nor false; compare it with something",
            other.type_of()
        )),
    }
}

/// Whether a function of that name can be called: an operator, one of ours, or one of CEL's.
fn is_function(name: &str) -> bool {
    let is_word = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let own = ["rlc", "seconds", "zip"];
    // What CEL has already cannot be declared again.
    let is_builtin = || Context::default().add_function(name, |of: i64| of).is_err();
    let finds_row = Subject::from_word(name).is_some_and(Subject::is_named);
    !is_word || own.contains(&name) || finds_row || is_builtin()
}

/// Why an expression has no value.
enum Wrong {
    /// What it refers to cannot be made.
    Context(String),
    /// It cannot be evaluated.
    Evaluation(ExecutionError),
}

impl Expression {
    /// Returns whether it asks for what the machine spent.
    pub(super) fn is_measured(&self) -> bool {
        self.is_measured
    }

    /// Evaluates the expression over a view.
    pub(super) fn look(&self, view: &View, evidence: &Evidence<'_>) -> Finding {
        let finding = |holds, found: String| Finding {
            holds,
            exists: true,
            found,
            since: None,
        };
        match self.evaluate(view, evidence) {
            Ok(Value::Bool(true)) => finding(true, "true".to_owned()),
            Ok(Value::Bool(false)) => finding(false, "false".to_owned()),
            Ok(other) => {
                let kind = other.type_of();
                finding(false, format!("{} is {kind}, not true or false", self.text))
            }
            Err(Wrong::Context(wrong)) => finding(false, wrong),
            Err(Wrong::Evaluation(wrong)) => finding(false, wrong.to_string()),
        }
    }

    fn evaluate(&self, view: &View, evidence: &Evidence<'_>) -> Result<Value, Wrong> {
        let context = self.context(view, evidence).map_err(Wrong::Context)?;
        self.program.execute(&context).map_err(Wrong::Evaluation)
    }

    /// Makes what the expression refers to, and nothing else.
    fn context(
        &self,
        view: &View,
        evidence: &Evidence<'_>,
    ) -> Result<Context<'static, 'static>, String> {
        let used = self.program.references();
        let mut context = Context::default();
        for (subject, word) in Subject::ALL {
            if !used.has_variable(word) && !used.has_function(word) {
                continue;
            }
            let rows: Vec<Value> = lookup::rows(view, &evidence.measured, subject, "")
                .iter()
                .map(|row| row_value(row, subject))
                .collect();
            if !subject.is_named() {
                context
                    .add_variable_from_value(word, rows.into_iter().next().unwrap_or(Value::Null));
                continue;
            }
            context.add_variable_from_value(word, rows.clone());
            let by_name = named(rows);
            let find = move |name: Arc<String>| {
                let row = by_name.get(name.as_str()).cloned();
                let missing =
                    || ExecutionError::function_error(word, format!("no {word} is called {name}"));
                row.ok_or_else(missing)
            };
            context
                .add_function(word, find)
                .map_err(|wrong| wrong.to_string())?;
        }
        functions(&mut context, Arc::clone(&evidence.archives))
            .map_err(|wrong| wrong.to_string())?;
        Ok(context)
    }
}

fn named(rows: Vec<Value>) -> HashMap<String, Value> {
    let name = |row: &Value| {
        let Value::Map(map) = row else {
            return None;
        };
        let Some(Value::String(name)) = map.get(&cel::objects::Key::from("name")) else {
            return None;
        };
        Some(name.to_string())
    };
    rows.into_iter()
        .filter_map(|row| Some((name(&row)?, row)))
        .collect()
}

/// Adds the functions of this house.
fn functions(
    context: &mut Context<'static, 'static>,
    archives: Archives,
) -> Result<(), cel::DeclarationError> {
    context.add_function("rlc", |text: Arc<String>| {
        let read = text.parse::<NrlcChange>();
        read.map(|amount| amount.0)
            .map_err(|wrong| ExecutionError::function_error("rlc", wrong))
    })?;
    context.add_function("seconds", |text: Arc<String>| {
        let read = <Duration as Unit>::parse(&text);
        read.map(|span| span.as_secs_f64())
            .map_err(|wrong| ExecutionError::function_error("seconds", wrong))
    })?;
    context.add_function("zip", move |link: Arc<String>| {
        let missing = || ExecutionError::function_error("zip", format!("no archive at `{link}`"));
        let listing = archives(&link).ok_or_else(missing)?;
        let files = listing.into_iter().map(|(name, size)| {
            let size = i64::try_from(size).unwrap_or(i64::MAX);
            map([("name", name.into()), ("size", size.into())])
        });
        let files: Vec<Value> = files.collect();
        Ok::<Value, ExecutionError>(map([("files", files.into())]))
    })
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(HashMap::from(entries).into())
}

/// One row as a map of its fields.
fn row_value(row: &lookup::Row<'_>, subject: Subject) -> Value {
    let mut entries: HashMap<&str, Value> = HashMap::new();
    for field in subject.field_names() {
        entries.insert(field, operand(row.value(field)));
    }
    if let Some(name) = row.name() {
        entries.insert("name", name.to_string().into());
    }
    if let lookup::Row::Task(_, task) = row {
        let archive = task.results.clone().map_or(Value::Null, Value::from);
        entries.insert("archive", archive);
        entries.insert("waiting", task.waiting().into());
    }
    Value::Map(entries.into())
}

fn operand(value: Operand) -> Value {
    match value {
        Operand::Number(number) | Operand::Money(number) | Operand::Size(number) => {
            i64::try_from(number.floor()).unwrap_or(i64::MAX).into()
        }
        Operand::Duration(millis) => millis.per(1_000).to_f64().into(),
        Operand::Share(share) => share.to_f64().into(),
        Operand::Flag(yes) => yes.into(),
        Operand::Text(text) => text.into(),
        Operand::Texts(texts) => texts.into(),
        Operand::Nothing => Value::Null,
    }
}
